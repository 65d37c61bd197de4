"""Decisions as data: request, consents, and the outcome, reasons and errors they must give.

Right for the wrong reason fails. The cases are in `cases/*.yaml`, one file per body of law.
"""

import re

import pytest
from consent_world import case_inputs, read_cases, spelled

from consent import decide
from consent.rules import RULES

ALL = read_cases()


@pytest.mark.parametrize("case", ALL, ids=lambda case: case["id"])
def test_case(case):
    """A case gives exactly its outcome, withheld matters, reasons, errors, cures and notices."""
    request, consents, policy, rules = case_inputs(case)
    expected = {"errors": [], "notices": [], "held_for": [], "conflicts": [], **case["expect"]}
    assert expected == told(decide(request, consents, policy, rules=rules))


def told(decision):
    """Return a decision in the shape of a case's `expect`."""
    reasons = {}
    for one in decision.reasons:
        sign = "+" if one.effect == "permit" else "-"
        word = f"{sign}{one.rule}" + (f" {one.consent}" if one.consent else "")
        reasons.setdefault(spelled(one.matter), []).append(word)
    return {
        "outcome": decision.outcome,
        "withhold": sorted(spelled(one) for one in decision.withhold),
        "reasons": reasons,
        "errors": [" ".join(one) for one in decision.errors],
        "notices": list(decision.notices),
        "held_for": list(decision.held_for),
        "conflicts": [list(one) for one in decision.conflicts],
    }


def test_enough_cases():
    """There are at least sixty cases, each under a name of its own."""
    assert len({case["id"] for case in ALL}) == len(ALL) >= 60


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rule_both_ways(rule):
    """Every rule determines at least one case, and stands aside in one that differs."""
    named = [any(f"{rule.id}" == _rule(word) for word in _words(case)) for case in ALL]
    assert {True, False} == set(named)


@pytest.mark.parametrize(
    "name", ["HI-01", "HI-02", "HI-03", "HI-05", "P2-03", "P2-07", "PA-02", "PA-06", "PA-09", "I15"]
)
def test_two_sided(name):
    """A rule that both permits and forbids is shown doing each."""
    signs = {word[0] for case in ALL for word in _words(case) if _rule(word) == name}
    one_sided = {"HI-01": {"+"}, "HI-02": {"+"}}
    assert one_sided.get(name, {"+", "-"}) == signs


def _words(case):
    return [word for words in case["expect"]["reasons"].values() for word in words]


def _rule(word):
    return re.split(r"\s", word[1:])[0]
