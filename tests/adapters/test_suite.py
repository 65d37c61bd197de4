"""The conformance suite itself: it complains about each way of breaking the contract."""

from dataclasses import replace

import pytest

from adapters import testing
from hub.canonical import (
    Attachment,
    Document,
    Finding,
    Goal,
    Identifier,
    Member,
    Name,
    Place,
    Plan,
    Reading,
    Tally,
)

PLACE = Place("row 1", "cell")
PLACED = {f"/member/{key}": PLACE for key in ("identifiers", "name")} | {"/goals/0/text": PLACE}
GOAL = Goal(id="g1", text="walk")
MEMBER = Member(identifiers=(Identifier("plan", "12345678"),), name=Name(family="Public"))
PLAN = Plan(member=MEMBER, goals=(GOAL,), places=PLACED)
GOOD = Reading((PLAN,), (), Tally(2, 1, 1, 0))
OWN = b"mine"


class Odd:
    """An adapter that reads `OWN` to whatever it is given."""

    name = "odd"
    version = "1"

    def __init__(self, *readings, claims=lambda content: content == OWN):
        self.readings = list(readings)
        self.claims = claims
        self.at = -1

    def identify(self, document):
        """Claim what it was told to claim."""
        return self.claims(document.content)

    def read(self, document):
        """Give its readings in turn for its own bytes, nothing for others."""
        if document.content != OWN:
            return Reading()
        self.at += 1
        return self.readings[self.at % len(self.readings)]


def with_plan(**changed):
    """Return the good reading with its plan changed."""
    return replace(GOOD, plans=(replace(PLAN, **changed),))


LEAK = Finding("error", "x", "the member Public is unknown", PLACE)
BROKEN = [
    ("identifies", Odd(GOOD, claims=lambda _: True)),
    ("identifies", Odd(GOOD, claims=lambda _: False)),
    ("reads", Odd(Reading())),
    ("reads", Odd(with_plan(goals=()))),
    ("reads", Odd(with_plan(member=Member()))),
    ("adds up", Odd(replace(GOOD, coverage=Tally(3, 1, 1, 0)))),
    ("adds up", Odd(replace(GOOD, coverage=Tally()))),
    ("placed", Odd(with_plan(places={}))),
    ("placed", Odd(with_plan(places=PLACED | {"/goals/7": PLACE}))),
    ("dated", Odd(with_plan(goals=(replace(GOAL, due="3/4/2026"),)))),
    ("linked", Odd(with_plan(goals=(replace(GOAL, concerns=("c9",)),)))),
    ("linked", Odd(with_plan(goals=(GOAL, GOAL)))),
    ("steady", Odd(GOOD, with_plan(goals=(replace(GOAL, text="run"),)))),
    ("discreet", Odd(replace(GOOD, findings=(LEAK,)))),
    ("encloses", Odd(with_plan(attachments=(Attachment(sha256="00"),)))),
]


def test_good_is_good():
    """An adapter that keeps the contract has no complaint."""
    assert testing.complaints(Odd(GOOD), Document(OWN)) == []


@pytest.mark.parametrize(("check", "adapter"), BROKEN)
def test_broken_is_told(check, adapter):
    """Each way of breaking the contract is a complaint of its own check."""
    assert list(testing.CHECKS[check](adapter, Document(OWN)))


def test_raising_is_told():
    """An exception over a damaged copy is a complaint that names its class only."""

    class Frail(Odd):
        def read(self, document):
            raise KeyError(document.content)

    assert list(testing.CHECKS["sturdy"](Frail(GOOD), Document(OWN)))[:1] == [
        "KeyError over a copy that is empty"
    ]


def test_nameless_is_told():
    """An adapter without a name or the methods is told so."""
    assert list(testing.CHECKS["named"](object(), Document(OWN)))


class TestInherited(testing.Suite):
    """The suite as an adapter's own test inherits it."""

    adapter = Odd(GOOD)
    samples = (Document(OWN),)
