"""Decisions as data: request, consents, and the outcome, reasons and errors they must give.

Right for the wrong reason fails. The cases are in `cases/*.yaml`, one file per body of law.
"""

import re

import pytest
from consent_world import case_inputs, read_cases, told

from consent import decide
from consent.rules import RULES

ALL = read_cases()


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_case(case):
    """A case gives exactly its outcome, withheld matters, reasons, errors, cures and notices."""
    request, consents, policy, rules = case_inputs(case)
    expected = {"errors": [], "notices": [], "held_for": [], "conflicts": [], **case["expect"]}
    assert expected == told(decide(request, consents, policy, rules=rules))


def test_enough_cases():
    """There are at least two hundred cases, each under a name of its own."""
    assert len({case["id"] for case in ALL}) == len(ALL) >= 200


HEARD = [
    (category, word[0], re.split(r"\s", word[1:])[0], matter not in case["expect"]["withhold"])
    for case in ALL
    for matter, words in case["expect"]["reasons"].items()
    for category in [matter.split("/")[0]]
    for word in words
]
"""Of every case and matter: its category, what one rule said of it, and whether it went."""
GONE = {category for category, _, _, goes in HEARD if goes}
STAYED = {category for category, _, _, goes in HEARD if not goes}
NEVER = {"HR-22": {"unlabelled"}, "I15": {"weather"}}
"""Rules that forbid something nothing else can ever permit."""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_both_ways(rule):
    """Every rule is seen to let something go or stay, and the same kind of thing does otherwise."""
    said = [(category, sign, goes) for category, sign, name, goes in HEARD if name == rule.id]
    permits = {category for category, sign, goes in said if sign == "+" and goes}
    forbids = {category for category, sign, goes in said if sign == "-" and not goes}
    assert permits & STAYED or forbids & GONE or forbids & NEVER.get(rule.id, set())


BOTH = {"HI-02", "HI-03", "HI-05", "HI-11", "HR-13", "I15", "P2-03", "P2-07", "P2-12", "P2-13"}
BOTH |= {"P2-18", "PA-02", "PA-06"}
PERMITS = {"438-b2", "438-b4", "HI-01", "HR-10", "P2-02", "P2-09", "P2-10", "PA-01", "PA-04"}
PERMITS |= {"PA-07"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_signs(rule):
    """A rule that both permits and forbids is shown doing each; every other does one alone."""
    signs = {sign for _, sign, name, _ in HEARD if name == rule.id}
    one = "+" if rule.id in PERMITS else "-"
    assert signs == ({"+", "-"} if rule.id in BOTH else {one})
