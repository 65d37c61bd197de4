"""Bytes become messages: line ends, character sets, separators and batches, all our own."""

import pytest
from hl7_messages import MSH, PID, codes, message, plan, read

from adapters.formats.hl7v2 import ADAPTER, Habits, Hl7v2Reader
from adapters.formats.hl7v2.acknowledge import Outcome, answer
from hub.canonical import Document, said

NOTE = "OBX|1|TX|N^Note^L||walk daily||||||F"
BATCH = "BHS|^~\\&|CM|PLAN1\r{}BTS|{}\r"


def texts(content):
    """Return the text of every note in every plan."""
    return [said(note.text) for plan in read(content).plans for note in plan.notes]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends(end):
    """CR, LF and CRLF end a segment alike."""
    assert texts(message(NOTE, end=end)) == ["walk daily"]


WRAPPED = {
    "utf-8 mark": lambda m: b"\xef\xbb\xbf" + m,
    "utf-16": lambda m: m.decode().encode("utf-16"),
    "utf-16 without mark": lambda m: m.decode().encode("utf-16-le"),
    "mllp": lambda m: b"\x0b" + m + b"\x1c\r",
    "blank lines": lambda m: b"\r\n\r\n" + m.replace(b"\r", b"\r\n\r\n"),
}


@pytest.mark.parametrize("wrap", WRAPPED)
def test_wrappings(wrap):
    """Marks, framing bytes and blank lines around a message do not matter."""
    content = WRAPPED[wrap](message(NOTE))

    assert ADAPTER.identify(Document(content))
    assert texts(content) == ["walk daily"]


@pytest.mark.parametrize(
    "mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"]
)
def test_only_cr_splits(mark):
    """No other line separator inside a text starts a second message or patient."""
    smuggled = f"OBX|1|TX|N^Note^L||one{mark}MSH|^~\\&|X|Y||||||||{mark}PID|1||999||||||F"
    reading = read(message(smuggled))

    assert len(reading.plans) == 1
    assert [i.value for i in reading.plans[0].member.identifiers] == ["100200"]


@pytest.mark.parametrize(
    ("declared", "codec", "found"),
    [
        ("UNICODE UTF-8", "utf-8", []),
        ("8859/1", "iso8859-1", []),
        ("8859/15", "iso8859-15", []),
        ("", "utf-8", ["charset_undeclared"]),
        ("ASCII", "utf-8", ["charset_mismatch"]),
        ("UTF-8~UNICODE", "utf-8", []),
    ],
)
def test_character_sets(declared, codec, found):
    """MSH-18 decides, then strict UTF-8, and each guess is a finding."""
    text = message("OBX|1|TX|N^Note^L||caf\u00e9||||||F").decode()
    text = text.replace("|P|2.5.1", f"|P|2.5.1||||||{declared}")
    reading = read(text.encode(codec))

    assert found == [code for code, _ in codes(reading)]
    assert said(reading.plans[0].notes[0].text) == "caf\u00e9"


@pytest.mark.parametrize(
    ("declared", "found"), [("", "charset_undeclared"), ("UNICODE UTF-8", "charset_mismatch")]
)
def test_letters_unknown(declared, found):
    """Eight-bit text in no known character set is refused, and the ASCII messages beside it not."""
    text = message("OBX|1|TX|N^Note^L||caf\u00e9||||||F").decode()
    text = text.replace("|P|2.5.1", f"|P|2.5.1||||||{declared}")
    reading = read(message(NOTE) + text.encode("cp1252"))

    assert len(reading.plans) == 1
    assert [("error", found, "MSH[2]/MSH-18")] == [
        (f.severity, f.code, f.place.at) for f in reading.findings
    ]


def test_letters_declared_by_habit():
    """A sender whose profile names its character set is read in it."""
    text = message("OBX|1|TX|N^Note^L||caf\u00e9||||||F")
    reading = read(text.decode().encode("cp1252"), Hl7v2Reader(Habits(encoding="cp1252")))

    assert (said(reading.plans[0].notes[0].text), reading.findings) == ("caf\u00e9", ())


@pytest.mark.parametrize("marks", ["|^~\\&", "|^~\\&#", "@~&#\\", "|^~}", "#!%$*", "|^", "|^~"])
def test_separators(marks):
    """Any sane separators are taken from MSH-1 and 2, also where MSH-2 was cut short."""
    used = (marks + "|^~\\&"[len(marks) :])[:5]
    content = message("OBX|1|TX|N^Note^L||walk daily||||||F").decode()
    table = str.maketrans("|^~\\&", used)
    changed = content.translate(table).replace("MSH" + used, "MSH" + marks, 1)

    assert plan(changed.encode()).member.name.family == "PUBLIC"


def test_message_without_subcomponents():
    """A message whose MSH-2 leaves no sign for subcomponents has none, and is read all the same."""
    content = message(PID, "PD1|||Home^L^1234567893^^^NPI", NOTE).decode()
    marked = content.replace("~", "&").replace("MSH|^&\\&", "MSH|^&", 1)
    (only,) = read(marked.encode()).plans
    told = answer(marked.encode(), Outcome("AA"), now="20261122", control_id="A9").decode()

    assert "walk daily" in [said(note.text) for note in only.notes]
    assert told.startswith("MSH|^&\\|")


@pytest.mark.parametrize("marks", ["|^^\\&", "|abcd", "|^~\\&#!%", "||||", "|\t~\\&"])
def test_insane_separators(marks):
    """Separators that repeat or are letters are refused with their place."""
    content = message(NOTE).decode().replace("|^~\\&", marks, 1)

    assert ("bad_separators", "MSH-2") in codes(read(content.encode()))


def test_doubled_escape():
    """An escape character that MSH-2 holds twice is read as once, with a warning."""
    content = message(r"OBX|1|TX|N^Note^L||salt \T\ water||||||F").decode()
    reading = read(content.replace("|^~\\&", "|^~\\\\&", 1).encode())

    assert [("warning", "doubled_escape")] == [(f.severity, f.code) for f in reading.findings]
    assert [said(note.text) for note in reading.plans[0].notes] == ["salt & water"]


def test_lower_case_names():
    """A segment whose name is in lower case is taken, with a warning that names it."""
    reading = read(message(NOTE, pid=PID.replace("PID", "pid")))

    assert codes(reading) == [("segment_case", "PID")]
    assert reading.plans[0].member.name.family == "PUBLIC"


@pytest.mark.parametrize(
    ("text", "found"),
    [("walk dai#", ["truncated_value"]), ("walk \\P\\", []), ("#1 walk", []), ("a # b", [])],
)
def test_truncation(text, found):
    """A value that ends in the declared truncation character is said to be cut."""
    content = message(f"OBX|1|TX|N^Note^L||{text}||||||F").replace(b"|^~\\&|", b"|^~\\&#|", 1)

    assert found == [code for code, _ in codes(read(content))]


def test_no_truncation_declared():
    """Where no truncation character is declared, the usual one is a letter like any other."""
    assert codes(read(message("OBX|1|TX|N^Note^L||walk #||||||F"))) == []


def test_switched_character_set():
    """Of the sets MSH-18 names, a Japanese one is decoded where the text switches to it."""
    text = "OBX|1|TX|N^Note^L||\x1b$B;3ED\x1b(B Taro||||||F"
    content = message(text).replace(b"|P|2.5.1", b"|P|2.5.1||||||ASCII~ISO IR87", 1)

    assert texts(content) == ["\u5c71\u7530 Taro"]


def test_messages_without_envelope():
    """Several messages in one file are each their own plan."""
    other = message(NOTE, control="C2", pid=PID.replace("100200", "100201"))

    found = [p.member.identifiers[0].value for p in read(message(NOTE) + other).plans]
    assert found == ["100200", "100201"]


def test_place_names_message():
    """A place in the second message says so."""
    places = read(message(NOTE) + message(NOTE, control="C2")).plans[1].places

    assert places["/notes/0/text"].at == "MSH[2]/OBX-5"


def test_one_bad_message():
    """A message that is refused leaves the others of its batch alone."""
    bad = message(NOTE, control="C2", pid="")
    reading = read(message(NOTE) + bad + message(NOTE, control="C3"))

    assert len(reading.plans) == 2
    assert ("missing_pid", "MSH[2]/PID") in codes(reading)


@pytest.mark.parametrize(
    ("count", "found"), [("2", []), ("3", ["batch_count"]), ("x", ["batch_count"])]
)
def test_batch_count(count, found):
    """A trailer's count is checked, and what is there is taken with a warning."""
    inner = (message(NOTE) + message(NOTE, control="C2")).decode()
    reading = read(BATCH.format(inner, count).encode())

    assert [("warning", code) for code in found] == [(f.severity, f.code) for f in reading.findings]
    assert len(reading.plans) == 2


def test_batch_cut():
    """A batch without its trailer may be cut: it says so, and its last message is not taken."""
    whole, half = message(NOTE), message(NOTE, control="C2")
    reading = read(b"BHS|^~\\&|CM|PLAN1\r" + whole + half)

    assert codes(reading) == [("batch_unclosed", "BHS")]
    assert ["C1"] == [plan.header.source_ids[0].value for plan in reading.plans]


def test_continued_segment():
    """An ADD segment goes on with the one before it."""
    content = message("OBX|1|TX|N^Note^L||walk", "ADD| daily||||||F")

    assert texts(content) == ["walk daily"]


def test_broken_line():
    """A text broken by its sender's line ends is put together again."""
    content = message("OBX|1|TX|N^Note^L||walk", "daily||||||F")

    assert texts(content) == ["walk\ndaily"]


def test_stray_line_elsewhere():
    """A line that is no segment and follows none with text is kept as residue."""
    residue = plan(message("no segment at all", NOTE)).residue

    assert [said(item.text) for item in residue] == ["???-1: no segment at all"]


def test_starts_with_pid():
    """Segments before any MSH are refused with the first one's name."""
    content = message(NOTE).split(b"\r", 1)[1]

    assert ADAPTER.identify(Document(content))
    assert ("missing_msh", "PID") in codes(read(content))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", ("missing_msh", "MSH")),
        (b"MSH", ("bad_separators", "MSH-2")),
        (b"MSH\rPID|1||M1", ("bad_separators", "MSH-2")),
        (b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5", ("missing_pid", "PID")),
        (message(NOTE, control=""), ("missing_control_id", "MSH-10")),
        (message(NOTE, kind=""), ("missing_message_type", "MSH-9")),
        (message(NOTE, pid=""), ("missing_pid", "PID")),
        (message(NOTE, pid="PID|1"), ("missing_member", "PID")),
        (message(NOTE, pid=PID.replace("19700101", "19700230")), ("odd_birth_date", "PID-7")),
        (message(NOTE, PID.replace("100200", "100201")), ("two_patients", "PID[2]")),
    ],
)
def test_refused(content, expected):
    """What can't be a plan is no plan, and the finding says why and where."""
    reading = read(content)

    assert ((), [expected]) == (reading.plans, codes(reading))


def test_repeated_pid():
    """The same patient named twice is still one patient."""
    assert len(read(message(PID, NOTE)).plans) == 1


@pytest.mark.parametrize(
    "content", [b"MSHELL|x", b"PID|NAME\r\n1|2\r\n", b"<xml/>", b"", b"MSH is"]
)
def test_not_claimed(content):
    """What only looks a little like HL7 v2 is not claimed."""
    assert not ADAPTER.identify(Document(content))


def test_message_fixture():
    """The fixture's own header is what these tests believe it to be."""
    assert MSH.startswith("MSH|^~\\&|CM|PLAN1|")
