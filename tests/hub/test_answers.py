"""Only a named person of the addressed practice acknowledges and answers."""

from __future__ import annotations

import pytest

from hub.answers import acknowledgment, answer
from hub.asked import Actor
from hub.correspondence import Given
from hub.errors import Refused

NURSE = Actor("act-1", "pcmh-x", "Nurse")


def _row(pcmh, state):
    return {"pcmh": pcmh, "state": state}


def test_named():
    """A name is kept with its white space folded."""
    assert acknowledgment(NURSE, _row("pcmh-x", "sent"), "  Nadia   Brandt ") == "Nadia Brandt"


@pytest.mark.parametrize(
    ("addressee", "state", "name", "code"),
    [
        ("pcmh-y", "sent", "N", "not_found"),
        ("pcmh-x", "queued", "N", "not_open"),
        ("pcmh-x", "stopped", "N", "not_open"),
        ("pcmh-x", "sent", "  ", "name_missing"),
    ],
)
def test_refused(addressee, state, name, code):
    """Another's, a closed or a nameless acknowledgment is refused."""
    with pytest.raises(Refused) as refused:
        acknowledgment(NURSE, _row(addressee, state), name)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("kind", "reason", "code"),
    [("dispute", " ", "reason_missing"), ("cannot_reach", "", "reason_missing")],
)
def test_reason(kind, reason, code):
    """A dispute and an unreachable member need their reason."""
    with pytest.raises(Refused) as refused:
        answer(NURSE, _row("pcmh-x", "acknowledged"), Given(kind, "Nadia", reason))

    assert refused.value.code == code


def test_accept():
    """Accepting needs no reason."""
    given = Given("accept", " Nadia  B ")
    assert answer(NURSE, _row("pcmh-x", "sent"), given) == Given("accept", "Nadia B")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("superseded", "a newer version of this plan took its place; {} that one"),
        ("stopped", "a delivery that is stopped can't be {}ed"),
    ],
)
def test_what_to_do(state, told):
    """Who comes too late is told why, and what to do instead."""
    row = _row("pcmh-x", state)
    with pytest.raises(Refused) as taken:
        acknowledgment(NURSE, row, "N")
    with pytest.raises(Refused) as answered:
        answer(NURSE, row, Given("accept", "N"))
    verbs = (taken.value.detail, answered.value.detail)
    assert verbs == tuple(
        told.format(one).replace("acknowledgeed", "acknowledged")
        for one in ("acknowledge", "answer")
    )


def test_taken_before_it_was_replaced():
    """An acknowledgment said again, after a newer version came, is still the first one."""
    row = {**_row("pcmh-x", "superseded"), "acknowledged_at": "2026-11-02T14:30:00+00:00"}
    assert acknowledgment(NURSE, row, "Nadia B") == "Nadia B"


@pytest.mark.parametrize("state", ["answered", "returned", "stopped"])
def test_taken_and_over(state):
    """A delivery that was taken once and is answered, given back or stopped is taken no more."""
    row = {**_row("pcmh-x", state), "acknowledged_at": "2026-11-02T14:30:00+00:00"}
    with pytest.raises(Refused) as refused:
        acknowledgment(NURSE, row, "N")

    assert refused.value.code == "not_open"
