"""What `check` finds wrong with a plan, and that it neither raises nor tells what it read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from plans import DELGADO, filled, plans

from hub.canonical import (
    Absent,
    Address,
    Ask,
    Concern,
    Coverage,
    Goal,
    Header,
    Identifier,
    Intervention,
    Medication,
    Member,
    Name,
    Note,
    Outcome,
    Party,
    Plan,
    Residue,
    TeamMember,
)
from hub.canonical.check import check, iso_date, valid_npi

TODAY = date(2026, 11, 22)
MEMBER = Member(
    identifiers=(Identifier("plan", "K1"),), name=Name(family="Doe"), birth_date="1961-07-19"
)
WHOLE = Plan(member=MEMBER, goals=(Goal(id="g1", text="Walk"),))


def found(plan):
    return [(one.code, one.place.at) for one in check(plan, TODAY)]


def with_member(**changes):
    return replace(WHOLE, member=replace(MEMBER, **changes))


CASES = [
    ("missing_member_name", "/member/name", with_member(name=Name())),
    ("missing_member_name", "/member/name", with_member(name=Name(family=" ", given=("",)))),
    ("missing_member_id", "/member/identifiers", with_member(identifiers=())),
    ("missing_birth_date", "/member/birth_date", with_member(birth_date=None)),
    ("missing_birth_date", "/member/birth_date", with_member(birth_date=Absent("unknown"))),
    ("birth_date_in_future", "/member/birth_date", with_member(birth_date="2026-11-23")),
    ("birth_date_in_future", "/member/birth_date", with_member(birth_date="2026-12")),
    ("birth_date_in_future", "/member/birth_date", with_member(birth_date="2027")),
    ("date_not_iso", "/member/birth_date", with_member(birth_date="07/19/1961")),
    ("date_not_iso", "/header/written_on", replace(WHOLE, header=Header(written_on="2026-02-30"))),
    ("date_not_iso", "/goals/0/due", replace(WHOLE, goals=(Goal(text="x", due="spring"),))),
    (
        "invalid_npi",
        "/team/0/party/identifiers/0/value",
        replace(WHOLE, team=(TeamMember(party=Party(identifiers=(Identifier("npi", "1"),))),)),
    ),
    (
        "invalid_mbi",
        "/member/identifiers/1/value",
        with_member(identifiers=(*MEMBER.identifiers, Identifier("mbi", "1SG4TE5MK73"))),
    ),
    (
        "empty_identifier",
        "/member/identifiers/1",
        with_member(identifiers=(*MEMBER.identifiers, Identifier("mrn", " "))),
    ),
    ("missing_text", "/goals/0/text", replace(WHOLE, goals=(Goal(id="g1"),))),
    (
        "missing_text",
        "/medications/0/text",
        replace(WHOLE, medications=(Medication(text=" "),)),
    ),
    ("missing_text", "/asks/0/text", replace(WHOLE, asks=(Ask(due="2026-12-01"),))),
    ("ask_without_due", "/asks/0/due", replace(WHOLE, asks=(Ask(text="Call"),))),
    (
        "dangling_link",
        "/goals/0/concerns/1",
        replace(
            WHOLE,
            concerns=(Concern(id="c1", text="x"),),
            goals=(Goal(text="x", concerns=("c1", "c2")),),
        ),
    ),
    (
        "dangling_link",
        "/interventions/0/goals/0",
        replace(WHOLE, interventions=(Intervention(text="x", goals=("g9",)),)),
    ),
    (
        "dangling_link",
        "/outcomes/0/interventions/0",
        replace(WHOLE, outcomes=(Outcome(text="x", interventions=("i1",)),)),
    ),
    ("empty_plan", "", Plan(member=MEMBER)),
]


@pytest.mark.parametrize(("code", "at", "plan"), CASES)
def test_one_fault(code, at, plan):
    """A plan with one fault has that one finding, at the place of the fault."""
    assert [(code, at)] == found(plan)


def test_duplicate_ids():
    """Every element that shares its id with another is named."""
    plan = replace(WHOLE, concerns=(Concern(id="c", text="x"), Concern(id="c", text="y")))
    assert found(plan) == [("duplicate_id", "/concerns/0/id"), ("duplicate_id", "/concerns/1/id")]


FINE = [
    WHOLE,
    with_member(birth_date="2026-11-22"),
    with_member(birth_date="2026"),
    replace(WHOLE, goals=(Goal(text=Absent("masked")),)),
    replace(WHOLE, coverage=Coverage(member_id="K1"), member=replace(MEMBER, identifiers=())),
    with_member(addresses=(Address(lines=("not a date",)),)),
    with_member(identifiers=(Identifier("mbi", "1EG4-TE5-MK73"), Identifier("npi", "1912301953"))),
]


@pytest.mark.parametrize("plan", FINE)
def test_nothing_wrong(plan):
    """A plan without a fault has no findings."""
    assert found(plan) == []


def test_delgado():
    """A whole ordinary plan has one note: an ask nobody dated."""
    assert found(DELGADO) == [("ask_without_due", "/asks/1/due")]


@settings(max_examples=60, deadline=None)
@given(plans())
def test_any_plan(plan):
    """Any plan the types allow is checked without raising, each place being a JSON pointer."""
    places = [one.place for one in check(plan, TODAY)]
    assert all(p.kind == "pointer" and (p.at == "" or p.at.startswith("/")) for p in places)


def test_no_member_data():
    """No finding repeats a word of the plan."""
    plan, words = filled()
    told = repr(check(plan, TODAY))
    assert [at for at, word in words.items() if word in told] == []


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("1234567893", True),
        ("1912301953", True),
        ("1003000126", True),
        ("1234567890", False),
        ("3234567893", False),
        ("123456789", False),
        ("12345678933", False),
        ("", False),
    ],
)
def test_npi(value, valid):
    """An NPI is ten digits from 1 or 2 whose Luhn sum over 80840 is right."""
    assert valid == valid_npi(value)


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("2026", True),
        ("2026-03", True),
        ("2024-02-29", True),
        ("2026-02-29", False),
        ("2026-03-04T09:30", True),
        ("2026-03-04T09:30:00.5-05:00", True),
        ("2026-03-04T09:30Z", True),
        ("2026-03-04 09:30", False),
        ("2026-13", False),
        ("0000", True),
        ("0000-01-01", False),
        ("٢٠٢٦", False),
        ("March 2026", False),
    ],
)
def test_iso_date(value, valid):
    """A date is ISO 8601 at its own precision, and exists."""
    assert valid == iso_date(value)


def test_says_of_its_release():
    """A printed Part 2 notice and a stated refusal are findings where they stand, each once."""
    notice = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
    residue = tuple(Residue(text=one) for one in ("ROI-SUD: N", notice, notice))
    plan = replace(WHOLE, notes=(Note(section="Sharing", text="☒ Yes"),), residue=residue)

    assert found(plan) == [("part2_notice", "/residue/1"), ("stated_refusal", "/residue/0")]
