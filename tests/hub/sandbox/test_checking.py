"""An answer is believed when it follows the template, adds up, and says something."""

from __future__ import annotations

import msgspec
import pytest

from hub.canonical import (
    Agreement,
    Ask,
    Coverage,
    Finding,
    Goal,
    Header,
    Member,
    Note,
    Plan,
    Reading,
    Residue,
    Tally,
)
from hub.canonical.wire import frame
from hub.sandbox.checking import checked

FULL = Plan(goals=(Goal(text="walk"),))


def codes(reading):
    return [(each.severity, each.code) for each in checked(frame(reading)).findings]


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(), []),
        (Tally(6, 1, 2, 3), []),
        (Tally(7, 1, 2, 3), [("warning", "tally_off")]),
        (Tally(5, 1, 2, 3), [("warning", "tally_off")]),
        (Tally(0, 1, -1, 0), [("warning", "tally_off")]),
    ],
)
def test_a_tally_adds_up(tally, expected):
    """Items that went missing or came from nowhere are told."""
    assert expected == codes(Reading(plans=(FULL,), coverage=tally))


@pytest.mark.parametrize(
    ("plan", "says_something"),
    [
        (Plan(), False),
        (Plan(header=Header(title="care plan"), member=Member(sex="F")), False),
        (Plan(coverage=Coverage(mco="one"), residue=(Residue(),)), False),
        (FULL, True),
        (Plan(header=Header(kind="refusal"), agreement=Agreement(decision="declined")), True),
        (Plan(header=Header(kind="isp_request"), asks=(Ask(),)), True),
        (Plan(notes=(Note(),)), True),
        (Plan(strengths=("family",)), True),
    ],
)
def test_a_plan_says_something(plan, says_something):
    """A plan without a single clinical element or ask is `nothing_read`."""
    assert says_something == (codes(Reading(plans=(plan,))) == [])


def test_the_empty_plan_is_pointed_at():
    """Of several plans the finding says which one is empty."""
    (finding,) = checked(frame(Reading(plans=(FULL, Plan(), FULL)))).findings

    assert "/plans/1" == finding.place.at


def test_an_explained_failure_is_not_silence():
    """A reading without plans but with an error says enough."""
    finding = Finding("error", "no_member", "say who")

    assert [("error", "no_member")] == codes(Reading(findings=(finding,)))


def test_a_warning_alone_is_silence():
    """A reading without plans and without an error is `nothing_read` too."""
    finding = Finding("warning", "odd", "look")

    assert ("error", "nothing_read") in codes(Reading(findings=(finding,)))


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"\xff",
        msgspec.msgpack.encode([]),
        msgspec.msgpack.encode({"plans": 7}),
        msgspec.msgpack.encode({"plans": [{"header": {"kind": "poem"}}]}),
        msgspec.msgpack.encode({"enclosures": {"name": "text"}}),
        b"\x81\xa5plans" + b"\x91" * 100_000,
    ],
)
def test_anything_else_is_off_template(told):
    """Bytes that are not a reading never become one."""
    assert ["reading_off_template"] == [each.code for each in checked(told).findings]
