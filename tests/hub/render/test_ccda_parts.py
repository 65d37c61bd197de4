"""The small parts and the header of a C-CDA: codes, times, escapes, people, what it replaces."""

from __future__ import annotations

import pytest
from lxml import etree
from plans import BARE, COVER, DELGADO, LOINC, MARKED

from hub.canonical import Absent, Code, Header, Identifier, Member, Plan, SourceId, Telecom
from hub.render.ccda import to_ccda
from hub.render.ccda_text import clean, coded, moment

NS = {"c": "urn:hl7-org:v3"}
TEMPLATE = "2.16.840.1.113883.10.20."


def document(plan, cover=COVER):
    return etree.fromstring(to_ccda(plan, cover).content)


def found(root, path):
    return root.xpath(path, namespaces=NS)


def words(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), '<code nullFlavor="UNK"/>'),
        (
            (Code("http://loinc.org/", "1-8", 'A "%"'),),
            '<code code="1-8" codeSystem="2.16.840.1.113883.6.1" displayName="A &quot;%&quot;"/>',
        ),
        (
            (Code("urn:oid:2.999.4", "7"),),
            '<code code="7" codeSystem="2.999.4"/>',
        ),
        (
            (Code("urn:strange", "7", "Seven"),),
            '<code nullFlavor="OTH"><originalText>Seven urn:strange 7</originalText></code>',
        ),
        (
            (Code(LOINC, "a b", "Odd"),),
            '<code nullFlavor="OTH"><originalText>Odd http://loinc.org a b</originalText></code>',
        ),
        (
            (Code("urn:strange", "7"), Code(LOINC, "4548-4")),
            (
                '<code code="4548-4" codeSystem="2.16.840.1.113883.6.1">'
                '<translation nullFlavor="OTH"><originalText>urn:strange 7</originalText>'
                "</translation></code>"
            ),
        ),
    ],
)
def test_coded(codes, expected):
    """A code whose system has an OID is a code; any other is its words, and none is lost."""
    assert expected == coded("code", codes)


@pytest.mark.parametrize(
    ("iso", "hl7"),
    [
        ("2026", "2026"),
        ("2026-03", "202603"),
        ("2026-03-04", "20260304"),
        ("2026-03-04T09:30", "202603040930"),
        ("2026-03-04T09:30:00-05:00", "20260304093000-0500"),
        ("2026-03-04T09:30:00Z", "20260304093000+0000"),
        ("2026-03-04T09:30:00.25+0100", "20260304093000.25+0100"),
        ("2026-02-30", ""),
        ("03/04/2026", ""),
        ("٢٠٢٦", ""),
        (None, ""),
        (Absent("unknown"), ""),
    ],
)
def test_moment(iso, hl7):
    """A date keeps its precision and its zone, and what is no date is no time."""
    assert hl7 == moment(iso)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a & b", "a &amp; b"),
        ('<b a="x">', "&lt;b a=&quot;x&quot;&gt;"),
        ("a\x00\x08\x0b\x1f\ufffe\uffff\ud800b", "ab"),
        ("tab\tline\n", "tab\tline\n"),
        ("José 李 🩺", "José 李 🩺"),
    ],
)
def test_clean(text, expected):
    """Markup is escaped, what XML forbids is dropped, everything else is kept."""
    assert expected == clean(text)


def test_authors():
    """The plan's author stands first and the hub second, as a device."""
    root = document(DELGADO)
    names = found(root, "/*/c:author/c:assignedAuthor/*/*[self::c:name or self::c:softwareName]")
    assert [words(n) for n in names] == ["Theo Lang RN", "Keystone Unity Health Plan", "ICP hub"]


def test_assembler():
    """The hub is named as the assembler (Provenance Assembler, 22.5.7)."""
    path = f"/*/c:participant[c:templateId/@root='{TEMPLATE}22.5.7']/c:functionCode/@code"
    assert found(document(DELGADO), path) == ["assembler"]


def test_custodian_and_recipient():
    """The MCO stays custodian; the designated contact is the recipient, with an identifier."""
    root = document(DELGADO)
    kept = found(root, "string(//c:representedCustodianOrganization/c:name)")
    to = found(root, "string(//c:intendedRecipient/c:id/@extension)")
    assert (kept, to) == ("Keystone Unity Health Plan", "1912301953")


def test_replaces():
    """A new version names the document it replaces, and its set and version."""
    path = "//c:relatedDocument[@typeCode='RPLC']/c:parentDocument/*"
    parts = found(document(DELGADO, MARKED), path)
    actual = [one.get("root") or one.get("value") for one in parts]
    assert ["3f0c7a9e-8f52-4b7e-9d38-0b6a7d0c1a10", MARKED.set_id, "1"] == actual


def test_source_document():
    """The document it was made from is named as such, never as replaced."""
    path = "//c:relatedDocument[@typeCode='XFRM']/c:parentDocument/c:id"
    (one,) = found(document(DELGADO), path)
    assert (one.get("root"), one.get("extension")) == ("2.999.7.1", "KU-DOC-4411")


@pytest.mark.parametrize(("cover", "count"), [(COVER, 0), (MARKED, 1)])
def test_consent(cover, count):
    """A consent scope puts an authorization into the header, and no scope puts none."""
    assert count == len(found(document(DELGADO, cover), "/*/c:authorization"))


def test_ssn_masked():
    """A Social Security number is masked, never written."""
    member = Member(identifiers=(Identifier("ssn", "078-05-1120"),))
    content = to_ccda(Plan(member=member), COVER).content
    masked = b'<id root="2.16.840.1.113883.4.1" nullFlavor="MSK"/>'
    assert (b"078-05" in content, masked in content) == (False, True)


@pytest.mark.parametrize(
    ("telecom", "expected"),
    [
        (Telecom(kind="phone", use="home", value="+1 (814) 555-0100"), "tel:+1(814)555-0100"),
        (Telecom(kind="phone", value="555-0100 ext. 22"), "tel:555-0100;ext=22"),
        (Telecom(kind="fax", value="555 0101"), "fax:5550101"),
        (Telecom(kind="email", value="a b@x.example"), "mailto:a%20b@x.example"),
        (Telecom(kind="phone", value="ask her sister"), None),
        (Telecom(kind="url", value="https://x.example/a?b=1&c=2"), "https://x.example/a?b=1&c=2"),
        (Telecom(kind="other", value="pager 7"), None),
    ],
)
def test_telecom(telecom, expected):
    """A number or address becomes a telecom URI, or stays words in the narrative."""
    root = document(Plan(member=Member(telecoms=(telecom,))))
    (one,) = found(root, "//c:patientRole/c:telecom")
    told = telecom.value in words(root)
    assert (expected, expected is None) == (one.get("value"), told)


def test_foreign_id():
    """An identifier that is no UUID or OID stands under a root of our own, the same every time."""
    ids = [document(DELGADO, BARE).find("c:id", NS).items() for _ in range(2)]
    assert (ids[1], "not a uuid") == (ids[0], dict(ids[0])["extension"])


def test_source_ids_any_system():
    """A source identifier under a URI that is no OID keeps its value."""
    header = Header(source_ids=(SourceId("https://plan.example/docs", "D-1"),))
    path = "//c:relatedDocument/c:parentDocument/c:id/@extension"
    assert found(document(Plan(header=header)), path) == ["D-1"]
