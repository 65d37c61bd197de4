-- Who may ask: people, their sessions, and the credentials of systems.
create table account (
  id text primary key, organisation text not null references organisation, login text not null unique,
  name text not null, password text not null, totp bytea, totp_used bigint not null default 0,
  roles text[] not null, active boolean not null default true, failures int not null default 0,
  locked_until timestamptz, made_at timestamptz not null);

create table session (
  token bytea primary key, account text not null references account, csrf text not null,
  made_at timestamptz not null, seen_at timestamptz not null, ends_at timestamptz not null);

create table api_key (
  id text primary key, organisation text not null references organisation, name text not null,
  prefix text not null, secret bytea not null unique, scopes text[] not null,
  made_at timestamptz not null, revoked_at timestamptz);

create table oauth_client (
  id text primary key, organisation text not null references organisation, name text not null,
  jwks jsonb not null, scopes text[] not null, revoked_at timestamptz);
create table oauth_jti (client text not null, jti text not null, ends_at timestamptz not null, primary key (client, jti));
create table oauth_token (
  secret bytea primary key, client text not null references oauth_client, scopes text[] not null, ends_at timestamptz not null);

create table sftp_key (
  user_name text not null, fingerprint text not null, organisation text not null references organisation,
  revoked_at timestamptz, primary key (user_name, fingerprint));

grant select, insert, update on account, session, api_key, oauth_client, oauth_token, sftp_key to icp_line;
grant select, insert, delete on oauth_jti to icp_line;
grant delete on session, oauth_token to icp_line;
