"""Silences that last: whose turn each is now, who was told, and the end of it.

The ticker calls `tick`. A clock that runs out is watched from then on; each step tells one more
person, on their business days, once; when somebody acts the watch ends, and those who were told
are told that too. Everything is a row, so a restart repeats nothing. No member, no plan: ids only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, LiteralString

from hub import clocks
from hub.audit import Event
from hub.store import events, facts
from hub.store.climbing import BATCH, BEGIN, CALM, Waiting, climb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.clocks import Clock, Limits
    from hub.directory import Organisation
    from hub.store.pool import Connection, Database

_UNSENT = """
select d.id, d.mco, d.pcmh, d.made_at as since from delivery d
join organisation m on m.id = d.mco join organisation p on p.id = d.pcmh
where (d.state = 'undeliverable' or d.state in ('queued', 'sending')
    and d.made_at <= %(now)s - make_interval(secs => 3600 *
      coalesce((m.options->'clocks'->>'technical')::float,
        (p.options->'clocks'->>'technical')::float, %(hours)s)))
  and not exists (select from watch w where w.delivery = d.id and w.clock = 'technical')
order by d.made_at limit %(limit)s
"""
_UNTAKEN = """
with late as (
  select id from delivery where state = 'sent' and acknowledge_due <= %(now)s
  order by id for no key update skip locked limit %(limit)s)
update delivery d set state = 'overdue' from late where d.id = late.id
returning d.id, d.mco, d.pcmh, coalesce(d.sent_at, d.made_at) as since
"""
_UNANSWERED = """
select d.id, d.mco, d.pcmh, least(d.acknowledged_at, (
    select min(o.acknowledged_at) from plan p join plan q on q.chain = p.chain and q.mco = p.mco
      and q.seq < p.seq
    join delivery o on o.plan = q.id and o.pcmh = d.pcmh and o.member = d.member
      and o.state = 'superseded' and o.answered_at is null
    where p.id = d.plan and not exists (
      select from plan b join delivery a on a.plan = b.id and a.pcmh = d.pcmh
        and a.member = d.member and a.answered_at is not null
      where b.chain = p.chain and b.mco = p.mco and b.seq between q.seq and p.seq))) as since
from delivery d
where d.state = 'acknowledged' and d.acknowledged_at is not null
  and not exists (select from watch w where w.delivery = d.id and w.clock = 'agreement')
order by d.acknowledged_at limit %(limit)s
"""
# the answer is owed since the first version was taken that nobody has answered
_ENDED = """
update watch w set ended_at = %(now)s, due = null from delivery d
where d.id = w.delivery and w.ended_at is null
  and not (w.clock = 'technical' and d.state = any(%(technical)s)
    or w.clock = 'person' and d.state = any(%(person)s)
    or w.clock = 'agreement' and d.state = any(%(agreement)s))
returning w.delivery, w.clock, w.mco, w.pcmh, w.step, d.state
"""
_DUE = """
select w.delivery as noun, w.clock, w.mco, w.pcmh as party, w.mco as asker, d.contact, w.step,
  coalesce(nullif(w.owner, ''), 'operations') as stays, w.pcmh as hours
from watch w join delivery d on d.id = w.delivery
where w.ended_at is null and w.due <= %s order by w.due limit %s for update of w skip locked
"""
_OWNED = """
with x as (select * from json_to_recordset(%s::json) as x(noun text, contact text)),
held as (
  select d.id from delivery d where d.id in (select noun from x) order by d.id
  for no key update)
update delivery d set owner = x.contact from x, held where d.id = x.noun and held.id = d.id
"""


async def tick(database: Database, now: datetime, usual: Limits) -> int:
    """Watch new silences, end those that are over, take the steps that are due; count the steps."""
    await _begin(database, "technical", _UNSENT, now, usual)
    await _begin(database, "person", _UNTAKEN, now, usual)
    await _begin(database, "agreement", _UNANSWERED, now, usual)
    await _end(database, now)
    return await _step(database, now, usual)


async def _begin(
    database: Database, clock: Clock, found: LiteralString, now: datetime, usual: Limits
) -> None:
    """Watch what a clock says is silent; an agreement is watched from its beginning."""
    async with database.line() as connection:
        given = {"now": now, "hours": usual.technical, "limit": BATCH}
        rows = await (await connection.execute(found, given)).fetchall()
        if not rows:
            return
        known = await _organisations(connection, rows)
        made = [
            {
                "delivery": row["id"],
                "clock": clock,
                "mco": row["mco"],
                "pcmh": row["pcmh"],
                "began_at": row["since"],
                "due": _out(clock, row, known, usual, now),
            }
            for row in rows
        ]
        await connection.execute(BEGIN, (events.as_json(made),))
        if clock == "person":
            told = [Event("delivery.overdue", r["id"], now, (r["mco"], r["pcmh"])) for r in rows]
            await events.add(connection, told)


def _out(
    clock: Clock,
    row: Mapping[str, Any],
    known: Mapping[str, Organisation],
    usual: Limits,
    now: datetime,
) -> datetime:
    """Return when the first step is due: at once for what is late, later for an agreement."""
    if clock != "agreement":
        return now
    sender, practice = known[row["mco"]], known[row["pcmh"]]
    found = clocks.limits(usual, sender.clocks, practice.clocks)
    return clocks.due(clock, row["since"], found, practice.hours)


async def _end(database: Database, now: datetime) -> None:
    async with database.line() as connection:
        given: dict[str, object] = {n: list(states) for n, states in clocks.STATES.items()}
        given["now"] = now
        rows = await (await connection.execute(_ENDED, given)).fetchall()
        rows = [row for row in rows if row["step"]]
        if not rows:
            return
        ids, names = [row["delivery"] for row in rows], [row["clock"] for row in rows]
        await connection.execute(CALM, {"ids": ids, "clocks": names, "now": now})
        made = [
            _event("delivery.recovered", row, now, {"step": row["step"], "state": row["state"]})
            for row in rows
        ]
        await events.add(connection, made)


async def _step(database: Database, now: datetime, usual: Limits) -> int:
    async with database.line() as connection:
        rows = await (await connection.execute(_DUE, (now, BATCH))).fetchall()
        if not rows:
            return 0
        waiting = [Waiting(**row) for row in rows]
        taken = await climb(connection, waiting, now, usual)
        await connection.execute(_OWNED, (events.as_json(taken),))
        sides = {(one.noun, one.clock): one for one in waiting}
        made = [
            Event(
                f"delivery.{one.kind}",
                one.noun,
                now,
                (sides[one.noun, one.clock].mco, sides[one.noun, one.clock].party),
                detail={"clock": one.clock, **one.detail},
            )
            for one in taken
        ]
        await events.add(connection, made)
        return len(rows)


def _event(kind: str, row: Mapping[str, Any], now: datetime, detail: Mapping[str, object]) -> Event:
    told = {"clock": row["clock"], **detail}
    return Event(kind, row["delivery"], now, (row["mco"], row["pcmh"]), detail=told)


async def _organisations(
    connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Organisation]:
    return await facts.organisations(connection, {r[n] for r in rows for n in ("mco", "pcmh")})
