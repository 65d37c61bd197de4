"""Ids that no well-behaved sender writes get new ones like any other."""

from __future__ import annotations

import re

import pytest

from hub.canonical import Concern, Goal, Plan
from hub.withholding.renaming import renamed


@pytest.mark.parametrize("old", ["\ud800", "a\x1fb", " ", "李", "x" * 5000])
def test_odd_id(old):
    """Half a character, a control mark or a very long id is renamed, and its links follow."""
    plan = Plan(concerns=(Concern(id=old, text="x"),), goals=(Goal(text="y", concerns=(old,)),))
    made = renamed(plan, "key", "c")
    assert re.fullmatch(r"concern-[0-9a-f]{16}", made.concerns[0].id)
    assert made.goals[0].concerns == (made.concerns[0].id,)
