"""What each form must hold, and how consents that contradict each other are found."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from consent_world import make_consent

from consent import Expiry, Parties, conflicts, deficiencies, in_force
from consent.forms import ELEMENTS

NOON = datetime(2026, 6, 15, 16, tzinfo=UTC)
BARE = {
    "statements": frozenset(),
    "disclosers": Parties(),
    "recipients": Parties(),
    "purposes": frozenset(),
    "categories": frozenset(),
    "signed_on": None,
    "signed_by": "",
    "method": "verbal",
    "expires": Expiry(),
}


@pytest.mark.parametrize(
    "kind",
    ["tpo", "specific", "roi", "hiv", "sud_counselling", "psychotherapy", "proceedings", "refusal"],
)
def test_complete(kind):
    """A complete form lacks nothing."""
    assert deficiencies(make_consent(kind)) == ()


@pytest.mark.parametrize(
    ("kind", "standard"), [("specific", "2.31"), ("roi", "164.508"), ("hiv", "act148")]
)
def test_bare(kind, standard):
    """An empty form lacks every element of its standard, each by name."""
    assert tuple(name for name, _ in ELEMENTS[standard]) == deficiencies(make_consent(kind, **BARE))


@pytest.mark.parametrize(
    ("kind", "changes", "lacking"),
    [
        ("tpo", {"statements": {"patient_name", "right_to_revoke", "redisclosure"}}, "(10)"),
        ("tpo", {"statements": {"patient_name", "right_to_revoke"}}, "(4)(iii)"),
        ("specific", {"purposes": {"TREAT", "LEGAL"}}, "2.31(d)"),
        ("proceedings", {"purposes": {"LEGAL", "TREAT"}}, "2.31(d)"),
        (
            "specific",
            {"intermediary": "hie", "recipients": Parties(organisations=frozenset({"hie"}))},
            "(4)(ii)",
        ),
    ],
)
def test_some_forms(kind, changes, lacking):
    """What 2.31 asks of some forms only is asked of those."""
    changes = {k: frozenset(v) if isinstance(v, set) else v for k, v in changes.items()}
    assert any(lacking in name for name in deficiencies(make_consent(kind, **changes)))


@pytest.mark.parametrize(
    ("purposes", "lacking"), [({"PUBHLTH"}, ()), ({"TREAT", "PUBHLTH"}, ("redisclosure",))]
)
def test_statement_for_hipaa(purposes, lacking):
    """A form asks for the redisclosure statement where HIPAA's own receive for their purposes."""
    plain = frozenset({"patient_name", "right_to_revoke"})
    form = make_consent("specific", purposes=frozenset(purposes), statements=plain)
    found = deficiencies(form, hipaa_recipient=True)
    assert tuple(f"2.31(a)(4)(iii) {one}" for one in lacking) == found
    assert deficiencies(form) == ()


def test_conflict():
    """A refusal and a consent signed the same day on the same matter are a conflict."""
    held = [make_consent("tpo"), make_consent("refusal", id="n1")]
    assert conflicts(held, NOON, "America/New_York") == (("n1", "c1"),)


@pytest.mark.parametrize(
    "second",
    [
        make_consent("refusal", id="n1", signed_on=date(2026, 1, 9)),
        make_consent("refusal", id="n1", categories=frozenset({"hiv"})),
        make_consent("refusal", id="n1", member="m2"),
        make_consent("restriction", id="n1"),
        make_consent("hiv", id="n1"),
        make_consent("refusal", id="n1", superseded_by="n2"),
    ],
)
def test_no_conflict(second):
    """Another day, matter or member, no refusal, or one not in force is no conflict."""
    assert conflicts([make_consent("tpo"), second], NOON, "America/New_York") == ()


def test_in_force():
    """A consent is in force from the later of signing, recording and start until its end."""
    consent = make_consent(
        "specific", starts=date(2026, 6, 1), expires=Expiry(on=date(2026, 6, 30))
    )
    inside = [
        in_force(consent, datetime.fromisoformat(at))
        for at in (
            "2026-05-31T23:59:59-04:00",
            "2026-06-01T00:00:00-04:00",
            "2026-06-30T23:59:59-04:00",
            "2026-07-01T00:00:00-04:00",
        )
    ]
    assert inside == [False, True, True, False]


def test_sealed():
    """A consent doesn't print itself."""
    assert f"{replace(make_consent('hiv'), member='Rosa')!r}" == "<Consent sealed>"


def test_instant():
    """An instant given as a start is kept apart from a day, so that records can be read back."""
    given = datetime.fromisoformat("2026-06-15T11:00:00-04:00")
    consent = make_consent("specific", starts=given)
    assert (None, given) == (consent.starts, consent.starts_at)
