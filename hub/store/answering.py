"""What practices do with deliveries: open, fetch, acknowledge, answer.

Implements `hub.asked.Reception`. Released bytes are handed out only after
consent was asked again under the lock of the member's consent head, and each time it is recorded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub import answers
from hub.audit import Event
from hub.canonical import Sealed
from hub.canonical.wire import decode_plan
from hub.errors import Refused
from hub.store import events, facts, sending
from hub.store.group import Group
from hub.stored import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.asked import Actor, AnswerKind
    from hub.canonical import Plan
    from hub.ports import Clock, Vault
    from hub.store.pool import Connection, Database

STAFF = "hub"

_ADDRESSED = """
select d.id, d.mco, d.pcmh, d.state, d.attempts, d.acknowledged_at, r.digest
from delivery d join release r on r.id = d.release where d.id = any(%s) order by d.id
for update of d
"""

_TAKE = """
update delivery d set state = 'acknowledged', person = 'acknowledged', acknowledged_at = %s,
  acknowledged_by = x.name, due = null
from unnest(%s::text[], %s::text[]) as x(id, name) where d.id = x.id
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
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._permitted = permitted
        self._taking: Group[_Taken, datetime] = Group(self._take)

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
        return decode_plan(await self._vault.get(row["plan_digest"]))

    async def acknowledge(self, actor: Actor, delivery: str, name: str) -> datetime:
        """Record that the named person took it; a second time returns the first instant."""
        return await self._taking.put(_Taken(actor, delivery, name))

    async def _take(self, taken: Sequence[_Taken]) -> Sequence[datetime | Exception]:
        """Record many acknowledgments in one transaction; each is judged by itself."""
        async with self._database.line() as connection:
            cursor = await connection.execute(_ADDRESSED, (sorted({t.delivery for t in taken}),))
            rows = {row["id"]: row for row in await cursor.fetchall()}
            at = self._clock.now()
            answers_: list[datetime | Exception] = []
            new: dict[str, str] = {}
            made: list[Event] = []
            for one in taken:
                row = rows.get(one.delivery)
                try:
                    name = answers.acknowledgment(one.actor, row, one.name)
                except Refused as refused:
                    answers_.append(refused)
                    continue
                first = row["acknowledged_at"] if row else None
                if row and first is None and one.delivery not in new:
                    new[one.delivery] = name
                    detail = {"late": row["state"] == "overdue", "sha256": row["digest"]}
                    made.append(_event("delivery.acknowledged", row, one.actor, at, detail))
                answers_.append(first or at)
            await connection.execute(_TAKE, (at, list(new), list(new.values())))
            await events.add(connection, made)
        return answers_

    async def answer(
        self, actor: Actor, delivery: str, kind: AnswerKind, reason: str, name: str
    ) -> datetime:
        """Record the practice's answer; answering takes the delivery too."""
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery, lock=True)
            name, reason = answers.answer(actor, row, kind, (name, reason))
            at = self._clock.now()
            given = {"kind": kind, "reason": reason, "name": name}
            await connection.execute(
                "update delivery set state = 'answered', agreement = %s, answer = %s,"
                " answered_at = %s, person = 'acknowledged',"
                " acknowledged_at = coalesce(acknowledged_at, %s),"
                " acknowledged_by = coalesce(acknowledged_by, %s), due = null where id = %s",
                (answers.AGREEMENT[kind], json.dumps(given), at, at, name, delivery),
            )
            if row["acknowledged_at"] is None:
                await self._note(connection, actor, "delivery.acknowledged", row, {"by": "answer"})
            await self._note(connection, actor, "delivery.answered", row, {"kind": kind})
            return at

    async def _opened(self, actor: Actor, delivery: str, kind: str) -> dict[str, Any]:
        """Return a delivery's row after consent was asked again; the access is recorded."""
        async with self._database.line() as connection:
            row = await _delivery(connection, actor, delivery)
            await sending.lock_heads(connection, [row["member"]])
            known = await facts.consents(connection, [row["member"]])
            born = await sending.birth_dates(connection, [row["member"]])
            parties = await facts.organisations(connection, (row["mco"], row["pcmh"]))
            due = Due(
                delivery=delivery,
                plan=row["plan"],
                member=row["member"],
                birth_date=born.get(row["member"], ""),
                decision=row["decision"],
                consents=known.get(row["member"], ()),
                organisations=parties,
            )
            reason = self._permitted(due)
            refused = reason is not None or row["state"] == "stopped"
            kind = "access.refused" if refused else kind
            await self._note(connection, actor, kind, row, {"because": reason or row["state"]})
        if refused:
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
        await connection.execute("select from delivery where id = %s for update", (delivery,))
    cursor = await connection.execute(
        "select d.*, r.decision, r.digest, r.plan_digest, r.media_type, r.file_name"
        " from delivery d join release r on r.id = d.release where d.id = %s",
        (delivery,),
    )
    row = await cursor.fetchone()
    staff = actor.organisation == STAFF and "privacy" in actor.roles
    if row is None or not (row["pcmh"] == actor.organisation or staff):
        raise Refused("not_found", "there is no such delivery", status=404)
    return row
