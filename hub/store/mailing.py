"""What people are to be told by mail: several things in one, and no more than one an hour.

The ticker's mail job claims per person and says what became of it. A person without an address is
not forgotten: the nudge stays on their list in the console with `no_address`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.canonical import Sealed
from hub.clocks import Clock  # noqa: TC001  # part of public signatures read at run time
from hub.store.work import noticed_again

if TYPE_CHECKING:
    from hub.store.pool import Database

LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 12

_CLAIM = """
with ready as (
  select n.contact from nudge n where n.due <= %(now)s
    and not exists (select from nudge o where o.contact = n.contact and o.code = 'sent'
      and o.sent_at > %(since)s)
  group by n.contact order by min(n.due) limit %(limit)s),
picked as (
  update nudge n set due = %(lease)s, attempts = n.attempts + 1
  from ready where n.contact = ready.contact and n.due <= %(now)s
  returning n.id, n.contact, n.clock, n.kind, n.at, n.attempts, n.delivery)
select p.contact, c.name, c.email, max(p.attempts) as attempts,
  array_agg(p.id order by p.id) as ids,
  json_agg(json_build_array(p.kind, p.clock)) as told, min(p.at) as oldest,
  json_agg(json_build_array(d.id, m.name) order by p.id) filter (where d.id is not null) as waiting
from picked p left join contact c on c.id = p.contact
  left join delivery d on d.id = p.delivery and p.kind = 'silent' and p.clock = 'person'
    and d.pcmh = c.organisation and d.state in ('sent', 'overdue') and exists (
      select from organisation h where h.id = d.pcmh
        and coalesce((h.options->>'links')::boolean, true))
  left join organisation m on m.id = d.mco
group by p.contact, c.name, c.email
"""


@dataclass(frozen=True, slots=True, repr=False)
class Digest(Sealed):
    """One mail to one person: how many silences of each clock began, and how many ended.

    `stopped` are requests of theirs that lost their ground.
    `waiting` are (delivery, sender's name) of what the person may acknowledge by a link.
    """

    contact: str
    name: str
    email: str
    ids: tuple[int, ...]
    silent: dict[Clock, int]
    recovered: int
    attempts: int
    waiting: tuple[tuple[str, str], ...] = ()
    stopped: int = 0


async def claim(
    database: Database, now: datetime, between: timedelta, limit: int = 50
) -> list[Digest]:
    """Lease what is to be told, gathered per person, skipping whoever had a mail just now."""
    async with database.line() as connection:
        given = {"now": now, "since": now - between, "lease": now + LEASE, "limit": limit}
        rows = await (await connection.execute(_CLAIM, given)).fetchall()
        quiet = [i for row in rows if not row["email"] for i in row["ids"]]
        await connection.execute(
            "update nudge set due = null, sent_at = %s, code = 'no_address' where id = any(%s)",
            (now, quiet),
        )
    found = []
    for row in rows:
        if not row["email"]:
            continue
        silent: dict[Clock, int] = {}
        for kind, clock in row["told"]:
            if kind == "silent":
                silent[clock] = silent.get(clock, 0) + 1
        recovered = sum(kind == "recovered" for kind, _ in row["told"])
        found.append(
            Digest(
                row["contact"],
                row["name"],
                row["email"],
                tuple(row["ids"]),
                silent,
                recovered,
                row["attempts"],
                tuple((delivery, sender) for delivery, sender in row["waiting"] or ()),
                sum(kind == "stopped" for kind, _ in row["told"]),
            )
        )
    return found


async def finish(database: Database, digest: Digest, now: datetime, code: str) -> None:
    """Record that a mail was taken (`sent`), or why not; it is tried again, then given up."""
    due = None if code == "sent" else noticed_again(now, digest.attempts, MOST_ATTEMPTS)
    async with database.line() as connection:
        await connection.execute(
            "update nudge set due = %s, code = %s, sent_at = case when %s then %s end"
            " where id = any(%s) and (sent_at is null)",
            (due, code, code == "sent", now, list(digest.ids)),
        )
