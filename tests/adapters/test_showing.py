"""What a person compares with: a page clipped and framed, or the source's own words."""

import json
from pathlib import Path

import pytest

from adapters.formats.excerpt import excerpt
from adapters.formats.pdf.clip import clip
from hub.canonical import Document

SAMPLES = Path(__file__).parents[2] / "templates" / "demo" / "samples"
PDF = SAMPLES / "mco-keystone" / "okafor_care_plan.pdf"
INK = b"\xb0\x4a\x00"


def drawn(place, content=None):
    """Return the one enclosure of a clip, and its findings' codes."""
    reading = clip(place).read(Document(content or PDF.read_bytes(), "x.pdf"))
    return b"".join(reading.enclosures.values()), [f.code for f in reading.findings]


def size(picture):
    """Return a PNG's width and height."""
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


def test_a_clip_is_around_its_place():
    """A clip shows 150 points beside and 45 above and below a place, twice as large."""
    picture, _ = drawn("page 1 (200.0, 300.0, 240.0, 310.0)")

    assert ((40 + 300) * 2, (10 + 90) * 2) == size(picture)


def test_a_clip_at_the_edge():
    """A place at the page's edge is clipped where the page ends."""
    picture, _ = drawn("page 1 (0.0, 0.0, 40.0, 10.0)")

    assert ((40 + 150) * 2, (10 + 45) * 2) == size(picture)


@pytest.mark.parametrize("place", ["page 99", "page 0", "page", "sheet!B7", "page 1 (1, 2)x"])
def test_no_such_page(place):
    """A place that names no page of the document gives no picture."""
    assert (b"", ["no_such_place"]) == drawn(place)


def test_what_is_no_pdf():
    """Bytes that are no PDF give no picture, and say why."""
    assert (b"", ["not_pdf"]) == drawn("page 1", b"not a pdf at all")


def shown(content, *places):
    """Return the texts shown at places."""
    reading = excerpt(json.dumps(places)).read(Document(content, "x"))
    return json.loads(next(iter(reading.enclosures.values())))


@pytest.mark.parametrize(
    ("content", "kind", "at", "text"),
    [
        (b"<a><b>one</b><b x='1'>two</b></a>", "xpath", "/*/*[2]", '<b x="1">two</b>'),
        (b"<a><b>one</b></a>", "xpath", "/*/*[7]", ""),
        (b"<a><b>one</b></a>", "xpath", "//b[contains(., 'o')]", ""),
        (b"<a", "xpath", "/*", ""),
        (b"MSH|^~\\&|\rPID|1\rOBX|1|a\rOBX|2|b\r", "segment", "OBX[2]-5", "OBX|2|b"),
        (b"MSH|^~\\&|\rPID|1\r", "segment", "PID-5.1", "PID|1"),
        (b"MSH|^~\\&|\r", "segment", "ZZZ-1", ""),
        (b"ID,DOB\n1,1961-07-19\n", "cell", "row 2, column DOB", "1961-07-19"),
        (b"ID;DOB\n1;1961-07-19\n", "cell", "row 2", "1 ; 1961-07-19"),
        (b"ID,DOB\n1,1961-07-19\n", "cell", "sheet 1!B2", ""),
        (b'{"goals": [{"text": "Walk"}]}', "pointer", "/goals/0/text", "Walk"),
        (b'{"goals": []}', "pointer", "/goals/0/text", ""),
        (b"anything", "page", "page 1", ""),
    ],
)
def test_excerpts(content, kind, at, text):
    """A place shows the element, segment, cell or field it names, and nothing it does not."""
    assert [text] == shown(content, (kind, at))


def test_an_excerpt_is_short():
    """No more than 600 characters of a source are shown at once."""
    assert 600 == len(shown(b"<a>" + b"x" * 5000 + b"</a>", ("xpath", "/*"))[0])
