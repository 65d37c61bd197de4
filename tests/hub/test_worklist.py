"""What a list says of a plan, why a row stands where it stands, and what a return file says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from hub import return_file, returning
from hub.brief import brief, day_of
from hub.canonical import Ask, Plan
from hub.canonical.plan import Risk
from hub.errors import Refused
from hub.worklist import why

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
ROW = {
    "acknowledged_at": None,
    "due_at": NOW + timedelta(hours=30),
    "ask_due": None,
    "risk": 0,
    "changed": False,
    "after_version": None,
}


def test_a_brief_takes_the_first_ask():
    """The ask due first stands in the list, with how many there are and the member's risk."""
    asks = (
        Ask(text="Book a ride", of="pcmh", due="2026-12-01"),
        Ask(text="Check A1c", due="2026-11-15"),
        Ask(text="Pay", of="mco", due="2026-11-01"),
    )
    found = brief(Plan(asks=asks, risk=Risk(level="high")))
    assert (3, 2, "Check A1c", date(2026, 11, 15)) == (
        found.risk,
        found.asks,
        found.text,
        found.day,
    )


@pytest.mark.parametrize("due", ["", "2026", "soon", "2026-13-01"])
def test_a_vague_due_is_no_day(due):
    """A due date that names no month ranks nothing."""
    assert day_of(due) is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ["acknowledge: due in 1 day"]),
        ({"due_at": NOW - timedelta(hours=5)}, ["acknowledge: 5 hours late"]),
        ({"acknowledged_at": NOW}, ["answer: due in 1 day"]),
        (
            {"ask_due": date(2026, 11, 12), "due_at": datetime(2026, 11, 13, tzinfo=UTC)},
            ["the first thing asked: due in 2 days"],
        ),
        ({"due_at": None}, ["no date is known, so it stands after those with one"]),
        (
            {"risk": 3, "changed": True, "after_version": 2},
            [
                "acknowledge: due in 1 day",
                "high risk: 3 days up",
                "changed since version 2: 1 day up",
            ],
        ),
    ],
)
def test_why_in_words(changed, words):
    """A row says in words what put it where it stands."""
    assert words == why({**ROW, **changed}, NOW)


def test_codes_are_read_as_people_type_them():
    """A printed code is the same in small letters and with blanks; another length is refused."""
    code = returning.fresh()
    assert returning.typed(code.lower().replace("-", " ")) == code.replace("-", "")
    with pytest.raises(Refused):
        returning.typed(code[:-1])


def test_a_return_file_line_by_line():
    """Good lines are read, each bad line is told by its number and what to do."""
    text = (
        "code,status,date,reason\n"
        "del_1,Accepted,2026-11-02,\n"
        "del_2,disputed,2026-11-03,criteria_not_met\n"
        "del_3,lost,2026-11-03\n"
        "del_4,closed,tomorrow\n"
        "del_5,closed,2026-11-11\n"
        "del_6\n"
    )
    found = list(return_file.lines(text, NOW.date()))
    first, second = (one.given("Ada") for one in found[:2])
    assert ("accept", "Done on 2026-11-02.") == (first.kind, first.reason)
    assert ("dispute", "criteria_not_met", "") == (second.kind, second.code, second.reason)
    assert [4, 5, 6, 7] == [number for number, _ in found[2:]]
    assert "2026-11-02" in found[3][1]


def test_too_many_lines():
    """A file of more lines than a page can answer is refused whole."""
    text = "del_1,accepted,2026-11-02\n" * (return_file.MOST + 1)
    with pytest.raises(Refused):
        list(return_file.lines(text, NOW.date()))
