"""When a certificate's end is told: so many days ahead, once each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.ending import OF, OURS, ahead, reached, steps, to_tell
from hub.errors import Misconfigured

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def told(*left, days=(30, 7)):
    """Return the steps told as so many days are left, one look after another."""
    last, found = 0, []
    for one in left:
        step = to_tell(NOW + timedelta(days=one), last, NOW, days)
        last = step or last
        found.append(step)
    return found


def test_once_each():
    """Thirty days ahead and seven days ahead it is told, and on no other day."""
    assert told(90, 31, 30, 29, 8, 7, 6, 0, -3) == [0, 0, 30, 0, 0, 7, 0, 0, 0]


def test_found_late():
    """A certificate found with five days left is told of once, as the last step."""
    assert told(5, 4, -1) == [7, 0, 0]


def test_steps():
    """The setting is days with spaces between; anything else names it."""
    assert ((30, 7), (45, 14, 1)) == (steps("7 30"), steps(" 14 45 1 "))
    assert (timedelta(days=45), 0) == (ahead((45, 14)), reached(NOW + timedelta(46), NOW, (45,)))
    for wrong in ("", "soon", "0", "-3", "7,30", "401", "٣"):
        with pytest.raises(Misconfigured, match="CERTIFICATE_DAYS"):
            steps(wrong)


def test_whose():
    """What the other side renews is theirs to hear of; all else is the hub's."""
    assert {"server", "partner", "anchor", "ca"} == set(OF) - OURS
