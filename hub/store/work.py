"""Work that waits, retries or repeats: rows claimed in batches under leases with fencing tokens.

Each noun's state row is its work item: `due` (null: no work), `lease_until`, `fence`, `attempts`.
A claim raises the fence; an outcome written with an older fence changes nothing, so a node that
stalled past its lease can't undo what another did. A dead node's rows come due when its lease ends.
Only the store's own modules call this; it knows no noun's meaning.
"""

from __future__ import annotations

import functools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, LiteralString

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.store.pool import Connection

LEASE_SECONDS = 60.0
MAX_GAP_SECONDS = 6 * 3600.0

Kind = Literal["", "submission", "plan", "delivery"]
"""What a worker may be woken for; empty: whatever there is."""

_WAKE: Mapping[Kind, LiteralString] = {
    "": "notify icp_work",
    "submission": "notify icp_work, 'submission'",
    "plan": "notify icp_work, 'plan'",
    "delivery": "notify icp_work, 'delivery'",
}


async def claim(
    connection: Connection,
    table: LiteralString,
    limit: int,
    *,
    lease: float = LEASE_SECONDS,
    unless: LiteralString = "",
    columns: LiteralString = "t.*",
) -> list[dict[str, Any]]:
    """Lease up to `limit` due rows of `table`, oldest first, and return them.

    `unless` is a further SQL condition on alias `w` that rows must meet; `columns`, of alias `t`,
    are what is returned, `seq` among them. Rows other nodes hold are skipped, never waited for.
    """
    statement = _claiming(table, unless, columns)
    cursor = await connection.execute(statement, (limit, lease))
    rows: list[dict[str, Any]] = await cursor.fetchall()
    rows.sort(key=lambda row: row["seq"])
    return rows


@functools.cache
def _claiming(table: LiteralString, unless: LiteralString, columns: LiteralString) -> sql.SQL:
    """Return the statement that claims; composing it takes longer than running it."""
    composed = sql.SQL(
        "with picked as (select id from {table} w where due <= now()"
        " and (lease_until is null or lease_until < now()) {unless}"
        " order by due, seq limit %s for update skip locked)"
        " update {table} t set lease_until = now() + make_interval(secs => %s),"
        " fence = t.fence + 1, attempts = t.attempts + 1"
        " from picked where t.id = picked.id returning {columns}"
    ).format(table=sql.Identifier(table), unless=sql.SQL(unless), columns=sql.SQL(columns))
    return sql.SQL(composed.as_string())


async def renew(
    connection: Connection,
    table: LiteralString,
    ids: Sequence[str],
    fences: Sequence[int],
    *,
    lease: float = LEASE_SECONDS,
) -> None:
    """Lengthen the leases that are still held under these fences."""
    statement = sql.SQL(
        "update {table} t set lease_until = now() + make_interval(secs => %s)"
        " from unnest(%s::text[], %s::bigint[]) as x(id, fence)"
        " where t.id = x.id and t.fence = x.fence and t.lease_until is not null"
    ).format(table=sql.Identifier(table))
    await connection.execute(statement, (lease, list(ids), list(fences)))


async def wake(connection: Connection, kind: Kind = "") -> None:
    """Tell every worker, when this transaction commits, that work is due: of one kind, or any."""
    await connection.execute(_WAKE[kind])


def gap(attempt: int, first: float) -> float:
    """Return the seconds until the next attempt: exponential, capped, with full jitter above half.

    >>> 15.0 <= gap(1, 30.0) <= 30.0
    True
    """
    whole = min(first * 2.0 ** (attempt - 1), MAX_GAP_SECONDS)
    return whole / 2 + random.random() * whole / 2  # noqa: S311  # jitter, not a secret


def noticed_again(now: datetime, attempts: int, most: int) -> datetime | None:
    """Return when people are told once more of what no mail or text took; None: often enough."""
    return now + timedelta(seconds=gap(attempts, 60.0)) if attempts < most else None
