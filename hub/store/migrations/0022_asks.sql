-- What each request, step and returned document stood on; why a request was stopped; what consent let nobody be told.
-- A decision is kept as a release keeps it. A step that told nothing of the member has none.
alter table request add column decision jsonb, add column because text not null default ''
    check (because in ('', 'consent', 'incident', 'closed')),
  add column asked_version bigint not null default -1, -- of the member's consent head, when consent was asked last
  add column ask_due timestamptz, add column again_at timestamptz; -- ask again then; since when it may be made anew
alter table request_entry add column decision jsonb;
alter table returned_document add column decision jsonb;
create index request_stopped on request (ended_at) where state = 'stopped';

-- What was told before this version: its event has consents, rules and policy; its content counts as its giver's own.
create temporary view stood as
select e.id as event, e.noun, e.kind, e.at, e.actor, e.detail, jsonb_build_object('outcome', 'permit',
    'consents', coalesce(e.detail->'consents', '[]'), 'policy', e.detail->>'policy', 'reasons', '[]'::jsonb, 'withheld', '[]'::jsonb,
    'notices', '[]'::jsonb, 'errors', '[]'::jsonb) as decision
from event e where e.kind in ('request.asked', 'request.attempt', 'request.promised', 'request.answered', 'request.refused',
  'request.withdrawn', 'document.returned') and e.detail->'policy' is not null;
create temporary view origins as
select id, jsonb_build_array(jsonb_build_array('general', case part2_source when 'no' then 'no' when 'mixed' then 'unknown' else 'yes' end,
  'unknown')) as released from organisation;
update request r set decision = s.decision || jsonb_build_object('released', o.released,
    'purpose', case when r.asker = r.mco then 'TREAT' else 'CAREMGT' end)
from stood s, origins o where s.noun = r.id and s.kind = 'request.asked' and o.id = r.asker;
update request_entry n set decision = s.decision || jsonb_build_object('released', o.released,
    'purpose', case when n.organisation = n.mco then 'TREAT' else 'CAREMGT' end)
from stood s, origins o where s.noun = n.request and o.id = n.organisation and s.actor = n.actor
  and abs(extract(epoch from s.at - n.at)) < 1 and s.kind = case n.kind when 'attempt' then 'request.attempt' when 'promise' then
  'request.promised' when 'answer' then 'request.answered' when 'refuse' then 'request.refused' else 'request.withdrawn' end;
update returned_document t set decision = s.decision || jsonb_build_object('released', t.matters, 'purpose', 'CAREMGT')
from stood s where s.kind = 'document.returned' and s.detail->>'document' = t.id;
drop view stood, origins;

create view request_disclosure as -- everything of a request that told one side something of a member, when, on what ground
select r.id, r.id as request, r.at, r.member, r.asker as teller, case when r.asker = r.mco then r.party else r.mco end as hearer,
  c.name as person, coalesce(nullif(c.email, ''), c.phone) as address, 'request_' || r.kind as what, r.decision
from request r left join contact c on c.id = r.contact where r.decision is not null
union all
select e.request || '/' || e.id, e.request, e.at, r.member, e.organisation,
  case when e.organisation = e.mco then e.party else e.mco end, case when e.organisation = r.asker then c.name else r.name end,
  case when e.organisation = r.asker then coalesce(nullif(c.email, ''), c.phone) end, 'step_' || e.kind, e.decision
from request_entry e join request r on r.id = e.request left join contact c on c.id = r.contact where e.decision is not null
union all
select t.id, coalesce(t.request, t.id), t.at, t.member, t.party, t.mco, r.name, null, 'document', t.decision
from returned_document t left join request r on r.id = t.request where t.decision is not null;

create table untold ( -- what one organisation wanted to tell another and consent did not let pass: no words, no document
  id bigint generated always as identity primary key, member text not null references member, mco text not null, party text not null,
  teller text not null, noun text not null, what text not null, because text not null, decision jsonb, at timestamptz not null,
  actor text not null, name text not null);
create index on untold (member);
alter table untold enable row level security;
create policy line on untold to icp_line using (true) with check (true);
grant select, insert on untold to icp_line;
grant select on request_disclosure to icp_line;
