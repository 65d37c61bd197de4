"""A member's contact data: what the roster says, beside it what was accepted and it says not yet.

A roster is never changed by a correction: the next one that says the same confirms it, which the
loading of rosters asks here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consent.decision import STRIP_ADDRESSES
from hub.audit import Event
from hub.requests.nouns import Reached
from hub.requests.rules import FIELDS
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consent.decision import Decision
    from hub.asked import Actor
    from hub.store.pool import Connection

_ACCEPTED = """
select distinct on (field) field, after, accepted_at from correction
where member = %s and accepted_at is not null and confirmed_at is null
order by field, accepted_at desc
"""
_CONFIRM = """
with now_says as (
  select c.request, case when c.field = 'phone'
      then right(regexp_replace(v.value, '\\D', '', 'g'), 10)
        = right(regexp_replace(c.after, '\\D', '', 'g'), 10)
      else lower(regexp_replace(trim(v.value), '\\s+', ' ', 'g')) = lower(c.after) end as same
  from correction c join member m on m.id = c.member
    cross join lateral (select case c.field when 'phone' then m.phone when 'address' then m.address
      when 'email' then m.email when 'language' then m.language else m.best_time end as value) v
  where c.mco = %(mco)s and c.accepted_at is not null and c.confirmed_at is null and v.value <> '')
update correction c set confirmed_at = %(at)s from now_says n
where n.request = c.request and n.same returning c.request, c.mco, c.party, c.field
"""


async def of(connection: Connection, member: Mapping[str, Any]) -> tuple[Reached, ...]:
    """Return every field of a member's row, with the newest accepted correction."""
    cursor = await connection.execute(_ACCEPTED, (member["id"],))
    newer = {row["field"]: row for row in await cursor.fetchall()}
    return tuple(
        Reached(name, member[name], newer[name]["after"], newer[name]["accepted_at"])
        if name in newer
        else Reached(name, member[name])
        for name in FIELDS
    )


def hidden(decision: Decision | None) -> bool:
    """Say whether where the member is must not be told: a confidential address (HR-19)."""
    return decision is None or STRIP_ADDRESSES in decision.duties


async def accept(connection: Connection, request: str, at: datetime) -> None:
    """Let a correction stand beside the roster's value."""
    await connection.execute(
        "update correction set accepted_at = %s where request = %s", (at, request)
    )


async def confirm(connection: Connection, actor: Actor, mco: str, at: datetime) -> None:
    """Take accepted corrections away that a roster now says, each with its event."""
    rows = await (await connection.execute(_CONFIRM, {"mco": mco, "at": at})).fetchall()
    made = [
        Event(
            "request.confirmed",
            row["request"],
            at,
            (row["mco"], row["party"]),
            actor.id,
            {"field": row["field"]},
        )
        for row in rows
    ]
    await events.add(connection, made)
