-- What probes told of connections.

-- name: connections
-- How each connection fares, those that fail first; an organisation sees its own and those its plans go by.
-- `certificate` and `ends` are of the one that ends first; `near`: its owner was told of it.
select p.endpoint, p.kind, p.ok, p.code, p.at, p.since, p.due, o.name as organisation,
  c.what as certificate, c.ends, c.told > 0 as near
from probe p join organisation o on o.id = p.organisation
left join lateral (select s.what, s.ends, s.told from certificate s where s.endpoint = p.endpoint and s.gone_at is null
  order by s.ends, s.what limit 1) c on true
order by p.ok is not false, o.name, p.endpoint

-- name: connections_told
-- Who was told of a connection last, and what became of that mail.
select distinct on (w.endpoint) w.endpoint, coalesce(c.name, '') as name, w.what, w.at, w.outcome
from warning w left join contact c on c.id = w.contact where w.what <> 'ends' order by w.endpoint, w.id desc

-- name: return_drops
-- Return files a practice dropped by SFTP, newest first; the newest of a name bears its name.
select id, name, at, lines from return_drop order by at desc, id desc limit 1000

-- name: member_copies
-- An organisation's members' copies: those to print first, oldest first; then those given, newest first.
select c.id, c.plan, c.whom, c.name, c.made_at, c.way, c.given_by, c.given_on, c.given_at, p.version,
  m.family, m.given, a.name as made_by,
  (select count(*) from event e where e.noun = c.id and e.kind = 'copy.printed') as printed,
  (select d.id from delivery d where d.plan = c.plan and d.pcmh = c.organisation order by d.seq desc limit 1) as delivery
from member_copy c join plan p on p.id = c.plan join member m on m.id = c.member left join account a on a.id = c.made_by
where c.organisation = %(whose)s
order by c.given_at is not null, case when c.given_at is null then c.made_at end, c.given_at desc limit 500
