-- Direct, both ways. A partner, MCO or practice, is an endpoint of kind 'direct': its address, certificate and anchors.
alter table endpoint drop constraint endpoint_kind_check;
alter table endpoint add constraint endpoint_kind_check
  check (kind in ('mailbox', 'webhook', 'sftp', 'mllp', 'direct', 'status'));
create index endpoint_direct on endpoint (lower(address)) where kind = 'direct';

create table direct_notice ( -- what a practice's system told of a delivery, once for each attempt
  delivery text not null references delivery, attempt int not null,
  disposition text not null check (disposition in ('processed', 'dispatched', 'failed')), at timestamptz not null,
  settled_at timestamptz, counted boolean, primary key (delivery, attempt, disposition));
create index direct_notice_open on direct_notice (delivery) where settled_at is null;

create table direct_answer ( -- notifications we owe; no document is named, and nothing of one
  id text primary key, endpoint text not null references endpoint, original text not null,
  disposition text not null check (disposition in ('processed', 'dispatched', 'failed')),
  certificate text not null default '', made_at timestamptz not null, sent_at timestamptz,
  code text not null default '', due timestamptz, attempts int not null default 0);
create index direct_answer_work on direct_answer (due) where due is not null;
create index delivery_unconfirmed on delivery (sent_at) where channel = 'direct' and transport = 'sent';
grant select, insert, update on direct_notice, direct_answer to icp_line;
