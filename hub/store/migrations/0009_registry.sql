-- What is stamped on a consent after it was recorded, and files of consents. A record itself is never changed: a stamp
-- is set once. A scan lies in the vault under its digest; nothing of a form but the record stands here.
alter table consent add column supersedes text references consent, add column batch text,
  add column event_at timestamptz, add column scan text, add column scan_type text, add column scan_size bigint;
create index on consent (supersedes) where supersedes is not null;
create index on consent (batch) where batch is not null;
create index on consent ((record->'expires'->>'on')) where revoked_at is null and superseded_by is null;
create table consent_batch (
  id text primary key, organisation text not null, digest text not null, recorded_at timestamptz not null,
  recorded_by text not null, counts jsonb not null, approved_at timestamptz, approved_by text,
  unique (organisation, digest));
alter table consent_batch enable row level security;
create policy line on consent_batch to icp_line using (true) with check (true);
grant select, insert, update on consent_batch to icp_line;
