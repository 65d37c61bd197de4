"""Break-glass: a clinician opens a plan without consent, for a while; the officer reviews it.

Part of `PostgresOfficer`. What 42 CFR 2.51(c) wants is recorded before anything is shown: who, with
which affiliation, when, why, and who disclosed. The plan that was left after the decision is kept
in the vault and shown to nobody else, and not after its time.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog

from hub.canonical import wire
from hub.errors import Refused
from hub.ids import new_id
from hub.store.sighting import Desk, Sights

if TYPE_CHECKING:
    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.officer import Invoked, Opened, Review, Sight

OPEN_FOR = timedelta(hours=1)
log = structlog.get_logger()

_FOUND = """
select m.id from member m where lower(m.family) = lower(%(family)s) and m.birth_date = %(born)s
  and (m.member_id = %(number)s or m.medicaid = %(number)s) and m.active
  and exists (select from plan p where p.member = m.id) order by m.id limit 8
"""

_OPEN = """
insert into emergency (id, member, plan, mco, organisation, account, name, affiliation, reason,
  nature, at, ends_at, decision, withheld, digest)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class Emergencies(Sights, Desk):
    """Break-glass and its review."""

    __slots__ = ()

    async def emergency_sights(self, actor: Actor, invoked: Invoked) -> tuple[Sight, ...]:
        """Find the member by family name, birth date and a number, all three exact.

        A person insured by two senders under one Medicaid id is found at both.
        """
        given = {"family": invoked.family, "born": invoked.birth_date, "number": invoked.number}
        async with self.database.line() as connection:
            rows = await (await connection.execute(_FOUND, given)).fetchall()
            if not rows:
                await self.note(connection, "emergency.not_found", actor.id, actor)
            found = [await self._seen(connection, row["id"]) for row in rows]
        if not found:
            raise Refused(
                "no_such_member",
                "no member with a plan has this name, birth date and number",
                status=409,
            )
        return tuple([await self._with_plan(*one) for one in found])

    async def open_emergency(
        self, actor: Actor, sight: Sight, invoked: Invoked, opened: Opened
    ) -> str:
        """Record an emergency and keep what may be read; return its id."""
        made, at = new_id("emg"), self.clock.now()
        (kept,) = await self.vault.put_many([wire.encode(opened.plan)])
        row = (
            *(made, sight.member.id, sight.id, sight.member.mco, actor.organisation, actor.id),
            *(invoked.name, invoked.affiliation, invoked.reason),
            *(self.seal(invoked.nature.encode()), at, at + OPEN_FOR),
            *(json.dumps(opened.decision), opened.withheld, kept.digest),
        )
        async with self.database.line() as connection:
            await connection.execute(_OPEN, row)
            told = {"plan": sight.id, "reason": invoked.reason, "sha256": kept.digest}
            to = (sight.member.mco, actor.organisation)
            await self.note(connection, "emergency.invoked", made, actor, to=to, **told)
        log.warning("emergency.invoked", emergency=made)
        return made

    async def emergency_denied(self, actor: Actor, sight: Sight) -> None:
        """Record that no rule let the plan be opened."""
        async with self.database.line() as connection:
            to = (actor.organisation,)
            await self.note(connection, "emergency.denied", sight.id, actor, to=to)

    async def emergency_plan(self, actor: Actor, emergency: str) -> tuple[Plan, dict[str, Any]]:
        """Return the plan for whoever invoked it, while its time lasts; recorded."""
        found = await self.rows("officer_emergency", emergency=emergency)
        if not found or found[0]["account"] != actor.id:
            raise Refused("not_found", "there is no such emergency", status=404)
        row = found[0]
        if self.clock.now() >= row["ends_at"]:
            raise Refused("emergency_over", "the time for this emergency is over", status=410)
        async with self.database.line() as connection:
            to = (row["mco"], row["organisation"])
            await self.note(connection, "emergency.viewed", emergency, actor, to=to)
        return wire.decode_plan(await self.vault.get(row["digest"])), row

    async def own_emergencies(self, actor: Actor) -> list[dict[str, Any]]:
        """Return what the actor opened and may still read."""
        given = {"account": actor.id, "now": self.clock.now()}
        return await self.rows("officer_own_emergencies", **given)

    async def emergencies(self, *, reviewed: bool) -> list[dict[str, Any]]:
        """Return emergencies with what was said; unreviewed ones oldest first."""
        rows = await self.rows("officer_emergencies", reviewed=reviewed, limit=200)
        return [
            {**row, "nature": self.opened(row["nature"]), "note": self.opened(row["note"])}
            for row in rows
        ]

    async def review(self, actor: Actor, emergency: str, outcome: Review, note: str) -> None:
        """Record the review, once."""
        async with self.database.line() as connection:
            cursor = await connection.execute(
                "update emergency set outcome = %s, note = %s, reviewed_by = %s,"
                " reviewed_name = %s, reviewed_at = %s"
                " where id = %s and reviewed_at is null returning mco, organisation",
                (
                    *(outcome, self.seal(note.encode()), actor.id, actor.name),
                    *(self.clock.now(), emergency),
                ),
            )
            row = await cursor.fetchone()
            if row is None:
                cursor = await connection.execute(
                    "select 1 from emergency where id = %s", (emergency,)
                )
                if await cursor.fetchone() is None:
                    raise Refused("not_found", "there is no such emergency", status=404)
                raise Refused("already_reviewed", "it was reviewed before", status=409)
            to = (row["mco"],)
            await self.note(
                connection, "emergency.reviewed", emergency, actor, to=to, outcome=outcome
            )
