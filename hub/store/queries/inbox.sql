-- What the SFTP inbox shows a sender: receipts of what came by SFTP, and what came back.

-- name: receipt_names
select id, name, received_at from submission
where channel = 'sftp' order by seq desc limit 1000

-- name: submissions_of
select id, mco, channel, name, media_type, digest, size, duplicate_of, received_at, state, reader,
  findings, tally, plans
from submission where id = any(%(submissions)s)

-- name: plans_of_submissions
select p.submission, p.id, p.kind, p.version, p.state, p.reason, p.findings, p.pcmh, p.contact,
  p.made_at,
  (select jsonb_build_object('plan', o.id, 'version', o.version, 'state', o.state,
    'taken', exists (select from delivery d where d.plan = o.id and d.acknowledged_at is not null))
   from plan o where o.id = p.same_as) as repeats
from plan p where p.submission = any(%(submissions)s) order by p.seq

-- name: deliveries_of_submissions
select p.submission, d.id, d.plan, d.mco, d.pcmh, o.name as practice, c.name as contact, d.channel,
  d.state, d.transport, d.person, d.agreement, d.code, d.attempts, d.made_at, d.sent_at, d.shown_at,
  d.acknowledged_at, d.acknowledged_by, d.acknowledge_due, d.answer, d.answered_at, d.owner,
  r.withheld > 0 as withheld, r.notices, r.format, r.media_type, r.size, r.digest
from plan p join delivery d on d.plan = p.id join release r on r.id = d.release
  left join contact c on c.id = d.contact left join organisation o on o.id = d.pcmh
where p.submission = any(%(submissions)s) order by d.seq

-- name: answers_back
select d.id, d.plan, p.submission, d.state, d.agreement, d.answer, d.answered_at,
  d.acknowledged_at, d.acknowledged_by, d.pcmh, greatest(d.acknowledged_at, d.answered_at) as at
from delivery d join plan p on p.id = d.plan
where d.mco = %(mco)s and d.acknowledged_at is not null
  and (%(delivery)s::text is null or d.id = %(delivery)s)
order by at desc limit 1000

-- name: trace
-- Staff only: everything the ledger holds about a noun and about what came of it.
with nouns as (
  select %(noun)s::text as id
  union select id from plan where submission = %(noun)s or id = %(noun)s
  union select d.id from delivery d join plan p on p.id = d.plan
    where p.submission = %(noun)s or p.id = %(noun)s or d.id = %(noun)s)
select e.id, e.kind, e.noun, e.at, e.actor, e.detail from event e join nouns on nouns.id = e.noun
order by e.id
