-- A certificate that a look did not find is remembered until a month after its end: what was told of it is not told again.
alter table certificate add column gone_at timestamptz;

alter table nudge drop constraint nudge_kind_check; -- stopped: of a request, told to its asker's side
alter table nudge add constraint nudge_kind_check check (kind in ('silent', 'recovered', 'stopped'));

-- A profile on trial over a sender's stored documents, as a piece of work: its text is configuration, `found` holds
-- counts, names of fields and ids of submissions, no value.
create table profile_trial (
  id text primary key, seq bigint generated always as identity, mco text not null references organisation,
  name text not null, version text not null, digest text not null, text text not null, last int not null,
  actor text not null, made_at timestamptz not null,
  state text not null default 'waiting' check (state in ('waiting', 'done', 'refused', 'failed')),
  done int not null default 0, whole int not null default 0, maker text not null default '', replaces text not null default '',
  before text not null default '', found text, says text not null default '', ended_at timestamptz,
  due timestamptz, lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0);
create index profile_trial_due on profile_trial (due) where due is not null;
alter table profile_trial enable row level security;
create policy line on profile_trial to icp_line using (true) with check (true);
grant select, insert, update, delete on profile_trial to icp_line;

-- How far the names of documents are filled in of plans read before names were kept: one row, from the newest plan down.
create table naming_before (
  one boolean primary key default true check (one), before bigint not null, whole int not null, done int not null default 0,
  lost int not null default 0, began_at timestamptz not null default now(), ended_at timestamptz);
alter table naming_before enable row level security;
create policy line on naming_before to icp_line using (true) with check (true);
grant select, insert, update on naming_before to icp_line;
