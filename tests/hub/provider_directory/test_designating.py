"""Which contact is designated: rules in their order, backups in theirs, never a guess."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub.directory import Attribution, Contact, Organisation, RosterMember, RoutingRule
from hub.ports import Endpoint
from hub.provider_directory import npi
from hub.provider_directory.designating import designated
from hub.routing import route
from hub.stored import Facts

DAY = date(2026, 11, 22)
ANN = Contact("con-a", "p", "Ann", ("plan",), "end", backup="con-b", verified_on=date(2026, 1, 1))
BEN = replace(ANN, id="con-b", name="Ben", backup="con-c")
CAM = replace(ANN, id="con-c", name="Cam", backup=None)
DEE = replace(ANN, id="con-d", name="Dee", backup=None, roles=("plan", "urgent"))
JACKSON = RoutingRule("r-1", "p", 10, "con-d", county="Jackson")
REST = RoutingRule("r-9", "p", 90, "con-a")
MEMBER = RosterMember("mem", "mco-x", "1", county="JACKSON COUNTY", program="Waiver")


def _who(people, rules=(), member=MEMBER, purpose="plan", on=DAY):
    choice = designated(people, rules, member, purpose, on)
    return choice.contact.id if choice.contact else choice.problem


def test_backups_in_order():
    """Backups step in one after the other, as those before them don't serve."""
    gone = replace(ANN, ends=date(2026, 11, 1))
    away = replace(BEN, ends=date(2026, 11, 1))

    assert _who([ANN, BEN, CAM]) == "con-a"
    assert _who([gone, BEN, CAM]) == "con-b"
    assert _who([gone, away, CAM]) == "con-c"


def test_who_was_passed():
    """The answer names those who would have come before."""
    gone = replace(ANN, ends=date(2026, 11, 1))

    assert designated([gone, BEN, CAM], (), MEMBER, "plan", DAY).passed == ("con-a",)


@pytest.mark.parametrize(
    ("rule", "member", "fits"),
    [
        (JACKSON, MEMBER, True),
        (JACKSON, replace(MEMBER, county="Josephine"), False),
        (JACKSON, replace(MEMBER, county=""), False),
        (replace(JACKSON, program="waiver"), MEMBER, True),
        (replace(JACKSON, program="Other"), MEMBER, False),
        (replace(JACKSON, line_of_business="CHC"), MEMBER, False),
        (replace(JACKSON, mco="mco-x"), MEMBER, True),
        (replace(JACKSON, mco="mco-y"), MEMBER, False),
        (replace(JACKSON, starts=date(2026, 11, 23)), MEMBER, False),
        (replace(JACKSON, ends=date(2026, 11, 21)), MEMBER, False),
        (replace(JACKSON, purpose="urgent"), MEMBER, False),
    ],
)
def test_rule_fits(rule, member, fits):
    """A rule decides where everything it says fits and it is in force that day."""
    assert _who([ANN, BEN, CAM, DEE], [rule, REST], member) == ("con-d" if fits else "con-a")


def test_first_rule_decides():
    """Of two rules that fit the lower number decides, whatever their order in the file."""
    assert _who([ANN, DEE], [REST, JACKSON]) == "con-d"
    assert _who([ANN, DEE], [replace(JACKSON, position=95), REST]) == "con-a"


def test_rule_and_backup():
    """The backup of the contact that a rule names steps in; with nobody left it says so."""
    gone = replace(ANN, ends=date(2026, 11, 1))

    assert _who([gone, BEN, CAM], [REST]) == "con-b"
    assert _who([gone], [REST]) == "rule_unserved"


def test_loop_ends():
    """Backups that go round end where they began."""
    one = replace(ANN, ends=date(2026, 1, 2))
    two = replace(BEN, backup="con-a", ends=date(2026, 1, 2))

    assert _who([one, two], [REST]) == "rule_unserved"


def test_the_line_asks_it():
    """The line's own route follows a rule, and says which one it was."""
    facts = Facts(
        organisations={"p": Organisation("p", "pcmh", "P")},
        by_id={"mem": MEMBER},
        attributions={"mem": (Attribution("mem", "p"),)},
        contacts={"p": (ANN, BEN, DEE)},
        endpoints={"end": Endpoint("end", "p", "mailbox")},
        rules={"p": (JACKSON, REST)},
    )
    way = route("mem", facts, DAY)

    assert (way.contact.id, way.endpoint, way.rule) == ("con-d", "end", "r-1")
    assert route("mem", facts, DAY, "urgent").contact.id == "con-d"
    assert route("mem", facts, DAY, "consent").problem == "no_contact"


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("1234567893", True),
        ("1003000126", True),
        ("1234567890", False),
        ("3234567893", False),
        ("123456789", False),
        ("12345678931", False),
        ("１２３４５６７８９３", False),  # noqa: RUF001  # digits of another script
    ],
)
def test_npi(number, right):
    """Ten digits beginning with 1 or 2 whose Luhn sum over 80840 is right are an NPI."""
    assert npi.valid(number) is right


def test_every_changed_digit():
    """Changing any one digit of an NPI is noticed."""
    good = "1912301953"
    wrong = [good[:i] + d + good[i + 1 :] for i in range(10) for d in "0123456789" if d != good[i]]

    assert npi.valid(good)
    assert not any(map(npi.valid, wrong))
