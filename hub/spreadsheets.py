"""Cells for people's spreadsheets: text that begins like a formula is kept from being run as one.

Every CSV that the hub hands to a person goes through `harmless`: lists, accountings, receipts. A
released plan's CSV has its own rule (`hub.render.csv_rows`), since it must be read back.
"""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("K-9")
    ("'=1+1", 'K-9')
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
