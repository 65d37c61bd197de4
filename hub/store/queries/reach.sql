-- What probes told of connections.

-- name: connections
-- How each connection fares, those that fail first; an organisation sees its own and those its plans go by.
select p.endpoint, p.kind, p.ok, p.code, p.at, p.since, p.due, o.name as organisation
from probe p join organisation o on o.id = p.organisation
order by p.ok is not false, o.name, p.endpoint

-- name: connections_told
-- Who was told of a connection last, and what became of that mail.
select distinct on (w.endpoint) w.endpoint, coalesce(c.name, '') as name, w.what, w.at, w.outcome
from warning w left join contact c on c.id = w.contact order by w.endpoint, w.id desc

-- name: return_drops
-- Return files a practice dropped by SFTP, newest first; the newest of a name bears its name.
select id, name, at, lines from return_drop order by at desc, id desc limit 1000
