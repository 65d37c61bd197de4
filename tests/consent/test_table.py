"""The page a lawyer reads holds every rule, duty and case, and is the one in the docs."""

from pathlib import Path

import pytest
from consent_world import read_cases

from consent import DUTIES, Policy, read_policy
from consent.rules import RULES
from consent.table import table

DOC = Path(__file__).parents[2] / "docs" / "consent-table.md"
PAGE = table(RULES, read_cases(), Policy())


def test_page():
    """docs/consent-table.md is the page the rules and cases give."""
    assert DOC.read_text(encoding="utf-8") == PAGE


@pytest.mark.parametrize("one", [*RULES, *DUTIES], ids=lambda one: one.id)
def test_listed(one):
    """Every rule and duty stands on the page with its sentence and its clause."""
    assert f"| {one.id} | {one.sentence} | {one.citation} |" in PAGE


REFERENCE = {
    *(f"P2-{n:02}" for n in range(1, 22)),
    *(f"HI-{n:02}" for n in range(1, 11)),
    *(f"PA-{n:02}" for n in range(1, 11)),
    *(f"HR-{n:02}" for n in range(1, 23)),
    *("438-b1", "438-b2", "438-b4", "438-b6", "438-c3", "004-45"),
}


def test_nothing_missing():
    """Every row of the reference is a rule, a part of a decision, or a duty."""
    listed = {line.split("|")[1].strip() for line in PAGE.splitlines() if line.startswith("| ")}
    assert REFERENCE - listed == set()


def test_case_in_words():
    """A case says what is asked, what is on file, what goes, what stays and by which rule."""
    (line,) = [
        one for one in PAGE.splitlines() if "| no consent, the rest of the plan goes |" in one
    ]
    assert line.endswith(
        "| treatment | nothing | general | no notice | substance use (Part 2) |"
        " general: let go by HI-01; substance use (Part 2): kept by P2-01 |"
    )


def test_failure_in_words():
    """A case in which a rule is made to fail says so."""
    assert "rule HI-01 made to fail" in PAGE
    assert "failed: HI-01 KeyError." in PAGE


def test_policy_in_words():
    """The page tells what a policy file set, by whom and why, and the defaults of the rest."""
    text = (
        'version = "v7"\n[[switch]]\nname = "emergency_hours"\nvalue = 1\nowner = "R. Malik"\n'
        'reason = "board"\n[[necessary]]\npurpose = "HPAYMT"\ncategories = ["general"]\n'
        'owner = "R. Malik"\nreason = "board"\n'
    )
    file = read_policy(text, ())
    page = table(RULES, [], file.over(Policy(off=frozenset({"P2-09"}))), file.entries)
    assert "Version icp-consent/2+v7; home state PA" in page
    assert "Switched off by the operator: P2-09." in page
    assert "| emergency_hours | 1 | R. Malik | board |" in page
    assert "| necessary for HPAYMT | general | R. Malik | board |" in page
    assert "| short_part2_notice | off | the house |" in page
    assert page.count("| necessary for HPAYMT |") == page.count("| emergency_hours |") == 1
