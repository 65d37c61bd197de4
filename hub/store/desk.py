"""The reading desk: named queries for pages and API, each under the asker's scope.

Implements `hub.asked.Desk`. The queries are `-- name: …` blocks in `queries/*.sql`, read once.
Under an organisation PostgreSQL's row-level security decides what is seen, whatever the query
says. A query never changes anything.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.asked import Actor
    from hub.ports import Clock
    from hub.store.pool import Database

_FOLDER = Path(__file__).parent / "queries"
_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@functools.cache
def queries() -> Mapping[str, bytes]:
    """Return every named query; `ValueError` when two have one name."""
    found: dict[str, bytes] = {}
    for file in sorted(_FOLDER.glob("*.sql")):
        _, *parts = _NAME.split(file.read_text("utf-8"))
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"two queries are named {name}")
            found[name] = text.strip().encode()
    return found


class PostgresDesk:
    """The desk over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._queries = queries()

    async def ask(
        self, query: str, organisation: str | None, **given: object
    ) -> list[dict[str, Any]]:
        """Run a named query; None as organisation: across all of them (staff)."""
        text = self._queries[query]
        if organisation is None:
            async with self._database.line() as connection:
                await connection.execute("set transaction read only")
                return await (await connection.execute(text, given)).fetchall()
        async with self._database.organisation(organisation) as connection:
            return await (await connection.execute(text, given)).fetchall()

    async def note(self, actor: Actor, kind: str, noun: str, **detail: object) -> None:
        """Record an event of an access (viewed, signed in, refused)."""
        made = Event(
            kind=kind,
            noun=noun,
            at=self._clock.now(),
            organisations=(actor.organisation,),
            actor=actor.id,
            detail=detail,
        )
        async with self._database.line() as connection:
            await events.add(connection, [made])
