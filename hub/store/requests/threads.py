"""Requests as they are shown: a list, one with all that was done. Consent is asked for every look.

Part of `PostgresRequests`. Row-level security finds the rows; the asked side sees nothing of a
member consent no longer covers, and such a request stops. The asker keeps seeing its own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.lifecycle import TRANSITIONS
from hub.requests.nouns import Content, Thread
from hub.store import sending
from hub.store.requests import reaching, watches
from hub.store.requests.room import Room, nothing, noticed, permits, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consent.decision import Decision
    from hub.asked import Actor
    from hub.requests.nouns import View
    from hub.store.pool import Connection
    from hub.store.requests.room import Around, Back

_ROW = """
select r.*, a.name as asker_name, o.name as mco_name, p.name as party_name, c.name as contact_name,
  w.step as told, w.owner, e.name as owner_name,
  (select count(*) from request_entry x where x.request = r.id and x.kind = 'remind') as reminders,
  (select count(*) from request_entry x where x.request = r.id and x.kind = 'attempt') as attempts,
  (select count(*) from returned_document x where x.request = r.id) as documents
from request r join organisation a on a.id = r.asker join organisation o on o.id = r.mco
  join organisation p on p.id = r.party left join contact c on c.id = r.contact
  left join watch w on w.delivery = r.id and w.clock = 'request'
  left join contact e on e.id = w.owner
"""
_LISTED = (
    "select r.id from request r where %(whose)s in (r.mco, r.party)"
    " and (%(view)s::text is null"
    "  or %(view)s = 'asked' and r.asker <> %(whose)s and r.state = any(%(open)s)"
    "  or %(view)s = 'asking' and r.asker = %(whose)s and r.state = any(%(open)s)"
    "  or %(view)s = 'done' and r.state <> all(%(open)s))"
    " and (%(cursor)s::text is null or r.seq < (select seq from request where id = %(cursor)s))"
    " order by case when %(view)s in ('asked', 'asking') then r.due_at end nulls last, r.seq desc"
    " limit %(limit)s"
)
_ENTRIES = """
select e.*, o.name as organisation_name from request_entry e
join organisation o on o.id = e.organisation where e.request = %s order by e.id
"""
_DOCUMENTS = "select * from returned_document where request = %s order by seq"
_SHOWN = "update request set shown_at = %s where id = %s and shown_at is null"
_STOP = """
update request set state = 'stopped', because = %s, ended_at = %s
where id = %s and state = any(%s) returning id
"""
_STOPS = [state for state, after in TRANSITIONS["request"].items() if "stopped" in after]
OPEN = ["asked", "promised", "overdue"]


class Shows(Room):
    """How requests are shown."""

    __slots__ = ()

    async def listed(
        self, actor: Actor, view: View | None, cursor: str | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return rows of a view by due date, or all of them newest first after a cursor."""
        given = {"whose": actor.organisation, "view": view, "cursor": cursor, "limit": limit}
        async with self.database.organisation(actor.organisation) as connection:
            cursor_ = await connection.execute(_LISTED, {**given, "open": OPEN})
            ids = [row["id"] for row in await cursor_.fetchall()]
        if not ids:
            return []
        async with self.database.line() as connection:
            found = {row["id"]: row for row in await _rows(connection, ids)}
            rows = [found[one] for one in ids if one in found]
            known = await self.around_rows(connection, rows)
            shown = [self._named(actor, row, known) for row in rows]
            seen = [row for row in shown if row["family"] is not None]
            await tell(connection, *(self.event("request.listed", row, actor) for row in seen))
        return shown

    def _named(self, actor: Actor, row: Mapping[str, Any], known: Around) -> dict[str, Any]:
        """Return a row with its member's name where the viewer may know of it."""
        own = row["mco"] == actor.organisation
        may = own or permits(self.decided(known, row, actor.organisation))
        whose = known.rows[row["member"]]
        names = ("family", "given", "birth_date")
        told = {name: whose[name] if may else None for name in names}
        return {**row, "words": None, **told, "member_id": whose["member_id"] if own else None}

    async def thread(self, actor: Actor, request: str) -> Thread:
        """Ask consent again and return the request; 410 where the asked may see it no more."""
        async with self.database.line() as connection:
            row = await self.found(connection, actor, request)
            known = await self.around_rows(connection, [row])
            entries = await self.entries(connection, request)
            decision = self.heard(known, row, entries, actor.organisation)
            covered, mine = permits(decision), row["asker"] != actor.organisation
            if mine and not covered:
                back = self.back(known, row, actor.organisation, "stop", decision)
                await self.stopped(connection, actor, row, back)
                told = self.event("access.refused", row, actor, because="consent_changed")
                await tell(connection, told)
            else:
                found = await self._whole(connection, actor, row, known, (covered, decision))
        if mine and not covered:
            told_ = "consent no longer covers this request"
            raise Refused("no_longer_asked", told_, status=410)
        return found

    async def _whole(
        self,
        connection: Connection,
        actor: Actor,
        row: Mapping[str, Any],
        known: Around,
        asked: tuple[bool, Decision | None],
    ) -> Thread:
        covered, decision = asked
        entries = await self.entries(connection, row["id"])
        documents = await (await connection.execute(_DOCUMENTS, (row["id"],))).fetchall()
        mine = row["asker"] != actor.organisation
        if mine:
            await connection.execute(_SHOWN, (self.clock.now(), row["id"]))
        await tell(connection, self.event("request.viewed", row, actor, state=row["state"]))
        own = row["mco"] == actor.organisation
        reachable = own or (covered and not reaching.hidden(decision))
        member = known.rows[row["member"]]
        told = {"notices": (), "scope": ""}
        if decision is not None and covered:
            told = noticed(known, row, decision)
        return Thread(
            row={**self._named(actor, row, known), **told},
            mine=mine,
            covered=covered,
            words=self.opened(row["words"]),
            entries=tuple(self._entry(actor, one, covered) for one in entries),
            documents=tuple(documents),
            reach=await reaching.of(connection, self, member) if reachable else (),
            correction=await reaching.correction(connection, self, row["id"]),
        )

    def _entry(self, actor: Actor, one: Mapping[str, Any], covered: bool) -> dict[str, Any]:
        """Return an entry; the other side's words only where consent covers them."""
        may = covered or one["organisation"] == actor.organisation
        return {**one, "words": self.opened(one["words"]) if may else None}

    def heard(
        self,
        known: Around,
        row: Mapping[str, Any],
        entries: Iterable[Mapping[str, Any]],
        side: str,
    ) -> Decision | None:
        """Ask whether one side may know of a request and read all that the other side wrote."""
        theirs = [row["words"]] if row["asker"] != side else []
        theirs += [one["words"] for one in entries if one["organisation"] != side]
        words = "\n".join(filter(None, map(self.opened, theirs)))
        return self.decided(known, row, side, Content(words))

    async def stopped(
        self, connection: Connection, actor: Actor, row: Mapping[str, Any], back: Back
    ) -> bool:
        """Stop a request the asked side may see no more, told to both sides; False: it was over."""
        given = (back.because, self.clock.now(), row["id"], _STOPS)
        if await (await connection.execute(_STOP, given)).fetchone() is None:
            return False
        await self.keep_back(connection, actor, back)
        told = {"was": row["state"], "because": back.because}
        await tell(connection, self.event("request.stopped", row, actor, **told))
        await watches.stopped(connection, row, self.clock.now())
        return True

    async def found(
        self, connection: Connection, actor: Actor, request: str, *, lock: bool = False
    ) -> dict[str, Any]:
        """Return a request of the actor's organisation, locked where asked; 404 otherwise.

        The member's consent head is locked first, as in every transaction that takes both.
        """
        if lock:
            rows = await _rows(connection, [request])
            await sending.lock_heads(connection, [row["member"] for row in rows])
            await connection.execute("select from request where id = %s for update", (request,))
        rows = await _rows(connection, [request])
        if not rows or actor.organisation not in {rows[0]["mco"], rows[0]["party"]}:
            raise nothing()
        return rows[0]

    async def rows(self, connection: Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return requests with all names and how far each was chased."""
        return await _rows(connection, ids)

    async def entries(self, connection: Connection, request: str) -> list[dict[str, Any]]:
        """Return what was done about a request, oldest first, words sealed."""
        return await (await connection.execute(_ENTRIES, (request,))).fetchall()

    async def around_rows(
        self, connection: Connection, rows: Iterable[Mapping[str, Any]]
    ) -> Around:
        """Lock the heads of some requests' members and read all that consent hangs on."""
        sides = {row[side] for row in rows for side in ("mco", "party")}
        return await self.around(connection, {row["member"] for row in rows}, sides)


async def _rows(connection: Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    cursor = await connection.execute(f"{_ROW} where r.id = any(%s)", (list(ids),))
    return await cursor.fetchall()
