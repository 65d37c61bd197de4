"""Lays planned changes whose day has come over rows just read, before the ticker has made them.

`hub.store.facts` calls it for endpoints and organisations: what is sent in the first minute of a
day goes by what was planned for that day. Days are those of UTC, as everywhere in the directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.store.pool import Connection

_TEXT: Final = frozenset({"hours", "clocks"})
"""Columns that hold JSON as text where the line reads them."""
_LAID = """
select noun, changed, secrets from directory_planned where state = 'planned' and kind = %s
  and noun = any(%s) and starts <= (now() at time zone 'UTC')::date order by starts, seq
"""


async def laid(
    connection: Connection, kind: str, rows: Sequence[dict[str, Any]]
) -> Sequence[dict[str, Any]]:
    """Return rows of endpoints or organisations with what is due today laid over them, in place."""
    known = {row["id"]: row for row in rows}
    if known:
        cursor = await connection.execute(_LAID, (kind, list(known)))
        for one in await cursor.fetchall():
            row = known[one["noun"]]
            row |= {name: _kept(name, v) for name, v in one["changed"].items() if name in row}
            if one["secrets"] is not None:
                row["secrets"] = one["secrets"]
    return rows


def _kept(name: str, value: object) -> object:
    """Return a value as the column holds it."""
    return msgspec.json.encode(value).decode() if name in _TEXT and value is not None else value
