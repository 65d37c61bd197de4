"""The ledger's events: added in the transaction of the change they tell of, sealed afterwards.

Every store module that changes a state calls `add` in the same transaction. `unsealed` and `seal`
are the sealer's: the only appender of leaves, ordered by a lock, so numbers have no gaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event, event_bytes
from hub.store.arrays import array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.store.pool import Connection

_ADD = """
insert into event (kind, noun, at, organisations, actor, detail)
select kind, noun, at, organisations, actor, detail from json_to_recordset(%s::json)
  as x(kind text, noun text, at timestamptz, organisations text[], actor text, detail jsonb)
"""

_UNSEALED = """
select e.* from event e
where e.id > (select coalesce(max(event), 0) from leaf) - %s
  and not exists (select from leaf l where l.event = e.id)
order by e.id limit %s
"""


async def add(connection: Connection, made: Sequence[Event]) -> None:
    """Write events; their order within one call is kept."""
    if made:
        await connection.execute(_ADD, (records(made),))


def records(made: Sequence[Event]) -> str:
    """Return events as JSON records: one value to send, where arrays would be six."""
    return as_json(made)


def as_json(rows: Sequence[object]) -> str:
    """Return rows of any kind as one JSON value for `json_to_recordset`."""
    return msgspec.json.encode(rows).decode()


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


async def unsealed(connection: Connection, limit: int, look_back: int) -> list[tuple[int, bytes]]:
    """Return (event id, leaf bytes) of events not in the log yet, oldest first.

    Looks at ids from `look_back` below the newest in the log. Holds the appender's lock until the
    transaction ends. An event that commits late with a lower id is simply sealed later: the log's
    order is its own.
    """
    await connection.execute("select pg_advisory_xact_lock(7304119)")
    cursor = await connection.execute(_UNSEALED, (look_back, limit))
    return [(row["id"], event_bytes(row["id"], as_event(row))) for row in await cursor.fetchall()]


async def seal(connection: Connection, leaves: Sequence[tuple[int, int, bytes]]) -> None:
    """Append leaves: (number, event id, leaf hash)."""
    await connection.execute(
        "insert into leaf (number, event, hash)"
        " select * from unnest(%s::bigint[], %s::bigint[], %s::bytea[])",
        (
            array(n for n, _, _ in leaves),
            array(e for _, e, _ in leaves),
            array(f"\\x{h.hex()}" for _, _, h in leaves),
        ),
    )
