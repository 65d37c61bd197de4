"""What a policy file is told when it can't be meant: the whole sentence, to the last word."""

from __future__ import annotations

import re
from dataclasses import replace

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


@pytest.mark.parametrize("name", ["organisations", "id", "rule", "paragraph"])
def test_empty(name):
    """An entry that leaves a word empty lacks it as much as one that leaves it out."""
    text = re.sub(rf"^{name} = .*$", f'{name} = ""', EXEMPT, flags=re.MULTILINE)
    with pytest.raises(ValueError, match=rf"^exemption (x|without an id) lacks {name}$"):
        read_policy(f'version = "v"\n{text}', CLAUSES)


def test_several():
    """Where several words are wrong, or several rules can be lifted, each of them is named."""
    with pytest.raises(ValueError, match=r"^the policy's head: a, b is no word of the form$"):
        read_policy('version = "v"\na = 1\nb = 2', CLAUSES)
    (one,) = [one for one in CLAUSES if one.kind == "exception"]
    two = (one, replace(one, id="XX-2", lifts="XX-1"))
    text = EXEMPT.replace("PA-06", "PA-01")
    with pytest.raises(ValueError, match=r"a law's exception lifts: PA-06, XX-1$"):
        read_policy(f'version = "v"\n{text}', two)


def test_list_for_people():
    """A list in an entry is told word by word."""
    text = EXEMPT.replace('["p"]', '["p", "q"]')
    (told,) = read_policy(f'version = "v"\n{text}', CLAUSES).entries
    assert "organisations p, q; purposes TREAT" in told.value
