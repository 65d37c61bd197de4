"""What a policy file is told when it can't be meant: the whole sentence, to the last word."""

from __future__ import annotations

import pytest

from consent import read_policy
from consent.states import SHIPPED

CLAUSES = [one for pack in SHIPPED for one in pack.clauses]
EXEMPT = """
[[exemption]]
id = "x"
rule = "PA-06"
paragraph = "35 P.S. 7607(a)(6)"
organisations = ["p"]
purposes = ["TREAT"]
starts = 2026-01-01
ends = 2026-01-31
owner = "officer"
reason = "a reason"
"""


@pytest.mark.parametrize("table", ["{}", "3", '"emergency_hours"', "false"])
def test_no_list(table):
    """A table of entries that is no list of them is refused, an empty one too."""
    told = r"^switch is written as \[\[switch\]\], once for each entry$"
    with pytest.raises(ValueError, match=told):
        read_policy(f'version = "v"\nswitch = {table}', CLAUSES)


def test_no_version():
    """A file without a version is told what it lacks."""
    with pytest.raises(ValueError, match=r"^the policy's head lacks version, a text$"):
        read_policy("", CLAUSES)


def test_nothing_to_lift():
    """An exemption where no pack at hand opens anything is told so."""
    told = r"^exemption x: rule is one that a law's exception lifts: none of these packs$"
    with pytest.raises(ValueError, match=told):
        read_policy(f'version = "v"\n{EXEMPT}', ())
