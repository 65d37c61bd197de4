"""Narrative (`text.div`) and Composition sections, to notes; what restates elements is left out.

FHIR says by `text.status` whether narrative holds more than the elements do: `generated` and
`extensions` do not, `additional`, `empty` and no status may. A section without entries is always
kept. Markup is taken off by rule, never by a parser that could follow it anywhere.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from adapters.formats.fhir import house, privacy
from adapters.formats.fhir.datatypes import code_of, concept
from hub.canonical import Absent, Code, Note, Residue, folded

if TYPE_CHECKING:
    from adapters.formats.fhir.entries import Resource
    from adapters.formats.fhir.gathering import Draft, Gathering
    from adapters.formats.fhir.nodes import Node

_RESTATING: Final = frozenset({"generated", "extensions"})
_INLINE: Final = re.compile(
    r"</?(?:b|i|em|strong|span|a|sub|sup|u|tt|code|small|big)\b[^<>]*>", re.IGNORECASE
)
_TAG: Final = re.compile(r"<[^<>]*>")
_WORD: Final = re.compile(r"[^\W_]+")
_DEEPEST: Final = 24

ABSENCES: Final = {
    "nilknown": Absent("none"),
    "notasked": Absent("unknown"),
    "unavailable": Absent("unknown"),
    "withheld": Absent("masked"),
}
_EMPTY: Final = {
    "75310-3": "concerns",
    "11450-4": "concerns",
    "61146-7": "goals",
    "62387-6": "interventions",
    "18776-5": "interventions",
    "11383-7": "outcomes",
    "10160-0": "medications",
    "48765-2": "allergies",
    "42348-3": "advance_directives",
}
"""LOINC of sections, to the list whose absence their `emptyReason` states."""


def words(div: str) -> str:
    """Return what a reader sees of an XHTML fragment, folded."""
    if "<!--" in div:
        parts = div.split("<!--")
        div = parts[0] + "".join(part.partition("-->")[2] for part in parts[1:])
    return folded(html.unescape(_TAG.sub(" ", _INLINE.sub("", div))))


def narrative(gathering: Gathering, one: Resource) -> None:
    """Keep a resource's own narrative as a note when it may say more than the resource does."""
    text = one.node.part("text")
    div = text.part("div") if text is not None else None
    if text is None or div is None or not isinstance(div.value, str):
        return
    text.drop("status")
    told = words(div.value)
    if text.said("status") in _RESTATING or not told or _said(told, one.node.value):
        div.claim("ignored")
        return
    div.claim()
    gathering.note(told, f"Narrative of {one.kind}", div.at, one)


def _said(told: str, value: object) -> bool:
    """Say whether the leaves beside a narrative hold every word of it, as often."""
    have = Counter(word for leaf in _leaves(value) for word in _WORD.findall(leaf.casefold()))
    return not Counter(_WORD.findall(told.casefold())) - have


def _leaves(value: object) -> list[str]:
    found: list[str] = []
    stack = [value]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            stack += [inner for key, inner in part.items() if key != "div"]
        elif isinstance(part, list):
            stack += part
        elif isinstance(part, str):
            found.append(part)
    return found


def composition(gathering: Gathering, one: Resource) -> None:
    """Read the sections of a Composition: notes, residue, absences; entries are read elsewhere."""
    for section in one.node.each("section"):
        _section(gathering, section, one, 0)


def _section(gathering: Gathering, node: Node, one: Resource, depth: int) -> None:
    own = house.code(node.part("code"), "sections") if one.released else ""
    entries = [gathering.refers(entry, one) for entry in node.each("entry")]
    _absence(gathering, node)
    node.drop("orderedBy", "mode", "focus", "author")
    text = node.part("text")
    div = text.part("div") if text is not None else None
    told = words(div.value) if div is not None and isinstance(div.value, str) else ""
    restated = text is not None and text.said("status") in _RESTATING
    if text is not None:
        text.drop("status")
    before = len(gathering.drafts.get("notes", ())), len(gathering.drafts.get("residue", ()))
    if own and own not in {"note", "residue"}:
        node.drop("title", "code", "text", "emptyReason")
    elif own == "residue":
        _residue(gathering, node, told, one)
    elif told and not (restated and any(entries)):
        draft = _note(gathering, node, told, one)
        _protected(draft, entries)
    else:
        node.drop("title", "code")
    _labelled(gathering, node, before, entries)
    if div is not None:
        div.claim("mapped" if told and not own else "ignored")
    if depth < _DEEPEST:
        for inner in node.each("section"):
            _section(gathering, inner, one, depth + 1)


def _labelled(
    gathering: Gathering, node: Node, before: tuple[int, int], entries: list[Resource | None]
) -> None:
    """Protect what a section says, and what it lists, by the section's own inline labels."""
    labels, part2 = privacy.own(node)
    if not (labels or part2):
        return
    drafts = gathering.drafts
    told = [*drafts.get("notes", [])[before[0] :], *drafts.get("residue", [])[before[1] :]]
    for entry in entries:
        told += gathering.made.get(id(entry), []) if entry is not None else []
    for draft in told:
        draft.labels |= labels
        draft.origin = draft.origin or part2


def _note(gathering: Gathering, node: Node, told: str, one: Resource) -> Draft:
    draft = gathering.new("notes", node, one)
    draft.take("section", node, "title")
    draft.put("text", told, f"{node.at}/text/div")
    code = node.part("code")
    own = house.code(code, "sections")
    for coding in code.each("coding") if code is not None else ():
        if not coding.said("system").startswith(house.CODES) and "code" not in draft.data:
            found = code_of(coding)
            if found != Code():
                draft.data["code"] = found
                gathering.spread(f"{draft.pointer}/code", found, coding.at)
    if "section" not in draft.data and not own:
        draft.put("section", *concept(code))
    elif code is not None and code.said("text") == draft.data.get("section"):
        code.take("text")
    draft.overlay(node, Note)
    return draft


def _residue(gathering: Gathering, node: Node, told: str, one: Resource) -> None:
    draft = gathering.new("residue", node, one)
    draft.put("text", told, f"{node.at}/text/div")
    draft.take("label", node, "title")
    draft.overlay(node, Residue)


def _protected(draft: Draft, entries: list[Resource | None]) -> None:
    """Protect a section's narrative as the resources it tells of."""
    for entry in entries:
        if entry is not None:
            draft.labels |= entry.labels
            draft.origin = draft.origin or entry.origin


def _absence(gathering: Gathering, node: Node) -> None:
    reason = node.down("emptyReason.coding")
    if reason is None:
        return
    code = node.part("code")
    own = house.code(code, "sections")
    codes = [c.said("code") for c in code.each("coding")] if code is not None else []
    family = own or next((_EMPTY[c] for c in codes if c in _EMPTY), "")
    said = house.code(node.part("emptyReason"), "absent")
    absent = Absent(said) if said in _SAYABLE else ABSENCES.get(reason.said("code"))  # type: ignore[arg-type]  # one of the four words
    if family in _EMPTY.values() and absent is not None:
        reason.claim()
        node.drop("emptyReason")
        gathering.absent[family] = absent
        gathering.leaf(f"/{family}", reason.at, family)


_SAYABLE: Final = frozenset({"none", "unknown", "asked", "masked"})
