"""Roster files are taken row by row, or refused whole with the figures."""

from __future__ import annotations

import pytest

from hub.errors import Refused
from hub.roster import gate, parse

HEAD = b"Member ID,Last,First,DOB,PCMH,Start,End,Change\n"
GOOD = b"0042,Doe,Jo,1980-02-29,pcmh-x,2026-01-01,,new\n"


def test_rows():
    """Leading zeros and dates are read as given."""
    (row,) = parse(HEAD + GOOD).rows

    assert (row.member_id, row.birth_date, row.starts.isoformat()) == (
        "0042",
        "1980-02-29",
        "2026-01-01",
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b",Doe,Jo,1980-02-29,pcmh-x\n", "member_id_missing"),
        (b"1,Doe,Jo,02/29/1980,pcmh-x\n", "birth_date_not_iso"),
        (b"1,Doe,Jo,1980-13-01,pcmh-x\n", "birth_date_not_iso"),
        (b"1.23E+09,Doe,Jo,1980-01-01,pcmh-x\n", "member_id_damaged"),
    ],
)
def test_bad_row(row, code):
    """A bad row is named by its number and never fails its neighbours."""
    file = parse(HEAD + GOOD + row)

    assert (len(file.rows), file.problems) == (1, ((3, code),))


def test_missing_column():
    """A file without a required column is refused and the column named."""
    with pytest.raises(Refused, match="`dob`"):
        parse(b"member_id,last,first,pcmh\n")


def test_drops_too_many():
    """A full file that drops more than its share is refused with the figures."""
    refused = gate(parse(HEAD + GOOD), "full", {"0042", "1", "2"}, 0.1)

    assert "2 of 3" in (refused or "")


def test_delta_drops_nobody():
    """A delta file drops only whom it names."""
    assert gate(parse(HEAD + GOOD), "delta", {"0042", "1", "2"}, 0.1) is None


def test_duplicate_active():
    """Two active rows for one member and home refuse the file."""
    assert "row 3" in (gate(parse(HEAD + GOOD + GOOD), "full", set(), 0.1) or "")
