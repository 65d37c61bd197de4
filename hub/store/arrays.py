"""Whole columns as PostgreSQL array literals, for statements that `unnest` a batch.

The store's modules call `array` instead of giving the driver a list, whose every item it would
handle by itself. The literal is made by the JSON encoder: both quote text the same way, except
where there are control characters, and those lists are left to the driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable

_ENCODER = msgspec.json.Encoder()


def array(items: Iterable[Any]) -> str | list[Any]:
    r"""Return text, numbers or instants as one array literal; cast it in SQL: `%s::text[]`.

    >>> array(["a", 'b "c"', None]), array([1, 2]), array(["two\nlines"])
    ('{"a","b \\"c\\"",null}', '{1,2}', ['two\nlines'])
    """
    column = list(items)
    made = _ENCODER.encode(column)
    if b"\\" in made and b"\\" in made.replace(b"\\\\", b"").replace(b'\\"', b""):
        return column
    return f"{{{made[1:-1].decode()}}}"


def arrays(rows: Iterable[Iterable[Any]]) -> list[str | list[Any]]:
    """Return the columns of rows."""
    return [array(column) for column in zip(*rows, strict=True)]
