"""Whole documents: what is refused and why, files inside, who claims what, spelled places."""

import base64
import hashlib
import random
import zlib
from pathlib import Path

import pytest
from cda_documents import PATIENT, R, cda, codes, goal, read, section, structured
from lxml import etree

from adapters.formats.ccda import ADAPTER, spelled
from adapters.mcos import allegheny_ccda, keystone_ccda
from hub.canonical import Document, wire

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
BODY = structured(section("61146-7", text="walk"))
OTHER = PATIENT.replace("M1", "M2").replace("Pat", "Sam")
REFUSED = [
    ("not_cda", b'<Bundle xmlns="http://hl7.org/fhir"/>'),
    ("not_cda", b"<ClinicalDocument/>"),
    ("not_well_formed", cda(BODY)[:-30]),
    ("doctype", b"<!DOCTYPE x>" + cda(BODY)),
    ("no_patient", cda(BODY, patient="")),
    ("no_patient", cda(BODY, patient="<recordTarget><patientRole/></recordTarget>")),
    ("two_patients", cda(BODY, patient=PATIENT + OTHER)),
    ("nothing_read", cda("")),
    ("nothing_read", cda(structured(section("61146-7")))),
    (
        "sections_unrecognisable",
        cda(structured(section("sdfdfas", text="walk")), templates=["22.1.15"]),
    ),
]


@pytest.mark.parametrize(("code", "content"), REFUSED, ids=range(len(REFUSED)))
def test_refuses(code, content):
    """What can't be a plan is one error that says why, and no plan."""
    reading = read(content)

    assert ((), [("error", code)]) == (
        reading.plans,
        [(one.severity, one.code) for one in reading.findings],
    )


def test_same_patient_twice():
    """A record target given twice for the same person is that person."""
    assert len(read(cda(BODY, patient=PATIENT + PATIENT)).plans) == 1


def test_template_without_code():
    """A section with a known template and no usable code is read, with a finding."""
    found = section("nonsense", goal("g", "walk"), text="walk").replace(
        "<title>", f'<templateId root="{R}22.2.60"/><title>'
    )
    reading = read(cda(structured(found)))

    assert (["section_by_template"], 1) == (codes(reading), len(reading.plans[0].goals))


def unstructured(content, attributes):
    """Return a document whose body is one file."""
    return cda(
        f"<component><nonXMLBody><text {attributes}>{content}</text></nonXMLBody></component>"
    )


PDF = b"%PDF-1.4 not much of one"


@pytest.mark.parametrize("packed", ["", "DF", "ZL"])
def test_embedded_file(packed):
    """An embedded file is an attachment, its bytes beside the plan under their own hash."""
    raw = zlib.compressobj(wbits=-15)
    deflated = raw.compress(PDF) + raw.flush()
    data = {"": PDF, "DF": deflated, "ZL": zlib.compress(PDF)}[packed]
    how = f'compression="{packed}"' if packed else ""
    text = base64.b64encode(data).decode()
    reading = read(unstructured(text, f'mediaType="application/pdf" representation="B64" {how}'))
    (one,) = reading.plans[0].attachments

    assert ("application/pdf", hashlib.sha256(PDF).hexdigest(), len(PDF)) == (
        one.media_type,
        one.sha256,
        one.bytes,
    )
    assert reading.enclosures == {one.sha256: PDF}


@pytest.mark.parametrize(
    ("media", "content"),
    [("text/plain", b"Walk daily"), ("text/html", b"<p>Walk</p><script>no()</script><p>daily</p>")],
)
def test_embedded_words(media, content):
    """The words of an embedded text or page are a note."""
    text = base64.b64encode(content).decode()
    reading = read(unstructured(text, f'mediaType="{media}" representation="B64"'))

    assert ["Walk daily"] == [note.text for note in reading.plans[0].notes]


def test_plain_text_body():
    """So is a body of plain text."""
    reading = read(unstructured("Walk daily", 'mediaType="text/plain"'))

    assert ["Walk daily"] == [note.text for note in reading.plans[0].notes]


@pytest.mark.parametrize("text", ["!!!!", base64.b64encode(b"not deflated").decode()])
def test_damaged_file(text):
    """A damaged file is a finding, and its characters are kept."""
    attributes = 'mediaType="application/pdf" representation="B64" compression="DF"'
    reading = read(unstructured(text, attributes))

    assert ["damaged_file"] == codes(reading)
    assert [text] == [one.text for one in reading.plans[0].residue if one.label == "damaged file"]


def test_file_elsewhere():
    """A file that is only named is never fetched: it is an attachment without bytes."""
    body = '<reference value="https://example.com/plan.pdf"/>'
    reading = read(unstructured(body, 'mediaType="application/pdf"'))
    (one,) = reading.plans[0].attachments

    assert (["file_elsewhere"], "https://example.com/plan.pdf", None) == (
        codes(reading),
        one.name,
        one.sha256,
    )


def test_spelled():
    """A place spelled out names every element on the way."""
    content = cda(structured(section("61146-7", goal("g", "walk"))))
    (plan,) = read(content).plans
    place = spelled(content, plan.places)["/goals/0/text"]

    assert place.at == (
        "/ClinicalDocument/component[1]/structuredBody[1]/component[1]/section[1]"
        "/entry[1]/observation[1]/text[1]"
    )


KEYSTONE, ALLEGHENY = keystone_ccda.ADAPTER, allegheny_ccda.ADAPTER
SENT = {
    "mco-keystone/delgado_care_plan.xml": KEYSTONE,
    "mco-keystone/truncated_care_plan.xml": KEYSTONE,
    "mco-allegheny/kowalski_care_plan.xml": ALLEGHENY,
}


@pytest.mark.parametrize("name", SENT)
def test_claims_its_own(name):
    """An MCO's adapter claims that MCO's documents and no other's; the generic one claims all."""
    document = Document((SAMPLES / name).read_bytes(), name)
    claims = [one for one in (KEYSTONE, ALLEGHENY) if one.identify(document)]

    assert ([SENT[name]], True) == (claims, ADAPTER.identify(document))


@pytest.mark.parametrize("content", [b"", b"MSH|^~\\&|", b"%PDF-1.4", b"<html/>", b"\0" * 100])
def test_claims_nothing_else(content):
    """Bytes that are no CDA are claimed by none."""
    assert not any(one.identify(Document(content)) for one in (ADAPTER, KEYSTONE, ALLEGHENY))


def test_truncated_sample():
    """The document cut off in transit is refused with the line it breaks at."""
    content = (SAMPLES / "mco-keystone/truncated_care_plan.xml").read_bytes()

    assert ["not_well_formed"] == codes(read(content, KEYSTONE))


@pytest.mark.parametrize("name", [name for name in SENT if "truncated" not in name])
def test_sample_is_linked(name):
    """In a demo plan every goal has its concern and every intervention its goal."""
    (plan,) = read((SAMPLES / name).read_bytes(), SENT[name]).plans

    assert all(goal.concerns for goal in plan.goals)
    assert all(one.goals for one in plan.interventions)


@pytest.mark.parametrize("seed", range(4))
def test_damage(seed):
    """However a document's elements are shuffled, doubled or emptied, its reading adds up."""
    chance = random.Random(seed)  # noqa: S311  # a seed for damage, no secret
    content = (SAMPLES / "mco-keystone/delgado_care_plan.xml").read_bytes()
    for _ in range(60):
        root = etree.fromstring(content)
        elements = list(root.iter())[1:]
        for _ in range(chance.choice((1, 5, 30))):
            one, other = chance.sample(elements, 2)
            match chance.randrange(4):
                case 0:
                    one.attrib.clear()
                case 1:
                    one.text = chance.choice(["", "x", None])
                case 2:
                    one.append(etree.fromstring(etree.tostring(other)))
                case _:
                    one.tag = other.tag
        reading = read(etree.tostring(root))
        tally = reading.coverage

        assert tally.source_items == tally.mapped + tally.residue + tally.ignored
        assert reading == wire.unframe_reading(wire.frame(reading))
