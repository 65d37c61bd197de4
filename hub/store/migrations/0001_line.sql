-- The line: who is who, what came in, what became of it. Plan content is never here: it is in the vault.
do $$ begin
  if not exists (select from pg_roles where rolname = 'icp_line') then create role icp_line nologin; end if;
  if not exists (select from pg_roles where rolname = 'icp_org') then create role icp_org nologin; end if;
end $$;
grant icp_line, icp_org to current_user;

create table organisation (
  id text primary key, kind text not null check (kind in ('mco', 'pcmh', 'other')),
  name text not null, npi text not null default '',
  part2_source text not null default 'no' check (part2_source in ('no', 'mixed', 'program')),
  behavioral boolean not null default false, active boolean not null default true,
  options jsonb not null default '{}');

insert into organisation (id, kind, name) values ('hub', 'other', 'The hub');

create table endpoint (
  id text primary key, organisation text not null references organisation,
  kind text not null check (kind in ('mailbox', 'webhook', 'sftp', 'status')),
  address text not null default '', format text not null default 'ccda',
  options jsonb not null default '{}', secrets bytea, paused boolean not null default false);

create table contact (
  id text primary key, organisation text not null references organisation,
  name text not null, roles text[] not null, endpoint text references endpoint,
  backup text, starts date, ends date, verified_on date,
  email text not null default '', phone text not null default '');
create index on contact (organisation);

create table binding (
  organisation text not null references organisation, position int not null,
  adapter text not null, profile text, version text not null default '1',
  primary key (organisation, position));

create table member (
  id text primary key, mco text not null references organisation, member_id text not null,
  medicaid text not null default '', family text not null default '', given text not null default '',
  birth_date text not null default '', sex text not null default '', county text not null default '',
  active boolean not null default true, unique (mco, member_id));
create index on member (mco, lower(family));

create table attribution (
  id bigint generated always as identity primary key, member text not null references member,
  pcmh text not null references organisation, starts date, ends date, source text not null);
create index on attribution (member);
create index on attribution (pcmh);

create table roster_load (
  id text primary key, mco text not null references organisation, kind text not null,
  at timestamptz not null, rows int not null, added int not null, changed int not null,
  dropped int not null, refused text);

create table consent (
  id text primary key, member text not null references member, record jsonb not null,
  recorded_at timestamptz not null, revoked_at timestamptz, superseded_by text,
  approved_by text);
create index on consent (member);
create table consent_head (member text primary key references member, version bigint not null);

create table submission (
  id text primary key, seq bigint generated always as identity, mco text not null references organisation,
  channel text not null, actor text not null, name text not null, media_type text not null,
  digest text not null, size bigint not null, idem_key text, duplicate_of text references submission,
  received_at timestamptz not null, state text not null, reader text not null default '',
  findings jsonb not null default '[]', tally jsonb not null default '{}', plans int not null default 0,
  due timestamptz, lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0);
create unique index on submission (mco, idem_key) where idem_key is not null;
create unique index submission_once on submission (mco, digest) where duplicate_of is null;
create index submission_work on submission (due) where due is not null;
create index on submission (mco, seq desc);

create table plan (
  id text primary key, seq bigint not null unique, submission text not null references submission, -- seq: acceptance order
  mco text not null, kind text not null, chain text not null, version int not null,
  member text references member, state text not null, reason jsonb not null default '{}',
  digest text not null, size bigint not null, findings jsonb not null default '[]',
  pcmh text, contact text, made_at timestamptz not null,
  due timestamptz, lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0);
create index plan_work on plan (due) where due is not null;
create index on plan (chain, seq desc);
create index on plan (member);
create index on plan (submission);
create index on plan (state) where state in ('held', 'unmatched', 'unroutable');

create table release (
  id text primary key, plan text not null references plan, mco text not null, pcmh text not null,
  contact text not null, member text not null, at timestamptz not null, decision jsonb not null,
  withheld int not null, notices text[] not null, plan_digest text not null, digest text not null,
  size bigint not null, media_type text not null, file_name text not null, format text not null);
create index on release (plan);

create table delivery (
  id text primary key, seq bigint generated always as identity, release text not null references release,
  plan text not null references plan, mco text not null, pcmh text not null, member text not null,
  contact text not null, endpoint text not null references endpoint, channel text not null,
  state text not null, transport text not null default 'waiting', person text not null default 'none',
  agreement text not null default 'none', code text not null default '', made_at timestamptz not null,
  sent_at timestamptz, shown_at timestamptz, acknowledged_at timestamptz, acknowledged_by text,
  answer jsonb, answered_at timestamptz, acknowledge_due timestamptz, owner text not null default '',
  due timestamptz, lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0);
create index delivery_work on delivery (due) where due is not null;
create index on delivery (pcmh, seq desc);
create index on delivery (mco, seq desc);
create index on delivery (plan);
create index delivery_order on delivery (member, pcmh, seq) where state in ('queued', 'sending');
create index delivery_clock on delivery (acknowledge_due) where state = 'sent';

create table attempt (
  delivery text not null references delivery, number int not null, at timestamptz not null,
  outcome text not null, code text not null, primary key (delivery, number));

create table notice ( -- status notices to an organisation: ids, states and codes only
  id text primary key, seq bigint generated always as identity, organisation text not null, event bigint not null, endpoint text not null references endpoint,
  made_at timestamptz not null, sent_at timestamptz, code text not null default '',
  due timestamptz, lease_until timestamptz, fence bigint not null default 0, attempts int not null default 0);
create index notice_work on notice (due) where due is not null;
create table noticed (number bigint primary key); -- leaves up to this number have become notices

create table event (
  id bigint generated always as identity primary key, kind text not null, noun text not null,
  at timestamptz not null, organisations text[] not null, actor text not null, detail jsonb not null);
create index on event (noun);
create table leaf (number bigint primary key, event bigint not null unique references event, hash bytea not null);
create table tree_head (
  size bigint primary key, root bytea not null, at timestamptz not null, signature bytea not null,
  key_id text not null, frontier bytea not null);

-- Row-level security: a session under `icp_org` sees its own organisation's rows and nothing else.
do $$ declare t text; begin
  foreach t in array array['submission', 'plan', 'release', 'delivery', 'member', 'roster_load'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
  end loop;
end $$;
create policy org on submission to icp_org using (mco = current_setting('icp.organisation', true));
create policy org on roster_load to icp_org using (mco = current_setting('icp.organisation', true));
create policy org on plan to icp_org using (mco = current_setting('icp.organisation', true)
  or exists (select from delivery d where d.plan = plan.id and d.pcmh = current_setting('icp.organisation', true)));
create policy org on release to icp_org using (current_setting('icp.organisation', true) in (mco, pcmh));
create policy org on delivery to icp_org using (current_setting('icp.organisation', true) in (mco, pcmh));
create policy org on member to icp_org using (mco = current_setting('icp.organisation', true)
  or exists (select from delivery d where d.member = member.id and d.pcmh = current_setting('icp.organisation', true)));
alter table event enable row level security;
create policy line_read on event for select to icp_line using (true);
create policy line_add on event for insert to icp_line with check (true);
create policy org_read on event for select to icp_org using (current_setting('icp.organisation', true) = any (organisations));
alter table notice enable row level security;
create policy line on notice to icp_line using (true) with check (true);
create policy org on notice to icp_org using (organisation = current_setting('icp.organisation', true));
alter table consent enable row level security;
create policy line on consent to icp_line using (true) with check (true);
alter table attempt enable row level security;
create policy line on attempt to icp_line using (true) with check (true);
create policy org on attempt for select to icp_org using (exists (select from delivery d where d.id = attempt.delivery));
alter table attribution enable row level security;
create policy line on attribution to icp_line using (true) with check (true);
create policy org on attribution for select to icp_org using (exists (select from member m where m.id = attribution.member));

grant select, insert, update on organisation, endpoint, contact, binding, member, attribution, roster_load, consent,
  consent_head, submission, plan, release, delivery, attempt, notice to icp_line;
grant delete on binding, attribution to icp_line;
grant select, insert on noticed to icp_line;
grant select, insert on event, leaf, tree_head to icp_line; -- never update or delete: the ledger only grows
grant select on organisation, contact, submission, plan, release, delivery, attempt, member, attribution, roster_load,
  event, notice, leaf, tree_head to icp_org;
