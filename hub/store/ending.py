"""The certificates of connections, as rows: when each ends, what its owner was told.

The ticker's probe job and `icp-hub probe` keep them; `hub.ending` judges. What is to be told
becomes a `warning`, which goes out by the mail about connections. Fingerprints and times only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hub import ending
from hub.audit import Event
from hub.store import events, facts
from hub.store.probing import HUB, owner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.ports import Certificate
    from hub.store.pool import Connection, Database

_GONE = """
update certificate c set gone_at = %(now)s
where c.endpoint = %(endpoint)s and c.what = any(%(kinds)s) and c.gone_at is null
  and not exists (select from unnest(%(of)s::text[], %(marks)s::text[]) as f (what, mark)
    where f.what = c.what and f.mark = c.mark)
"""
_FORGET = """
delete from certificate where endpoint = %s and gone_at < %s and ends < %s
"""
_KEEP = """
insert into certificate (endpoint, what, mark, ends, seen_at) values (%s, %s, %s, %s, %s)
on conflict (endpoint, what, mark) do update set ends = excluded.ends, seen_at = excluded.seen_at,
  gone_at = null
"""
_NEAR = """
select what, mark, ends, told from certificate where endpoint = %s and gone_at is null
  and ends <= %s order by what, mark for update
"""
_WARN = """
insert into warning (endpoint, contact, what, code, since, at, due)
values (%s, %s, 'ends', %s, %s, %s, %s)
"""


_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: of which endpoint and organisation, the certificates, and which kinds.

    One of these kinds that was not found is gone; of other kinds nothing is known now. What was
    told of one that is gone stays known: a server may show another today and this one tomorrow.
    """

    endpoint: str
    organisation: str
    certificates: Sequence[Certificate]
    kinds: frozenset[str]


async def keep(database: Database, found: Found, now: datetime, days: Sequence[int]) -> None:
    """Keep what was found, and make due what its owner must be told of, each step once."""
    given = {
        "endpoint": found.endpoint,
        "now": now,
        "kinds": sorted(found.kinds),
        "of": [one.of for one in found.certificates],
        "marks": [one.mark for one in found.certificates],
    }
    async with database.line() as connection:
        await connection.execute(_GONE, given)
        await connection.execute(_FORGET, (found.endpoint, now - _KEPT, now - _KEPT))
        for one in found.certificates:
            await connection.execute(_KEEP, (found.endpoint, one.of, one.mark, one.ends, now))
        soon = now + ending.ahead(days)
        rows = await (await connection.execute(_NEAR, (found.endpoint, soon))).fetchall()
        for row in rows:
            step = ending.to_tell(row["ends"], row["told"], now, days)
            if step:
                await _tell(connection, found, row, now, step)


async def _tell(
    connection: Connection, found: Found, row: Mapping[str, Any], now: datetime, step: int
) -> None:
    whose = HUB if row["what"] in ending.OURS else found.organisation
    people = await facts.contacts(connection, {whose, HUB})
    who = owner(people, whose, now)
    told = (found.endpoint, who, row["what"], row["ends"], now, now if who else None)
    await connection.execute(_WARN, told)
    await connection.execute(
        "update certificate set told = %s where endpoint = %s and what = %s and mark = %s",
        (step, found.endpoint, row["what"], row["mark"]),
    )
    detail = {"certificate": row["what"], "ends": row["ends"].isoformat(), "told": who}
    made = Event("connection.ends", found.endpoint, now, (found.organisation,), detail=detail)
    await events.add(connection, [made])
