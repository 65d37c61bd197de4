-- Silences that last too long, who was told of each, and what each person has been told. Ids and codes only.
create table watch (
  delivery text not null references delivery, clock text not null check (clock in ('technical', 'person', 'agreement')),
  mco text not null, pcmh text not null, began_at timestamptz not null, step int not null default 0,
  owner text not null default '', due timestamptz, ended_at timestamptz, primary key (delivery, clock));
create index watch_due on watch (due) where ended_at is null;
create index on watch (mco) where ended_at is null;

create table nudge ( -- one thing told to one person; mails gather several
  id bigint generated always as identity primary key, contact text not null, delivery text not null references delivery,
  clock text not null, step int not null, kind text not null check (kind in ('silent', 'recovered')),
  at timestamptz not null, sent_at timestamptz, code text not null default '', attempts int not null default 0,
  due timestamptz, unique (delivery, clock, step, contact, kind));
create index nudge_due on nudge (due) where due is not null;
create index nudge_told on nudge (contact, sent_at desc);

alter table watch enable row level security;
create policy line on watch to icp_line using (true) with check (true);
create policy org on watch for select to icp_org using (current_setting('icp.organisation', true) in (mco, pcmh));
alter table nudge enable row level security;
create policy line on nudge to icp_line using (true) with check (true);
grant select, insert, update on watch, nudge to icp_line;
grant select on watch to icp_org;
create index delivery_unanswered on delivery (acknowledged_at) where state = 'acknowledged';
create index delivery_unsent on delivery (made_at) where state in ('queued', 'sending', 'undeliverable');
