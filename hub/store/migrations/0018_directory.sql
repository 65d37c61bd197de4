-- The directory as people keep it: what is part of what, which contact gets what, and every change with who, when and why.
alter table organisation add column part_of text references organisation deferrable initially deferred,
  add column tier text not null default '' check (tier in ('', 'system', 'practice', 'site', 'plan', 'program'));
create index on organisation (npi) where npi <> '';
alter table member add column line_of_business text not null default '', add column program text not null default '';

create table routing_rule ( -- which of a practice's contacts gets what; asked in the order of `position`; empty fits all
  id text primary key, organisation text not null references organisation, position int not null,
  purpose text not null default 'plan' check (purpose in ('plan', 'consent', 'urgent')),
  contact text not null references contact, mco text references organisation, county text not null default '',
  line_of_business text not null default '', program text not null default '', starts date, ends date);
create index on routing_rule (organisation);

create table directory_change ( -- one row changed once: added to, never edited; of secrets only their names
  id bigint generated always as identity primary key, kind text not null, noun text not null, organisation text not null,
  at timestamptz not null, actor text not null, name text not null, way text not null, reason text not null,
  before jsonb, after jsonb not null);
create index on directory_change (kind, noun, id desc);
create index on directory_change (organisation, id desc);

create table directory_proposal ( -- what a practice says of its own contacts; a person of the hub decides
  id text primary key, seq bigint generated always as identity, organisation text not null references organisation,
  contact text not null, seen bigint not null, proposed jsonb not null, reason text not null, at timestamptz not null,
  actor text not null, name text not null, verdict text check (verdict in ('accepted', 'declined')),
  note text not null default '', decided_at timestamptz, decided_by text, decided_name text);
create index on directory_proposal (organisation, seq desc);
create index on directory_proposal (seq) where decided_at is null;

create table bounce_cleared ( -- a person says that a contact whose deliveries failed for good can be reached again
  contact text primary key references contact, at timestamptz not null, actor text not null, name text not null);
create index attempt_failed on attempt (at) where outcome = 'failed';
create index delivery_reached on delivery (contact, sent_at) where sent_at is not null;

do $$ declare t text; begin
  foreach t in array array['directory_change', 'directory_proposal'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
    execute format($p$create policy org on %I for select to icp_org
      using (organisation = current_setting('icp.organisation', true))$p$, t);
  end loop;
end $$;
grant select, insert, update on routing_rule, directory_proposal, bounce_cleared to icp_line;
grant select, insert on directory_change to icp_line; -- what was changed stays told
grant select on directory_change, directory_proposal to icp_org;
