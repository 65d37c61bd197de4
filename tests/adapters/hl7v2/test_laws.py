"""Laws of HL7 text and files: every word of the source is in the plan, every file byte for byte.

The source is split here anew, never by the reader's own code.
"""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from hl7_messages import message, read
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.hl7v2 import ADAPTER
from adapters.formats.hl7v2.escapes import escaped
from adapters.formats.hl7v2.segments import Separators
from hub.canonical import Document, said, wire

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "hl7v2"
FILES = sorted(p for p in CORPUS.rglob("*") if p.is_file()) if CORPUS.is_dir() else []
WORD = re.compile(r"\w+")
ESCAPES = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", "H": "", "N": ""}
KEPT = {"OBX": [5, 6, 7, 8], "NTE": [3], "TXA": [2, 4, 6, 9, 12, 13, 16, 17, 25]}
SAID_OTHERWISE = {"GUID", "ISO", "AU", "LA", "DO", "IP", "DI", "PA", "IN"}
"""Kinds of an id's assigner, and completion codes, which become the status."""
HEADER = ["CM", "P", "H", "Q", "2026", "", "MDM", "C1", "P", "2.7"]
LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=60)


def meant(found):
    """Return what an escape sequence stands for: a mark, a byte, or white space."""
    name = found[1]
    if name[0] == "X":
        return bytes.fromhex(name[1:]).decode()
    return ESCAPES.get(name, " ")


def source_words(text):
    """Yield the field and every word of OBX-5 to 8, NTE-3 and TXA, with escapes resolved."""
    for line in re.split(r"[\r\n]+", text):
        fields = line.split("|")
        if fields[0] == "OBX" and fields[2:3] == ["ED"]:
            continue
        for number in KEPT.get(fields[0], []):
            raw = fields[number] if number < len(fields) else ""
            raw = re.sub(r"[~^&]", " ", raw.replace('""', ""))
            plain = re.sub(r"\\(\.\w\w|[FSTREHNP]|[XCM][0-9A-F]+)\\", meant, raw)
            for word in WORD.findall(re.sub(r"[+-]\d{4}\b", "", plain)):
                yield f"{fields[0]}-{number}", word


def texts(value):
    """Yield every text inside a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list, tuple)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from texts(inner)


def plan_words(reading):
    """Return every word the plans of a reading hold, and each text's digits run together."""
    found = set()
    for plan in reading.plans:
        data = wire.plain(plan)
        data.pop("places", None)
        for text in texts(data):
            found.update(WORD.findall(text))
            found.add(re.sub(r"\D", "", text)[:14])
    return found


def lost(content, reading):
    """Return the fields of a document that have a word which is in no plan."""
    have = plan_words(reading)
    return sorted(
        {
            at
            for at, word in source_words(content.decode("utf-8", "replace"))
            if word not in have and word not in SAID_OTHERWISE
        }
    )


@pytest.mark.corpus
@pytest.mark.skipif(not FILES, reason="the shared corpora are not here")
def test_no_word_is_lost():
    """In every file that was read whole, no word of a result, remark or document header is lost."""
    missing = {}
    for path in FILES:
        content = path.read_bytes()
        reading = ADAPTER.read(Document(content, path.name))
        whole = reading.plans and not any(one.severity == "error" for one in reading.findings)
        standard = b"|^~" in content[:16] and b"|~^" not in content[:16]
        if whole and standard and (found := lost(content, reading)):
            missing[path.name] = found

    assert missing == {}


@given(st.lists(LETTERS, min_size=1, max_size=4), st.sampled_from(["OBX", "NTE"]))
@settings(deadline=None)
def test_text_comes_back(lines, kind):
    """Any text, escaped as the standard says, comes out in the same words and lines."""
    seps = Separators()
    raw = "\\.br\\".join(escaped(line, seps) for line in lines)
    segment = f"OBX|1|TX|N^Note^L||x{raw}||||||F" if kind == "OBX" else f"NTE|1||x{raw}"
    (plan,) = read(message(segment)).plans

    expected = [" ".join(line.split()) for line in ["x" + lines[0], *lines[1:]]]
    assert "\n".join(expected).strip("\n") == said(plan.notes[0].text)


@given(st.permutations("|^~\\&#!$%*@;:"), LETTERS)
@settings(deadline=None)
def test_any_separators(marks, text):
    """Whatever six characters a message separates by, its text comes out the same."""
    field, *rest = marks[:6]
    seps = Separators(field, *rest)
    line = field.join(["OBX", "1", "TX", "N", "", "x" + escaped(text, seps), *[""] * 5, "F"])
    head = f"MSH{field}{''.join(rest)}{field}" + field.join(
        ["CM", "P", "H", "Q", "2026", "", "MDM", "C1", "P", "2.7"]
    )
    pid = field.join(["PID", "1", "", "100200", "", "PUBLIC"])
    (plan,) = read(f"{head}\r{pid}\r{line}".encode()).plans

    assert " ".join(("x" + text).split()) == said(plan.notes[0].text)


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["Base64", "Hex"]), st.data())
@settings(deadline=None)
def test_files_come_back(content, encoding, data):
    """Any bytes, in either encoding and cut into any numbered pieces, come out as they were."""
    content = b"\x89PNG" + content
    text = content.hex() if encoding == "Hex" else base64.b64encode(content).decode()
    cuts = sorted(data.draw(st.sets(st.integers(12, max(12, len(text) - 1)), max_size=3)))
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if text[a:b]]
    segments = [
        f"OBX|{n}|ED|F^File^L|{n}|^image^png^{encoding}^{part}||||||F"
        for n, part in enumerate(parts, 1)
    ]
    reading = read(message(*segments))

    digest = hashlib.sha256(content).hexdigest()
    assert {digest: content} == dict(reading.enclosures)
    assert [digest] == [one.sha256 for one in reading.plans[0].attachments]
