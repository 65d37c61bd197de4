"""A phone form's document becomes a plan whose every value points at the field it stood in."""

import msgspec
import pytest

from adapters import testing
from adapters.formats.phone import ADAPTER
from hub.canonical import Document

FORM = {
    "form": "icp-phone/1",
    "key": "frm_1",
    "call": {
        "caller": "Ann Vance",
        "organization": "Keystone Health Plan",
        "call_back": "555-0100",
        "taken_by": "Maria Lopez",
        "at": "2026-11-02T09:30:00-05:00",
        "zone": "America/New_York",
        "how": "by phone",
    },
    "attested": {"statement": "I read it back", "by": "Maria Lopez", "account": "acc_1"},
    "member": {"id": "KST-1", "family": "Zzy", "given": "Q", "birth_date": "1961-07-19"},
    "concerns": [{"text": "Falls at home", "domain": "functional"}],
    "goals": [{"text": "No falls", "due": "2026-12-24"}],
    "interventions": [
        {"text": "Grab bars", "responsible": "community", "party": "Home Fit", "frequency": "once"}
    ],
    "asks": [{"text": "See her at home", "of": "pcmh", "due": "2026-12-01"}],
    "notes": "She prefers mornings",
}


def document(form=FORM):
    """Return a form as the document it is kept as."""
    return Document(msgspec.json.encode(form), "phone form")


def test_keeps_the_contract():
    """The reader passes the conformance suite of every adapter."""
    assert [] == testing.complaints(ADAPTER, document())


def test_places_say_the_field():
    """Every value of the plan can be found in the form at the field its place names."""
    (plan,) = ADAPTER.read(document()).plans
    wanted = {
        "/member/identifiers/0/value": "/member/id",
        "/interventions/0/party/name": "/interventions/0/party",
        "/asks/0/due": "/asks/0/due",
        "/header/author/phone": "/call/call_back",
    }

    assert wanted == {pointer: plan.places[pointer].at for pointer in wanted}


def test_says_how_it_was_taken():
    """Who called, who took it, when, how and what was attested stand in the plan's notes."""
    (plan,) = ADAPTER.read(document()).plans

    assert [
        ("Who called", "Ann Vance, Keystone Health Plan, 555-0100"),
        ("Taken by", "Maria Lopez"),
        ("Taken when", "2026-11-02T09:30:00-05:00 America/New_York"),
        ("Taken how", "by phone"),
        ("Attestation", "I read it back: Maria Lopez"),
        ("Notes", "She prefers mornings"),
    ] == [(note.section, note.text) for note in plan.notes]


def test_an_agreement_is_never_read():
    """A form says nothing of what the member agreed to or permitted."""
    (plan,) = ADAPTER.read(document({**FORM, "agreement": {"decision": "accepted"}})).plans

    assert plan.agreement is None


@pytest.mark.parametrize("content", [b'{"form":"icp-phone/1"', b'{"form":"icp-phone/1","key":3}'])
def test_damaged(content):
    """A damaged form document is a finding, and no plan."""
    reading = ADAPTER.read(Document(content))

    assert ([], ["not_a_phone_form"]) == (list(reading.plans), [f.code for f in reading.findings])
