"""The states form closed tables, each with somebody whose turn it is."""

from __future__ import annotations

import pytest

from hub.lifecycle import STATES, TRANSITIONS, follow, turn


@pytest.mark.parametrize("noun", sorted(TRANSITIONS))
def test_closed(noun):
    """Every state that may follow is a state of the noun, and every state has its row."""
    named = {s.name for s in STATES if s.noun == noun}
    after = {name for names in TRANSITIONS[noun].values() for name in names}

    assert set(TRANSITIONS[noun]) == named
    assert after <= named


@pytest.mark.parametrize(("noun", "name"), [(s.noun, s.name) for s in STATES])
def test_off_the_line_has_an_owner(noun, name):
    """A state from which something may follow is somebody's turn."""
    if TRANSITIONS[noun][name] and name not in {"released", "read"}:
        assert turn(noun, name) != "nobody"


def test_no_way_back():
    """What is superseded stays so."""
    with pytest.raises(ValueError, match="superseded"):
        follow("plan", "superseded", "released")
