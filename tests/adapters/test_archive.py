"""Zips of documents: each is read by its own reader, nothing is put beside the wrong member."""

import base64
import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest

from adapters.formats.archive import ADAPTER, unpacking
from adapters.formats.ccda import ADAPTER as CCDA
from adapters.formats.hl7v2 import ADAPTER as HL7V2
from adapters.formats.pdf import ADAPTER as PDF
from adapters.mcos.keystone_ccda import ARCHIVE
from adapters.spelling import Spelling
from hub.canonical import Document, wire
from hub.main.examining import READERS
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader
from tests.cda_documents import PATIENT, cda, goal, section, structured
from tests.samples.make_xdm import xdm, zipped

SAMPLES = Path(__file__).parents[2] / "templates" / "demo" / "samples"
SAM = PATIENT.replace("M1", "M2").replace("Pat", "Sam").replace("1970", "1980")
LETTER = b"About Pat Public, born 05/01/1970: please call."
RPLC = '<Association associationType="urn:ihe:iti:2007:AssociationType:RPLC"/>'


def care_plan(text="Walk daily", **rest):
    """Return a care plan with one goal."""
    return cda(structured(section("61146-7", goal("G1", text))), **rest)


def versioned(number, **rest):
    """Return a version of one care plan."""
    header = f'<setId root="2.999.7" extension="S"/><versionNumber value="{number}"/>'
    return care_plan(f"Walk {number} miles", header=header, **rest)


def read(content, adapter=ADAPTER):
    """Return the reading of a zip."""
    assert adapter.identify(Document(content))
    return adapter.read(Document(content))


def goals(reading):
    """Return the words of each plan's goals."""
    return [[one.text for one in plan.goals] for plan in reading.plans]


def codes(reading):
    """Return the codes of a reading's findings."""
    return [one.code for one in reading.findings]


def files(reading):
    """Return the names of each plan's attachments."""
    return [[one.name for one in plan.attachments] for plan in reading.plans]


def message(*parts):
    """Return a MIME message of (name, type, content) as it is saved to a file."""
    lines = ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="cut"', "", ""]
    for name, kind, content in parts:
        lines += ["--cut", f'Content-Type: {kind}; name="{name}"']
        lines += ["Content-Transfer-Encoding: base64"]
        lines += [f'Content-Disposition: attachment; filename="{name}"', ""]
        lines += [base64.b64encode(content).decode(), ""]
    return "\r\n".join([*lines, "--cut--", ""]).encode()


def test_two_members():
    """Documents about two members are a plan for each of them, in their order."""
    reading = read(zipped(("a.xml", care_plan()), ("b.xml", care_plan("Sleep", patient=SAM))))

    assert [["Walk daily"], ["Sleep"]] == goals(reading)
    assert ["Pat", "Sam"] == [plan.member.name.given[0] for plan in reading.plans]


def test_message_beside_document():
    """A message and a document in one zip are each read by their own reader."""
    hl7 = (SAMPLES / "mco-laurel" / "lindqvist_ppr_pc1.hl7").read_bytes()
    reading = read(zipped(("a.hl7", hl7), ("b.xml", care_plan())))

    assert ["Lindqvist", "Public"] == [plan.member.name.family for plan in reading.plans]


@pytest.mark.parametrize(
    ("name", "content"),
    [("plan.pdf", b"%PDF-1.4 a scan"), ("letter.txt", LETTER)],
    ids=["named_alike", "names_the_member"],
)
def test_file_beside(name, content):
    """A file of the plan's own name, or whose words name the member, is its attachment."""
    reading = read(zipped(("plan.xml", care_plan()), (name, content)))

    assert ([[name]], []) == (files(reading), codes(reading))
    assert content in reading.enclosures.values()


def test_file_of_nobody():
    """A file beside a plan that names no member is attached to none, and that is told."""
    reading = read(zipped(("plan.xml", care_plan()), ("other.pdf", b"%PDF-1.4 a scan")))

    assert ([[]], ["unplaced_file"]) == (files(reading), codes(reading))


def test_file_of_two():
    """A letter that names one of two members goes to that one."""
    other = care_plan("Sleep", patient=SAM)
    reading = read(zipped(("b.xml", other), ("a.xml", care_plan()), ("letter.txt", LETTER)))

    assert [[], ["letter.txt"]] == files(reading)


def test_copies():
    """A plan that another document of the zip repeats in other bytes is taken once."""
    pretty = care_plan().replace(b"><", b">\n  <")
    reading = read(zipped(("a.xml", care_plan()), ("b.xml", pretty)))

    assert ([["Walk daily"]], ["same_plan_twice"]) == (goals(reading), codes(reading))


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_versions(order):
    """Of several versions of one document about one member the newest is the plan."""
    reading = read(zipped(*((f"{number}.xml", versioned(number)) for number in order)))

    assert ([["Walk 2 miles"]], ["older_version"]) == (goals(reading), codes(reading))


def test_versions_of_two():
    """A newer version about another member replaces nothing."""
    reading = read(zipped(("1.xml", versioned(1)), ("2.xml", versioned(2, patient=SAM))))

    assert [["Walk 1 miles"], ["Walk 2 miles"]] == goals(reading)


def test_zip_in_zip():
    """A zip inside a zip is opened, one inside that is told and not."""
    inner = zipped(("a.xml", care_plan()), ("deeper.zip", zipped(("b.xml", care_plan("Sleep")))))
    reading = read(zipped(("inner.zip", inner)))

    assert ([["Walk daily"]], ["nested_archive"]) == (goals(reading), codes(reading))


@pytest.mark.parametrize(("name", "least"), [("ENTRIES", 2), ("TOTAL", 1000)])
def test_limits_are_of_all(monkeypatch, name, least):
    """Entries and sizes of zips inside the zip count together with its own."""
    monkeypatch.setattr(unpacking, name, least)
    inner = zipped(("a.xml", care_plan()), ("b.xml", care_plan("Sleep")))
    reading = read(zipped(("c.xml", care_plan("Eat")), ("inner.zip", inner)))

    assert ((), ["archive_too_large"]) == (reading.plans, codes(reading))


def test_one_bad_of_two():
    """A document that can't be read is an error with its file's number beside the other's plan."""
    reading = read(zipped(("a.xml", care_plan()[:-30]), ("b.xml", care_plan())))
    (error,) = [one for one in reading.findings if one.severity == "error"]

    assert (1, "not_well_formed") == (len(reading.plans), error.code)
    assert re.match(r"file 1 of the zip: is not well-formed XML at line \d+", error.message)


def test_nothing_to_read():
    """A zip without a document that anybody reads says so."""
    assert ["archive_no_plan"] == codes(read(zipped(("a.bin", b"\x01\x02"))))[-1:]


def test_damaged():
    """A zip that is cut is told to be, not taken for an unknown one."""
    assert ["archive_damaged"] == codes(read(zipped(("a.xml", care_plan()))[:-40]))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        care_plan(),
        zipped(("a.csv", b"a,b\n1,2\n")),
        zipped(("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")),
        zipped(("word/document.xml", b"<a/>"))[:-30],
    ],
    ids=["nothing", "start", "document", "table", "word", "damaged_word"],
)
def test_not_ours(content):
    """Documents, tables and office files are left to their own readers."""
    assert not ADAPTER.identify(Document(content))


@pytest.mark.parametrize("adapter", [CCDA, HL7V2, PDF], ids=["ccda", "hl7v2", "pdf"])
def test_no_rival(adapter):
    """No other reader claims a zip, though its documents lie in it as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        file.writestr("a.pdf", b"%PDF-1.4")
        file.writestr("b.xml", care_plan())

    assert not adapter.identify(Document(out.getvalue()))


def test_xdm_whole():
    """An XDM zip that is what its metadata says is read without a finding."""
    reading = read(xdm(("PLAN.XML", care_plan()), family="Public", born="19700501"))

    assert ([["Walk daily"]], []) == (goals(reading), codes(reading))


def test_xdm_beside():
    """A file of an XDM folder belongs to the folder's plan, those for people to none."""
    documents = (("PLAN.XML", care_plan()), ("SCAN.PDF", b"%PDF-1.4 a scan"))
    reading = read(xdm(*documents, family="Public", born="19700501"))

    assert ([["SCAN.PDF"]], []) == (files(reading), codes(reading))


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"promises": (("PLAN.XML", b"other"),)}, "xdm_hash"),
        ({"promises": (("GONE.XML", b"other"),)}, "xdm_missing"),
        ({"family": "Stranger"}, "xdm_other_member"),
        ({"born": "19991231"}, "xdm_other_member"),
        ({"more": RPLC}, "xdm_replaces"),
        ({"more": "<unclosed>"}, "xdm_metadata"),
    ],
    ids=["sum", "missing", "name", "birth", "replaces", "damaged"],
)
def test_xdm_told(told, code):
    """What came and is not what the metadata says is told, and the plan is read."""
    given = {"family": "Public", "born": "19700501", **told}
    reading = read(xdm(("PLAN.XML", care_plan()), **given))

    assert ([["Walk daily"]], [code]) == (goals(reading), codes(reading))


def test_message_of_parts():
    """A MIME message saved as a file is read like a zip of its parts."""
    parts = (("plan.xml", "text/xml", care_plan()), ("plan.pdf", "application/pdf", b"%PDF-1.4"))
    reading = read(message(*parts))

    assert ([["Walk daily"]], [["plan.pdf"]]) == (goals(reading), files(reading))
    assert not CCDA.identify(Document(message(*parts)))


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_part_saved_as_xml(encoding):
    """A MIME part that was saved as a document is claimed and read, however it is encoded."""
    whole = care_plan()
    body = base64.encodebytes(whole) if encoding == "base64" else whole.replace(b"=", b"=3D")
    head = f"Content-Type: text/xml\nContent-Transfer-Encoding: {encoding}\n\n".encode()
    document = Document(head + body)

    assert CCDA.identify(document)
    assert (1, ["mime_unwrapped"]) == (len(CCDA.read(document).plans), codes(CCDA.read(document)))


def test_places_name_their_document():
    """A plan's places say by their first which file of the zip they are in, and can be spelt."""
    digest = f"sha256:{hashlib.sha256(care_plan()).hexdigest()}"
    (spelt,) = Spelling(ADAPTER).read(Document(zipped(("a.xml", care_plan())))).plans

    assert {digest} == {place.document for place in spelt.places.values()}
    assert spelt.places["/goals/0/text"].at.startswith("/ClinicalDocument/component[1]")


def test_adds_up():
    """Every item of every document and every file beside them is counted once."""
    entries = (("a.xml", care_plan()), ("b.xml", care_plan()), ("c.bin", b"1"), ("d.xml", b"<a"))
    tally = read(zipped(*entries)).coverage

    assert tally.source_items == tally.mapped + tally.residue + tally.ignored > 0


def test_survives_the_wire():
    """A plan with a file beside it is stored as it was read."""
    (plan,) = read(zipped(("plan.xml", care_plan()), ("plan.pdf", b"%PDF-1.4"))).plans

    assert plan == wire.decode_plan(wire.encode(plan))


async def test_through_the_sandbox():
    """The formats' own readers, bound together, give a zip to the archive reader alone."""
    bindings = tuple(Binding(f"adapters.formats.{form}:ADAPTER") for form in READERS)
    reader = SandboxReader()
    try:
        packed = zipped(("plan.xml", care_plan()), ("letter.txt", LETTER))
        name, reading = await reader.read(bindings, Document(packed, "plans.zip"))
    finally:
        await reader.close()

    assert ("archive@1", [["letter.txt"]]) == (name, files(reading))


def test_sample():
    """The shipped XDM sample is Delgado's plan with the letter that came with it."""
    reading = read((SAMPLES / "mco-keystone" / "delgado_xdm.zip").read_bytes(), ARCHIVE)

    assert ([["LETTER.TXT"]], []) == (files(reading), codes(reading))
