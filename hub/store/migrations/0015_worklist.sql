-- What a practice's list of plans is ranked by. Words of a plan never lie here in the clear: what is asked first is sealed.
-- Deliveries from before have neither; they rank by when they have to be taken, and their words are read from the vault.
alter table delivery add column risk smallint not null default 0, -- 0 unknown, 1 low, 2 moderate, 3 high
  add column asks int, add column ask_due date, -- how many things are asked, and when the first is due; null: not known
  add column after_version int, -- the version of the same plan that the practice had before
  add column assignee text; -- who in the practice looks after it; the account
alter table release add column words bytea;
create index delivery_open on delivery (pcmh) where state in ('sent', 'overdue', 'undeliverable', 'acknowledged');

create table assignment ( -- who handed a delivery to whom inside a practice; added to, never changed; the note is sealed
  id bigint generated always as identity primary key, delivery text not null references delivery, pcmh text not null,
  account text references account, name text not null default '', note bytea, actor text not null, by_name text not null,
  at timestamptz not null);
create index on assignment (delivery);

create table return_code ( -- what stands on a printed cover: typed back, it acknowledges one delivery, once
  digest bytea primary key, delivery text not null references delivery, pcmh text not null, actor text not null,
  made_at timestamptz not null, ends_at timestamptz not null, used_at timestamptz);
create index on return_code (delivery);
do $$ declare t text; begin
  foreach t in array array['assignment', 'return_code'] loop
    execute format('alter table %I enable row level security', t);
    execute format('create policy line on %I to icp_line using (true) with check (true)', t);
  end loop;
end $$;
create policy org on assignment for select to icp_org using (pcmh = current_setting('icp.organisation', true));
grant select, insert on assignment to icp_line; -- told is told: never changed, never removed
grant select on assignment to icp_org;
grant select, insert, update on return_code to icp_line;
