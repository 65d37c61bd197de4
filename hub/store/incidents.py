"""Incidents: a release that went wrong, what was done about it, and the recall at the practice.

Part of `PostgresOfficer`. Opening one stops in the same transaction what is queued to that practice
for that member; `hub.store.sending` leases nothing there until it is lifted, and
`hub.store.answering` opens nothing there any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub import incidents
from hub.audit import Event
from hub.errors import Refused
from hub.ids import new_id
from hub.store import events, work
from hub.store.sighting import Desk

if TYPE_CHECKING:
    from hub.asked import Actor
    from hub.officer import Reported, Step
    from hub.store.pool import Connection

_ADD = """
insert into incident_step (incident, kind, at, actor, name, choice, words)
values (%s, %s, %s, %s, %s, %s, %s)
"""

_INCIDENT = """
insert into incident (id, mco, pcmh, member, delivery, cause, told, found_at, opened_at, opened_by,
  opened_name)
select %s, m.mco, o.id, m.id, %s, %s, %s, %s, %s, %s, %s from member m, organisation o
where m.id = %s and o.id = %s and (%s::text is null or exists (select from delivery d
  where d.id = %s and d.member = m.id and d.pcmh = o.id)) returning id, mco
"""


class Incidents(Desk):
    """Incidents, their steps, and recalls."""

    __slots__ = ()

    async def open_incident(self, actor: Actor, reported: Reported) -> str:
        """Open an incident and stop what is queued to that practice for that member."""
        made, at = new_id("inc"), self.clock.now()
        delivery = reported.delivery
        row = (
            *(made, delivery, reported.cause, self.seal(reported.told.encode())),
            *(reported.found_at, at, actor.id, actor.name),
            *(reported.member, reported.pcmh, delivery, delivery),
        )
        async with self.database.line() as connection:
            found = await (await connection.execute(_INCIDENT, row)).fetchone()
            if found is None:
                raise Refused("not_found", "there is no such member or delivery", status=404)
            cursor = await connection.execute(
                "update delivery set due = null, code = 'incident' where id in (select id from"
                " delivery where member = %s and pcmh = %s and state = 'queued' order by id"
                " for update) returning id",
                (reported.member, reported.pcmh),
            )
            stopped = len(await cursor.fetchall())
            await self._step(connection, made, actor, "stopped", "")
            told = {"cause": reported.cause, "delivery": delivery or "", "stopped": stopped}
            await self.note(connection, "incident.opened", made, actor, to=(found["mco"],), **told)
        return made

    async def _step(
        self,
        connection: Connection,
        incident: str,
        actor: Actor,
        kind: str,
        choice: str,
        words: str = "",
    ) -> None:
        sealed = self.seal(words.encode()) if words else None
        row = (incident, kind, self.clock.now(), actor.id, actor.name, choice, sealed)
        await connection.execute(_ADD, row)

    async def incident(self, incident: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return an incident and its steps, oldest first."""
        rows = await self.rows("officer_incident", incident=incident)
        if not rows:
            raise Refused("not_found", "there is no such incident", status=404)
        steps = await self.rows("officer_incident_steps", incident=incident)
        told = {**rows[0], "told": self.opened(rows[0]["told"])}
        return told, [{**one, "words": self.opened(one["words"])} for one in steps]

    async def incidents(self, *, closed: bool) -> list[dict[str, Any]]:
        """Return incidents, newest first, with the kinds of steps done."""
        return await self.rows("officer_incidents", closed=closed, limit=200)

    async def step(self, actor: Actor, incident: str, step: Step) -> None:
        """Add a step; a recall, a lift and a conclusion change the incident with it."""
        async with self.database.line() as connection:
            row = await self._locked(connection, incident, lifting=step.kind == "lifted")
            done = await self._done(connection, incident)
            _allowed(step, done)
            await self._step(connection, incident, actor, step.kind, step.choice, step.words)
            if step.kind == "lifted":
                await self._lift(connection, row)
            if step.kind == "closed":
                await connection.execute(
                    "update incident set conclusion = %s, closed_at = %s, closed_name = %s"
                    " where id = %s",
                    (step.choice, self.clock.now(), actor.name, incident),
                )
            await events.add(connection, [self._told(actor, row, step)])

    def _told(self, actor: Actor, row: dict[str, Any], step: Step) -> Event:
        kinds = {"closed": "incident.closed", "recall_asked": "recall.asked"}
        kind = kinds.get(step.kind, "incident.step")
        to = (row["mco"], row["pcmh"]) if step.kind == "recall_asked" else (row["mco"],)
        detail = {"step": step.kind, "choice": step.choice}
        return Event(kind, row["id"], self.clock.now(), to, actor.id, detail)

    async def _locked(
        self, connection: Connection, incident: str, *, lifting: bool
    ) -> dict[str, Any]:
        """Return an incident under a lock; a closed one may only be lifted."""
        cursor = await connection.execute(
            "select id, mco, pcmh, member, closed_at, lifted_at from incident where id = %s"
            " for update",
            (incident,),
        )
        row = await cursor.fetchone()
        if row is None:
            raise Refused("not_found", "there is no such incident", status=404)
        if row["closed_at"] is not None and not lifting:
            raise Refused("closed", "the incident was closed before", status=409)
        return row

    async def _done(self, connection: Connection, incident: str) -> list[dict[str, Any]]:
        cursor = await connection.execute(
            "select kind, choice, at from incident_step where incident = %s order by id",
            (incident,),
        )
        return await cursor.fetchall()

    async def _lift(self, connection: Connection, row: dict[str, Any]) -> None:
        """Let plans go there again, unless another incident still stops them."""
        await connection.execute(
            "update incident set lifted_at = %s where id = %s", (self.clock.now(), row["id"])
        )
        await connection.execute(
            "update delivery d set due = now(), code = '' where d.member = %s and d.pcmh = %s"
            " and d.state = 'queued' and d.code = 'incident' and not exists (select from incident i"
            " where i.member = d.member and i.pcmh = d.pcmh and i.lifted_at is null)",
            (row["member"], row["pcmh"]),
        )
        await work.wake(connection)

    async def recalls(self, actor: Actor) -> list[dict[str, Any]]:
        """Return recalls that the actor's practice was asked for, with its answer."""
        return await self.rows("officer_recalls", pcmh=actor.organisation)

    async def answer_recall(self, actor: Actor, incident: str, choice: str, name: str) -> None:
        """Record the practice's answer to a recall, once, by a named person."""
        async with self.database.line() as connection:
            cursor = await connection.execute(
                "select id, mco, pcmh from incident where id = %s and pcmh = %s for update",
                (incident, actor.organisation),
            )
            row = await cursor.fetchone()
            done = {one["kind"] for one in await self._done(connection, incident)}
            if row is None or "recall_asked" not in done:
                raise Refused("not_found", "there is no such recall", status=404)
            if "recall_answered" in done:
                raise Refused("already_answered", "the recall was answered before", status=409)
            await self._step(connection, incident, actor, "recall_answered", choice, name)
            to = (row["mco"], row["pcmh"])
            told = {"choice": choice}
            await self.note(connection, "recall.answered", incident, actor, to=to, **told)


def _allowed(step: Step, done: list[dict[str, Any]]) -> None:
    """Refuse a step that nobody knows, that was done before, or that comes too early."""
    if not incidents.known(step.kind, step.choice):
        raise Refused("incomplete", "choose what was done, and how it came out", status=422)
    once = {"recall_asked", "recall_answered", "lifted"}
    if step.kind in once and step.kind in {one["kind"] for one in done}:
        raise Refused("done_before", "this was done before", status=409)
    if step.kind == "closed":
        lacking = incidents.missing(done, step.choice)
        if lacking:
            words = "; ".join(incidents.STEPS[kind].lower() for kind in lacking)
            raise Refused("not_yet", f"before it is closed this is missing: {words}", status=409)
