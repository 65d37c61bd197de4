"""Free text to plan items, for senders whose profile declares the headings of their text.

Called with the collected lines of one text. A heading is a whole line, or the start of one up to a
colon, that the profile lists; each line or bullet under it is one item, down to the next heading,
declared or not (`capitals`). Without declared headings, and for every line outside them, the text
stays a note: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import aligned, capitals, reported, reports, strays, subids
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.habits import heading_key
from hub.canonical import Code, Party, Sealed, TeamMember, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.reporting import Report
    from adapters.formats.hl7v2.segments import Segment

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


Line = tuple[str, str]
"""A line and its place."""


@dataclass(slots=True, repr=False)
class Collected(Sealed):
    """Text that stands in several segments: its section, and each line with its place.

    `alike` are the fields of its last segment without set id and words, `width` their number,
    `rest` what was left of them, `counts` how many were mapped and ignored: a next one that is
    alike is taken as it was. `sub` is the sub-id of its first segment, where it is an item's id,
    `near` every sub-id it has, whatever that is. `wide` says that its blanks matter (`reports`).
    """

    key: tuple[str, ...]
    section: str
    code: Code | None
    lines: list[tuple[str, str]]
    alike: list[str] | None = None
    width: int = 0
    rest: list[str] = field(default_factory=list)
    counts: tuple[int, int] = (0, 0)
    sub: tuple[str, Segment] | None = None
    near: dict[str, None] = field(default_factory=dict)
    wide: bool = False


def collect(  # a text, its place and the four things that say which text it is
    into: Gathering, key: tuple[str, ...], section: str, code: Code | None, text: str, at: str
) -> None:
    """Add text to what is being collected, or start anew when it belongs to another text."""
    pending = into.pending
    if pending is None or pending.key != key:
        settle(into)
        pending = into.pending = Collected(key, section, code, [])
        pending.wide = into.habits.report is not None and key[0] == "OBX"
    more(pending, text, at)


def more(pending: Collected, text: str, at: str) -> None:
    """Add the lines of a text to what is being collected."""
    if pending.wide:
        pending.lines += [(line.rstrip(), at) for line in text.expandtabs().split("\n")]
    elif "\n" in text:
        pending.lines += [(folded(line), at) for line in text.split("\n")]
    else:
        pending.lines.append((folded(text), at))


def blank(pending: Collected | None, key: tuple[str, ...], at: str) -> None:
    """Add the empty line that an observation without words is in a text it goes on with."""
    if pending is not None and pending.key == key:
        pending.lines.append(("", at))


def settle(into: Gathering) -> None:
    """Turn what was collected into items of the plan, and collect nothing any more."""
    pending: Collected | None = into.pending
    into.pending = None
    if pending is None or not _worded(pending.lines):
        return
    into.above.item = None if pending.key[0] == "OBX" else into.above.item
    opened = _opened(pending, into)
    if opened in _PREFIX and pending.sub:
        _whole(opened, pending, pending.sub, into)
    elif pending.wide and into.habits.report is not None:
        _report(into.habits.report, pending, into)
    elif opened:
        _items(opened, pending.section, pending.lines, into)
    elif into.headings:
        _under_headings(pending, into)
    else:
        _note(pending.section, pending.code, pending.lines, into)
    if opened in _PREFIX:
        subids.stands(opened, [*pending.near], into)


def _whole(target: str, pending: Collected, sub: tuple[str, Segment], into: Gathering) -> None:
    """Make one item of all lines under one sub-id, which is the item's id."""
    given, segment = sub
    lines = [(line, at) for line, at in pending.lines if line]
    end = next((n for n, (line, _) in enumerate(lines) if n and strays.opens(line)), len(lines))
    text = " ".join(line for line, _ in lines[:end])
    _elements(target, [(text, pending.lines[0][1])], into)
    if lines[end:]:
        _note(_about(pending.section, text), None, lines[end:], into)
    number = len(into.items[target]) - 1
    item = into.items[target][number]
    subids.named(item, target, number, given, into, f"{segment.place}-4")
    if item["id"] != given:
        return
    segment.take(subids.NUMBER)
    places = {at.removesuffix("-5") for _, at in pending.lines}
    if len(places) > 1 and not into.above.segments:
        into.above.segments = {one.place: one for one in into.message.segments}
    for at in places if len(places) > 1 else ():
        into.above.segments[at].ignore(subids.NUMBER)


def _opened(pending: Collected, into: Gathering) -> str:
    """Return the list a text's own name opens: a LOINC section code, or a declared heading."""
    code = pending.code
    declared = into.headings.get(heading_key(pending.section), "") if into.headings else ""
    if into.headings and code is not None and not declared:
        declared = into.headings.get(heading_key(code.code or ""), "")
    if declared or code is None or code.system != _LOINC:
        return declared
    return _CODED.get(code.code or "", "")


def _under_headings(pending: Collected, into: Gathering) -> None:
    """Cut the text at declared headings; what stands before the first one is a note."""
    target, title = "", pending.section
    block: list[tuple[str, str]] = []
    ends, begun = capitals.headings(pending.lines), False
    for number, one in enumerate(pending.lines):
        line, at = one
        # a bullet never opens a section, and looking for one costs least
        found = None if _BULLET.match(line) else _heading(line, into.headings)
        if found is None and begun and number in ends:
            found = ("", ends[number], line[len(ends[number]) :].lstrip(": "))
        if found is None:
            block.append(one)
            continue
        _block(target, title, block, pending.code, into)
        begun = True
        target, title, rest = found
        block = [(rest, at)] if rest else []
        if number in ends and not target and not _below(pending.lines, number):
            block.append((line, at))
    _block(target, title, block, pending.code, into)


def _below(lines: list[Line], number: int) -> bool:
    """Say whether a heading that nobody declared has words under it, and not another heading."""
    after = lines[number + 1 :]
    below = next((n for n, (line, _) in enumerate(after, number + 1) if line), 0)
    return bool(below) and below not in capitals.headings(lines)


def _report(report: Report, pending: Collected, into: Gathering) -> None:
    """Take the rows of a report's text, and cut what they leave at its headings."""
    found = reports.read(report, pending.lines, into)
    into.above.met |= {"report", *found.rows}
    for about, words, at in reported.items(found.rows, into):
        _note(_about("", about), None, [(words, at)], into)
    for section in found.left:
        lines = [(folded(line), at) for line, at in section.lines]
        if not _worded(lines):
            alone = section.title and heading_key(section.title) not in into.headings
            lines = [(section.title, section.at)] if alone else []
        target = into.headings.get(heading_key(section.title), "")
        _block(target, section.title or pending.section, lines, pending.code, into)


def _block(
    target: str, title: str, block: list[tuple[str, str]], code: Code | None, into: Gathering
) -> None:
    if not _worded(block):
        return
    if target:
        _items(target, title, block, into)
    else:
        _note(title, code, block, into)


def _worded(lines: list[tuple[str, str]]) -> bool:
    return any(line for line, _ in lines)


def _heading(line: str, headings: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return the list, the heading as written and the rest of the line, if it opens a section."""
    title, colon, rest = line.partition(":")
    target = headings.get(heading_key(title))
    if target is None:
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
    entries, strayed = _apart(lines)
    if target == "team":
        _people(entries, into)
    elif target not in _WORDS and target != "notes":
        _elements(target, entries, into)
    else:
        for text, at in entries:
            if target == "notes":
                _note(title, None, [(text, at)], into)
            else:
                into.say(target, text, at)
    for above, below in strayed:
        _note(_about(title, above), None, below, into)


def _people(entries: list[Line], into: Gathering) -> None:
    """Make somebody of the care team of each entry, all of its words the name."""
    for text, at in entries:
        member = TeamMember(party=Party(name=text))
        if member not in into.team:
            into.places[f"/team/{len(into.team)}"] = place(at)
            into.team[member] = None


def _about(title: str, words: str) -> str:
    """Name what a note stands under by all of its words, so that it is withheld with them."""
    return f"About {title}: {words}" if title else f"About {words}"


def _apart(lines: list[Line]) -> tuple[list[Line], list[tuple[str, list[Line]]]]:
    """Return the entries of a text, and what stands under an entry with a label of its own.

    Below a bullet, a line that starts with a label nobody declared does not go on with the bullet.
    """
    blocks: list[tuple[list[Line], list[Line]]] = [([], [])]
    bulleted = False
    for one in lines:
        bullet = _BULLET.match(one[0]) is not None
        if bullet and blocks[-1][1]:
            blocks.append(([], []))
        bulleted = bulleted or bullet
        stray = not bullet and bulleted and (blocks[-1][1] or strays.opens(one[0]))
        blocks[-1][1 if stray else 0].append(one)
    entries: list[Line] = []
    strayed = []
    for own, below in blocks:
        entries += _entries(own)
        if _worded(below):
            strayed.append((entries[-1][0] if entries else "", below))
    return entries, strayed


def _elements(target: str, entries: list[tuple[str, str]], into: Gathering) -> None:
    items, places = into.items[target], into.places
    ends = [at for _, at in entries]
    if target in _PREFIX and ends:  # the item of the last segment, where it made no other
        last = len(items) + len(entries) - 1
        into.above.item = (target, last) if ends.count(ends[-1]) == 1 else None
    name, prefix = _NAMED.get(target, "text"), _PREFIX.get(target)
    for number, (text, at) in enumerate(entries, len(items)):
        places[f"/{target}/{number}/{name}"] = place(at)
        item: dict[str, object] = {name: text}
        if prefix:
            item["id"] = f"{prefix}{number + 1}"
        items.append(item)


def _entries(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    bullets = [_BULLET.match(line) for line, _ in lines]
    bulleted = any(bullets)
    entries: list[tuple[str, str]] = []
    for bullet, (line, at) in zip(bullets, lines, strict=True):
        text = line[bullet.end() :] if bullet else line
        if not text:
            continue
        if bulleted and entries and not bullet:
            begun, where = entries[-1]
            entries[-1] = (aligned.joined(begun, text), where)
        else:
            entries.append((text, at))
    return entries
