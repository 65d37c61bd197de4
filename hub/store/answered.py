"""Answers and replies as rows: what was said, by whom, when; their words are in the vault.

`PostgresReception` calls these inside its transactions. A return takes the delivery back and sends
the plan to the people who find members and contacts; the practice that returned it, or the member
it was not about, is never found for it again without a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hub import answers
from hub.audit import Event
from hub.correspondence import Change, Said
from hub.errors import Refused
from hub.ids import new_id
from hub.store import events, work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from hub.asked import Actor
    from hub.correspondence import Given, ReplyKind
    from hub.store.pool import Connection

_KEEP = """
insert into answer (id, delivery, mco, pcmh, kind, code, name, actor, at, content)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_ANSWERED = """
update delivery set state = 'answered', agreement = %s, answer = %s, answered_at = %s,
  person = 'acknowledged', acknowledged_at = coalesce(acknowledged_at, %s),
  acknowledged_by = coalesce(acknowledged_by, %s), due = null where id = %s
"""
_LOCK = """
select from delivery where id = %(id)s or id in (
  select id from earlier_delivery where newer = %(id)s and state = 'acknowledged')
order by id for update
"""
_PASSED = """
update delivery set state = 'superseded' where id in (
  select id from earlier_delivery where newer = %(id)s and state = 'acknowledged')
returning id, mco, pcmh
"""
# an answer owed for an earlier version that was taken is given with the newest one's
_RETURNED = """
update delivery set state = 'returned', agreement = 'returned', answer = %s, answered_at = %s,
  owner = 'operations', due = null where id = %s
"""
_BACK = """
update plan set state = %s, reason = %s, due = now(), lease_until = null, fence = fence + 1
where id = %s and state = 'released' returning id, mco
"""
_REPLY = """
insert into reply (id, answer, mco, pcmh, kind, name, actor, at, content)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_SAID: Final = {
    "answer": "select * from answer where delivery = %s order by seq",
    "reply": (
        "select r.* from reply r join answer a on a.id = r.answer where a.delivery = %s"
        " order by r.seq"
    ),
}


def packed(reason: str, changes: Sequence[Change] = ()) -> bytes:
    """Return the words of an answer or reply as the vault keeps them."""
    told = [{"pointer": one.pointer, "says": one.says, "before": one.before} for one in changes]
    return msgspec.json.encode({"reason": reason, "changes": told})


async def lock(connection: Connection, delivery: str) -> None:
    """Lock a delivery, and those of older versions whose answer it takes over, in one order."""
    await connection.execute(_LOCK, {"id": delivery})


async def write(
    connection: Connection,
    actor: Actor,
    row: Mapping[str, Any],
    given: Given,
    content: str,
    at: datetime,
) -> None:
    """Record an answer that may be given; `content` is the digest of its words in the vault."""
    kept = {"kind": given.kind, "code": given.code, "reason": given.reason, "name": given.name}
    keep = (new_id("ans"), row["id"], row["mco"], row["pcmh"], given.kind, given.code, given.name)
    await connection.execute(_KEEP, (*keep, actor.id, at, content))
    if given.kind == "return":
        await connection.execute(_RETURNED, (json.dumps(kept), at, row["id"]))
        await events.add(connection, [_event("delivery.returned", row, actor, at, given.code)])
        await _take_back(connection, row, given, at)
        return
    agreement = answers.AGREEMENT[given.kind]
    told = (agreement, json.dumps(kept), at, at, given.name, row["id"])
    await connection.execute(_ANSWERED, told)
    made = []
    if row["acknowledged_at"] is None:
        made.append(_event("delivery.acknowledged", row, actor, at, by="answer"))
    made.append(_event("delivery.answered", row, actor, at, given.code, kind=given.kind))
    cursor = await connection.execute(_PASSED, {"id": row["id"]})
    by = {"by": row["id"]}
    made += [
        Event("delivery.superseded", one["id"], at, (one["mco"], one["pcmh"]), detail=by)
        for one in await cursor.fetchall()
    ]
    await events.add(connection, made)


async def _take_back(
    connection: Connection, row: Mapping[str, Any], given: Given, at: datetime
) -> None:
    """Give a returned plan to the people who find its member, or its practice."""
    if given.code == "wrong_member":
        state = "unmatched"
        reason = {"evidence": [], "conflicts": ["returned"], "not_member": row["member"]}
    else:
        state = "unroutable"
        reason = {"because": "returned_by_practice", "not_practice": row["pcmh"]}
    cursor = await connection.execute(_BACK, (state, json.dumps(reason), row["plan"]))
    found = await cursor.fetchone()
    if found is None:
        return
    told = {"because": "returned", "delivery": row["id"]}
    event = Event(f"plan.{state}", found["id"], at, (found["mco"],), detail=told)
    await events.add(connection, [event])
    await work.wake(connection)


async def found(connection: Connection, actor: Actor, answer: str) -> dict[str, Any]:
    """Return the row of an answer to one of the actor's plans; `Refused` 404 otherwise."""
    cursor = await connection.execute("select * from answer where id = %s", (answer,))
    row = await cursor.fetchone()
    if row is None or row["mco"] != actor.organisation:
        raise Refused("not_found", "there is no such answer", status=404)
    return row


async def keep_reply(
    connection: Connection,
    actor: Actor,
    row: Mapping[str, Any],
    kind_and_name: tuple[ReplyKind, str],
    content: str,
    at: datetime,
) -> None:
    """Record a reply to an answer (its row); `content` is the digest of its words."""
    both = (row["mco"], row["pcmh"])
    keep = (new_id("rpl"), row["id"], *both, *kind_and_name, actor.id, at, content)
    await connection.execute(_REPLY, keep)
    told = {"answer": row["id"], "kind": kind_and_name[0]}
    await events.add(
        connection, [Event("answer.replied", row["delivery"], at, both, actor.id, told)]
    )


async def said(
    connection: Connection, delivery: str, fetch: Callable[[str], Awaitable[bytes]]
) -> tuple[Said, ...]:
    """Return a delivery's answers, oldest first, each with its replies."""
    rows = {
        name: await (await connection.execute(query, (delivery,))).fetchall()
        for name, query in _SAID.items()
    }
    replies: dict[str, list[Said]] = {}
    for row in rows["reply"]:
        replies.setdefault(row["answer"], []).append(_said(row, await fetch(row["content"])))
    return tuple(
        [
            _said(row, await fetch(row["content"]), tuple(replies.get(row["id"], ())))
            for row in rows["answer"]
        ]
    )


def _said(row: Mapping[str, Any], words: bytes, replies: tuple[Said, ...] = ()) -> Said:
    held = msgspec.json.decode(words)
    return Said(
        id=row["id"],
        kind=row["kind"],
        code=row.get("code", ""),
        name=row["name"],
        at=row["at"],
        reason=held["reason"],
        changes=tuple(
            Change(one["pointer"], one["says"], one["before"]) for one in held["changes"]
        ),
        replies=replies,
    )


def _event(
    what: str, row: Mapping[str, Any], actor: Actor, at: datetime, code: str = "", **detail: object
) -> Event:
    told = {**detail, "code": code} if code else detail
    return Event(what, row["id"], at, (row["mco"], row["pcmh"]), actor.id, told)
