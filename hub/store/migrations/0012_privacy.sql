-- What the privacy officer keeps besides consents: emergencies, accountings, incidents. What people wrote in their own
-- words is sealed before it comes here; content of a plan is in the vault. Nobody but the hub itself reads these.
create table emergency ( -- a plan opened for medical personnel without consent (42 CFR 2.51)
  id text primary key, seq bigint generated always as identity, member text not null references member,
  plan text not null references plan, mco text not null, organisation text not null references organisation,
  account text not null, name text not null, affiliation text not null,
  reason text not null check (reason in ('emergency', 'disaster')), nature bytea not null,
  at timestamptz not null, ends_at timestamptz not null, decision jsonb not null, withheld int not null,
  digest text not null, outcome text check (outcome in ('justified', 'not_justified')), note bytea,
  reviewed_by text, reviewed_name text, reviewed_at timestamptz);
create index on emergency (member);
create index on emergency (seq) where reviewed_at is null;

create table accounting ( -- accountings that were made (45 CFR 164.528(d)): for whom, when, by whom, how many rows
  id text primary key, seq bigint generated always as identity, member text not null references member,
  at timestamptz not null, actor text not null, name text not null, form text not null,
  listed int not null, excluded int not null, digest text not null);
create index on accounting (member, seq desc);

create table incident ( -- a release that went wrong; nothing goes to that practice for that member until it is lifted
  id text primary key, seq bigint generated always as identity, mco text not null, pcmh text not null references organisation,
  member text not null references member, delivery text references delivery, cause text not null,
  told bytea not null, found_at timestamptz not null, opened_at timestamptz not null, opened_by text not null,
  opened_name text not null, lifted_at timestamptz, conclusion text check (conclusion in ('breach', 'not_a_breach')),
  closed_at timestamptz, closed_name text);
create index on incident (member);
create index incident_stop on incident (member, pcmh) where lifted_at is null;
create index on incident (seq) where closed_at is null;

create table incident_step ( -- what was done about it, by whom: added to, never changed
  id bigint generated always as identity primary key, incident text not null references incident, kind text not null,
  at timestamptz not null, actor text not null, name text not null, choice text not null default '', words bytea);
create index on incident_step (incident);

do $$ declare t text; begin
  foreach t in array array['emergency', 'accounting', 'incident', 'incident_step'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update on emergency, incident to icp_line;
grant select, insert on accounting, incident_step to icp_line;
create index on release (member);
