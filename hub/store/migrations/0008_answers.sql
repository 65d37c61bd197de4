-- What practices answer and senders reply, one row each time. Words and proposed changes are in the vault.
create table answer (
  id text primary key, seq bigint generated always as identity, delivery text not null references delivery,
  mco text not null, pcmh text not null, kind text not null, code text not null default '',
  name text not null, actor text not null, at timestamptz not null, content text not null);
create index on answer (delivery);
create table reply (
  id text primary key, seq bigint generated always as identity, answer text not null references answer,
  mco text not null, pcmh text not null, kind text not null, name text not null, actor text not null,
  at timestamptz not null, content text not null);
create index on reply (answer);
do $$ declare t text; begin
  foreach t in array array['answer', 'reply'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
    execute format($p$create policy org on %I for select to icp_org
      using (current_setting('icp.organisation', true) in (mco, pcmh))$p$, t);
  end loop;
end $$;
grant select, insert on answer, reply to icp_line; -- said is said: never changed, never removed
grant select on answer, reply to icp_org;
