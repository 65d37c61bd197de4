-- What the HTTP API reads. Each runs under one organisation's row-level security, or for the hub's
-- own staff across organisations. Rows hold ids, states and codes; plan content is in the vault.

-- name: submission_by_id
select id, mco, channel, name, media_type, digest, size, duplicate_of, received_at, state, reader,
  findings, tally, plans
from submission where id = %(submission)s

-- name: submissions_page
select id, mco, channel, name, digest, size, duplicate_of, received_at, state, plans
from submission
where (%(state)s::text is null or state = %(state)s)
  and (%(cursor)s::text is null or seq < (select c.seq from submission c where c.id = %(cursor)s))
order by seq desc limit %(limit)s

-- name: plans_of_submission
select p.id, p.kind, p.version, p.state, p.reason, p.findings, p.pcmh, p.contact, p.made_at,
  (select jsonb_build_object('plan', o.id, 'version', o.version, 'state', o.state,
    'taken', exists (select from delivery d where d.plan = o.id and d.acknowledged_at is not null))
   from plan o where o.id = p.same_as) as repeats
from plan p where p.submission = %(submission)s order by p.seq limit 10000

-- name: deliveries_of_submission
select d.id, d.plan, d.mco, d.pcmh, o.name as practice, c.name as contact, d.channel, d.state,
  d.transport, d.person, d.agreement, d.code, d.attempts, d.made_at, d.sent_at, d.shown_at,
  d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at, d.owner,
  r.withheld > 0 as withheld, r.notices, r.format, r.media_type, r.size, r.digest
from plan p join delivery d on d.plan = p.id join release r on r.id = d.release
  left join contact c on c.id = d.contact left join organisation o on o.id = d.pcmh
where p.submission = %(submission)s order by d.seq limit 10000

-- name: deliveries_page
select d.id, d.plan, d.mco, d.pcmh, o.name as practice, c.name as contact, d.channel, d.state,
  d.transport, d.person, d.agreement, d.code, d.attempts, d.made_at, d.sent_at, d.shown_at,
  d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at, d.owner,
  r.withheld > 0 as withheld, r.notices, r.format, r.media_type, r.size, r.digest
from delivery d join release r on r.id = d.release
  left join contact c on c.id = d.contact left join organisation o on o.id = d.pcmh
where (%(state)s::text is null or d.state = %(state)s)
  and (%(cursor)s::text is null or d.seq < (select c.seq from delivery c where c.id = %(cursor)s))
order by d.seq desc limit %(limit)s

-- name: delivery_by_id
select d.id, d.plan, d.mco, d.pcmh, o.name as practice, c.name as contact, d.channel, d.state,
  d.transport, d.person, d.agreement, d.code, d.attempts, d.made_at, d.sent_at, d.shown_at,
  d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at, d.owner,
  r.withheld > 0 as withheld, r.notices, r.format, r.media_type, r.size, r.digest
from delivery d join release r on r.id = d.release
  left join contact c on c.id = d.contact left join organisation o on o.id = d.pcmh
where d.id = %(delivery)s

-- name: member_by_key
select id, mco from member where mco = %(mco)s and member_id = %(member_id)s

-- name: member_by_id
select id, mco from member where id = %(member)s

-- name: consent_owner
-- Only across organisations: the asker's own organisation may not read the consent table.
select c.id, m.mco from consent c join member m on m.id = c.member where c.id = %(consent)s

-- name: events_of_noun
select id, kind, noun, at, actor, detail from event
where noun = %(noun)s and (%(cursor)s::bigint is null or id > %(cursor)s)
order by id limit %(limit)s

-- name: event_leaf
select e.id, e.kind, e.noun, e.at, e.organisations, e.actor, e.detail,
  l.number - (select min(number) from leaf) as index
from event e left join leaf l on l.event = e.id where e.id = %(event)s

-- name: head_newest
select size, root, at, signature, key_id from tree_head order by size desc limit 1

-- name: leaf_blocks
-- Leaf hashes, joined, in whole blocks: block n holds the leaves n * width to (n + 1) * width - 1.
select (number - b.first) / %(width)s as block, string_agg(hash, ''::bytea order by number) as hashes
from leaf, (select min(number) as first from leaf) b
where number >= b.first + %(start)s and number < b.first + %(end)s
group by 1 order by 1

-- name: oldest_due
select coalesce(max(extract(epoch from now() - due)), 0)::float as seconds from (
  select min(due) as due from submission where due is not null
  union all select min(due) from plan where due is not null
  union all select min(due) from delivery where due is not null
  union all select min(due) from notice where due is not null) x
where due <= now()

-- name: organisation_kind
select kind from organisation where id = %(whose)s

-- name: decision_receipt
-- A release as its decision receipt tells it, by delivery or by release, and the events that hold its fingerprints.
select r.id as release, r.plan, d.id as delivery, r.decision, r.withheld, r.notices, r.digest, r.size, r.media_type,
  r.format, r.mco, r.pcmh, o.name as sender, h.name as practice, c.name as contact,
  (select min(e.id) from event e where e.noun = d.id and e.kind = 'delivery.queued' and e.detail->>'receipt' is not null)
    as queued,
  (select min(e.id) from event e where e.noun = r.plan and e.kind = 'plan.released' and e.detail->>'release' = r.id)
    as released
from release r join delivery d on d.release = r.id join organisation o on o.id = r.mco
  join organisation h on h.id = r.pcmh left join contact c on c.id = r.contact
where (%(delivery)s::text is not null and d.id = %(delivery)s) or (%(release)s::text is not null and r.id = %(release)s)
order by d.seq limit 1

-- name: plan_member
-- Only across organisations: whose plan this is, for a question about it.
select id, mco, member from plan where id = %(plan)s

-- name: request_member
-- Whom a delivery is about, for a request that names its member by it.
select member from delivery where id = %(delivery)s

-- name: request_about
-- The member of a plan, a delivery or an MCO's own request, for the form of a request.
select d.member, m.family, m.given, m.birth_date, d.id as delivery, '' as plan
from delivery d join member m on m.id = d.member where d.id = %(noun)s
union all
select p.member, m.family, m.given, m.birth_date, '', p.id
from plan p join member m on m.id = p.member where p.id = %(noun)s
union all
select r.member, m.family, m.given, m.birth_date, '', ''
from request r join member m on m.id = r.member
where r.id = %(noun)s and r.mco = current_setting('icp.organisation', true)
