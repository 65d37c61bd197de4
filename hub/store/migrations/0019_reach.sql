-- How each connection fares, as its last probe told: codes and times, nothing of any plan.
-- `endpoint` names an endpoint, or the hub's own mail server; `told` is what its owner was told last.
create table probe (
  endpoint text primary key, organisation text not null references organisation, kind text not null,
  at timestamptz, ok boolean, code text not null default '', since timestamptz, failures int not null default 0,
  told text not null default '' check (told in ('', 'fails', 'works')), due timestamptz not null);
create index probe_due on probe (due);

create table warning ( -- a connection's trouble or recovery, told once to the person who mends it
  id bigint generated always as identity primary key, endpoint text not null, contact text not null,
  what text not null check (what in ('fails', 'works')), code text not null, since timestamptz not null,
  at timestamptz not null, due timestamptz, sent_at timestamptz, outcome text not null default '',
  attempts int not null default 0);
create index warning_due on warning (due) where due is not null;

alter table probe enable row level security;
create policy line on probe to icp_line using (true) with check (true);
create policy org on probe for select to icp_org using (organisation = current_setting('icp.organisation', true)
  or exists (select from delivery d where d.endpoint = probe.endpoint));
alter table warning enable row level security;
create policy line on warning to icp_line using (true) with check (true);
grant select, insert, update on probe, warning to icp_line;
grant select on probe to icp_org;
create index delivery_by_endpoint on delivery (endpoint);

create table return_drop ( -- a practice's return file that came by SFTP: what became of each line; no reason, no plan
  id text primary key, pcmh text not null references organisation, name text not null, at timestamptz not null,
  lines jsonb not null);
create index on return_drop (pcmh, at desc);
alter table return_drop enable row level security;
create policy line on return_drop to icp_line using (true) with check (true);
create policy org on return_drop for select to icp_org using (pcmh = current_setting('icp.organisation', true));
grant select, insert on return_drop to icp_line;
grant select on return_drop to icp_org;

alter table contact add column mobile text not null default ''; -- E.164; set: texts, beside mails
alter table nudge add column texted_at timestamptz, add column text_due timestamptz,
  add column text_code text not null default '', add column text_attempts int not null default 0;
create index nudge_texted on nudge (contact, texted_at) where texted_at is not null;

create table member_copy ( -- a member's own copy of a plan on paper: to print, then given by a named person; the name for whom is sealed
  id text primary key, plan text not null references plan, member text not null, mco text not null,
  organisation text not null references organisation, whom text not null check (whom in ('member', 'representative')),
  name bytea not null, made_at timestamptz not null, made_by text not null, decision jsonb not null, withheld int not null,
  digest text not null, size bigint not null, way text check (way in ('handed', 'posted')), given_by text, given_on date,
  given_at timestamptz);
create index on member_copy (organisation, made_at);
alter table member_copy enable row level security;
create policy line on member_copy to icp_line using (true) with check (true);
grant select, insert, update on member_copy to icp_line;
