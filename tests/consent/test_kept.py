"""Which forms are kept at all, however much else is wrong with them."""

from __future__ import annotations

from datetime import date

from consent_world import make_consent

from consent import Policy
from consent.checking import check, possible


def test_one_impossible_word_is_enough():
    """A form with one impossible word isn't kept, whatever else it lacks or waits for."""
    form = make_consent("tpo", purposes=frozenset({"SELLING"}), signed_by="", bulk=True)
    faults = check(form, Policy(), date(2026, 6, 1))
    assert {"impossible", "deficient", "waits"} <= {one.weight for one in faults}
    assert not possible(faults)
    assert possible(faults[1:])
    assert possible(())
