-- What the console shows of the directory. No member, no plan: ids, states, codes and counts. Queries that
-- a practice may ask say so; they run under its row-level security.

-- name: directory_organisations
-- `flagged` narrows to those something is wrong with.
with today as (
  select c.organisation,
    count(*) filter (where 'plan' = any(c.roles)) as plan,
    count(*) filter (where 'consent' = any(c.roles)) as consent,
    count(*) filter (where 'urgent' = any(c.roles)) as urgent,
    count(*) filter (where 'plan' = any(c.roles) and c.endpoint is not null
      and c.verified_on <= %(on)s) as ready
  from contact c where (c.starts is null or c.starts <= %(on)s) and (c.ends is null or c.ends >= %(on)s)
  group by c.organisation)
select o.id, o.kind, o.name, o.npi, o.active, o.tier, o.part_of, u.name as above,
  coalesce(t.plan, 0) as plan, coalesce(t.consent, 0) as consent, coalesce(t.urgent, 0) as urgent,
  o.kind = 'pcmh' and o.active and coalesce(t.ready, 0) = 0 as unready,
  (select count(*) from routing_rule r where r.organisation = o.id) as rules
from organisation o left join today t on t.organisation = o.id left join organisation u on u.id = o.part_of
where (%(kind)s::text is null or o.kind = %(kind)s)
  and (%(words)s::text is null or o.name ilike '%%' || %(words)s || '%%' or o.id = %(words)s
    or o.npi = %(words)s)
  and (not %(unready)s::boolean or (o.kind = 'pcmh' and o.active and coalesce(t.ready, 0) = 0))
  and (%(after)s::text is null or o.id > %(after)s)
order by o.id limit %(limit)s

-- name: directory_numbers
select id, name, npi, count(*) over (partition by npi) as times from organisation
where npi <> '' and active order by npi, id

-- name: directory_below
select id, kind, name, tier, active from organisation where part_of = %(whose)s order by name, id

-- name: directory_bounced
-- Contacts to whom something failed for good since they were last reached, or a person said they can be.
-- While an attempt is repeated the flag stays; the next success ends it.
with failed as (
  select d.contact, a.at, a.code, d.channel from attempt a join delivery d on d.id = a.delivery
  where a.outcome = 'failed' and d.state in ('queued', 'sending')
  union all
  select d.contact, coalesce((select max(e.at) from event e where e.noun = d.id
    and e.kind = 'delivery.undeliverable'), d.made_at), d.code, d.channel
  from delivery d where d.state = 'undeliverable'
  union all
  select n.contact, n.at, n.code, 'mail' from nudge n
  where n.sent_at is null and (n.code like 'smtp_5%%' or (n.due is null and n.code not in ('', 'sent', 'no_address')))),
standing as (
  select f.* from failed f left join bounce_cleared b on b.contact = f.contact
  where (b.at is null or f.at > b.at) and case when f.channel = 'mail'
    then not exists (select from nudge m where m.contact = f.contact and m.code = 'sent' and m.sent_at > f.at)
    else not exists (select from delivery s where s.contact = f.contact and s.sent_at > f.at
      and s.state <> 'undeliverable') end)
select c.id, c.name, c.organisation, o.name as practice, min(s.at) as since,
  array_agg(distinct s.channel) as channels, (array_agg(s.code order by s.at desc))[1] as code,
  (select count(*) from delivery d where d.contact = c.id
    and d.state in ('queued', 'sending', 'sent', 'overdue', 'undeliverable')) as open
from standing s join contact c on c.id = s.contact join organisation o on o.id = c.organisation
where %(whose)s::text is null or c.organisation = %(whose)s
group by c.id, c.name, c.organisation, o.name order by since

-- name: directory_endpoints
-- How each endpoint of an organisation fares, of its newest thousand deliveries and of its notices.
with recent as (
  select id, endpoint, state, sent_at from delivery
  where pcmh = %(whose)s order by seq desc limit 1000)
select e.id, e.paused,
  greatest((select max(r.sent_at) from recent r where r.endpoint = e.id),
    (select max(n.sent_at) from notice n where n.endpoint = e.id)) as reached,
  f.at as failed, f.code,
  (select count(*) from recent r where r.endpoint = e.id and r.state in ('queued', 'sending')) as waiting,
  e.secrets is not null as sealed
from endpoint e left join lateral (
  select a.at, a.code from attempt a join recent r on r.id = a.delivery
  where r.endpoint = e.id and a.outcome in ('failed', 'waiting') order by a.at desc limit 1) f on true
where e.organisation = %(whose)s order by e.id

-- name: directory_changes
select id, kind, noun, organisation, at, name, way, reason, before, after from directory_change
where (%(whose)s::text is null or organisation = %(whose)s)
  and (%(before)s::bigint is null or id < %(before)s) order by id desc limit %(limit)s

-- name: directory_proposals
-- A practice may ask: its own.
select p.id, p.organisation, o.name as practice, p.contact, p.seen, p.proposed, p.reason, p.at, p.name,
  p.verdict, p.note, p.decided_at, p.decided_name
from directory_proposal p join organisation o on o.id = p.organisation
where (%(whose)s::text is null or p.organisation = %(whose)s)
order by p.decided_at is not null, p.seq desc limit %(limit)s

-- name: directory_words
-- What rosters say of members, for choosing from; words of places and programs, no member.
select distinct 'county' as field, county as word from member where county <> '' and active
union select distinct 'line_of_business', line_of_business from member where line_of_business <> '' and active
union select distinct 'program', program from member where program <> '' and active
order by 1, 2 limit 500
