"""Files inside an unstructured document: inflated with limits, their words in the plan."""

import base64
import gzip
import zlib

import pytest

from adapters.formats.ccda import enclosing
from tests.cda_documents import cda, codes, read

RTF = rb"{\rtf1\ansi {\b Plan}\par Walk daily, call caf\'e9 first\par}"
HEADED = (
    rb"{\rtf1\ansi{\stylesheet{\s1 heading 1;}}\pard\s1\outlinelevel0 Goals\par"
    rb"\pard\s0 Walk daily\par\pard\s1\outlinelevel0 Risks\par\pard\s0 Falls\par}"
)


def unstructured(text, attributes):
    """Return an unstructured document with this body."""
    return cda(f"<component><nonXMLBody><text {attributes}>{text}</text></nonXMLBody></component>")


def enclosed(content, attributes):
    """Return the reading of a document that encloses these bytes."""
    given = f'representation="B64" {attributes}'
    return read(unstructured(base64.b64encode(content).decode(), given))


def said(reading):
    """Return the section and the words of each note."""
    return [(note.section, note.text) for plan in reading.plans for note in plan.notes]


def deflated(content):
    """Return bytes compressed as `DF` says: no header and no sum."""
    raw = zlib.compressobj(wbits=-15)
    return raw.compress(content) + raw.flush()


PACKERS = {"DF": deflated, "ZL": zlib.compress, "GZ": gzip.compress}


@pytest.mark.parametrize("media", ["text/rtf", "application/rtf"])
def test_rich_text_is_words(media):
    """The words of an enclosed rich text file are a note beside the attachment."""
    reading = enclosed(RTF, f'mediaType="{media}"')

    assert [("Document", "Plan Walk daily, call café first")] == said(reading)
    assert [media] == [one.media_type for one in reading.plans[0].attachments]


def test_rich_text_under_headings():
    """A rich text file with headings is one note for each of them."""
    reading = enclosed(HEADED, 'mediaType="text/rtf"')

    assert [("Goals", "Walk daily"), ("Risks", "Falls")] == said(reading)


@pytest.mark.parametrize("said_to_be", PACKERS)
@pytest.mark.parametrize("packed", PACKERS)
def test_inflated(packed, said_to_be):
    """A compressed file is unpacked as it says, or as it really is packed."""
    reading = enclosed(PACKERS[packed](RTF), f'mediaType="text/rtf" compression="{said_to_be}"')

    assert {RTF} == set(reading.enclosures.values())


@pytest.mark.parametrize(
    ("content", "algorithm"),
    [(deflated(RTF * 99)[:60], "DF"), (gzip.compress(RTF * 99)[:-9], "GZ"), (RTF, "7Z")],
    ids=["cut", "cut_gzip", "unknown"],
)
def test_not_inflated(content, algorithm):
    """A compressed file that is cut or packed in another way is a finding, and is kept."""
    reading = enclosed(content, f'mediaType="text/rtf" compression="{algorithm}"')

    assert (["damaged_file"], {}) == (codes(reading), reading.enclosures)
    assert "damaged file" in [one.label for one in reading.plans[0].residue]


def test_inflating_stops(monkeypatch):
    """A file that unpacks to more than the limit is not unpacked."""
    monkeypatch.setattr(enclosing, "SIZE_CAP", 1000)
    reading = enclosed(deflated(b"a" * 2000), 'mediaType="text/plain" compression="DF"')

    assert (["damaged_file"], {}) == (codes(reading), reading.enclosures)


def test_mislabelled():
    """A file of another kind than it says is told, and its words are read by what it is."""
    reading = enclosed(RTF, 'mediaType="application/pdf"')

    assert ["media_mislabelled"] == codes(reading)
    assert [("Document", "Plan Walk daily, call café first")] == said(reading)


def test_base64_unsaid():
    """A file in base64 that does not say so is opened all the same, with a note of it."""
    text = base64.b64encode(RTF).decode()
    reading = read(unstructured(text, 'mediaType="text/rtf"'))

    assert (["base64_unsaid"], [RTF]) == (codes(reading), [*reading.enclosures.values()])
