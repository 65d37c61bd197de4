-- What the console's pages read. Each runs under one organisation's row-level security, or for the
-- hub's own staff across organisations. Rows hold ids, states, codes and names of the roster; plan
-- content is in the vault.

-- name: console_submissions
select s.id, s.mco, o.name as sender, s.name, s.channel, s.size, s.state, s.received_at, s.plans,
  s.duplicate_of, s.reader, s.tally,
  (select count(*) from jsonb_array_elements(s.findings) f where f->>'severity' = 'error') as errors,
  (select count(*) from jsonb_array_elements(s.findings) f where f->>'severity' = 'warning') as warnings,
  (select count(*) from jsonb_array_elements(s.findings) f where f->>'severity' = 'note') as notes,
  coalesce((select jsonb_object_agg(x.state, x.n) from
    (select p.state, count(*) as n from plan p where p.submission = s.id group by 1) x), '{}') as plan_states,
  coalesce((select jsonb_object_agg(x.state, x.n) from
    (select d.state, count(*) as n from delivery d join plan p on p.id = d.plan
     where p.submission = s.id group by 1) x), '{}') as delivery_states
from submission s join organisation o on o.id = s.mco
where (%(cursor)s::text is null or s.seq < (select c.seq from submission c where c.id = %(cursor)s))
order by s.seq desc limit %(limit)s

-- name: console_quarantined
select s.id, s.mco, o.name as sender, s.name, s.channel, s.size, s.media_type, s.state,
  s.received_at, s.reader, s.findings, s.tally
from submission s join organisation o on o.id = s.mco
where s.state = 'quarantined' order by s.seq limit %(limit)s

-- name: console_submission
select s.id, s.mco, o.name as sender, s.name, s.channel, s.media_type, s.digest, s.size,
  s.duplicate_of, s.received_at, s.state, s.reader, s.findings, s.tally, s.plans
from submission s join organisation o on o.id = s.mco where s.id = %(submission)s

-- name: console_plans_of
select p.id, p.kind, p.version, p.state, p.reason, p.findings, p.made_at, p.member,
  m.family, m.given, m.member_id, h.name as practice, c.name as contact
from plan p left join member m on m.id = p.member left join organisation h on h.id = p.pcmh
  left join contact c on c.id = p.contact
where p.submission = %(submission)s order by p.seq limit 1000

-- name: console_waiting
-- Plans that wait for a person, oldest first; `states` are unmatched, unroutable, held.
select p.id, p.mco, o.name as sender, p.kind, p.version, p.state, p.reason, p.made_at, p.submission,
  s.name, p.member, m.family, m.given, m.member_id, h.name as practice, c.name as contact
from plan p join organisation o on o.id = p.mco left join submission s on s.id = p.submission
  left join member m on m.id = p.member left join organisation h on h.id = p.pcmh
  left join contact c on c.id = p.contact
where p.state = any(%(states)s) order by p.seq limit %(limit)s

-- name: console_plan
select p.id, p.mco, o.name as sender, o.npi as sender_npi, p.submission, p.kind, p.chain, p.version,
  p.state, p.reason, p.findings, p.made_at, p.member, m.family, m.given, m.member_id, p.pcmh,
  h.name as practice, c.name as contact, s.channel, p.same_as
from plan p join organisation o on o.id = p.mco left join member m on m.id = p.member
  left join organisation h on h.id = p.pcmh left join contact c on c.id = p.contact
  left join submission s on s.id = p.submission
where p.id = %(plan)s

-- name: console_deliveries
-- Deliveries with their three ledgers; `states` null: all. The newest first.
select d.id, d.plan, p.version, p.kind, p.state as plan_state, p.submission, d.mco,
  o.name as sender, d.pcmh, h.name as practice, c.name as contact, m.family, m.given, m.member_id,
  d.channel, d.state, d.transport, d.person, d.agreement, d.code, d.attempts, d.made_at, d.sent_at,
  d.shown_at, d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at,
  d.owner, d.due, r.withheld > 0 as withheld, r.notices
from delivery d join plan p on p.id = d.plan join release r on r.id = d.release
  join organisation o on o.id = d.mco join organisation h on h.id = d.pcmh
  left join contact c on c.id = d.contact left join member m on m.id = d.member
where (%(states)s::text[] is null or d.state = any(%(states)s))
  and (%(plan)s::text is null or d.plan = %(plan)s)
  and (%(submission)s::text is null or p.submission = %(submission)s)
  and (%(cursor)s::text is null or d.seq < (select x.seq from delivery x where x.id = %(cursor)s))
order by d.seq desc limit %(limit)s

-- name: console_answered
select d.id, d.plan, p.version, p.kind, d.mco, h.name as practice, m.family, m.given, m.member_id
from delivery d join plan p on p.id = d.plan join organisation h on h.id = d.pcmh
  left join member m on m.id = d.member where d.id = %(delivery)s

-- name: console_delivery
select d.id, d.plan, p.version, p.kind, p.chain, p.state as plan_state, d.mco, o.name as sender,
  o.npi as sender_npi, d.pcmh, h.name as practice, h.npi as practice_npi, c.name as contact,
  c.email as contact_email, c.phone as contact_phone, d.member, m.family, m.given, d.channel,
  d.state, d.transport, d.person, d.agreement, d.made_at, d.sent_at, d.shown_at,
  d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at,
  r.id as release, r.at as released_at, r.withheld > 0 as withheld, r.notices, r.format, r.media_type,
  r.size, r.decision->'released' as released, r.decision->'consents' as relied,
  (select n.id from plan q join delivery n on n.plan = q.id where q.chain = p.chain
     and q.seq > p.seq and n.pcmh = d.pcmh and n.member = d.member and n.sent_at is not null
   order by n.seq desc limit 1) as newest
from delivery d join plan p on p.id = d.plan join release r on r.id = d.release
  join organisation o on o.id = d.mco join organisation h on h.id = d.pcmh
  left join contact c on c.id = d.contact left join member m on m.id = d.member
where d.id = %(delivery)s

-- name: console_timeline
-- What the ledger holds about a plan, its submission and its deliveries, as far as the asker may see.
with nouns as (
  select %(plan)s::text as id union select submission from plan where id = %(plan)s
  union select id from delivery where plan = %(plan)s)
select e.id, e.kind, e.noun, e.at, e.actor, e.detail from event e join nouns on nouns.id = e.noun
order by e.id limit 500

-- name: console_members
-- Members by a part of the name or a whole id; `mco` null: of every sender.
select m.id, m.mco, o.name as sender, m.member_id, m.medicaid, m.family, m.given, m.birth_date,
  m.sex, m.active,
  (select h.name from attribution a join organisation h on h.id = a.pcmh where a.member = m.id
   and coalesce(a.starts, '-infinity') <= current_date and coalesce(a.ends, 'infinity') >= current_date
   order by a.id desc limit 1) as practice,
  (select count(*) from plan p where p.member = m.id) as plans,
  (select count(*) from plan p where p.member = m.id and p.state = 'held') as held
from member m join organisation o on o.id = m.mco
where (%(mco)s::text is null or m.mco = %(mco)s)
  and (m.id = %(words)s or m.member_id = %(words)s or m.medicaid = %(words)s
    or strpos(lower(m.family || ' ' || m.given), lower(%(words)s)) > 0
    or strpos(lower(m.given || ' ' || m.family), lower(%(words)s)) > 0)
order by m.family, m.given, m.id limit %(limit)s

-- name: console_member
select m.id, m.mco, o.name as sender, m.member_id, m.medicaid, m.family, m.given, m.birth_date,
  m.sex, m.county, m.active
from member m join organisation o on o.id = m.mco where m.id = %(member)s

-- name: console_homes
select a.pcmh, h.name as practice, a.starts, a.ends, a.source
from attribution a join organisation h on h.id = a.pcmh where a.member = %(member)s order by a.id desc

-- name: console_plans_of_member
select p.id, p.kind, p.version, p.state, p.reason, p.made_at, h.name as practice
from plan p left join organisation h on h.id = p.pcmh
where p.member = %(member)s order by p.seq desc limit 200

-- name: console_disclosures
-- What left about a member, when, by whom, to whom, under which release or for which request.
select d.id, d.release, null as request, p.kind as what, d.state, d.sent_at, o.name as teller,
  h.name as hearer, c.name as person, r.at, r.withheld, r.decision->>'purpose' as purpose
from delivery d join release r on r.id = d.release join plan p on p.id = d.plan
  join organisation o on o.id = d.mco join organisation h on h.id = d.pcmh
  left join contact c on c.id = d.contact
where d.member = %(member)s
union all
select t.id, null, t.request, t.what, null, t.at, o.name, h.name, t.person, t.at, 0,
  t.decision->>'purpose'
from request_disclosure t join organisation o on o.id = t.teller join organisation h on h.id = t.hearer
where t.member = %(member)s
order by at desc, id desc limit 500

-- name: console_parties
-- Whom a consent form may name.
select id, kind, name from organisation where active and id <> 'hub' order by kind, name

-- name: console_unapproved
-- Grants that carry nothing before a second person approved them (HR-20).
select c.id, c.member, c.record, c.recorded_at, m.family, m.given, m.member_id, o.name as sender,
  a.name as recorded_by, (c.record->>'recorded_by') = %(actor)s::text as own
from consent c join member m on m.id = c.member join organisation o on o.id = m.mco
  left join account a on a.id = c.record->>'recorded_by'
where c.approved_by is null and c.revoked_at is null and c.superseded_by is null
  and c.record->>'kind' not in ('refusal', 'restriction')
  and (coalesce((c.record->>'bulk')::boolean, false)
    or c.recorded_at::date - (c.record->>'signed_on')::date > %(days)s::int)
order by c.recorded_at limit %(limit)s

-- name: console_releases
-- Releases, the newest first; `withheld`: only those with something withheld.
select r.id, r.plan, r.mco, o.name as sender, h.name as practice, c.name as contact, r.at,
  r.withheld, r.notices, r.member, m.family, m.given, p.version, d.state
from release r join organisation o on o.id = r.mco join organisation h on h.id = r.pcmh
  join plan p on p.id = r.plan left join contact c on c.id = r.contact
  left join member m on m.id = r.member left join delivery d on d.release = r.id
where not %(withheld)s::boolean or r.withheld > 0
order by r.at desc, r.id desc limit %(limit)s

-- name: console_release
select r.id, r.plan, r.mco, o.name as sender, h.name as practice, c.name as contact, r.at,
  r.decision, r.withheld, r.notices, r.digest, r.size, r.format, r.media_type, r.member, m.family,
  m.given, p.version
from release r join organisation o on o.id = r.mco join organisation h on h.id = r.pcmh
  join plan p on p.id = r.plan left join contact c on c.id = r.contact
  left join member m on m.id = r.member
where r.id = %(release)s

-- name: console_coverage
-- Coverage per sender and reader over everything that was read.
select s.mco, o.name as sender, s.reader, count(*) as submissions, sum(s.plans) as plans,
  coalesce(sum((s.tally->>'source_items')::bigint), 0) as source_items,
  coalesce(sum((s.tally->>'mapped')::bigint), 0) as mapped,
  coalesce(sum((s.tally->>'residue')::bigint), 0) as residue,
  coalesce(sum((s.tally->>'ignored')::bigint), 0) as ignored, max(s.received_at) as newest
from submission s join organisation o on o.id = s.mco
where s.state = 'read' group by s.mco, o.name, s.reader order by o.name, s.reader

-- name: console_senders
-- Senders with their bound adapters and how their submissions fared.
select o.id, o.name, o.active,
  (select count(*) from submission s where s.mco = o.id) as submissions,
  (select count(*) from submission s where s.mco = o.id and s.state = 'quarantined') as quarantined,
  (select max(s.received_at) from submission s where s.mco = o.id) as newest,
  coalesce((select jsonb_agg(jsonb_build_object('adapter', b.adapter, 'profile', b.profile,
    'version', b.version) order by b.position) from binding b where b.organisation = o.id), '[]') as bindings
from organisation o where o.kind = 'mco' order by o.name

-- name: console_turns
-- How many of each noun stand in each state.
select 'submission' as noun, state, count(*) as n, min(received_at) as oldest from submission group by state
union all select 'plan', state, count(*), min(made_at) from plan group by state
union all select 'delivery', state, count(*), min(made_at) from delivery group by state
union all select 'request', state, count(*), min(at) from request group by state

-- name: console_silent
-- Silences that last too long, the longest first: who was told last, of which step, and what is next.
select w.delivery, w.clock, w.began_at, w.step, w.due, coalesce(d.state, r.state) as state,
  case when r.id is null then 'delivery' else 'request' end as noun, o.name as sender, h.name as practice,
  coalesce(c.name, w.owner) as told, c.organisation = w.mco as sender_side
from watch w left join delivery d on d.id = w.delivery left join request r on r.id = w.delivery
  join organisation o on o.id = w.mco
  join organisation h on h.id = w.pcmh left join contact c on c.id = w.owner
where w.ended_at is null and (w.step > 0 or w.due is null)
order by w.began_at, w.delivery limit %(limit)s

-- name: console_trying
-- Deliveries that failed at least once and will be tried again.
select d.id, d.code, d.attempts, d.due, d.channel, o.name as sender, h.name as practice
from delivery d join organisation o on o.id = d.mco join organisation h on h.id = d.pcmh
where d.state in ('queued', 'sending') and d.attempts > 0 and d.code <> '' order by d.seq limit %(limit)s

-- name: console_paused
select e.id, e.kind, o.name as organisation, e.format,
  (select count(*) from delivery d where d.endpoint = e.id and d.state = 'queued') as waiting
from endpoint e join organisation o on o.id = e.organisation where e.paused order by o.name

-- name: console_unsent_notices
select o.name as organisation, count(*) as n, max(x.code) as code, min(x.made_at) as oldest
from notice x join organisation o on o.id = x.organisation
where x.sent_at is null and x.attempts > 1 group by o.name order by o.name

-- name: console_rosters
select r.id, r.mco, o.name as sender, r.kind, r.at, r.rows, r.added, r.changed, r.dropped, r.refused
from roster_load r join organisation o on o.id = r.mco order by r.at desc limit %(limit)s

-- name: console_organisation
select name, kind from organisation where id = %(whose)s

-- name: console_settled
-- What people settled about a plan's doubtful values, oldest first; the values are in the vault.
select pointer, because, decision, reason, name, at from settlement where plan = %(plan)s order by id

-- name: console_contacts
-- Persons a consent form may name as recipients: contacts of practices that are open.
select c.id, c.name, o.name as organisation_name from contact c
  join organisation o on o.id = c.organisation
where o.active and o.kind = 'pcmh' and (c.ends is null or c.ends >= current_date)
order by o.name, c.name limit 500

-- name: console_actors
-- Names of accounts, to say who did something.
select id, name from account where id = any(%(actors)s)

-- name: console_batches
-- Files of consents, those that wait for a second person first.
select b.id, b.recorded_at, b.counts, b.approved_at, o.name as sender, a.name as recorded_by,
  s.name as approved_by, b.recorded_by = %(actor)s::text as own
from consent_batch b join organisation o on o.id = b.organisation
  left join account a on a.id = b.recorded_by left join account s on s.id = b.approved_by
order by b.approved_at is not null, b.recorded_at desc limit %(limit)s

-- name: console_requests
-- How many requests wait for the asker's own organisation, how many of them are late, and what came back to read.
select count(*) filter (where r.asker <> %(whose)s and r.state in ('asked', 'promised', 'overdue')) as asked,
  count(*) filter (where r.asker <> %(whose)s and r.state = 'overdue') as late,
  count(*) filter (where r.asker = %(whose)s and r.state = 'overdue') as unanswered
from request r
