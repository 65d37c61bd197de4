"""Counts which fields of the template a sender's stored plans fill; what they hold is never told.

Implements `hub.asked.Filling` for the variability page. Plans are decoded here one after another,
away from the event loop; only names of fields leave.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from hub.canonical.leaves import filled
from hub.canonical.wire import decode_plan
from hub.errors import HubError
from hub.store.desk import queries

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.ports import Vault
    from hub.store.pool import Database


class PostgresFilling:
    """The filled fields of stored plans."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def fields(self, mco: str, most: int) -> AsyncIterator[tuple[str, int, frozenset[str]]]:
        """Yield (reader, how many plans are to come in all, fields) of a sender's newest plans.

        At most `most` of each reader. A plan whose bytes can't be had is passed over as one
        without fields, its reader empty.
        """
        async with self._database.line() as connection:
            await connection.execute("set transaction read only")
            given = {"mco": mco, "limit": most}
            rows = await (await connection.execute(queries()["bench_plans"], given)).fetchall()
        for row in rows:
            try:
                content = await self._vault.get(row["digest"])
            except HubError:
                yield "", len(rows), frozenset()
                continue
            yield row["reader"], len(rows), await asyncio.to_thread(_fields, content)


def _fields(content: bytes) -> frozenset[str]:
    return filled(decode_plan(content))
