"""OBX and OBR of a report: text to notes, values to assessments or outcomes.

Called by the reader's dispatch. A value keeps its units, range and flags as the source wrote them.
Embedded files are handed to `enclosed`. A result its sender deleted or withdrew is not carried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import (
    datatypes,
    document,
    enclosed,
    headings,
    labelled,
    subids,
)
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.remarks import lines_of
from hub.canonical import Absent, TeamMember, folded, said

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from hub.canonical import Code, Text

_NOTHING: Final = frozenset({"", datatypes.NULL})
_TEXT: Final = frozenset({"TX", "FT"})
_WITHDRAWN: Final = {"D": "deleted", "W": "withdrawn", "X": "not obtainable"}
_STATES: Final = {"P": "preliminary", "C": "corrected", "R": "not verified", "S": "partial"}
_CODED: Final = frozenset({"CE", "CWE", "CNE", "CF", "IS"})


def obx(segment: Segment, into: Gathering) -> None:
    """Map one OBX: one more line of the text being collected, or else by its value type.

    A line is one more if only its set id and words are others. Whatever changes the item a text
    belongs to has settled what was being collected.
    """
    pending: headings.Collected | None = into.pending
    fields = segment.fields
    if pending is None or len(fields) != pending.width:
        _typed(segment, into)
        return
    number, raw = fields[1], fields[5]
    fields[1] = fields[5] = ""
    if not number or fields != pending.alike or raw in _NOTHING:
        fields[1], fields[5] = number, raw
        _typed(segment, into)
        return
    segment.fields = pending.rest.copy()
    segment.mapped, segment.ignored = pending.counts
    seps, at = into.seps, f"{segment.place}-5"
    if pending.wide or seps.repetition in raw or seps.escape in raw:
        headings.more(pending, lines_of(raw, into), at)
    else:
        plain = raw.isprintable() and "  " not in raw
        pending.lines.append((raw.strip(" ") if plain else folded(raw), at))


def _typed(segment: Segment, into: Gathering) -> None:
    """Map one OBX by its value type; the withdrawn ones stay in the residue."""
    kind = segment.peek(2).strip().upper()
    state = segment.peek(11)
    if state in _WITHDRAWN and kind != "ED":
        message = "a result its sender withdrew, it is kept beside the plan only"
        into.find("note", "withdrawn_result", message, segment.place)
        _passed(segment, into)
        return
    if (into.headings or into.fields) and labelled.declared(segment, kind, into):
        return
    before = segment.fields.copy()
    sub = subids.of(segment, into)
    text = kind in _TEXT or (kind in {"ST", ""} and into.flow == "document")
    if text:
        subids.leave(segment, into)
    segment.ignore(1, 2)
    if kind == "ED":
        headings.settle(into)
        into.above.nothing()
        enclosed.piece(segment, into)
    elif kind == "RP":
        _passed(segment, into)
    elif text:
        _text(segment, into, before, sub)
    else:
        _value(segment, kind, into)


def _passed(segment: Segment, into: Gathering) -> None:
    """Remember that an OBX of which nothing is taken came last: a comment below is about it."""
    headings.settle(into)
    into.above.nothing()
    into.beside = datatypes.coded(segment.peek(3), into.seps)[0]


def _text(segment: Segment, into: Gathering, before: list[str], sub: str) -> None:
    """Collect a line of text under its OBX-3, with other lines of the same name.

    `before` are the fields as they came: what the next line must be like to be one more.
    """
    named = segment.peek(3)
    section, codes = _name(segment, into)
    raw = segment.take(5)
    if segment.peek(11) not in _STATES:
        segment.ignore(11)
    key = ("OBX", named, into.current(), sub)
    if not raw or raw == datatypes.NULL:
        headings.blank(into.pending, key, f"{segment.place}-5")
        return
    about = section or _about(into)
    into.beside = section
    code = codes[0] if codes else None
    into.above.onto = None
    headings.collect(into, key, about, code, lines_of(raw, into), f"{segment.place}-5")
    into.pending.near[datatypes.words(before[subids.NUMBER], into.seps)] = None
    if sub:
        into.pending.sub = (sub, segment)
    if before[1]:
        before[1] = before[5] = ""
        pending: headings.Collected = into.pending
        left = segment.fields
        pending.alike, pending.width = before, len(before)
        pending.rest = left.copy() if left.count("") < len(left) - 1 else left[:1]
        pending.counts = segment.mapped, segment.ignored


def _about(into: Gathering) -> str:
    """Name the plan's item that a text without a name stands under."""
    current = into.current()
    return f"About {current}" if current else ""


def _name(segment: Segment, into: Gathering) -> tuple[str, tuple[Code, ...]]:
    return datatypes.coded(segment.take(3), into.seps)


def _value(segment: Segment, kind: str, into: Gathering) -> None:
    """Map a measured or coded value: an outcome of the goal it stands under, or an assessment.

    A sub-id (OBX-4), which says what values belong together, stays beside the plan; so does the
    name of a value that is not there.
    """
    headings.settle(into)
    into.above.nothing()
    name, codes = datatypes.coded(segment.peek(3), into.seps)
    into.beside = name
    result = _result(segment, kind, into)
    if not result:
        return
    segment.take(3)
    date = into.time(segment, 14) or into.observed
    served = _served(into)
    if served:
        count = len(into.items["outcomes"]) + 1
        text = f"{name}: {said(result)}" if name and said(result) else result
        outcome = into.add("outcomes", segment, text=(text, 5), codes=(codes, 3), date=(date, 14))
        outcome |= {"id": f"o{count}"} | served
        return
    into.add(
        "assessments",
        segment,
        name=(name, 3),
        codes=(codes, 3),
        result=(result, 5),
        date=(date, 14),
    )


def _served(into: Gathering) -> dict[str, list[str]]:
    """Return what a value is an outcome of: the goal it stands under, or a plan's own order."""
    if into.intervention is not None:
        order = into.intervention
        return {"interventions": [order["id"]]} if into.flow == "problem" else {}
    return {"goals": [into.goal["id"]]} if into.goal is not None else {}


def _result(segment: Segment, kind: str, into: Gathering) -> Text:
    """Return the value with its units, range, flags and state, each as it was written.

    The codes of a coded value have no field of their own and stay in the residue. A null is a value
    its sender took back.
    """
    seps = into.seps
    raw = segment.peek(5)
    if not raw or raw == datatypes.NULL:
        segment.take(5)
        return Absent("none") if raw else None
    if kind in _CODED:
        values = [datatypes.coded(one, seps)[0] for one in raw.split(seps.repetition)]
    else:
        values = [_readable(one, into) for one in raw.split(seps.repetition)]
    if kind not in _CODED or seps.component not in raw:
        segment.take(5)
    text = ", ".join(filter(None, values))
    units = _units(segment, into)
    aside = _aside(segment, into)
    if aside and text:
        return f"{text} {units} ({aside})" if units else f"{text} ({aside})"
    return f"{text} {units}" if units else text


def _units(segment: Segment, into: Gathering) -> str:
    """Return the unit's code as written; its name in other systems stays in the residue."""
    raw, seps = segment.peek(6), into.seps
    if seps.component not in raw:
        segment.take(6)
    return datatypes.head(raw, seps)


def _aside(segment: Segment, into: Gathering) -> str:
    """Return the reference range, the flags and a state other than final, as far as given.

    Flags are words where they have any; their codes then stay beside the plan.
    """
    seps = into.seps
    spans = datatypes.words(segment.take(7), seps)
    raw = segment.peek(8)
    flags = " ".join(
        filter(None, (datatypes.coded(r, seps)[0] for r in raw.split(seps.repetition)))
    )
    if seps.component not in raw:
        segment.take(8)
    state = _STATES.get(segment.peek(11), "")
    segment.ignore(11)
    told = [f"range {spans}"] if spans else []
    if flags:
        told.append(f"flag {flags}")
    if state:
        told.append(state)
    return ", ".join(told)


def _readable(raw: str, into: Gathering) -> str:
    """Return an SN, NM, ST, DT or TS as it reads: components apart by nothing but a blank."""
    seps = into.seps
    return datatypes.words(raw.replace(seps.component, " "), seps)


def obr(segment: Segment, into: Gathering) -> None:
    """Map the OBR of a report: its name to the title, its time to the results below it.

    In an MDM the document is TXA's, so the order it came from stays residue.
    """
    headings.settle(into)
    into.above.nothing()
    segment.ignore(1)
    given = segment.peek(7)
    into.observed = into.time(segment, 7)
    if into.observed:
        segment.give_back(7, given)  # passed over at the end where a result holds it
    into.beside = datatypes.coded(datatypes.first(segment.peek(4), into.seps), into.seps)[0]
    if into.flow == "document":
        return
    _numbered(segment, into)
    if "title" not in into.header:
        segment.take(4)
        into.put("header", "title", into.beside, segment, 4)
    for number, role in ((16, "ordering provider"), (32, "interpreter")):
        for raw in into.repetitions(segment, number):
            party = datatypes.person(_flat(raw, into) if number == 32 else raw, into.seps)  # noqa: PLR2004  # OBR-32 is an NDL
            if party:
                into.joined(TeamMember(party=party, role=role), segment, number)
                if number == 32:  # noqa: PLR2004  # OBR-32, who answers for the report
                    document.owner(party, segment, number, into)
    state = said(into.text(segment, 25))
    into.put("header", "status", {"F": "active", "P": "draft"}.get(state), segment, 25)


def _numbered(segment: Segment, into: Gathering) -> None:
    """Map the filler's number of the first order (OBR-3) to an id the document gave itself.

    One that the profile maps is left for it; other orders' numbers stay beside the plan.
    """
    if any(rule.source.startswith("OBR-3") for rule in into.habits.segments):
        return
    given = into.header.get("source_ids", ())
    number = document.entity(segment.peek(3), into)
    if number is None or any(one.kind != "message" for one in given):
        return
    segment.take(3)
    into.header["source_ids"] = (number, *given)
    into.places["/header/source_ids/0"] = place(f"{segment.place}-3")


def _flat(raw: str, into: Gathering) -> str:
    """Return an NDL's person: its first component, whose parts are one level further down."""
    return raw.split(into.seps.component, 1)[0].replace(into.seps.sub, into.seps.component)


def al1(segment: Segment, into: Gathering) -> None:
    """Map AL1 to an allergy."""
    segment.ignore(1)
    text, codes = datatypes.coded(segment.take(3), into.seps)
    reactions = [datatypes.words(raw, into.seps) for raw in into.repetitions(segment, 5)]
    severity = datatypes.coded(segment.take(4), into.seps)[0]
    if text:
        into.above.item = ("allergies", len(into.items["allergies"]))
        into.add(
            "allergies",
            segment,
            text=(text, 3),
            codes=(codes, 3),
            severity=(severity, 4),
            reaction=(", ".join(filter(None, reactions)), 5),
        )
