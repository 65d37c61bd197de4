"""Members' copies as rows: the print queue of a sender or a practice, and what became of each.

Implements `hub.copies.Copies`. Names are sealed, the PDF lies in the vault; after a copy was given
it is not printed again from here. A practice copies what was released to it, and makes and prints
only while consent, asked again each time, lets it open that release.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.store import reasking
from hub.store.sighting import Sights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from hub.asked import Actor
    from hub.copies import Copied, Wanted, Way
    from hub.officer import Sight
    from hub.store.pool import Connection
    from hub.stored import Due

_GONE = "consent no longer lets you have this plan"
_OVER = reasking.CLOSED | {"superseded", "undeliverable", "queued", "sending"}
"""States in which a practice makes no copy of a delivery: taken back, replaced, not with it."""

_OWN = "select member, digest from plan where id = %s and mco = %s and member is not null"
_HELD = """
select d.id, d.plan, d.member, d.mco, d.pcmh, d.state, r.decision, r.plan_digest as digest
from delivery d join release r on r.id = d.release
where d.plan = %s and d.pcmh = %s and d.sent_at is not null order by d.seq desc limit 1
"""
_COPIED = """
select mco, plan, digest, given_at from member_copy where id = %s and organisation = %s
"""
_KEEP = """
insert into member_copy (id, plan, member, mco, organisation, whom, name, made_at, made_by,
  decision, withheld, digest, size)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_GIVEN = """
update member_copy set way = %s, given_by = %s, given_on = %s, given_at = %s
where id = %s and organisation = %s and given_at is null returning mco, plan
"""


@dataclass(frozen=True, slots=True)
class PostgresCopies(Sights):
    """Members' copies over one database; `permitted` is asked again as for any look at a plan."""

    permitted: Callable[[Due], str | None]

    async def plan_sight(self, actor: Actor, plan: str) -> Sight:
        """Return a plan that the actor's organisation sent, or what was released to it."""
        async with self.database.line() as connection:
            whose = (plan, actor.organisation)
            own = await (await connection.execute(_OWN, whose)).fetchone()
            row = own or await (await connection.execute(_HELD, whose)).fetchone()
            if row is None or row.get("state") in _OVER:
                raise Refused("not_found", "there is no such plan", status=404)
            reason = None if own else await self._asked_again(connection, actor, row, plan)
            seen, _ = await self._seen(connection, row["member"], plan)
        if reason:
            raise Refused("no_longer_released", _GONE, status=410)
        return await self._with_plan(seen, row["digest"])

    async def _asked_again(
        self, connection: Connection, actor: Actor, row: Mapping[str, Any], noun: str
    ) -> str | None:
        """Return why a delivery may be opened no more, recorded; None where it may."""
        reason = (await reasking.refusals(connection, [row], self.permitted))[row["id"]]
        if reason:
            to = (row["mco"], row["pcmh"])
            await self.note(connection, "access.refused", noun, actor, to=to, because=reason)
        return reason

    async def keep(self, actor: Actor, sight: Sight, wanted: Wanted, made: Copied) -> None:
        """Keep a copy in the print queue, with its event."""
        (kept,) = await self.vault.put_many([made.content])
        row = (
            *(made.id, sight.id, sight.member.id, sight.member.mco, actor.organisation),
            *(wanted.whom, self.seal(wanted.name.encode()), self.clock.now(), actor.id),
            *(json.dumps(made.decision), made.withheld, kept.digest, kept.size),
        )
        async with self.database.line() as connection:
            await connection.execute(_KEEP, row)
            told = {"plan": sight.id, "for": wanted.whom, "sha256": kept.digest}
            to = (sight.member.mco, actor.organisation)
            await self.note(connection, "copy.made", made.id, actor, to=to, **told)

    async def queue(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the organisation's copies, those to print first."""
        rows = await self.rows("member_copies", whose=actor.organisation)
        return [{**row, "name": self.opened(row["name"])} for row in rows]

    async def content(self, actor: Actor, copy: str) -> bytes:
        """Return a copy's PDF for printing, recorded."""
        async with self.database.line() as connection:
            row = await (await connection.execute(_COPIED, (copy, actor.organisation))).fetchone()
            if row is None:
                raise Refused("not_found", "there is no such copy", status=404)
            if row["given_at"] is not None:
                raise Refused("copy_given", "this copy was given; make a new one", status=410)
            reason = await self._no_more(connection, actor, row, copy)
            if reason is None:
                to = (row["mco"], actor.organisation)
                await self.note(connection, "copy.printed", copy, actor, to=to)
        if reason:
            raise Refused("no_longer_released", _GONE, status=410)
        return await self.vault.get(row["digest"])

    async def _no_more(
        self, connection: Connection, actor: Actor, row: Mapping[str, Any], copy: str
    ) -> str | None:
        """Return why a copy may be printed no more; a sender's own may always be."""
        if row["mco"] == actor.organisation:
            return None
        whose = (row["plan"], actor.organisation)
        held = await (await connection.execute(_HELD, whose)).fetchone()
        if held is None:
            return "returned"
        return await self._asked_again(connection, actor, held, copy)

    async def given(self, actor: Actor, copy: str, way: Way, name: str, on: date) -> None:
        """Record that it was handed over or posted, by whom and when; once."""
        now = self.clock.now()
        if datetime.combine(on, time(), UTC) > now:
            raise Refused("in_the_future", "the day lies in the future", status=422)
        async with self.database.line() as connection:
            given = (way, name, on, now, copy, actor.organisation)
            row = await (await connection.execute(_GIVEN, given)).fetchone()
            if row is None:
                raise Refused("not_found", "there is no such copy to give", status=404)
            to = (row["mco"], actor.organisation)
            told = {"plan": row["plan"], "way": way, "on": on.isoformat()}
            await self.note(connection, "copy.given", copy, actor, to=to, **told)
