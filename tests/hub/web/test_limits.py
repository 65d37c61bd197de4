"""Buckets and the quiet book of refusals."""

import pytest

from hub.errors import Refused
from hub.web.limits import Buckets, Quiet


class Hand:
    """A clock's hand, set by hand."""

    at = 0.0

    def __call__(self):
        """Return where it stands."""
        return self.at


def taken(buckets, key, times):
    refused = 0
    for _ in range(times):
        try:
            buckets.take(key)
        except Refused:
            refused += 1
    return times - refused


def test_burst_and_refill():
    """A bucket gives its burst, then what has been refilled."""
    hand = Hand()
    buckets = Buckets(2, 5, now=hand)
    first = taken(buckets, "a", 10)
    hand.at = 1.5
    assert (5, 3) == (first, taken(buckets, "a", 10))


def test_when_to_come_back():
    """A refusal says in how many whole seconds there will be a token."""
    buckets = Buckets(0.25, 1, now=Hand())
    buckets.take("a")
    with pytest.raises(Refused) as caught:
        buckets.take("a")
    assert 5 == caught.value.extra["retry_after"]


def test_bounded():
    """However many keys come, only so many are kept."""
    buckets = Buckets(1, 1, now=Hand(), most=10)
    for n in range(100):
        buckets.take(str(n))
    assert 10 == len(buckets)


def test_quiet():
    """The first refusal of a kind is told, then one a minute with how many there were."""
    hand = Hand()
    quiet = Quiet(now=hand)
    told = [quiet.worth_telling("a", "x") for _ in range(5)]
    other = quiet.worth_telling("a", "y")
    hand.at = 60.0
    assert ([1, 0, 0, 0, 0], 1, 5) == (told, other, quiet.worth_telling("a", "x"))
