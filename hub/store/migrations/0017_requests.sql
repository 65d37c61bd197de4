-- Requests between an MCO and another organisation about a member: a plan is asked for, somebody is to be reached, contact
-- data are to be corrected. What people write is sealed, proposed contact data too; a roster's own stand beside its members.
alter table member add column phone text not null default '', add column address text not null default '',
  add column email text not null default '', add column language text not null default '', add column best_time text not null default '';

create table request (
  id text primary key, seq bigint generated always as identity, kind text not null check (kind in ('plan', 'outreach', 'correction')),
  member text not null references member, mco text not null references organisation, party text not null references organisation,
  asker text not null, contact text not null, state text not null, urgency text not null check (urgency in ('routine', 'soon', 'urgent')),
  reason text not null, words bytea, name text not null, actor text not null, at timestamptz not null, due_at timestamptz not null,
  outcome text not null default '', shown_at timestamptz, ended_at timestamptz,
  check (asker in (mco, party) and mco <> party)); -- the one of the two that isn't the asker is asked
create index on request (mco, seq desc);
create index on request (party, seq desc);
create index on request (member);
create index request_open on request (due_at) where state in ('asked', 'promised', 'overdue');

create table request_entry ( -- what was done about it, by whom: added to, never changed
  id bigint generated always as identity primary key, request text not null references request, mco text not null, party text not null,
  organisation text not null, kind text not null, code text not null default '', how text not null default '', on_day date,
  words bytea, name text not null, actor text not null, at timestamptz not null);
create index on request_entry (request);

create table correction ( -- what the roster said of a member, and what it should say; until a roster says so too
  request text primary key references request, mco text not null, party text not null, member text not null references member,
  field text not null check (field in ('phone', 'address', 'email', 'language', 'best_time')), before bytea, after bytea not null,
  accepted_at timestamptz, confirmed_at timestamptz);
create index on correction (member);

create table returned_document ( -- what a practice gave back: asked for, or on a delivery unasked; its bytes are in the vault
  id text primary key, seq bigint generated always as identity, request text references request, delivery text references delivery,
  member text not null references member, mco text not null, party text not null, digest text not null, size bigint not null,
  media_type text not null, reader text not null default '', plans int not null default 0, name text not null, actor text not null,
  at timestamptz not null, matters jsonb not null, fetched_at timestamptz, check (num_nonnulls(request, delivery) = 1));
create unique index returned_once on returned_document (coalesce(request, delivery), digest); -- the same bytes twice are one
create index on returned_document (request);
create index on returned_document (delivery);
create index on returned_document (mco, seq desc);
create index on returned_document (party, seq desc);

do $$ declare t text; begin
  foreach t in array array['request', 'request_entry', 'correction', 'returned_document'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
    execute format($p$create policy org on %I for select to icp_org
      using (current_setting('icp.organisation', true) in (mco, party))$p$, t);
  end loop;
end $$;
grant select, insert, update on request, correction, returned_document to icp_line;
grant select, insert on request_entry to icp_line;
grant select on request, request_entry, correction, returned_document to icp_org;

-- The same clocks watch requests: `delivery` holds a request's id where the clock is `request`.
alter table watch drop constraint watch_delivery_fkey, drop constraint watch_clock_check;
alter table watch add check (clock in ('technical', 'person', 'agreement', 'request'));
alter table nudge drop constraint nudge_delivery_fkey;
