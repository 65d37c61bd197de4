"""Accountings of disclosures: what is listed, what is left out and why; the sums are right."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.records import Consent
from hub.accounting import LEFT_OUT, account, as_csv, as_json

UNTIL = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SUD = [["general", "no", "unknown"], ["sud", "yes", "unknown"]]


def left(days=1, **changed):
    """Return a disclosure as the store gives it."""
    given_ = {
        "id": "del_1",
        "at": NOW - timedelta(days=days),
        "sender": "Keystone",
        "practice": "Riverbend",
        "contact": "Nadia Brandt RN",
        "address": "nadia@riverbend.example",
        "kind": "icp",
        "version": 1,
        "withheld": False,
        "purpose": "TREAT",
        "consents": [],
        "released": [["general", "no", "unknown"]],
        "notices": [],
        "incident": False,
    }
    return {**given_, **changed}


def consent(name, kind, intermediary=""):
    """Return a consent on file."""
    return Consent(id=name, member="m", kind=kind, recorded_at=NOW, intermediary=intermediary)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({}, ("", "tpo")),
        ({"purpose": "CAREMGT"}, ("", "tpo")),
        ({"purpose": "BTG"}, ("emergency", "")),
        ({"incident": True}, ("incident", "")),
        ({"purpose": "LEGAL"}, ("other", "")),
        ({"purpose": "PATRQT", "consents": ["c1"]}, ("", "authorization")),
        ({"purpose": "PATRQT", "consents": ["c2"]}, ("other", "")),
        ({"days": 365 * 6 + 3, "incident": True}, ("", "old")),
    ],
)
def test_where_it_stands(changed, where):
    """Each disclosure is listed for a reason, or left out under its paragraph of 164.528(a)(1)."""
    known = [consent("c1", "roi"), consent("c2", "tpo")]
    (row,) = account([left(**changed)], known, UNTIL, {}).rows

    assert (row.listed, row.left_out) == where


@pytest.mark.parametrize(
    ("changed", "where", "what"),
    [
        ({}, ("", "tpo"), "Their own care plan"),
        ({"purpose": "CAREMGT"}, ("", "tpo"), "Their own care plan"),
        ({"purpose": "LEGAL"}, ("other", ""), "Their own care plan"),
        ({"kind": "request_outreach"}, ("", "tpo"), "request_outreach"),
        ({"days": 365 * 6 + 3}, ("", "old"), "Their own care plan"),
    ],
)
def test_requests_stand_by_the_same_rules(changed, where, what):
    """What a request told and brought back is sorted as a release is, and has no version."""
    given_ = {"id": "doc_1", "kind": "document", "version": None, **changed}
    (row,) = account([left(**given_)], [], UNTIL, {"document": "Their own care plan"}).rows

    assert (row.listed, row.left_out) == where
    assert row.what == what


def test_part_two_in_three_years():
    """A substance use record disclosed with consent is listed for three years, not without one."""
    rows = [
        left(released=SUD, consents=["c2"], id="fresh"),
        left(released=SUD, id="without"),
        left(released=SUD, consents=["c2"], id="old", days=365 * 3 + 2),
        left(consents=["c2"], id="ordinary"),
        left(consents=["c2"], id="noticed", notices=["part2_2.32_statement1"]),
    ]
    made = account(rows, [consent("c2", "tpo")], UNTIL, {})

    assert [one.id for one in made.part2] == ["fresh", "noticed"]


def test_an_intermediary():
    """What went under a general designation through an intermediary has its own list."""
    rows = [left(consents=["c3"], id="a"), left(consents=["c2"], id="b")]
    known = [consent("c2", "tpo"), consent("c3", "tpo", "hie-1")]

    assert [one.id for one in account(rows, known, UNTIL, {}).general] == ["a"]


def test_nothing_after_the_day():
    """What left after the day asked for isn't in it."""
    assert account([left(days=-1)], [], UNTIL, {}).rows == ()


def test_leap_day():
    """Six years before the 29th of February is the 28th where there is none."""
    assert account([], [], date(2028, 2, 29), {}).since == date(2022, 2, 28)


def test_no_formulas():
    """No cell of the CSV is taken for a formula by a spreadsheet."""
    content = as_csv(account([left(practice="=1+1")], [], UNTIL, {}), {})
    (row,) = csv.DictReader(io.StringIO(content.decode()))

    assert row["recipient"] == "'=1+1"


@given(
    st.lists(
        st.builds(
            left,
            days=st.integers(0, 4000),
            purpose=st.sampled_from(["TREAT", "HPAYMT", "BTG", "LEGAL", "X", ""]),
            consents=st.lists(st.sampled_from(["c1", "c2", "gone"]), max_size=2),
            incident=st.booleans(),
        ),
        max_size=20,
    )
)
def test_the_sums(rows):
    """Listed and left out are everything, each disclosure once, and the CSV says the same."""
    made = account(rows, [consent("c1", "roi"), consent("c2", "tpo")], UNTIL, {})
    table = list(csv.DictReader(io.StringIO(as_csv(made, {}).decode())))

    assert len(made.listed) + sum(made.left_out.values()) == len(made.rows) == len(rows)
    assert set(made.left_out) <= set(LEFT_OUT)
    assert len(made.listed) == sum(row["listed_164_528"] == "yes" for row in table)
    assert len(table) == len(rows)
    whole = json.loads(as_json(made, {}))["disclosures"]
    assert [row["id"] for row in whole] == [row["id"] for row in table]
    assert [row["clause"] for row in whole] == [row["clause"] for row in table]
