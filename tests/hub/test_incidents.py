"""Incidents: the clocks of the law, and what must be done before one can be closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.incidents import ANSWERS, CONCLUSIONS, FACTORS, RISKS, clocks, known, missing

FOUND = datetime(2026, 11, 1, tzinfo=UTC)
ALL = [{"kind": k, "at": FOUND} for k in ("recall_asked", *FACTORS, "told_covered_entity")]


def due(incident, steps=()):
    """Return the days until each clock runs out, by what it is."""
    return {one.what: (one.due - FOUND).days for one in clocks(incident, steps)}


def test_sixty_days():
    """The plan is told within a day, conclusion and member within sixty, from the finding."""
    assert due({"found_at": FOUND, "conclusion": None}) == {
        "Ask for it back": 1,
        "Tell the health plan": 1,
        "Conclude": 60,
        "Tell the member": 60,
    }


def test_not_a_breach():
    """When it is no breach the member's clock is gone."""
    assert "Tell the member" not in due({"found_at": FOUND, "conclusion": "not_a_breach"})


def test_late():
    """A clock is late when it was done after its time, or is open after it."""
    row = {"found_at": FOUND, "conclusion": None}
    after = FOUND + timedelta(days=2)
    done = clocks(row, [{"kind": "recall_asked", "at": FOUND}])[0]
    tardy = clocks(row, [{"kind": "recall_asked", "at": after}])[0]

    assert [one.late(after) for one in (done, tardy, clocks(row, [])[0])] == [False, True, True]
    assert not clocks(row, [])[0].late(FOUND)


@pytest.mark.parametrize("gone", range(len(ALL)))
def test_every_step_counts(gone):
    """Whichever step is missing, it is named."""
    steps = [one for number, one in enumerate(ALL) if number != gone]

    assert missing(steps, "not_a_breach") == (ALL[gone]["kind"],)


def test_a_breach_needs_the_member():
    """With everything done it can be closed; a breach only once the member was told."""
    assert missing(ALL, "not_a_breach") == ()
    assert missing(ALL, "breach") == ("told_member",)


def test_known_steps():
    """A step takes the choices of its own kind and no other; the stop is never added by hand."""
    good = {"closed": CONCLUSIONS, "recall_answered": ANSWERS, "factor_who": RISKS}

    assert all(known(kind, choice) for kind, table in good.items() for choice in table)
    assert known("told_member", "")
    assert not any(
        known(*pair)
        for pair in [("stopped", ""), ("closed", ""), ("closed", "low"), ("x", ""), ("lifted", "y")]
    )
