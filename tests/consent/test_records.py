"""Consent records survive the store's JSON."""

import msgspec
import pytest
from consent_world import make_consent

from consent import Consent


@pytest.mark.parametrize("kind", ["tpo", "specific", "roi", "hiv", "refusal", "proceedings"])
def test_round_trip(kind):
    """A record written as plain JSON values reads back the same."""
    consent = make_consent(kind)
    assert consent == msgspec.convert(msgspec.to_builtins(consent), Consent, strict=False)
