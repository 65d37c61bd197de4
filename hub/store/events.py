"""The ledger's events: added in the transaction of the change they tell of, sealed afterwards.

Every store module that changes a state calls `add` in the same transaction. `unsealed` and `seal`
are the sealer's: the only appender of leaves, ordered by a lock, so numbers have no gaps.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hub.audit import Event, event_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.store.pool import Connection

_ADD = """
insert into event (kind, noun, at, organisations, actor, detail)
select k, n, t, string_to_array(o, ' '), a, d::jsonb
from unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::text[])
  as x(k, n, t, o, a, d)
"""


async def add(connection: Connection, made: Sequence[Event]) -> None:
    """Write events; their order within one call is kept."""
    if not made:
        return
    columns = (
        [e.kind for e in made],
        [e.noun for e in made],
        [e.at for e in made],
        [" ".join(e.organisations) for e in made],
        [e.actor for e in made],
        [json.dumps(e.detail) for e in made],
    )
    await connection.execute(_ADD, columns)


def as_event(row: dict[str, Any]) -> Event:
    """Return the event of a row."""
    return Event(
        kind=row["kind"],
        noun=row["noun"],
        at=row["at"],
        organisations=tuple(row["organisations"]),
        actor=row["actor"],
        detail=row["detail"],
    )


async def unsealed(connection: Connection, limit: int) -> list[tuple[int, bytes]]:
    """Return (event id, leaf bytes) of events not in the log yet, oldest first.

    Holds the appender's lock until the transaction ends. An event that commits late with a lower id
    is simply sealed later: the log's order is its own.
    """
    await connection.execute("select pg_advisory_xact_lock(7304119)")
    cursor = await connection.execute(
        "select e.* from event e left join leaf l on l.event = e.id where l.event is null"
        " order by e.id limit %s",
        (limit,),
    )
    return [(row["id"], event_bytes(row["id"], as_event(row))) for row in await cursor.fetchall()]


async def seal(connection: Connection, leaves: Sequence[tuple[int, int, bytes]]) -> None:
    """Append leaves: (number, event id, leaf hash)."""
    await connection.execute(
        "insert into leaf (number, event, hash)"
        " select * from unnest(%s::bigint[], %s::bigint[], %s::bytea[])",
        ([n for n, _, _ in leaves], [e for _, e, _ in leaves], [h for _, _, h in leaves]),
    )
