-- Profiles that were activated: a text by its digest, what it replaces, and which one is in force. Versions are kept.
create table profile (
  id text primary key, seq bigint generated always as identity, mco text not null references organisation,
  name text not null, version text not null, digest text not null, text text not null,
  maker text not null, replaces text not null default '', -- what makes an adapter of it, and instead of which binding
  state text not null check (state in ('active', 'replaced', 'rolled_back')),
  made_by text not null, made_at timestamptz not null, counts jsonb not null default '{}');
create unique index profile_in_force on profile (mco, name) where state = 'active';
create index on profile (mco, seq desc);
grant select, insert, update on profile to icp_line;
