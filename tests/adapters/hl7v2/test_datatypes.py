"""Data types: times at their own precision, ids of the right kind, codes with a system."""

import pytest

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.segments import Separators
from hub.canonical import Absent, Code, said

SEPS = Separators()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026", "2026"),
        ("202603", "2026-03"),
        ("20260304", "2026-03-04"),
        ("2026030409", "2026-03-04T09"),
        ("202603040930", "2026-03-04T09:30"),
        ("20260304093015", "2026-03-04T09:30:15"),
        ("20260304093015.1234-0500", "2026-03-04T09:30:15.1234-05:00"),
        ("202603040930+0000", "2026-03-04T09:30+00:00"),
        ("202603040930-5000", "2026-03-04T09:30"),
        ("2026-03-04", "2026-03-04"),
        ("20060315076", None),
        ("20260230", None),
        ("00000000", None),
        ("2026030425", None),
        ("today", None),
    ],
)
def test_times(raw, expected):
    """A time is ISO 8601 at the precision given, or no time at all."""
    assert expected == datatypes.iso(raw)


@pytest.mark.parametrize(
    ("raw", "kind", "assigner"),
    [
        ("1^^^PA^MA", "medicaid", "PA"),
        ("1^^^^MC", "mbi", None),
        ("1^^^P&1.2.3&ISO^MB", "plan", "P"),
        ("1^^^P^SN", "plan", "P"),
        ("1^^^H^MR", "mrn", "H"),
        ("1^^^USA^SS", "ssn", "USA"),
        ("1", "other", None),
        ("1^^^OWN", "plan", "OWN"),
    ],
)
def test_identifiers(raw, kind, assigner):
    """An id's type says its kind; a sender's own authority may say it too."""
    found = datatypes.identifier(raw, SEPS, {"OWN": "plan"})

    assert (kind, assigner) == (found.kind, found.assigner)


@pytest.mark.parametrize(
    ("raw", "text", "codes"),
    [
        ("aortic stenosis", "aortic stenosis", ()),
        (
            "I50.32^Heart failure^I10",
            "Heart failure",
            (Code("http://hl7.org/fhir/sid/icd-10-cm", "I50.32", "Heart failure"),),
        ),
        (
            "1^A^99X^2^B^SCT^^^Said so",
            "Said so",
            (Code("urn:id:99X", "1", "A"), Code("http://snomed.info/sct", "2", "B")),
        ),
        ("X^Local^L", "Local", (Code(None, "X", "Local"),)),
        ('""', "", ()),
    ],
)
def test_codes(raw, text, codes):
    """A code keeps its words beside it, its system becomes a URI."""
    assert (text, codes) == datatypes.coded(raw, SEPS)


def test_null_is_said():
    """Two quotes are an explicit none, an empty component is nothing."""
    assert (Absent("none"), None) == (datatypes.leaf('""', SEPS), datatypes.leaf("", SEPS))


def test_persons_npi():
    """A doctor's id is an NPI where its authority or type says so."""
    found = datatypes.person("1912302035^Lam^Peter^^^Dr^MD^^NPI", SEPS)

    assert (said(found.name), found.identifiers[0].kind) == ("Dr Peter Lam, MD", "npi")


@pytest.mark.parametrize(
    ("raw", "kind", "value"),
    [
        ("(555)010-0112^PRN^PH", "phone", "(555)010-0112"),
        ("^NET^Internet^a@b.example", "email", "a@b.example"),
        ("^PRN^PH^^1^555^0100112", "phone", "1 555 0100112"),
        ("555-0112^WPN^FX", "fax", "555-0112"),
    ],
)
def test_telecoms(raw, kind, value):
    """A phone number keeps its digits, a mail address its own kind."""
    found = datatypes.telecom(raw, SEPS)

    assert (kind, value) == (found.kind, found.value)
