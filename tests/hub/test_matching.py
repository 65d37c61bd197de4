"""Matching is exact by payer and member id, and any doubt is a person's."""

from __future__ import annotations

import pytest

from hub.canonical import Coverage, Identifier, Member, Name, Plan
from hub.directory import RosterMember
from hub.matching import match, words
from hub.normalize import member_keys

ROSTER = {
    ("mco-a", "0042"): (
        RosterMember(
            "mem_1", "mco-a", "0042", "22", "García-López", "Ana María", "1980-02-29", "F"
        ),
    ),
    ("mco-a", "77"): (
        RosterMember("mem_2", "mco-a", "77", "23", "Left", "Long", "1970-01-01", "M", active=False),
    ),
    ("mco-b", "0042"): (
        RosterMember("mem_3", "mco-b", "0042", "24", "Other", "Person", "1990-01-01", "M"),
    ),
}


def _plan(member_id="0042", family="Garcia Lopez", given=("ana",), born="1980-02-29", sex="female"):
    return Plan(
        coverage=Coverage(member_id=member_id),
        member=Member(name=Name(family=family, given=given), birth_date=born, sex=sex),
    )


def _found(plan, mco="mco-a"):
    return match(plan, member_keys(plan), mco, ROSTER)


def test_exact():
    """Id, payer and name that agree, without case and diacritics, find the member."""
    assert _found(_plan()).member == "mem_1"


@pytest.mark.parametrize(
    ("plan", "conflict"),
    [
        (_plan(member_id=""), "no_member_id"),
        (_plan(member_id="42"), "not_on_roster"),
        (_plan(born="1980-03-01"), "birth_date_conflict"),
        (_plan(sex="male"), "sex_conflict"),
        (_plan(given=("Elena",)), "name_conflict"),
        (_plan(family="Smith"), "name_conflict"),
        (_plan(family=None), "name_missing"),
        (_plan("77", "Left", ("Long",), "1970-01-01", "male"), "not_active"),
    ],
)
def test_doubt(plan, conflict):
    """Each conflict leaves the plan unmatched and says which it was."""
    found = _found(plan)

    assert found.member is None
    assert conflict in found.conflicts


def test_payer_counts():
    """The same id at another payer is another person."""
    assert _found(_plan(), mco="mco-b").member is None


def test_two_candidates():
    """Ids of two members in one document leave it unmatched."""
    plan = Plan(
        coverage=Coverage(member_id="0042"),
        member=Member(
            identifiers=(Identifier("plan", "77"),), name=Name(family="García", given=("Ana",))
        ),
    )

    assert _found(plan).conflicts == ("two_candidates",)


def test_invisible_characters():
    """A zero-width character splits a name and never hides in it."""
    assert words("Gar\u200bcía") == words("Gar cia")


def test_birth_date_precision():
    """A birth year alone agrees with the roster's full date."""
    assert _found(_plan(born="1980")).member == "mem_1"
