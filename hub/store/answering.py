"""What practices do with deliveries: open, fetch, acknowledge, answer.

Implements `hub.asked.Reception`. Released bytes are handed out only after
consent was asked again under the lock of the member's consent head, and each time it is recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from hub import answers
from hub.asked import Earlier
from hub.audit import Event
from hub.canonical import Sealed
from hub.canonical.wire import decode_plan
from hub.errors import Refused, Trouble
from hub.store import answered, events, misdirected, reasking
from hub.store.group import Group
from hub.withholding.renaming import renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.correspondence import Given, ReplyKind, Said
    from hub.ports import Clock, Vault
    from hub.store.pool import Connection, Database
    from hub.stored import Due

STAFF = "hub"
_TRIES = 5
GATHER_SECONDS = 0.02
"""How long an acknowledgment waits for others: fewer commits, and no person notices."""

_EARLIER = """
select id, version, acknowledged_by from earlier_delivery
where newer = %s and sent_at is not null
order by acknowledged_at is null, plan_seq desc, seq desc limit 1
"""

_TAKE = """
with x as (
  select * from json_to_recordset(%(taken)s::json) as x(id text, pcmh text, name text,
    actor text, at timestamptz)),
older as (
  select e.id, e.newer from x join delivery n on n.id = x.id and n.pcmh = x.pcmh
    join earlier_delivery e on e.newer = n.id and e.state = 'acknowledged'),
locked as (
  select d.id, d.pcmh, d.state, d.attempts, d.acknowledged_at from delivery d
  where d.id in (select id from x union all select id from older) order by d.id for update),
held as (
  select d.id, d.state from locked d join x on d.id = x.id and d.pcmh = x.pcmh
  where d.state = any(%(open)s) and (d.state <> 'queued' or d.attempts > 0)
    and d.acknowledged_at is null),
taken as (
  update delivery d set state = 'acknowledged', person = 'acknowledged', acknowledged_at = x.at,
    acknowledged_by = x.name, due = null
  from held h join x on x.id = h.id where d.id = h.id and d.pcmh = x.pcmh
  returning d.id, d.mco, d.pcmh, d.release, h.state, x.at, x.actor),
gone as (
  update delivery d set state = 'superseded'
  from older o, locked l, taken t
  where d.id = o.id and l.id = o.id and l.state = 'acknowledged' and t.id = o.newer
  returning d.id, d.mco, d.pcmh, t.at, t.id as newer),
told as (
  insert into event (kind, noun, at, organisations, actor, detail)
  select 'delivery.acknowledged', t.id, t.at, array[t.mco, t.pcmh], t.actor,
    jsonb_build_object('late', t.state = 'overdue', 'sha256', r.digest)
  from taken t join release r on r.id = t.release
  union all
  select 'delivery.superseded', g.id, g.at, array[g.mco, g.pcmh], 'hub',
    jsonb_build_object('by', g.newer) from gone g order by 2)
select d.id, d.pcmh, d.state, d.attempts, d.acknowledged_at, t.id is not null as taken
from delivery d left join taken t on t.id = d.id where d.id = any(%(all)s)
"""
"""Take what is open, and return every delivery asked for as it stood before.

An answer owed for an older version that was taken is from then on owed for the newest.
"""


@dataclass(frozen=True, slots=True, repr=False)
class _Taken(Sealed):
    """One acknowledgment on its way into a transaction."""

    actor: Actor
    delivery: str
    name: str


class PostgresReception:
    """Deliveries as their addressees handle them."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        permitted: Callable[[Due], str | None],
        seal: Callable[[bytes], bytes],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._permitted = permitted
        self._seal = seal
        self._taking: Group[_Taken, datetime] = Group(self._take, gather=GATHER_SECONDS)

    async def shown(self, actor: Actor, delivery: str) -> None:
        """Record that the delivery was opened, once."""
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery)
            if row["shown_at"] is not None or actor.organisation != row["pcmh"]:
                return
            await connection.execute(
                "update delivery set shown_at = now(),"
                " person = case when person = 'none' then 'shown' else person end where id = %s",
                (delivery,),
            )
            await self._note(connection, actor, "delivery.shown", row, {})

    async def content(self, actor: Actor, delivery: str) -> tuple[bytes, str, str]:
        """Ask consent again and return (released bytes, media type, file name)."""
        row = await self._opened(actor, delivery, "delivery.downloaded")
        return await self._vault.get(row["digest"]), row["media_type"], row["file_name"]

    async def plan(self, actor: Actor, delivery: str, *, listed: bool = False) -> Plan:
        """Ask consent again and return the released plan."""
        row = await self._opened(actor, delivery, "delivery.listed" if listed else "plan.viewed")
        return await self._released(row)

    async def earlier(self, actor: Actor, delivery: str) -> Earlier | None:
        """Ask consent again for the version taken last, or arrived last, and return it."""
        async with self._database.line() as connection:
            await _delivery(connection, actor, delivery)
            row = await (await connection.execute(_EARLIER, (delivery,))).fetchone()
        if row is None:
            return None
        try:
            opened = await self._opened(actor, row["id"], "delivery.compared")
        except Refused:
            return None
        plan = await self._released(opened)
        return Earlier(plan, row["version"], row["acknowledged_by"])

    async def acknowledge(self, actor: Actor, delivery: str, name: str) -> datetime:
        """Record that the named person took it; a second time returns the first instant."""
        return await self._taking.put(_Taken(actor, delivery, name))

    async def _take(self, taken: Sequence[_Taken]) -> Sequence[datetime | Exception]:
        """Record many acknowledgments in one statement; each is judged by itself.

        One that changed while it was written is judged again.
        """
        answers_: dict[int, datetime | Exception] = {}
        lost: Exception = Trouble("transient", "delivery_busy", "the delivery keeps changing")
        async with self._database.single() as connection:
            for _ in range(_TRIES):
                left = [i for i in range(len(taken)) if i not in answers_]
                if not left:
                    break
                at = self._clock.now()
                rows = await _written(connection, [taken[i] for i in left], at)
                for i in left:
                    found = _judged(taken[i], rows.get(taken[i].delivery), at)
                    if found is not None:
                        answers_[i] = found
        return [answers_.get(i, lost) for i in range(len(taken))]

    async def answer(self, actor: Actor, delivery: str, given: Given) -> datetime:
        """Record the practice's answer; answering takes the delivery too, a return gives it back.

        What may not be answered is refused before and again under the row's lock.
        """
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery)
        given = answers.answer(actor, row, given)
        if given.changes:
            plan = decode_plan(await self._vault.get(row["plan_digest"]))
            given = replace(given, changes=answers.stands(given.changes, plan))
        (content,) = await self._vault.put_many([answered.packed(given.reason, given.changes)])
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery, lock=True)
            given = answers.answer(actor, row, given)
            at = self._clock.now()
            await answered.write(connection, actor, row, given, content.digest, at)
            if given.kind == "return":
                await misdirected.reported(connection, actor, row, given, at, self._seal)
        return at

    async def said(self, actor: Actor, delivery: str) -> tuple[Said, ...]:
        """Return a delivery's answers with the sender's replies, oldest first."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select mco, pcmh from delivery where id = %s", (delivery,)
            )
            row = await cursor.fetchone()
            if row is None or actor.organisation not in {row["mco"], row["pcmh"]}:
                raise Refused("not_found", "there is no such delivery", status=404)
            return await answered.said(connection, delivery, self._vault.get)

    async def reply(
        self, actor: Actor, answer: str, kind: ReplyKind, reason: str, name: str
    ) -> datetime:
        """Record what the sender says to an answer; to keep the plan as it is needs a reason."""
        async with self._database.line() as connection:
            row = await answered.found(connection, actor, answer)
        reason = answers.words(reason, needed_for="keep" if kind == "keep" else "")
        name = answers.named(name)
        (content,) = await self._vault.put_many([answered.packed(reason)])
        at = self._clock.now()
        async with self._database.line() as connection:
            told = (kind, name)
            await answered.keep_reply(connection, actor, row, told, content.digest, at)
        return at

    async def _released(self, row: dict[str, Any]) -> Plan:
        """Return a released plan as its recipient was given it: under the same ids."""
        plan = decode_plan(await self._vault.get(row["plan_digest"]))
        return renamed(plan, row["naming"], row["chain"])

    async def _opened(self, actor: Actor, delivery: str, kind: str) -> dict[str, Any]:
        """Return a delivery's row after consent was asked again; the access is recorded."""
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery)
            reason = (await reasking.refusals(connection, [row], self._permitted))[row["id"]]
            kind = "access.refused" if reason else kind
            await self._note(connection, actor, kind, row, {"because": reason or row["state"]})
        if reason:
            raise Refused(
                "no_longer_released", "the release on file no longer covers this", status=410
            )
        return row

    async def _note(
        self,
        connection: Connection,
        actor: Actor,
        kind: str,
        row: dict[str, Any],
        detail: dict[str, object],
    ) -> None:
        await events.add(connection, [_event(kind, row, actor, self._clock.now(), detail)])


def _judged(one: _Taken, row: dict[str, Any] | None, at: datetime) -> datetime | Exception | None:
    """Return a refusal, or when it was taken; None where it changed meanwhile."""
    try:
        answers.acknowledgment(one.actor, row, one.name)
    except Refused as refused:
        return refused
    assert row is not None  # noqa: S101  # refused above
    first: datetime | None = row["acknowledged_at"]
    return first if first is not None else at if row["taken"] else None


async def _written(
    connection: Connection, taken: Sequence[_Taken], at: datetime
) -> dict[str, dict[str, Any]]:
    """Write what may be taken; return every delivery's row as it stood before, by its id."""
    records: dict[tuple[str, str], dict[str, object]] = {}
    for one in taken:
        if name := answers.folded(one.name):
            key = (one.delivery, one.actor.organisation)
            told = {"id": key[0], "pcmh": key[1], "name": name, "actor": one.actor.id, "at": at}
            records.setdefault(key, told)
    given = {
        "taken": msgspec.json.encode(list(records.values())).decode(),
        "open": sorted(answers.OPEN),
        "all": list({one.delivery for one in taken}),
    }
    cursor = await connection.execute(_TAKE, given)
    return {row["id"]: row for row in await cursor.fetchall()}


def _event(
    kind: str, row: dict[str, Any], actor: Actor, at: datetime, detail: dict[str, object]
) -> Event:
    both = (row["mco"], row["pcmh"])
    return Event(kind, row["id"], at, both, actor.id, detail)


async def _delivery(
    connection: Connection, actor: Actor, delivery: str, *, lock: bool = False
) -> dict[str, Any]:
    """Return a delivery with its release; `Refused` 404 for all but its addressee and staff."""
    if lock:
        await answered.lock(connection, delivery)
    cursor = await connection.execute(
        "select d.*, r.decision, r.digest, r.plan_digest, r.media_type, r.file_name, p.chain,"
        " m.naming from delivery d join release r on r.id = d.release"
        " join plan p on p.id = d.plan join member m on m.id = d.member where d.id = %s",
        (delivery,),
    )
    row = await cursor.fetchone()
    staff = actor.organisation == STAFF and "privacy" in actor.roles
    if row is None or not (row["pcmh"] == actor.organisation or staff):
        raise Refused("not_found", "there is no such delivery", status=404)
    return row
