-- What a plan's document is called, and which documents it speaks of: digests of numbers and who gave them, per sender.
create table document_name (
  plan text not null references plan, mco text not null, name text not null,
  role text not null check (role in ('own', 'any', 'about', 'maybe', 'same', 'set')), number int,
  primary key (plan, role, name));
create index on document_name (mco, name);
alter table document_name enable row level security;
create policy line on document_name to icp_line using (true) with check (true);
create policy org on document_name for select to icp_org using (mco = current_setting('icp.organisation', true));
grant select, insert on document_name to icp_line;
grant select on document_name to icp_org;
