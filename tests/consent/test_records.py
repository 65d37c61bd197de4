"""Consent records survive the store's JSON, and say nothing that nobody wrote."""

from datetime import UTC, date, datetime

import msgspec
import pytest
from consent_world import make_consent

from consent import Consent, Recipient, deficiencies


@pytest.mark.parametrize("kind", ["tpo", "specific", "roi", "hiv", "refusal", "proceedings"])
def test_round_trip(kind):
    """A record written as plain JSON values reads back the same."""
    consent = make_consent(kind)
    assert consent == msgspec.convert(msgspec.to_builtins(consent), Consent, strict=False)


def test_nothing_written():
    """A record of which only the head was filled in is unsigned, unapproved and names nobody."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    bare = Consent(id="c1", member="m1", kind="specific", recorded_at=first)
    words = ("signed_by", "recorded_by", "approved_by", "witness", "proof", "scan", "intermediary")
    assert {""} == {getattr(bare, one) for one in (*words, "supersedes", "superseded_by")}
    assert {False} == {bare.proven, bare.bulk, bare.recipients.stated, bare.disclosers.stated}
    assert "2.31(a)(8) signature" in deficiencies(bare)


def test_recipient_of_no_kind():
    """A recipient whom nobody classified counts as outside HIPAA, and named by no person."""
    bare = Recipient(organisation="practice")
    assert ("other", "", frozenset()) == (bare.kind, bare.person, bare.classes)


def test_instant_as_start():
    """A form that starts at an instant starts then; one that starts on a day keeps the day."""
    noon = datetime(2026, 6, 15, 16, tzinfo=UTC)
    instant = make_consent("tpo", starts=noon)
    assert (noon, None) == (instant.starts_at, instant.starts)
    day = make_consent("tpo", starts=date(2026, 6, 15))
    assert (None, date(2026, 6, 15)) == (day.starts_at, day.starts)
