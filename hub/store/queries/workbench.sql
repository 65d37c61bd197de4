-- What integration staff see of coverage, variability and adapters: counts and codes, no member.

-- name: bench_variability
-- Per sender and reader: how documents fared, and what became of what they held.
select s.mco, o.name as sender, s.reader, count(*) as submissions,
  count(*) filter (where s.state = 'quarantined') as quarantined,
  count(*) filter (where s.state = 'read') as readable,
  coalesce(sum(s.plans) filter (where s.state = 'read'), 0) as plans,
  coalesce(sum((s.tally->>'source_items')::bigint), 0) as source_items,
  coalesce(sum((s.tally->>'mapped')::bigint), 0) as mapped,
  coalesce(sum((s.tally->>'residue')::bigint), 0) as residue,
  coalesce(sum((s.tally->>'ignored')::bigint), 0) as ignored, max(s.received_at) as newest
from submission s join organisation o on o.id = s.mco
where s.state in ('read', 'quarantined') and s.duplicate_of is null
group by s.mco, o.name, s.reader order by o.name, s.reader

-- name: bench_findings
-- Per sender: each finding's code with how many documents hold it, the most frequent first.
select s.mco, o.name as sender, f->>'code' as code, f->>'severity' as severity,
  count(distinct s.id) as documents, count(*) as times, max(s.received_at) as newest
from submission s join organisation o on o.id = s.mco
  cross join lateral jsonb_array_elements(s.findings) f
where s.duplicate_of is null group by s.mco, o.name, f->>'code', f->>'severity'
order by o.name, documents desc, code limit %(limit)s

-- name: bench_adapters
-- Each reader's name and version as stamped on submissions: last used, and last found wanting.
select s.reader, count(*) as submissions, count(*) filter (where s.state = 'quarantined') as failed,
  max(s.received_at) as used_at,
  max(s.received_at) filter (where s.state = 'quarantined') as failed_at,
  (array_agg(f.code order by s.received_at desc) filter (where f.code is not null))[1] as failed_code
from submission s left join lateral (
  select x->>'code' as code from jsonb_array_elements(s.findings) x
  where s.state = 'quarantined' and x->>'severity' = 'error' limit 1) f on true
where s.reader <> '' group by s.reader order by s.reader

-- name: bench_plans
-- A sender's newest plans of each reader, to have their fields counted.
select x.id, x.digest, x.reader from (
  select p.id, p.digest, s.reader, row_number() over (partition by s.reader order by p.seq desc) as n,
    p.seq
  from plan p join submission s on s.id = p.submission where p.mco = %(mco)s) x
where x.n <= %(limit)s order by x.seq desc
