"""Steps on a request: an attempt, a day promised, an answer, a refusal, a withdrawal, a reminder.

Part of `PostgresRequests`. Words a step carries to the other side are asked about before they are
kept; the rules say who may do what and when; the row is locked meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from hub.errors import Refused
from hub.requests import rules
from hub.requests.nouns import Content
from hub.store import facts
from hub.store.requests import entries, reaching, watches
from hub.store.requests.room import Untold, basis, permits, stood, tell
from hub.store.requests.threads import Shows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.asked import Actor
    from hub.requests.nouns import Taken
    from hub.store.pool import Connection

BETWEEN: Final = timedelta(hours=20)
"""How long after one reminder the next may go: nobody is flooded."""

_MOVE: Final = "update request set state = %s, outcome = %s, ended_at = %s where id = %s"
_PROMISE: Final = "update request set state = %s, due_at = %s where id = %s"
_REMINDED: Final = """
select max(at) as at from request_entry where request = %s and kind = 'remind'
"""
_TOLD: Final = {
    "promise": "request.promised",
    "answer": "request.answered",
    "refuse": "request.refused",
    "withdraw": "request.withdrawn",
    "remind": "request.reminded",
}


class Steps(Shows):
    """What is done about requests."""

    __slots__ = ()

    async def take(self, actor: Actor, request: str, taken: Taken) -> str:
        """Record a step and return the state after it; 409: not now, 422: not so."""
        try:
            return await self._taken(actor, request, taken)
        except Untold as untold:
            async with self.database.line() as connection:
                await self.keep_back(connection, actor, untold.back)
            raise

    async def _taken(self, actor: Actor, request: str, taken: Taken) -> str:
        async with self.database.line() as connection:
            row = await self.found(connection, actor, request, lock=True)
            state, outcome = rules.step(row, actor.organisation, taken)
            row |= {"stood": await self._may_say(connection, actor, row, taken)}
            if taken.attempt is not None and taken.step == "attempt":
                await entries.attempted(connection, self, actor, row, taken.attempt, taken.name)
                return state
            await self._move(connection, row, taken, (state, outcome))
            await entries.stepped(connection, self, actor, row, taken)
            told: dict[str, object] = {"state": state, "code": taken.code or None}
            told |= basis(row["stood"]) if row["stood"] else {}
            await tell(connection, self.event(_TOLD[taken.step], row, actor, **told))
        return state

    async def _move(
        self,
        connection: Connection,
        row: Mapping[str, Any],
        taken: Taken,
        after: tuple[str, str],
    ) -> None:
        at = self.clock.now()
        if taken.step == "remind":
            await self._remind(connection, row)
            return
        if taken.step == "promise":
            asked = row["party"] if row["asker"] == row["mco"] else row["mco"]
            hours = (await facts.organisations(connection, [asked]))[asked].hours
            due = rules.until(taken.on, row["urgency"], hours, at)
            await connection.execute(_PROMISE, (after[0], due, row["id"]))
            await watches.postpone(connection, row["id"], rules.reminded(due, hours, at))
            return
        await connection.execute(_MOVE, (*after, at, row["id"]))
        if taken.step == "answer" and row["kind"] == "correction":
            await reaching.accept(connection, row["id"], at)

    async def _remind(self, connection: Connection, row: Mapping[str, Any]) -> None:
        before = await (await connection.execute(_REMINDED, (row["id"],))).fetchone()
        at = self.clock.now()
        if before is not None and before["at"] is not None and at - before["at"] < BETWEEN:
            told = "they were reminded less than a day ago; wait, or call them"
            raise Refused("reminded_before", told, status=409)
        await watches.nudge(connection, row["id"], row["owner"] or row["contact"], at)

    async def _may_say(
        self, connection: Connection, actor: Actor, row: Mapping[str, Any], taken: Taken
    ) -> dict[str, object]:
        """Ask consent about what a step tells the other side; return what that stands on.

        Ending something or reminding of it without a word tells nothing of the member.
        """
        words = taken.words or (taken.attempt.words if taken.attempt else "")
        if taken.step in {"withdraw", "refuse", "remind"} and not words:
            return {}
        other = row["party"] if actor.organisation == row["mco"] else row["mco"]
        sides = {row["mco"], row["party"]}
        known = await self.around(connection, [row["member"]], sides)
        decision = self.decided(known, row, other, Content(words))
        if decision is None or not permits(decision):
            raise Untold(self.back(known, row, other, "step", decision))
        return stood(known, other, decision)
