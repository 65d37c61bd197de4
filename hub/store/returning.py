"""Return codes as rows, by digest only: made, looked up, used.

Implements `hub.returning.Returning`. A code is one delivery's; it is never shown again after it was
printed, and making another one does not end the first.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hub import returning
from hub.audit import Event
from hub.errors import Refused
from hub.returning import Code
from hub.store import events

if TYPE_CHECKING:
    from hub.asked import Actor
    from hub.ports import Clock
    from hub.store.pool import Database


class PostgresReturning:
    """Return codes over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def issue(self, actor: Actor, delivery: str) -> Code:
        """Make a code for a delivery of the actor's practice, and record that it was printed."""
        printed, at = returning.fresh(), self._clock.now()
        ends = at + returning.LASTS
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select mco, pcmh from delivery where id = %s and pcmh = %s",
                (delivery, actor.organisation),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Refused("not_found", "there is no such delivery", status=404)
            await connection.execute(
                "insert into return_code (digest, delivery, pcmh, actor, made_at, ends_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                (_digest(printed), delivery, row["pcmh"], actor.id, at, ends),
            )
            both = (row["mco"], row["pcmh"])
            told = Event("delivery.printed", delivery, at, both, actor.id, {})
            await events.add(connection, [told])
        return Code(printed, delivery, ends)

    async def redeem(self, code: str) -> tuple[str, str]:
        """Return (delivery, practice) of a code that may be typed back now."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select delivery, pcmh from return_code where digest = %s and used_at is null"
                " and ends_at > %s",
                (_digest(code), self._clock.now()),
            )
            row = await cursor.fetchone()
        if row is None:
            raise Refused(
                "code_unknown", "this code is wrong, was used already, or is over", status=404
            )
        return row["delivery"], row["pcmh"]

    async def known(self, actor: Actor, code: str) -> str:
        """Return the delivery of a code of the actor's own practice, used or not."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select delivery from return_code where digest = %s and pcmh = %s",
                (_digest(code), actor.organisation),
            )
            row = await cursor.fetchone()
        if row is None:
            raise Refused("not_found", "no delivery of yours has this code", status=404)
        delivery: str = row["delivery"]
        return delivery

    async def used(self, code: str) -> None:
        """Mark a code as used."""
        async with self._database.line() as connection:
            await connection.execute(
                "update return_code set used_at = %s where digest = %s and used_at is null",
                (self._clock.now(), _digest(code)),
            )


def _digest(code: str) -> bytes:
    return hashlib.sha256(returning.typed(code).encode()).digest()
