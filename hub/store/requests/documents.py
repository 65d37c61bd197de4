"""Documents that come back: kept for the MCO that asked, or that sent the plan they answer.

Part of `PostgresRequests`. Consent is asked before one is kept and again whenever the MCO fetches
it. The practice that gave it and that MCO may have the bytes, nobody else. They are in the vault.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consent.terms import Matter
from hub.errors import Refused
from hub.ids import new_id
from hub.lifecycle import follow
from hub.requests.nouns import Content
from hub.store.requests import entries
from hub.store.requests.room import Untold, basis, noticed, permits, stood, tell
from hub.store.requests.threads import Shows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.asked import Actor
    from hub.ports import Stored
    from hub.requests.nouns import Brought
    from hub.store.pool import Connection

_KEEP = """
insert into returned_document (id, request, delivery, member, mco, party, digest, size, media_type,
  reader, plans, name, actor, at, matters, decision)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing returning id
"""
_KNOWN = "select id from returned_document where coalesce(request, delivery) = %s and digest = %s"
_DELIVERY = """
select id, member, mco, pcmh as party, mco as asker, contact, state from delivery
where id = %s and pcmh = %s and sent_at is not null
"""
_ANSWERED = "update request set state = %s, outcome = 'document', ended_at = %s where id = %s"
_LISTED = """
select t.*, p.name as party_name, r.kind, r.reason, d.plan
from returned_document t join organisation p on p.id = t.party
  left join request r on r.id = t.request left join delivery d on d.id = t.delivery
where %(noun)s::text is null or %(noun)s in (t.request, t.delivery, d.plan)
order by t.seq desc limit 200
"""
_GIVEN = frozenset({"asked", "promised", "overdue", "answered"})


class Documents(Shows):
    """How documents come back, and who may have them."""

    __slots__ = ()

    async def bring(self, actor: Actor, brought: Brought) -> str:
        """Keep a returned document for the MCO; a request is answered by it. Return its id."""
        try:
            return await self._brought(actor, brought)
        except Untold as untold:
            async with self.database.line() as connection:
                await self.keep_back(connection, actor, untold.back)
            raise

    async def _brought(self, actor: Actor, brought: Brought) -> str:
        async with self.database.line() as connection:  # what may not go is never kept
            row = await self._answers(connection, actor, brought)
            await self._permitted(connection, row, brought)
        (stored,) = await self.vault.put_many([brought.content])
        async with self.database.line() as connection:
            row = await self._answers(connection, actor, brought)
            held = await self._permitted(connection, row, brought)
            return await self._kept(connection, actor, row, brought, (stored, held))

    async def _kept(
        self,
        connection: Connection,
        actor: Actor,
        row: dict[str, Any],
        brought: Brought,
        given: tuple[Stored, dict[str, object]],
    ) -> str:
        """Write what came back and answer its request; the same bytes again change nothing."""
        stored, held = given
        made, asked = new_id("doc"), "kind" in row
        noun = (row["id"], None) if asked else (None, row["id"])
        what = (stored.digest, stored.size, brought.media_type, brought.reader)
        whose = (row["member"], row["mco"], row["party"])
        who = (len(brought.plans), brought.name, actor.id, self.clock.now())
        keep = (made, *noun, *whose, *what, *who, json.dumps(held["released"]), json.dumps(held))
        if await (await connection.execute(_KEEP, keep)).fetchone() is None:
            known = await connection.execute(_KNOWN, (row["id"], stored.digest))
            return str((await known.fetchall())[0]["id"])
        told: dict[str, object] = {"document": made, "sha256": stored.digest}
        told |= {"media_type": brought.media_type, "bytes": stored.size, **basis(held)}
        if asked:
            state = follow("request", row["state"], "answered")
            await connection.execute(_ANSWERED, (state, self.clock.now(), row["id"]))
            await entries.brought(connection, self, actor, row, brought.name)
            await tell(connection, self.event("request.answered", row, actor, document=made))
        await tell(connection, self.event("document.returned", row, actor, **told))
        return made

    async def _answers(
        self, connection: Connection, actor: Actor, brought: Brought
    ) -> dict[str, Any]:
        """Return the request or delivery a document answers; `Refused` 404 or 409."""
        if brought.noun.startswith("rqt_"):
            row = await self.found(connection, actor, brought.noun, lock=True)
            if row["asker"] == actor.organisation or row["kind"] != "plan":
                raise Refused("not_open", "no document was asked of you here", status=409)
            if row["state"] not in _GIVEN:
                told = f"a request that is {row['state']} takes no document"
                raise Refused("not_open", told, status=409)
            return row
        cursor = await connection.execute(_DELIVERY, (brought.noun, actor.organisation))
        found = await cursor.fetchone()
        if found is None:
            raise Refused("not_found", "there is no such delivery", status=404)
        if found["state"] in {"returned", "stopped"}:
            told = f"a delivery that is {found['state']} takes no document"
            raise Refused("not_open", told, status=409)
        return found

    async def _permitted(
        self, connection: Connection, row: dict[str, Any], brought: Brought
    ) -> dict[str, object]:
        """Ask consent and return what all of it stands on. `Refused` 409: it may not go."""
        known = await self.around(connection, [row["member"]], [row["mco"], row["party"]])
        content = Content(document=True, plans=brought.plans)
        decision = self.decided(known, row, row["mco"], content)
        if decision is None or not permits(decision):
            raise Untold(self.back(known, row, row["mco"], "document", decision))
        return stood(known, row["mco"], decision)

    async def returned(self, actor: Actor, noun: str | None = None) -> list[dict[str, Any]]:
        """Return documents given or got, newest first; of one request, delivery or plan."""
        async with self.database.organisation(actor.organisation) as connection:
            cursor = await connection.execute(_LISTED, {"noun": noun})
            return await cursor.fetchall()

    async def document(self, actor: Actor, document: str) -> tuple[bytes, dict[str, Any]]:
        """Return a document's bytes and row; the MCO's fetching asks consent again."""
        async with self.database.organisation(actor.organisation) as connection:
            cursor = await connection.execute(
                "select * from returned_document where id = %s", (document,)
            )
            row = await cursor.fetchone()
        if row is None or actor.organisation not in {row["mco"], row["party"]}:
            raise Refused("not_found", "there is no such document", status=404)
        async with self.database.line() as connection:
            told = await self._told_with(connection, actor, row)
            if told is not None:
                await self._fetched(connection, actor, row, told["notices"])
            else:
                refused = self.event("access.refused", row, actor, because="consent_changed")
                await tell(connection, refused)
        if told is None:
            told_ = "consent no longer covers this document"
            raise Refused("no_longer_asked", told_, status=410)
        return await self.vault.get(row["digest"]), {**row, **told}

    async def _told_with(
        self, connection: Connection, actor: Actor, row: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Ask consent again before the MCO gets a document; None: it may not.

        Return the ids of the `notices` it must be handed out with, and the `scope` of the consents
        it goes under in words. Its giver may always have it, and needs no notice of its own.
        """
        if row["party"] == actor.organisation:
            return {"notices": (), "scope": ""}
        known = await self.around(connection, [row["member"]], [row["mco"], row["party"]])
        matters = frozenset(Matter(*one) for one in row["matters"])
        asked = {**row, "asker": row["mco"], "contact": ""}
        decision = self.decided(known, asked, row["mco"], Content(matters=matters))
        if decision is None or not permits(decision):
            return None
        return noticed(known, row, decision)

    async def _fetched(
        self,
        connection: Connection,
        actor: Actor,
        row: dict[str, Any],
        notices: Sequence[str],
    ) -> None:
        if row["mco"] == actor.organisation:
            await connection.execute(
                "update returned_document set fetched_at = %s where id = %s and fetched_at is null",
                (self.clock.now(), row["id"]),
            )
        detail = {"sha256": row["digest"], "notices": list(notices)}
        await tell(connection, self.event("document.fetched", row, actor, **detail))
