-- Changes of organisations and endpoints that take effect on a day to come. `changed` names the fields that will
-- differ and what they will say (null: empty); what else is edited meanwhile stays. Secrets are sealed beside it.
create table directory_planned (
  id text primary key, seq bigint generated always as identity,
  kind text not null check (kind in ('organisation', 'endpoint')), noun text not null,
  organisation text not null references organisation, starts date not null, changed jsonb not null, secrets bytea,
  reason text not null, at timestamptz not null, actor text not null, name text not null,
  state text not null default 'planned' check (state in ('planned', 'made', 'withdrawn', 'refused')),
  note text not null default '', over_at timestamptz, over_name text not null default '');
create index on directory_planned (kind, noun, starts, seq) where state = 'planned';
create index on directory_planned (organisation, seq desc);
alter table directory_planned enable row level security;
create policy line on directory_planned to icp_line using (true) with check (true);
grant select, insert, update on directory_planned to icp_line;

-- Who treats a member beside their medical home, from when until when, and who says so (42 CFR 2.11, treating
-- provider relationship). A row is corrected by its member, organisation and first day, and never deleted.
create table treating (
  id text primary key, seq bigint generated always as identity, member text not null references member,
  organisation text not null references organisation, starts date not null, ends date,
  source text not null check (source in ('provider', 'member', 'claims', 'roster', 'plan')),
  way text not null check (way in ('console', 'api')), at timestamptz not null, actor text not null, name text not null,
  unique (member, organisation, starts), check (ends is null or ends >= starts - 1));
alter table treating enable row level security;
create policy line on treating to icp_line using (true) with check (true);
grant select, insert, update on treating to icp_line;
