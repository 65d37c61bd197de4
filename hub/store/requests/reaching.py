"""A member's contact data: what the roster says, beside it what was accepted and it says not yet.

A roster is never changed by a correction: the next one that says the same confirms it, which the
loading of rosters asks `Confirms`. What is proposed is sealed; only the roster itself is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consent.decision import STRIP_ADDRESSES
from hub.requests.nouns import Reached
from hub.requests.rules import FIELDS, same
from hub.store.requests.room import Room, tell

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consent.decision import Decision
    from hub.asked import Actor
    from hub.store.pool import Connection

_ADD = """
insert into correction (request, mco, party, member, field, before, after)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_ACCEPTED = """
select distinct on (field) field, after, accepted_at from correction
where member = %s and accepted_at is not null and confirmed_at is null
order by field, accepted_at desc
"""
_WAITING = """
select c.request as id, c.mco, c.party, c.field, c.after, to_jsonb(m)->>c.field as roster
from correction c join member m on m.id = c.member
where c.mco = %s and c.accepted_at is not null and c.confirmed_at is null
"""


async def proposed(
    connection: Connection, room: Room, row: Mapping[str, Any], field: str, values: tuple[str, str]
) -> None:
    """Keep what stands now and what is right of a field, both sealed."""
    whose = (row["id"], row["mco"], row["party"], row["member"])
    before, after = (room.sealed(one) for one in values)
    await connection.execute(_ADD, (*whose, field, before, after))


async def of(connection: Connection, room: Room, member: Mapping[str, Any]) -> tuple[Reached, ...]:
    """Return every field of a member's row, with the newest accepted correction."""
    cursor = await connection.execute(_ACCEPTED, (member["id"],))
    newer = {row["field"]: row for row in await cursor.fetchall()}
    return tuple(
        Reached(name, member[name], room.opened(newer[name]["after"]), newer[name]["accepted_at"])
        if name in newer
        else Reached(name, member[name])
        for name in FIELDS
    )


async def correction(connection: Connection, room: Room, request: str) -> dict[str, Any] | None:
    """Return a request's correction, its values opened."""
    cursor = await connection.execute("select * from correction where request = %s", (request,))
    row = await cursor.fetchone()
    if row is None:
        return None
    return {**row, "before": room.opened(row["before"]), "after": room.opened(row["after"])}


def hidden(decision: Decision | None) -> bool:
    """Say whether where the member is must not be told: a confidential address (HR-19)."""
    return decision is None or STRIP_ADDRESSES in decision.duties


async def accept(connection: Connection, request: str, at: datetime) -> None:
    """Let a correction stand beside the roster's value."""
    await connection.execute(
        "update correction set accepted_at = %s where request = %s", (at, request)
    )


class Confirms(Room):
    """How a roster confirms corrections."""

    __slots__ = ()

    async def confirm(self, connection: Connection, actor: Actor, mco: str) -> None:
        """Take accepted corrections away that a roster now says, each with its event."""
        rows = await (await connection.execute(_WAITING, (mco,))).fetchall()
        said = [r for r in rows if same(r["field"], r["roster"], self.opened(r["after"]))]
        await connection.execute(
            "update correction set confirmed_at = %s where request = any(%s)",
            (self.clock.now(), [row["id"] for row in said]),
        )
        made = [self.event("request.confirmed", row, actor, field=row["field"]) for row in said]
        await tell(connection, *made)
