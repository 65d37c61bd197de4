"""Members' copies as rows: the print queue of a sender or a practice, and what became of each.

Implements `hub.copies.Copies`. Names are sealed, the PDF lies in the vault; after a copy was given
it is not printed again from here.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.store.sighting import Sights

if TYPE_CHECKING:
    from datetime import date

    from hub.asked import Actor
    from hub.copies import Copied, Wanted, Way
    from hub.officer import Sight

_MAY = """
select p.member from plan p where p.id = %(plan)s and p.member is not null and (p.mco = %(whose)s
  or exists (select from delivery d where d.plan = p.id and d.pcmh = %(whose)s
    and d.state in ('sent', 'overdue', 'acknowledged', 'answered')))
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


class PostgresCopies(Sights):
    """Members' copies over one database."""

    __slots__ = ()

    async def plan_sight(self, actor: Actor, plan: str) -> Sight:
        """Return a plan that the actor's organisation sent, or has."""
        async with self.database.line() as connection:
            given = {"plan": plan, "whose": actor.organisation}
            row = await (await connection.execute(_MAY, given)).fetchone()
            if row is None:
                raise Refused("not_found", "there is no such plan", status=404)
            seen, digest = await self._seen(connection, row["member"], plan)
        return await self._with_plan(seen, digest)

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
            cursor = await connection.execute(
                "select mco, digest, given_at from member_copy where id = %s and organisation = %s",
                (copy, actor.organisation),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Refused("not_found", "there is no such copy", status=404)
            if row["given_at"] is not None:
                raise Refused("copy_given", "this copy was given; make a new one", status=410)
            to = (row["mco"], actor.organisation)
            await self.note(connection, "copy.printed", copy, actor, to=to)
        return await self.vault.get(row["digest"])

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
