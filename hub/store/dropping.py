"""Receipts of the return files that practices dropped by SFTP: what became of each line.

The SFTP inbox shows them as CSV files, a row for each line. No reason and no word of a plan is
kept: the answers themselves lie with their deliveries, sealed.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from hub.spreadsheets import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hub.store.pool import Database

Row = tuple[int, str, str, str, str]
RECEIPT = ".receipt.csv"
_HEAD = ("line", "delivery or code", "status", "outcome", "says")


class PostgresDrops:
    """Receipts over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def practice(self, organisation: str) -> bool:
        """Say whether an organisation is a practice: what it uploads is a return file."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select kind from organisation where id = %s", (organisation,)
            )
            row = await cursor.fetchone()
        return row is not None and row["kind"] == "pcmh"

    async def keep(self, id_: str, pcmh: str, name: str, rows: Sequence[Row], at: datetime) -> None:
        """Keep the receipt of a file."""
        async with self._database.line() as connection:
            await connection.execute(
                "insert into return_drop (id, pcmh, name, at, lines) values (%s, %s, %s, %s, %s)",
                (id_, pcmh, name, at, json.dumps(rows)),
            )


def receipt(row: dict[str, Any]) -> bytes:
    """Return a receipt as CSV that no spreadsheet takes for formulas."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(_HEAD)
    table.writerows([harmless(str(one)) for one in line] for line in row["lines"])
    return out.getvalue().encode()
