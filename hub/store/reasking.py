"""Consent asked again before a released plan is shown or handed out: the one place that asks.

The reception calls it for one delivery, the worklist for a page of them, in their own transactions.
It locks the members' consent heads, so each look is wholly before or after a revocation. An
incident, a raised label and a delivery that was closed stop a look as a revocation does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.store import facts, labels, sending
from hub.stored import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.store.pool import Connection

CLOSED: Final = frozenset({"stopped", "returned"})
"""States in which nothing of a delivery is shown or handed out any more."""

_STOPPED = """
select i.member, i.pcmh from incident i
where i.member = any(%s) and i.pcmh = any(%s) and i.lifted_at is null
"""
_RAISED = """
select distinct p.id from plan p join label_change c on c.chain = p.chain where p.id = any(%s)
"""


async def refusals(
    connection: Connection,
    rows: Sequence[Mapping[str, Any]],
    permitted: Callable[[Due], str | None],
) -> dict[str, str | None]:
    """Return, by delivery, why it may be shown no more; None where it may.

    `rows` are deliveries with id, plan, member, mco, pcmh, state and their release's decision.
    """
    if not rows:
        return {}
    members = sorted({row["member"] for row in rows})
    await sending.lock_heads(connection, members)
    consents = await facts.consents(connection, members)
    born = await sending.birth_dates(connection, members)
    parties = await facts.organisations(
        connection, {row[side] for row in rows for side in ("mco", "pcmh")}
    )
    stopped = await _stopped(connection, members, rows)
    raised = await _raised(connection, rows)
    found: dict[str, str | None] = {}
    for row in rows:
        due = Due(
            delivery=row["id"],
            plan=row["plan"],
            member=row["member"],
            birth_date=born.get(row["member"], ""),
            decision=row["decision"],
            consents=consents.get(row["member"], ()),
            organisations=parties,
            raised=raised.get(row["plan"], ()),
        )
        reason = permitted(due)
        if reason is None and (row["member"], row["pcmh"]) in stopped:
            reason = "recalled"
        if reason is None and row["state"] in CLOSED:
            reason = row["state"]
        found[row["id"]] = reason
    return found


async def _stopped(
    connection: Connection, members: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> set[tuple[str, str]]:
    """Return the (member, practice) between whom an incident stops everything."""
    homes = sorted({row["pcmh"] for row in rows})
    cursor = await connection.execute(_STOPPED, (list(members), homes))
    return {(row["member"], row["pcmh"]) for row in await cursor.fetchall()}


async def _raised(
    connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    """Return the categories raised since each release was decided, by plan; most have none."""
    cursor = await connection.execute(_RAISED, ([row["plan"] for row in rows],))
    touched = {row["id"] for row in await cursor.fetchall()}
    return {
        row["plan"]: await labels.raised_since(connection, row["plan"], row["decision"])
        for row in rows
        if row["plan"] in touched
    }
