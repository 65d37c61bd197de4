-- What people settled about values that were read with doubt. The value itself is never here: the plan before and after
-- are in the vault under their digests. A reason is a person's own words, shown to whoever may see the plan's doubts.
create table settlement (
  id bigint generated always as identity primary key, plan text not null references plan, mco text not null,
  pointer text not null, because text not null, decision text not null check (decision in ('confirm', 'correct', 'reject')),
  reason text not null, actor text not null, name text not null, at timestamptz not null,
  before text not null, after text not null);
create index on settlement (plan);
alter table settlement enable row level security;
create policy line on settlement to icp_line using (true) with check (true);
create policy org on settlement for select to icp_org using (mco = current_setting('icp.organisation', true));
grant select, insert on settlement to icp_line; -- settled is settled: never changed, never removed
grant select on settlement to icp_org;
create index on plan (state) where state = 'doubtful';
