-- The practice's worklist. It ranks over one index of open deliveries, under row-level security, and
-- joins for the page only: the policies of members and plans would look through all deliveries.

-- name: worklist_page
-- `due_at` is the earliest that something is due; a row stands by it, moved up for risk and change.
with open_ as materialized (
  select d.id, d.seq, d.acknowledged_at, d.risk, d.ask_due, d.after_version, d.state,
    d.after_version is not null and d.shown_at is null as changed,
    least(case when d.acknowledged_at is null then d.acknowledge_due
               else d.acknowledged_at + make_interval(days => %(answer_days)s) end,
      (d.ask_due + 1)::timestamptz) as due_at, d.answered_at
  from delivery d
  where d.pcmh = %(pcmh)s and (
      not %(answered)s and d.state in ('sent', 'overdue', 'undeliverable', 'acknowledged')
      or %(answered)s and d.state = 'answered')
    and (%(mine)s::text is null or d.assignee = %(mine)s)
    and (%(sender)s = '' or d.mco = %(sender)s)),
page as (
  select o.*, case o.risk when 3 then 3 when 2 then 1 else 0 end + o.changed::int as up from open_ o
  where (not %(overdue)s or o.due_at < %(now)s) and (not %(changed)s or o.changed)
  order by case when %(answered)s then o.answered_at end desc nulls last,
    o.due_at - make_interval(days => case o.risk when 3 then 3 when 2 then 1 else 0 end
      + o.changed::int) nulls last, o.seq
  limit %(limit)s offset %(offset)s)
select id, changed, due_at from page
order by case when %(answered)s then answered_at end desc nulls last,
  due_at - make_interval(days => up) nulls last, seq

-- name: worklist_rows
-- What a page shows of deliveries that `worklist_page` found for their practice; in no order.
select d.id, d.plan, d.release, d.member, d.mco, d.pcmh, p.version, p.kind, o.name as sender,
  c.name as contact, m.family, m.given, m.birth_date, d.state, d.agreement, d.acknowledged_at,
  d.acknowledged_by, d.acknowledge_due, d.answered_at, d.shown_at, d.sent_at, d.made_at, d.risk,
  d.ask_due, d.asks, d.after_version, d.assignee,
  r.withheld > 0 as withheld, cardinality(r.notices) as notices,
  (select a.name from assignment a where a.delivery = d.id order by a.id desc limit 1) as assigned,
  r.decision, r.words, r.plan_digest
from delivery d join plan p on p.id = d.plan join release r on r.id = d.release
  join organisation o on o.id = d.mco left join contact c on c.id = d.contact
  left join member m on m.id = d.member
where d.id = any(%(ids)s) and d.pcmh = %(pcmh)s

-- name: worklist_counts
-- How much is open in all, by sender; `mine`, `overdue` and `changed` are parts of it.
select x.mco, o.name as sender, x.todo, x.mine, x.overdue, x.changed
from (
  select d.mco, count(*) as todo, count(*) filter (where d.assignee = %(actor)s) as mine,
    count(*) filter (where least(case when d.acknowledged_at is null then d.acknowledge_due
      else d.acknowledged_at + make_interval(days => %(answer_days)s) end,
      (d.ask_due + 1)::timestamptz) < %(now)s) as overdue,
    count(*) filter (where d.after_version is not null and d.shown_at is null) as changed
  from delivery d
  where d.pcmh = %(pcmh)s and d.state in ('sent', 'overdue', 'undeliverable', 'acknowledged')
  group by d.mco) x join organisation o on o.id = x.mco order by o.name

-- name: sender_ways_in
-- How a sender's documents came in the last 90 days, by channel.
select s.channel, count(*) as n, max(s.received_at) as newest,
  max(s.received_at) filter (where s.state = 'quarantined') as failed,
  count(*) filter (where s.state = 'quarantined') as failures
from submission s where s.received_at > %(since)s group by s.channel order by s.channel

-- name: sender_ways_out
-- How a sender's plans went to each practice in the last 90 days: the last success and failure.
select h.name as practice, d.channel, count(*) as n, max(d.sent_at) as newest,
  max(a.at) filter (where a.outcome not in ('sent', 'confirmed')) as failed,
  count(a.*) filter (where a.outcome not in ('sent', 'confirmed')) as failures,
  count(distinct d.id) filter (where d.state in ('queued', 'sending')) as waiting,
  count(distinct d.id) filter (where d.state = 'undeliverable') as given_up,
  (array_agg(a.code order by a.at desc) filter (where a.outcome not in ('sent', 'confirmed')))[1] as code
from delivery d join organisation h on h.id = d.pcmh left join attempt a on a.delivery = d.id
where d.mco = %(mco)s and d.made_at > %(since)s group by h.name, d.channel order by h.name, d.channel

-- name: sender_notices
-- Status notices to a sender: the last that was taken, and what still waits after a failure.
select count(*) filter (where x.sent_at is null) as waiting, max(x.sent_at) as newest,
  max(x.made_at) filter (where x.sent_at is null and x.attempts > 0) as failed,
  max(x.code) filter (where x.sent_at is null and x.attempts > 0) as code
from notice x where x.organisation = %(mco)s and x.made_at > %(since)s

-- name: sender_findings
select s.id, s.name, s.channel, s.received_at, s.state, s.plans, s.reader, s.findings
from submission s where s.duplicate_of is null order by s.seq desc limit %(limit)s
