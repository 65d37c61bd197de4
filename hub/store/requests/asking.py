"""Open requests asked about again once their ground may have changed: the step that stops them.

Part of `PostgresRequests`; the ticker calls it once a second, on one node. Every change of a
member's consents raises the version of their head, and a request keeps the version it was asked
under. An incident makes it due, too, and so do rosters and the directory (`grounds` beside this)
and the next instant at which one of the consents begins or ends, an hour at the latest. Nothing is
reopened: what may be asked anew is only told.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog

from consent.registry import turning
from hub.asked import Actor
from hub.audit import Event
from hub.errors import HubError, Trouble
from hub.store import facts, sending
from hub.store.requests.room import permits, tell
from hub.store.requests.threads import OPEN, Shows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.store.pool import Connection
    from hub.store.requests.room import Around

log = structlog.get_logger()

BATCH: Final = 200
LATEST: Final = timedelta(hours=1)
"""How long a request stays unasked at most: planned changes and rules begin, too."""
WATCHED: Final = timedelta(days=90)
"""How long after a request was stopped its asker is told that it may be made anew."""
HUB: Final = Actor("hub", "hub", "The hub")

_DUE = """
select r.id, r.member from request r left join consent_head h on h.member = r.member
where (r.state in ('asked', 'promised', 'overdue')
    or r.state = 'stopped' and r.ended_at > %(since)s)
  and (coalesce(h.version, 0) <> r.asked_version or r.ask_due is null or r.ask_due <= %(now)s
    or r.state <> 'stopped' and r.asker = r.mco and exists (select from incident i
      where i.member = r.member and i.pcmh = r.party and i.lifted_at is null))
order by r.ask_due nulls first, r.seq limit %(limit)s
"""  # states as literals: two partial indexes find them among many that are over
_LOCK = "select state from request where id = %s for update"
_ASKED = "update request set asked_version = %s, ask_due = %s where id = %s"
_LATER = """
update request r set ask_due = %s, asked_version = coalesce(
  (select h.version from consent_head h where h.member = r.member), 0) where r.id = %s
"""
_AGAIN = """
update request set again_at = case when %(may)s then coalesce(again_at, %(at)s) end
where id = %(id)s and (again_at is null) = %(may)s returning id
"""


class Asks(Shows):
    """How requests are asked about again."""

    __slots__ = ()

    async def ask_again(self) -> int:
        """Ask about each request that is due, in a transaction of its own; count those stopped."""
        now = self.clock.now()
        given = {"now": now, "since": now - WATCHED, "limit": BATCH}
        async with self.database.line() as connection:
            due = await (await connection.execute(_DUE, given)).fetchall()
        stopped = 0
        for one in due:
            try:
                stopped += await self._asked(one["id"], one["member"])
            except HubError as failure:
                if isinstance(failure, Trouble) and failure.kind == "transient":
                    raise
                log.warning("request.not_asked", request=one["id"], error=type(failure).__name__)
                await self._later(one["id"], now)  # its words can't be opened; the others go on
        return stopped

    async def _later(self, request: str, now: datetime) -> None:
        """Ask about a request in an hour that could not be asked about: it holds up no other."""
        async with self.database.line() as connection:
            await connection.execute(_LATER, (now + LATEST, request))

    async def _asked(self, request: str, member: str) -> bool:
        async with self.database.line() as connection:
            await sending.lock_heads(connection, [member])
            version = (await facts.heads(connection, [member])).get(member, 0)
            await connection.execute(_LOCK, (request,))
            (row,) = await self.rows(connection, [request])
            known = await self.around_rows(connection, [row])
            entries = await self.entries(connection, request)
            to = row["party"] if row["asker"] == row["mco"] else row["mco"]
            decision = self.heard(known, row, entries, to)
            await connection.execute(_ASKED, (version, self._next(known, member), request))
            if row["state"] == "stopped":
                await self._may_again(connection, row, permits(decision))
                return False
            if permits(decision) or row["state"] not in OPEN:
                return False
            back = self.back(known, row, to, "stop", decision)
            return await self.stopped(connection, HUB, row, back)

    async def _may_again(self, connection: Connection, row: Mapping[str, Any], may: bool) -> None:
        """Keep since when a stopped request may be made anew, and tell its asker once."""
        at = self.clock.now()
        given = {"may": may, "at": at, "id": row["id"]}
        changed = await (await connection.execute(_AGAIN, given)).fetchone()
        if may and changed is not None:
            whose = (row["asker"],)
            await tell(connection, Event("request.may_ask_again", row["id"], at, whose))

    def _next(self, known: Around, member: str) -> datetime:
        now = self.clock.now()
        turns = turning(known.consents.get(member, ()), now)
        return min(now + LATEST, turns or now + LATEST)
