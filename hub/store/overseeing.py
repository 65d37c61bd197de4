"""What the privacy officer sees of requests and returned documents, across organisations.

Part of `PostgresOfficer`. Reads only; that somebody looked at one is recorded. Words that people
wrote come opened, a document's bytes not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.errors import Refused
from hub.officer import Overseen
from hub.store.sighting import Desk

if TYPE_CHECKING:
    from hub.asked import Actor


class Oversees(Desk):
    """Requests, what came back, and what was not told."""

    __slots__ = ()

    async def requests(self, member: str, most: int) -> list[dict[str, Any]]:
        """Return requests and documents given unasked, newest first; of a member, or all."""
        return await self.rows("officer_requests", member=member, limit=most)

    async def untold(self, member: str, most: int) -> list[dict[str, Any]]:
        """Return what consent did not let pass, newest first; of a member, or all."""
        return await self.rows("officer_untold", member=member, noun="", limit=most)

    async def request(self, actor: Actor, noun: str) -> Overseen:
        """Return a request, or a document given unasked, with all that hangs on it; recorded."""
        rows = await self.rows("officer_request", noun=noun)
        if not rows:
            raise Refused("not_found", "there is no such request", status=404)
        documents = await self.rows("officer_request_documents", noun=noun)
        steps = await self.rows("officer_request_entries", noun=noun)
        nouns = [noun, *(one["id"] for one in documents)]
        async with self.database.line() as connection:
            await self.note(connection, "request.viewed", noun, actor)
        return Overseen(
            row={**rows[0], "words": self.opened(rows[0]["words"])},
            steps=tuple({**one, "words": self.opened(one["words"])} for one in steps),
            documents=tuple(documents),
            looks=tuple(await self.rows("officer_looks", nouns=nouns)),
            untold=tuple(await self.rows("officer_untold", member="", noun=noun, limit=100)),
        )
