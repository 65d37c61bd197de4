"""Files inside a message: put together byte for byte, and their words read."""

import base64
import hashlib
from pathlib import Path

import pytest
from hl7_messages import codes, message, read

from adapters.formats.hl7v2.enclosed import _WITHDRAWN
from hub.canonical import said

SAMPLES = Path(__file__).parents[3] / "templates" / "demo" / "samples"
RTF = rb"{\rtf1\ansi Walk daily\par Caf\'e9 \b twice\b0  a week}"
HTML = (
    b"<html><head><title>Plan</title><style>p {}</style></head><body><h1>Goals</h1>"
    b"<p>Walk <b>dai</b>ly &amp; eat</p><script>alert(1)</script><table><tr><td>a</td><td>b</td>"
    b"</tr></table></body></html>"
)
NOTE = "OBX|9|TX|N^Note^L||walk daily||||||F"


def ed(data, *, media="application^pdf^Base64", sub="", state="F", named="F^File^L"):
    """Return an OBX with a file or a part of one in it."""
    return f"OBX|1|ED|{named}|{sub}|^{media}^{data}||||||{state}"


def notes(*segments):
    """Return the text of each note of one message."""
    return [said(note.text) for note in read(message(*segments)).plans[0].notes]


def b64(content):
    """Return bytes as Base64."""
    return base64.b64encode(content).decode()


@pytest.mark.parametrize(
    ("content", "media", "expected"),
    [
        (RTF, "application^rtf^Base64", "Walk daily\nCaf\u00e9 twice a week"),
        (RTF, "text^rtf^Base64", "Walk daily\nCaf\u00e9 twice a week"),
        (HTML, "text^html^Base64", "Goals\nWalk daily & eat\na b"),
        (b"<?xml version='1.0'?>" + HTML, "text^xml^Base64", "Goals\nWalk daily & eat\na b"),
        (b"one\r\n\r\ntwo  three", "text^plain^Base64", "one\ntwo three"),
        ("\ufeffcaf\u00e9".encode(), "TEXT^^Base64", "caf\u00e9"),
        (b"a,b", "text^csv^Base64", "a,b"),
    ],
)
def test_words(content, media, expected):
    """The words of a file of each kind are a note, line by line."""
    assert [expected] == notes(ed(b64(content), media=media))


def test_words_of_word_document():
    """A Word document's words are a note."""
    content = (SAMPLES / "mco-keystone" / "okafor_care_plan.docx").read_bytes()
    (text,) = notes(ed(b64(content), media="application^octet-stream^Base64"))

    assert "Okafor" in text


def test_words_of_pdf():
    """A PDF's words are a note."""
    content = (SAMPLES / "mco-keystone" / "okafor_care_plan.pdf").read_bytes()

    assert "Okafor" in notes(ed(b64(content)))[0]


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (b"%PDF-1.4 nothing", "application^pdf^Base64"),
        (b"caf\xe9", "text^plain^Base64"),
        (b"PK\x03\x04 no zip", "application^zip^Base64"),
    ],
)
def test_words_unread(content, media):
    """A file whose words can't be read is kept as it is, with a warning at its place."""
    reading = read(message(ed(b64(content), media=media)))

    assert codes(reading) == [("enclosure_unread", "OBX-5")]
    assert list(reading.enclosures.values()) == [content]


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b64(RTF), "application^rtf^Base64"),
        (RTF.hex(), "application^rtf^Hex"),
        (RTF.decode().replace("\\", "\\E\\"), "application^rtf^A"),
    ],
)
def test_encodings(data, media):
    """In each encoding of table 0299 the file comes out byte for byte."""
    digest = hashlib.sha256(RTF).hexdigest()

    assert {digest: RTF} == dict(read(message(ed(data, media=media))).enclosures)


def test_bytes_of_plain_text():
    """Plain text in encoding A has the bytes it had in the message's character set."""
    content = message(ed("caf\u00e9", media="text^plain^A")).decode()
    content = content.replace("|P|2.5.1", "|P|2.5.1||||||8859/1").encode("latin-1")
    reading = read(content)

    assert [b"caf\xe9"] == list(reading.enclosures.values())
    assert "caf\u00e9" == said(reading.plans[0].notes[0].text)


@pytest.mark.parametrize("subs", ["123", ("1.1", "1.2", "1.3"), ("", "", ""), "111", "789"])
def test_pieces(subs):
    """A file in pieces is one file, by rising numbers or by a beginning that shows."""
    data = b64(RTF)
    cuts = data[:11], data[11:30], data[30:]
    segments = [
        ed(part, sub=sub, media="application^rtf^Base64")
        for part, sub in zip(cuts, subs, strict=True)
    ]

    assert list(read(message(*segments)).enclosures.values()) == [RTF]


def test_pieces_padded():
    """Pieces that were each encoded by themselves are one file too."""
    cuts = RTF[:10], RTF[10:31], RTF[31:]
    media = "application^rtf^Base64"
    segments = [ed(b64(part), sub=str(n), media=media) for n, part in enumerate(cuts, 1)]

    assert list(read(message(*segments)).enclosures.values()) == [RTF]


def test_texts_stay_apart():
    """Two plain texts without numbers are two files: nothing shows where one begins."""
    parts = [ed(b64(text), media="text^plain^Base64") for text in (b"one", b"two")]

    assert list(read(message(*parts)).enclosures.values()) == [b"one", b"two"]


@pytest.mark.parametrize("state", ["D", "W", "X"])
def test_withdrawn_file(state):
    """A file its sender withdrew is kept, named so, and not read."""
    reading = read(message(ed(b64(RTF), media="application^rtf^Base64", state=state), NOTE))
    (plan,) = reading.plans

    assert [f"File ({_WITHDRAWN[state]})"] == [said(one.name) for one in plan.attachments]
    assert ["walk daily"] == [said(note.text) for note in plan.notes]
    assert codes(reading) == [("withdrawn_result", "OBX[1]-5")]


def test_remark_on_file():
    """A comment under a file is named after it."""
    found = read(message(ed(b64(RTF), media="application^rtf^Base64"), "NTE|1||signed")).plans[0]

    assert [said(note.section) for note in found.notes] == ["About File", "File"]


def test_wide_character_set():
    """UTF-16 declared in a document of single bytes is not believed."""
    content = message(NOTE.replace("walk", "caf\u00e9")).decode()
    reading = read(content.replace("|P|2.5.1", "|P|2.5.1||||||UNICODE UTF-16").encode())

    assert codes(reading) == [("charset_mismatch", "MSH-18")]
    assert [said(note.text) for note in reading.plans[0].notes] == ["caf\u00e9 daily"]
