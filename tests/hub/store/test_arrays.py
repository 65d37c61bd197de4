"""What is sent as an array literal is what PostgreSQL takes it for."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from hub.store.arrays import array, arrays

TEXTS = ["", "a", 'say "hi"', "back\\slash", '\\"', "{1,2}", "null", "NULL", "é — 漢", "a,b", " "]


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        ("text", TEXTS),
        ("text", [*TEXTS, "two\nlines", "\x01\x1f\t", "\\n"]),
        ("text", ['{"a": "b\\nc", "d": "\\"e\\""}']),
        ("text", [None, "null"]),
        ("text", []),
        ("bigint", [1, -2, 2**62]),
        ("float", [0.5, -1.0, 1e20]),
        ("timestamptz", [datetime(2026, 11, 22, 5, 50, 18, 123456, tzinfo=UTC)]),
    ],
)
def test_round_trip(conninfo, kind, items):
    """Every item comes back as it went."""
    with psycopg.connect(conninfo) as connection:
        row = connection.execute(f"select %s::{kind}[]", (array(items),)).fetchone()

    assert (items,) == row


def test_columns():
    """Rows become their columns."""
    assert ['{"a","b"}', "{1,2}"] == arrays([("a", 1), ("b", 2)])
