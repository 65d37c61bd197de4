"""What the page a lawyer reads says of one rule: its sentence, its law, who answers, its switch."""

from __future__ import annotations

import pytest

from consent.rules import RULES
from consent.ruling import HOUSE, OFF, Rule, Verdict, forbid, permit, rule


def _check(_ask):
    return forbid("never:made_up")


def _silent(_ask):
    return permit()


_check.__doc__ = "Records of a made-up kind never go,\n    whoever asks for them.\n    "
_long = rule("P2-99", "42 CFR 2.99")(_check)
_bare = rule("HI-99", "45 CFR 164.999", switch=OFF)(_silent)


def test_sentence():
    """A rule's sentence is its docstring on one line; one without a docstring has none."""
    assert _long.sentence == "Records of a made-up kind never go, whoever asks for them."
    assert _bare.sentence == ""


def test_words_of_a_pack():
    """The sentence of a pack's rule is the pack's own, not that of the code that runs it."""
    (one,) = [one for one in RULES if one.id == "PA-06"]
    assert one.says == one.sentence != ""
    assert one.sentence not in " ".join((one.check.func.__doc__ or "").split())


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("P2-99", "42 CFR Part 2"),
        ("HI-99", "HIPAA, 45 CFR Part 164"),
        ("438-b99", "Medicaid, 42 CFR Part 438"),
        ("HR-99", "House decisions"),
        ("004-45", "House decisions"),
    ],
)
def test_law(name, law):
    """A rule is listed under the body of law that its id begins with, else under the house's."""
    made = rule(name, "a clause")(lambda _ask: None)
    assert law == made.law
    assert HOUSE == "House decisions"


def test_plain_rule():
    """A rule that nobody said more of always holds, and the privacy officer answers for it."""
    assert ("", "privacy officer", "") == (_long.switch, _long.owner, _long.pack)
    assert _bare.switch == "Policy.off"
    alone = Rule("HR-99", "a clause", _check)
    assert ("", HOUSE, "", "") == (alone.switch, alone.law, alone.pack, alone.says)


def test_verdicts():
    """A verdict permits or forbids, and a forbid says what would lift it."""
    assert _long.check(None) == Verdict("forbid", None, "never:made_up")
    assert _bare.check(None) == Verdict("permit", None, "")
    assert forbid("consent:sud", "c1") == Verdict("forbid", "c1", "consent:sud")
