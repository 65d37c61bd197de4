"""Free text to plan items, for senders whose profile declares the headings of their text.

Called with the collected lines of one text. A heading is a whole line, or the start of one up to a
colon, that the profile lists; each line or bullet under it is one item. Without declared headings,
and for every line outside them, the text stays a note: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.habits import heading_key
from hub.canonical import Code, Sealed, folded

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering

_BULLET: Final = re.compile(r"\s*(?:[-*\u2022\u2013]|\(?\d{1,2}[.)])\s+")
_WORDS: Final = ("strengths", "preferences", "barriers", "own_words")
_PREFIX: Final = {"concerns": "c", "goals": "g", "interventions": "i", "outcomes": "o"}
_NAMED: Final = {"assessments": "name"}
_CODED: Final = {
    "75310-3": "concerns",
    "61146-7": "goals",
    "62387-6": "interventions",
    "11383-7": "outcomes",
}
_LOINC: Final = "http://loinc.org"


@dataclass(slots=True, repr=False)
class Collected(Sealed):
    """Text that stands in several segments: its section, and each line with its place."""

    key: tuple[str, ...]
    section: str
    code: Code | None
    lines: list[tuple[str, str]]


def collect(  # a text, its place and the four things that say which text it is
    into: Gathering, key: tuple[str, ...], section: str, code: Code | None, text: str, at: str
) -> None:
    """Add text to what is being collected, or start anew when it belongs to another text."""
    pending = into.pending
    if pending is None or pending.key != key:
        settle(into)
        pending = into.pending = Collected(key, section, code, [])
    pending.lines += [(folded(line), at) for line in text.split("\n")]


def settle(into: Gathering) -> None:
    """Turn what was collected into items of the plan, and collect nothing any more."""
    pending: Collected | None = into.pending
    into.pending = None
    if pending is None or not any(line for line, _ in pending.lines):
        return
    opened = _opened(pending, into)
    if opened:
        _items(opened, pending.section, pending.lines, into)
    elif into.headings:
        _under_headings(pending, into)
    else:
        _note(pending.section, pending.code, pending.lines, into)


def _opened(pending: Collected, into: Gathering) -> str:
    """Return the list a text's own name opens: a LOINC section code, or a declared heading."""
    declared = into.headings.get(heading_key(pending.section), "") if into.headings else ""
    code = pending.code
    if declared or code is None or code.system != _LOINC:
        return declared
    return _CODED.get(code.code or "", "")


def _under_headings(pending: Collected, into: Gathering) -> None:
    """Cut the text at declared headings; what stands before the first one is a note."""
    target, title = "", pending.section
    block: list[tuple[str, str]] = []
    for line, at in pending.lines:
        found = _heading(line, into.headings)
        if found is None:
            block.append((line, at))
            continue
        _block(target, title, block, pending.code, into)
        target, title, rest = found
        block = [(rest, at)] if rest else []
    _block(target, title, block, pending.code, into)


def _block(
    target: str, title: str, block: list[tuple[str, str]], code: Code | None, into: Gathering
) -> None:
    if not any(line for line, _ in block):
        return
    if target:
        _items(target, title, block, into)
    else:
        _note(title, code, block, into)


def _heading(line: str, headings: dict[str, str]) -> tuple[str, str, str] | None:
    """Return the list, the heading as written and the rest of the line, if it opens a section."""
    title, colon, rest = line.partition(":")
    target = headings.get(heading_key(title))
    if target is None or _BULLET.match(line):
        return None
    return (target, title.strip(), rest.strip()) if colon or not rest else None


def _note(section: str, code: Code | None, lines: list[tuple[str, str]], into: Gathering) -> None:
    number = len(into.items["notes"])
    text = "\n".join(line for line, _ in lines).strip("\n")
    note: dict[str, object] = {"text": text}
    into.places[f"/notes/{number}/text"] = place(lines[0][1])
    if section:
        note["section"] = section
        into.places[f"/notes/{number}/section"] = place(lines[0][1])
    if code:
        note["code"] = code
        into.places[f"/notes/{number}/code"] = place(lines[0][1])
    into.items["notes"].append(note)


def _items(target: str, title: str, lines: list[tuple[str, str]], into: Gathering) -> None:
    """Make one item of each bullet, or of each line where there are no bullets."""
    if target == "crisis_plan":
        text = "\n".join(entry for entry, _ in _entries(lines))
        before = into.singles.get(target)
        into.singles[target] = f"{before}\n{text}" if before else text
        into.places.setdefault("/crisis_plan", place(lines[0][1]))
        return
    for text, at in _entries(lines):
        if target in _WORDS:
            into.say(target, text, at)
        elif target == "notes":
            _note(title, None, [(text, at)], into)
        else:
            _item(target, text, at, into)


def _item(target: str, text: str, at: str, into: Gathering) -> None:
    items = into.items[target]
    field = _NAMED.get(target, "text")
    item: dict[str, object] = {field: text}
    into.places[f"/{target}/{len(items)}/{field}"] = place(at)
    if target in _PREFIX:
        item["id"] = f"{_PREFIX[target]}{len(items) + 1}"
    items.append(item)


def _entries(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    bulleted = any(_BULLET.match(line) for line, _ in lines)
    entries: list[tuple[list[str], str]] = []
    for line, at in lines:
        text = _BULLET.sub("", line, count=1) if _BULLET.match(line) else line
        if not text:
            continue
        if bulleted and entries and text == line:
            entries[-1][0].append(text)
        else:
            entries.append(([text], at))
    return [(" ".join(words), at) for words, at in entries]
