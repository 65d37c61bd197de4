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
