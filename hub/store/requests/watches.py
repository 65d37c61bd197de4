"""The clock of requests: who is told of one, when, who next; the same ladder deliveries have.

Making a request calls `begin`, the ticker calls `tick`. A request to a practice climbs from its
contact to the MCO's supervisor; one to an MCO stays on the MCO's side. Ids and codes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub import clocks
from hub.audit import Event
from hub.directory import within
from hub.store import climbing, events, facts
from hub.store.climbing import Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.clocks import Limits
    from hub.store.pool import Connection, Database

_NUDGE = """
insert into nudge (contact, delivery, clock, step, kind, at, due)
select %(contact)s, %(request)s, 'request', coalesce(min(step), 1) - 1, 'silent', %(at)s, %(at)s
from nudge where delivery = %(request)s and clock = 'request' and kind = 'silent' and step <= 0
having %(contact)s <> '' on conflict do nothing
"""
_STOPPED = """
insert into nudge (contact, delivery, clock, step, kind, at, due)
values (%(contact)s, %(request)s, 'request', 0, 'stopped', %(at)s, %(at)s) on conflict do nothing
"""
_ASKER = {"mco": ("owner", "plan", "liaison"), "pcmh": ("plan", "liaison", "manager")}
_LATE = """
update request set state = 'overdue' where id in (select id from request
  where state in ('asked', 'promised') and due_at <= %s order by id limit %s
  for no key update skip locked) returning id, mco, party
"""
_ENDED = """
update watch w set ended_at = %s, due = null from request r
where r.id = w.delivery and w.clock = 'request' and w.ended_at is null and r.state <> all(%s)
returning w.delivery as id, w.mco, w.pcmh as party, w.step, r.state
"""
_DUE = """
select r.id as noun, w.clock, r.mco, r.party, r.asker, r.contact, w.step,
  coalesce(nullif(w.owner, ''), nullif(r.contact, ''), 'operations') as stays, r.mco as hours
from watch w join request r on r.id = w.delivery
where w.clock = 'request' and w.ended_at is null and w.due <= %s
order by w.due limit %s for update of w skip locked
"""


async def begin(connection: Connection, row: Mapping[str, Any], reminder: datetime) -> None:
    """Tell the asked contact at once, and watch the request from its reminder on."""
    made = {
        "delivery": row["id"],
        "clock": "request",
        "mco": row["mco"],
        "pcmh": row["party"],
        "began_at": row["at"],
        "due": reminder,
    }
    await connection.execute(climbing.BEGIN, (events.as_json([made]),))
    await nudge(connection, row["id"], row["contact"], row["at"])


async def nudge(connection: Connection, request: str, contact: str, at: datetime) -> None:
    """Have a person told of a request outside the ladder: when it is made, or by a reminder."""
    await connection.execute(_NUDGE, {"request": request, "contact": contact, "at": at})


async def stopped(connection: Connection, row: Mapping[str, Any], at: datetime) -> None:
    """Have the asker's side told that its request was stopped: who made it, else who owns plans."""
    side = row["asker"]
    people = (await facts.contacts(connection, [side])).get(side, ())
    roles = _ASKER["mco" if side == row["mco"] else "pcmh"]
    made = [one for one in people if one.name.casefold() == row["name"].casefold()]
    made = [one for one in made if within(one.starts, one.ends, at.date())]
    first = [one for role in roles for one in people if one.serves(role, at.date())]
    for contact in (*made, *first)[:1]:
        given = {"contact": contact.id, "request": row["id"], "at": at}
        await connection.execute(_STOPPED, given)


async def postpone(connection: Connection, request: str, due: datetime) -> None:
    """Let the ladder go on at another time, since a day was promised."""
    await connection.execute(
        "update watch set due = %s where delivery = %s and clock = 'request' and ended_at is null",
        (due, request),
    )


async def tick(database: Database, now: datetime, usual: Limits) -> int:
    """Mark what is late, end what is answered, take the steps that are due; count the steps."""
    async with database.line() as connection:
        rows = await (await connection.execute(_LATE, (now, climbing.BATCH))).fetchall()
        await events.add(connection, [_event("overdue", row, now) for row in rows])
    async with database.line() as connection:
        states = list(clocks.STATES["request"])
        rows = await (await connection.execute(_ENDED, (now, states))).fetchall()
        await _calm(connection, rows, now)
    return await _step(database, now, usual)


async def _calm(connection: Connection, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Tell who was told of a request that it is over; who was not told yet learns nothing."""
    if not rows:
        return
    ids = [row["id"] for row in rows]
    given = {"ids": ids, "clocks": ["request"] * len(ids), "now": now}
    await connection.execute(climbing.CALM, given)
    made = [
        _event("recovered", row, now, step=row["step"], state=row["state"])
        for row in rows
        if row["step"]
    ]
    await events.add(connection, made)


async def _step(database: Database, now: datetime, usual: Limits) -> int:
    async with database.line() as connection:
        rows = await (await connection.execute(_DUE, (now, climbing.BATCH))).fetchall()
        if not rows:
            return 0
        taken = await climbing.climb(connection, [Waiting(**row) for row in rows], now, usual)
        sides = {row["noun"]: {**row, "id": row["noun"]} for row in rows}
        made = [_event(one.kind, sides[one.noun], now, **one.detail) for one in taken]
        await events.add(connection, made)
        return len(rows)


def _event(what: str, row: Mapping[str, Any], now: datetime, **detail: object) -> Event:
    both = (row["mco"], row["party"])
    return Event(f"request.{what}", row["id"], now, both, detail=detail)
