-- What people raised or lowered about the labels of a plan's elements (HR-21). Bound to the chain, so that it holds for
-- later versions too. The element's words are never here: its pointer, its id and a digest. A reason is a person's own words.
create table label_change (
  id bigint generated always as identity primary key, chain text not null, plan text not null references plan, mco text not null,
  direction text not null check (direction in ('raise', 'lower')), categories text[] not null check (cardinality(categories) > 0),
  pointer text not null, element text not null, digest text not null,
  reason text not null, actor text not null, name text not null, at timestamptz not null,
  check (direction = 'raise' or reason <> ''));
create index on label_change (chain);
create index on label_change (plan);
alter table label_change enable row level security;
create policy line on label_change to icp_line using (true) with check (true);
create policy org on label_change for select to icp_org using (mco = current_setting('icp.organisation', true));
grant select, insert on label_change to icp_line; -- a change is undone by another change, never edited
grant select on label_change to icp_org;
