-- When the certificates of connections end: fingerprints and times. `endpoint` is as in probe, and what is
-- the hub's own; `told`: the step, in days ahead, that its owner was told of last; 0: nothing yet.
create table certificate (
  endpoint text not null, what text not null, mark text not null, ends timestamptz not null,
  told int not null default 0, seen_at timestamptz not null, primary key (endpoint, what, mark));
alter table certificate enable row level security;
create policy line on certificate to icp_line using (true) with check (true);
create policy org on certificate for select to icp_org using (
  exists (select from probe p where p.endpoint = certificate.endpoint));
grant select, insert, update, delete on certificate to icp_line;
grant select on certificate to icp_org;

alter table warning drop constraint warning_what_check; -- of `ends`: code says whose certificate, since its end
alter table warning add constraint warning_what_check check (what in ('fails', 'works', 'ends'));
