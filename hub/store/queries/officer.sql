-- What the privacy officer's pages read, across organisations. Words that people wrote come sealed.

-- name: officer_members
-- Members by any of: part of a name, birth date, whole id; each given one must fit.
select m.id, m.mco, o.name as sender, m.member_id, m.medicaid, m.family, m.given, m.birth_date,
  m.sex, m.active,
  (select h.name from attribution a join organisation h on h.id = a.pcmh where a.member = m.id
   and coalesce(a.starts, '-infinity') <= current_date and coalesce(a.ends, 'infinity') >= current_date
   order by a.id desc limit 1) as practice,
  (select count(*) from plan p where p.member = m.id) as plans,
  (select count(*) from plan p where p.member = m.id and p.state = 'held') as held
from member m join organisation o on o.id = m.mco
where (%(words)s = '' or strpos(lower(m.family || ' ' || m.given), lower(%(words)s)) > 0
    or strpos(lower(m.given || ' ' || m.family), lower(%(words)s)) > 0
    or m.id = %(words)s or m.member_id = %(words)s or m.medicaid = %(words)s)
  and (%(born)s = '' or m.birth_date = %(born)s)
  and (%(number)s = '' or m.id = %(number)s or m.member_id = %(number)s or m.medicaid = %(number)s)
order by m.family, m.given, m.id limit %(limit)s

-- name: officer_consents
select c.*, m.family, m.given, m.member_id, o.name as sender, a.name as recorder
from consent c join member m on m.id = c.member join organisation o on o.id = m.mco
  left join account a on a.id = c.record->>'recorded_by'
where c.revoked_at is null and c.superseded_by is null order by c.recorded_at limit %(limit)s

-- name: officer_disclosures
-- What left about a member: deliveries that were sent or opened, what requests told and brought back,
-- emergencies; oldest first.
select d.id, coalesce(d.sent_at, d.shown_at, d.acknowledged_at) as at, o.name as sender,
  h.name as practice, c.name as contact, coalesce(nullif(c.email, ''), c.phone) as address, p.kind,
  p.version, r.withheld > 0 as withheld, r.decision->>'purpose' as purpose,
  r.decision->'consents' as consents, r.decision->'released' as released, r.decision->'notices' as notices, r.id as release,
  exists (select from incident i where i.delivery = d.id) as incident
from delivery d join release r on r.id = d.release join plan p on p.id = d.plan
  join organisation o on o.id = d.mco join organisation h on h.id = d.pcmh
  left join contact c on c.id = d.contact
where d.member = %(member)s
  and (d.sent_at is not null or d.shown_at is not null or d.acknowledged_at is not null)
union all
select e.id, e.at, o.name, h.name, e.name, e.affiliation, p.kind, p.version, e.withheld > 0, 'BTG',
  e.decision->'consents', e.decision->'released', e.decision->'notices', null, false
from emergency e join plan p on p.id = e.plan join organisation o on o.id = e.mco
  join organisation h on h.id = e.organisation where e.member = %(member)s
union all
select i.id, i.found_at, o.name, h.name, null, null, '', null, false, '', '[]'::jsonb, '[]'::jsonb, '[]'::jsonb,
  null, true
from incident i join organisation o on o.id = i.mco join organisation h on h.id = i.pcmh
where i.member = %(member)s and i.delivery is null
union all
select t.id, t.at, o.name, h.name, t.person, t.address, t.what, null, false, t.decision->>'purpose',
  t.decision->'consents', t.decision->'released', t.decision->'notices', null, false
from request_disclosure t join organisation o on o.id = t.teller join organisation h on h.id = t.hearer
where t.member = %(member)s
order by 2, 1

-- name: officer_accountings
select id, at, name, form, listed, excluded from accounting
where member = %(member)s order by seq desc limit 50

-- name: officer_counts
select
  (select count(*) from plan where state = 'held') as held,
  (select count(*) from emergency where reviewed_at is null) as emergencies,
  (select count(*) from incident where closed_at is null) as incidents,
  (select count(*) from delivery where state = 'stopped') as stopped

-- name: officer_suspects
select d.id, d.member, d.pcmh, h.name as practice, o.name as sender, m.family, m.given, d.agreement,
  d.answer->>'reason' as words, d.answer->>'name' as who, d.answered_at
from delivery d join organisation h on h.id = d.pcmh join organisation o on o.id = d.mco
  join member m on m.id = d.member
where d.agreement in ('disputed', 'cannot_reach', 'returned')
  and not exists (select from incident i where i.delivery = d.id)
order by d.answered_at desc limit %(limit)s

-- name: officer_delivery
select d.id, d.member, d.pcmh, h.name as practice, d.sent_at, d.state from delivery d
  join organisation h on h.id = d.pcmh where d.id = %(delivery)s and d.member = %(member)s

-- name: officer_emergency
select e.id, e.account, e.mco, e.organisation, e.name, e.affiliation, e.reason, e.at, e.ends_at,
  e.withheld, e.digest, e.decision, o.name as sender, p.version, m.family, m.given
from emergency e join organisation o on o.id = e.mco join plan p on p.id = e.plan
  join member m on m.id = e.member where e.id = %(emergency)s

-- name: officer_own_emergencies
select e.id, e.ends_at, o.name as sender, p.version, p.kind, m.family, m.given
from emergency e join organisation o on o.id = e.mco join plan p on p.id = e.plan
  join member m on m.id = e.member
where e.account = %(account)s and e.ends_at > %(now)s order by e.seq

-- name: officer_emergencies
select e.id, e.member, e.plan, m.family, m.given, o.name as sender, h.name as practice, e.name,
  e.affiliation, e.reason, e.nature, e.at, e.ends_at, e.decision, e.withheld, e.outcome, e.note,
  e.reviewed_name, e.reviewed_at
from emergency e join member m on m.id = e.member join organisation o on o.id = e.mco
  join organisation h on h.id = e.organisation
where (e.reviewed_at is not null) = %(reviewed)s::boolean
order by case when e.reviewed_at is null then e.seq else -e.seq end limit %(limit)s

-- name: officer_incident
select i.*, m.family, m.given, o.name as sender, h.name as practice, d.release, d.sent_at,
  d.state as delivery_state,
  (select count(*) from delivery q where q.member = i.member and q.pcmh = i.pcmh
    and q.state = 'queued' and q.code = 'incident') as waiting
from incident i join member m on m.id = i.member join organisation o on o.id = i.mco
  join organisation h on h.id = i.pcmh left join delivery d on d.id = i.delivery
where i.id = %(incident)s

-- name: officer_incident_steps
select kind, at, name, choice, words from incident_step where incident = %(incident)s order by id

-- name: officer_incidents
select i.id, i.member, m.family, m.given, h.name as practice, o.name as sender, i.cause, i.found_at,
  i.opened_at, i.opened_name, i.lifted_at, i.conclusion, i.closed_at, i.closed_name,
  (select jsonb_agg(s.kind order by s.id) from incident_step s where s.incident = i.id) as steps
from incident i join member m on m.id = i.member join organisation o on o.id = i.mco
  join organisation h on h.id = i.pcmh
where (i.closed_at is not null) = %(closed)s::boolean order by i.seq desc limit %(limit)s

-- name: officer_recalls
-- Recalls at one practice: which delivery, of whom, since when, and what was answered.
select i.id, m.family, m.given, m.birth_date, o.name as sender, i.delivery, a.at as asked_at,
  r.choice as answer, r.at as answered_at, r.name as answered_by
from incident i join member m on m.id = i.member join organisation o on o.id = i.mco
  join incident_step a on a.incident = i.id and a.kind = 'recall_asked'
  left join incident_step r on r.incident = i.id and r.kind = 'recall_answered'
where i.pcmh = %(pcmh)s order by r.at is not null, i.seq desc limit 200

-- name: officer_under_consent
-- Deliveries that were released under a consent, what became of them, and when their practice was told.
select d.id, d.release, h.name as practice, c.name as contact, d.state, d.channel, d.sent_at, d.acknowledged_by,
  p.version, p.kind, (select max(e.at) from event e where e.noun = d.id and e.kind = 'delivery.consent_revoked') as told_at
from release r join delivery d on d.release = r.id join plan p on p.id = d.plan
  join organisation h on h.id = d.pcmh left join contact c on c.id = d.contact
where r.member = %(member)s and r.decision->'consents' ? %(consent)s order by d.seq desc limit 500


-- name: officer_requests
-- Requests, and documents given unasked, of one member or all: newest first.
select x.*, m.family, m.given, a.name as teller_name, b.name as hearer_name from (
  select r.id, r.seq, r.at, r.kind as what, r.reason, r.state, r.because, r.member, r.ended_at, r.name,
    r.asker as teller, case when r.asker = r.mco then r.party else r.mco end as hearer,
    (select count(*) from returned_document t where t.request = r.id) as documents
  from request r
  union all
  select t.id, t.seq, t.at, 'document', '', '', '', t.member, null, t.name, t.party, t.mco, 1
  from returned_document t where t.request is null) x
join member m on m.id = x.member join organisation a on a.id = x.teller
join organisation b on b.id = x.hearer
where %(member)s = '' or x.member = %(member)s
order by x.at desc, x.id desc limit %(limit)s

-- name: officer_untold
-- What consent did not let one organisation tell another, of one member or all: newest first.
select u.*, m.family, m.given, a.name as teller_name, b.name as hearer_name,
  exists (select from request r where r.id = u.noun) as known
from untold u join member m on m.id = u.member join organisation a on a.id = u.teller
  join organisation b on b.id = case when u.teller = u.mco then u.party else u.mco end
where (%(member)s = '' or u.member = %(member)s) and (%(noun)s = '' or u.noun = %(noun)s)
order by u.id desc limit %(limit)s

-- name: officer_request
-- One request, or one document given unasked, as the officer sees it; its words come sealed.
select r.id, r.at, r.kind as what, r.reason, r.state, r.because, r.member, r.ended_at, r.name, r.urgency,
  r.due_at, r.shown_at, r.outcome, r.again_at, r.words, r.decision, c.name as contact, null as delivery,
  (select x.field from correction x where x.request = r.id) as field,
  m.family, m.given, a.name as teller_name, b.name as hearer_name
from request r join member m on m.id = r.member join organisation a on a.id = r.asker
  join organisation b on b.id = case when r.asker = r.mco then r.party else r.mco end
  left join contact c on c.id = r.contact
where r.id = %(noun)s
union all
select t.id, t.at, 'document', '', '', '', t.member, null, t.name, '', null, t.fetched_at, '', null, null,
  t.decision, null, t.delivery, null, m.family, m.given, a.name, b.name
from returned_document t join member m on m.id = t.member join organisation a on a.id = t.party
  join organisation b on b.id = t.mco
where t.id = %(noun)s and t.request is null

-- name: officer_request_entries
select e.kind, e.code, e.how, e.on_day, e.words, e.name, e.at, e.decision, o.name as organisation_name
from request_entry e join organisation o on o.id = e.organisation
where e.request = %(noun)s order by e.id

-- name: officer_request_documents
select * from returned_document where request = %(noun)s or id = %(noun)s order by seq

-- name: officer_looks
-- Who saw a request or its documents, how often, and from when to when.
select e.kind, coalesce(a.name, k.name, c.name, e.actor) as who, o.name as organisation_name,
  count(*) as times, min(e.at) as first, max(e.at) as last
from event e left join account a on a.id = e.actor left join api_key k on k.id = e.actor
  left join oauth_client c on c.id = e.actor
  left join organisation o on o.id = coalesce(a.organisation, k.organisation, c.organisation)
where e.noun = any(%(nouns)s)
  and e.kind in ('request.listed', 'request.viewed', 'document.fetched', 'access.refused')
group by 1, 2, 3 order by 5, 2 limit 200

-- name: officer_told_under_consent
-- What requests told and brought back under a consent, and how each request stands now.
select t.id, t.request, t.at, t.what, o.name as teller, h.name as hearer, r.state, r.because
from request_disclosure t join organisation o on o.id = t.teller join organisation h on h.id = t.hearer
  left join request r on r.id = t.request
where t.member = %(member)s and t.decision->'consents' ? %(consent)s order by t.at desc, t.id limit 500
