"""What the PDF reader says of files it can't make a plan of: one precise finding each."""

from __future__ import annotations

import io
import random
import zlib

import pikepdf
import pytest
import typst

from adapters.formats.pdf import ADAPTER, PdfReader, plain_text
from hub.canonical import Adapter, Document, Plan, Reading


def typeset(markup: str) -> bytes:
    """Return a small PDF of Typst markup."""
    head = "#set page(width: 400pt, height: 300pt, margin: 30pt)\n#set text(size: 10pt)\n"
    return typst.compile((head + markup).encode(), ignore_system_fonts=True, timestamp=0)


def saved(content: bytes, change=None, **options) -> bytes:
    """Return the PDF changed and saved again."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if change:
            change(pdf)
        out = io.BytesIO()
        pdf.save(out, **options)
        return out.getvalue()


def locked(**passwords: str) -> bytes:
    return saved(PLAIN, encryption=pikepdf.Encryption(**passwords))


def paged(count: int) -> bytes:
    def grow(pdf):
        for _ in range(count - 1):
            pdf.pages.append(pdf.pages[0])

    return saved(PLAIN, grow)


def drawn(content: bytes) -> bytes:
    """Return a PDF whose one page has this content stream, as it is."""

    def change(pdf):
        stream = pikepdf.Stream(pdf, b"")
        stream.write(content, filter=pikepdf.Name.FlateDecode)
        pdf.pages[0].obj.Contents = pdf.make_indirect(stream)

    return saved(PLAIN, change, recompress_flate=False, stream_decode_level=NO_DECODE)


def found(content: bytes, name: str = "plan.pdf") -> Reading:
    return ADAPTER.read(Document(content, name))


NO_DECODE = pikepdf.StreamDecodeLevel.none
PLAIN = typeset("Care plan of a member")
SCAN = typeset("#rect(width: 100pt, height: 100pt, fill: black)")
BOMB = zlib.compress(b" " * (65 * 1024 * 1024), 9)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><body>Sign in</body></html>", "not_pdf"),
        (b"", "not_pdf"),
        (b" " * 2000 + PLAIN, "not_pdf"),
        (PLAIN[: len(PLAIN) * 2 // 3], "damaged_pdf"),
        (b"%PDF-1.7\n", "damaged_pdf"),
        (PLAIN.replace(b"startxref", b"startxxxx"), "damaged_pdf"),
        (drawn(zlib.compress(b"BT ET " * 400)[:-30]), "damaged_pdf"),
        (drawn(b"not deflated at all"), "damaged_pdf"),
        (drawn(BOMB), "too_large"),
        (locked(user="u", owner="o", R=3, aes=False, metadata=False), "encrypted"),
        (locked(user="u", owner="o"), "encrypted"),
        (paged(201), "too_many_pages"),
        (SCAN, "no_text_layer"),
        (PLAIN, "no_profile"),
        (paged(200), "no_profile"),
        (locked(owner="o", R=3, aes=False, metadata=False), "no_profile"),
        (locked(owner="o"), "no_profile"),
    ],
    ids=[
        "html named pdf",
        "empty",
        "header too late",
        "truncated",
        "header alone",
        "no cross reference",
        "page cut short",
        "page not deflated",
        "bomb",
        "user password rc4",
        "user password aes",
        "201 pages",
        "scan",
        "text layer",
        "200 pages",
        "owner password rc4",
        "owner password aes",
    ],
)
def test_says_what_is_wrong(content, code):
    """Each defect gets its own code, and a readable PDF without a profile gets `no_profile`."""
    assert code == found(content).findings[0].code


@pytest.mark.parametrize("content", [PLAIN, SCAN, b"<html>", PLAIN[:500]])
def test_never_half_imported(content):
    """Without a profile there is never a plan."""
    assert found(content).plans == ()


def test_late_header_is_read_with_a_finding():
    """A PDF that begins after a few stray bytes is read and the sender told."""
    assert "pdf_header_offset" in [one.code for one in found(b"\r\n\r\n" + PLAIN).findings]


@pytest.mark.parametrize(
    ("content", "name", "media_type", "said"),
    [
        (PLAIN, "", "", True),
        (b"<html>", "plan.PDF", "", True),
        (b"<html>", "", "application/pdf", True),
        (b"MSH|^~\\&|", "plan.hl7", "text/plain", False),
        (b"", "", "", False),
    ],
)
def test_identifies(content, name, media_type, said):
    """The reader takes what is or claims to be a PDF, so that the defect is named."""
    assert said == ADAPTER.identify(Document(content, name, media_type))


def test_is_an_adapter():
    """The reader is what the hub binds, and asks for a child of its own."""
    assert (isinstance(ADAPTER, Adapter), PdfReader.isolate) == (True, True)


def test_scan_is_placed():
    """The finding of a scan says on which page."""
    assert found(SCAN).findings[0].place.at == "page 1"


def test_everything_counted_without_a_profile():
    """A PDF nobody has a profile for counts all its lines as residue."""
    tally = found(PLAIN).coverage
    assert (tally.source_items, tally.mapped, tally.residue, tally.ignored) == (1, 0, 1, 0)


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_never_raise(seed):
    """A PDF with random bytes flipped gives findings and no plan."""
    dice = random.Random(seed)  # noqa: S311  # a seeded test, not a secret
    damaged = bytearray(PLAIN)
    for _ in range(dice.randint(1, 200)):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    reading = found(bytes(damaged))
    assert (bool(reading.findings), reading.plans) == (True, ())


@pytest.mark.parametrize(
    ("content", "text"),
    [(PLAIN, "Care plan of a member"), (SCAN, ""), (b"x", ""), (PLAIN[:600], ""), (b"", "")],
)
def test_plain_text(content, text):
    """Plain text is the words of the pages, and empty where there are none to be had."""
    assert text == plain_text(content)


def test_plain_text_glues_hyphens():
    """A word broken at a line's end keeps its hyphen and its second half."""
    text = "#set text(hyphenate: false)\n#box(width: 40pt)[self-management]"
    assert "self-management" in plain_text(typeset(text)).replace("\n", "")


def test_unreadable_letters_are_told():
    """A font that gives its letters no meaning is told of, with the page."""

    def forget(pdf):
        for font in pdf.pages[0].obj.Resources.Font.values():
            del font["/ToUnicode"]

    codes = [one.code for one in found(saved(PLAIN, forget)).findings]
    assert "letters_without_meaning" in codes


def test_enclosed_file_is_kept():
    """A file inside the PDF comes back with the reading, by its digest."""

    def enclose(pdf):
        pdf.attachments["labs.csv"] = b"a,b\n1,2\n"

    assert list(found(saved(PLAIN, enclose)).enclosures.values()) == [b"a,b\n1,2\n"]


class Fake:
    """Stands for the C-CDA reader: says one finding and makes one plan."""

    name, version = "fake-ccda", "1"

    def identify(self, document):
        """Take what begins as a C-CDA."""
        return document.content.startswith(b"<ClinicalDocument")

    def read(self, document):
        """Give the bytes back as a plan."""
        return Reading(plans=(Plan(crisis_plan=document.content.decode()),))


def test_enclosed_ccda_is_the_plan(monkeypatch):
    """A C-CDA inside a PDF is read as the plan, by the C-CDA reader, with a note that says so."""
    monkeypatch.setattr("adapters.formats.pdf.enclosed.ccda_reader", Fake)

    def enclose(pdf):
        pdf.attachments["plan.xml"] = b"<ClinicalDocument/>"

    made = found(saved(PLAIN, enclose))
    assert (
        made.findings[0].code,
        made.plans[0].crisis_plan,
    ) == ("enclosed_ccda", "<ClinicalDocument/>")


def xfa(datasets: bytes):
    def change(pdf):
        packet = pdf.make_indirect(pikepdf.Stream(pdf, datasets))
        pdf.Root.AcroForm = pikepdf.Dictionary(
            Fields=pikepdf.Array(), XFA=pikepdf.Array([pikepdf.String("datasets"), packet])
        )

    return change


@pytest.mark.parametrize(
    ("datasets", "code"),
    [
        (b"<d><data><form><LastName>Abc</LastName></form></data></d>", "xfa_form"),
        (b"<!DOCTYPE d [<!ENTITY e 'x'>]><d>&e;</d>", "xfa_unread"),
        (b"<d><unclosed>", "xfa_unread"),
    ],
    ids=["data", "doctype", "broken"],
)
def test_xfa(datasets, code):
    """An XFA form is told of: read from its data, or not read at all."""
    assert code in [one.code for one in found(saved(PLAIN, xfa(datasets))).findings]


def test_damaged_page():
    """A page that can't be opened is named; the document is not read without it."""

    def spoil(pdf):
        pdf.pages.append(pdf.pages[0])
        pdf.Root.Pages.Kids[1] = pikepdf.Dictionary(Type=pikepdf.Name.Catalog)

    (told,) = found(saved(PLAIN, spoil)).findings

    assert ("damaged_page", "page 2") == (told.code, told.place.at)


def test_words_set_nowhere():
    """Words that a broken matrix sets at no place are words of the document all the same."""
    far = b"999999999 0 0 999999999 9 9 cm " * 5

    def spoil(pdf):
        pdf.pages[0].contents_add(far, prepend=True)

    assert ["no_profile"] == [one.code for one in found(saved(PLAIN, spoil)).findings]
