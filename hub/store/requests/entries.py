"""What was done about a request, one row each time: attempts, answers, documents.

Called in the transactions of the parts that let something be done. Words are sealed; who did it
stands by name. `stood` of a row is the decision that let a step tell the other side something; one
that tells nothing has none. Rows are added to, never changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hub.requests import rules
from hub.store.requests.room import basis, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.asked import Actor
    from hub.requests.nouns import Attempt, Taken
    from hub.store.pool import Connection
    from hub.store.requests.room import Room

_ADD = """
insert into request_entry (request, mco, party, organisation, kind, code, how, on_day, words, name,
  actor, at, decision) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


async def attempted(
    connection: Connection,
    room: Room,
    actor: Actor,
    row: Mapping[str, Any],
    one: Attempt,
    name: str,
) -> None:
    """Record an attempt to reach the member, with its event and what consent it stands on."""
    words = room.sealed(rules.words(one.words))
    await _add(connection, room, actor, row, ("attempt", one.came, one.how, one.on, words, name))
    told = {"how": one.how, "came": one.came, "on": one.on.isoformat(), **basis(row["stood"])}
    await tell(connection, room.event("request.attempt", row, actor, **told))


async def stepped(
    connection: Connection, room: Room, actor: Actor, row: Mapping[str, Any], taken: Taken
) -> None:
    """Record a step that isn't an attempt."""
    words = room.sealed(rules.words(taken.words))
    what = (taken.step, taken.code, "", taken.on, words, taken.name)
    await _add(connection, room, actor, row, what)


async def brought(
    connection: Connection, room: Room, actor: Actor, row: Mapping[str, Any], name: str
) -> None:
    """Record that a document came back."""
    await _add(connection, room, actor, row, ("document", "", "", None, None, name))


async def _add(
    connection: Connection,
    room: Room,
    actor: Actor,
    row: Mapping[str, Any],
    what: tuple[object, ...],
) -> None:
    whose = (row["id"], row["mco"], row["party"], actor.organisation)
    held = row.get("stood")
    decision = json.dumps(held) if held else None
    await connection.execute(_ADD, (*whose, *what, actor.id, room.clock.now(), decision))
