-- What the FHIR API reads. Under an organisation row-level security decides what is seen; ids, states
-- and codes only. `version` counts the changes of a delivery, `changed` is when the last one was.

-- name: fhir_deliveries
-- `practice` narrows to deliveries addressed to it: a sender sees those of its plans too.
select d.id, d.plan, d.mco, d.pcmh, o.name as practice, s.name as sender, d.contact as contact_id,
  c.name as contact, d.member, d.channel, d.state, d.transport, d.person, d.agreement, d.code,
  d.made_at, d.sent_at, d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer,
  d.answered_at, r.id as release, r.at as released_at, r.decision, r.notices, r.media_type, r.size,
  r.digest, r.file_name, r.withheld > 0 as withheld, p.chain, p.version as plan_version, p.kind,
  x.number + 1 as version, coalesce(x.changed, d.made_at) as changed
from delivery d join release r on r.id = d.release join plan p on p.id = d.plan
  left join contact c on c.id = d.contact left join organisation o on o.id = d.pcmh
  left join organisation s on s.id = d.mco
  cross join lateral (select count(*) as number, max(e.at) as changed from event e
    where e.noun = d.id and e.kind = any(%(kinds)s)) x
where (%(practice)s::text is null or d.pcmh = %(practice)s)
  and (%(id)s::text is null or d.id = %(id)s)
  and (%(member)s::text is null or d.member = %(member)s)
  and (%(key)s::text is null or exists (select from member m where m.id = d.member
    and (m.member_id = %(key)s or m.medicaid = %(key)s)))
  and (%(standings)s::text[] is null
    or d.state || case when d.state = 'answered' then ':' || d.agreement else '' end
      = any(%(standings)s))
  and (%(since)s::timestamptz is null or coalesce(x.changed, d.made_at) >= %(since)s)
  and (%(until)s::timestamptz is null or coalesce(x.changed, d.made_at) < %(until)s)
  and (%(cursor)s::text is null or d.seq < (select k.seq from delivery k where k.id = %(cursor)s))
order by d.seq desc limit %(limit)s

-- name: fhir_events
select id, kind, noun, at, actor, detail from event
where (%(noun)s::text is null or noun = %(noun)s)
  and (%(id)s::bigint is null or id = %(id)s)
  and (%(since)s::timestamptz is null or at >= %(since)s)
  and (%(until)s::timestamptz is null or at < %(until)s)
  and (%(cursor)s::bigint is null or id < %(cursor)s)
order by id desc limit %(limit)s

-- name: fhir_organisations
-- The asker's own, and those it sends to or gets from; `whose` null: all (staff).
select o.id, o.kind, o.name, o.npi, o.active from organisation o
where (%(whose)s::text is null or o.id = %(whose)s or exists (select from delivery d
    where (d.mco = %(whose)s and d.pcmh = o.id) or (d.pcmh = %(whose)s and d.mco = o.id)))
  and o.id <> 'hub' and (%(id)s::text is null or replace(o.id, '_', '-') = %(id)s)
  and (%(cursor)s::text is null or o.id > %(cursor)s)
order by o.id limit %(limit)s

-- name: fhir_contacts
-- The asker's own people, and those its plans were addressed to.
select c.id, c.organisation, c.name, c.roles, c.email, c.phone,
  (c.ends is null or c.ends >= current_date) and (c.starts is null or c.starts <= current_date)
    as active
from contact c
where (%(whose)s::text is null or c.organisation = %(whose)s or exists (select from delivery d
    where d.mco = %(whose)s and d.contact = c.id))
  and (%(id)s::text is null or replace(c.id, '_', '-') = %(id)s)
  and (%(of)s::text is null or replace(c.organisation, '_', '-') = %(of)s)
  and (%(cursor)s::text is null or c.id > %(cursor)s)
order by c.id limit %(limit)s

-- name: fhir_endpoints
-- Asked across organisations, since none may read the table: the asker's own only, no secrets, no
-- options, and no Subscriptions.
select e.id, e.organisation, e.kind, e.address, e.format, e.paused from endpoint e
where (%(whose)s::text is null or e.organisation = %(whose)s) and not e.options ? 'subscription'
  and (%(id)s::text is null or replace(e.id, '_', '-') = %(id)s)
  and (%(cursor)s::text is null or e.id > %(cursor)s)
order by e.id limit %(limit)s
