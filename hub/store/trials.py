"""Trials of profiles as rows: asked for, leased by a worker, how far they are, what they came to.

Implements `hub.adopting.working.Trials`. A row holds a profile's text, counts, names of fields and
ids of submissions; after a month it is forgotten.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, Final

from hub.errors import Refused
from hub.on_trial import AskedTrial
from hub.store import work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.store.pool import Database

_NAMES: Final = tuple(one.name for one in fields(AskedTrial))
_COLUMNS: Final = ", ".join(_NAMES)
_MADE: Final = (*("id", "mco", "name", "version", "digest", "text", "last", "actor", "made_at"),)
_BEGIN = f"""
insert into profile_trial ({", ".join(_MADE)}, due)
values ({", ".join(f"%({name})s" for name in _MADE)}, now())
"""  # noqa: S608  # our own names
_FORGET = "delete from profile_trial where made_at < now() - interval '30 days'"
_RENEW = """
update profile_trial set done = %(done)s, whole = %(whole)s,
  lease_until = now() + make_interval(secs => %(lease)s)
where id = %(id)s and fence = %(fence)s and state = 'waiting'
"""
_END = """
update profile_trial set state = %(state)s, done = %(done)s, whole = %(whole)s,
  maker = %(maker)s, replaces = %(replaces)s, before = %(before)s, found = %(found)s,
  says = %(says)s, ended_at = now(), due = null, lease_until = null
where id = %(id)s and fence = %(fence)s and state = 'waiting'
"""


class PostgresTrials:
    """Trials over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, one: AskedTrial) -> None:
        """Keep a trial that waits to be done."""
        async with self._database.line() as connection:
            await connection.execute(_FORGET)
            await connection.execute(_BEGIN.encode(), asdict(one))

    async def claim(self) -> AskedTrial | None:
        """Lease the next trial that is due."""
        async with self._database.line() as connection:
            rows = await work.claim(connection, "profile_trial", 1)
        return _trial(rows[0]) if rows else None

    async def renew(self, one: AskedTrial, done: int, whole: int) -> None:
        """Keep how far a leased trial is, and the lease."""
        given = {"id": one.id, "fence": one.fence, "done": done, "whole": whole}
        async with self._database.line() as connection:
            await connection.execute(_RENEW, {**given, "lease": work.LEASE_SECONDS})

    async def end(self, one: AskedTrial) -> None:
        """Keep what a leased trial came to."""
        async with self._database.line() as connection:
            await connection.execute(_END, asdict(one))

    async def one(self, trial: str) -> AskedTrial:
        """Return a trial; `Refused` 404 for none."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                f"select {_COLUMNS} from profile_trial where id = %s".encode(),  # noqa: S608  # our own names
                (trial,),
            )
            row = await cursor.fetchone()
        if row is None:
            raise Refused("not_found", "there is no such trial", status=404)
        return _trial(row)

    async def newest(self, limit: int) -> list[AskedTrial]:
        """Return trials, the newest first."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                f"select {_COLUMNS} from profile_trial order by seq desc limit %s".encode(),  # noqa: S608  # our own names
                (limit,),
            )
            return [_trial(row) for row in await cursor.fetchall()]


def _trial(row: Mapping[str, Any]) -> AskedTrial:
    return AskedTrial(**{name: row[name] for name in _NAMES})
