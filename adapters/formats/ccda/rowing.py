"""Rows of a narrative as items of the plan: made anew, or lent to the entry that speaks for a row.

Called by `uncoded`. What a row adds is read with doubt; a field that an entry has is never changed,
and a status told otherwise is a finding. Links go by the number or the words that a row names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from adapters.formats.ccda.columns import MAIN
from adapters.formats.ccda.saying import close
from adapters.formats.ccda.statements import stepped
from adapters.formats.families import LETTERS
from hub.canonical import Code, Party, Place

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope
    from adapters.formats.ccda.tabled import Row

CONFIDENCE: Final = 0.8
"""Of a value read from a narrative: below what any house takes without a person."""

_DATED: Final = frozenset({"onset", "due", "start", "end", "date"})
_LINKS: Final = {"goals": ("concerns",), "interventions": ("goals", "concerns")}
LINKED: Final = frozenset({"goals", "concerns"})
_APART: Final = frozenset({"number", "code", "who", "frequency", "route", "dose"})
_PARTY: Final = ("name", "organization", "phone", "email")
_ICD: Final = re.compile(r"[A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?", re.ASCII)
_ICD_10: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_DAY: Final = re.compile(r"(?:(\d{1,2})/)?(\d{1,2})/(\d{4})", re.ASCII)
_SEVERAL: Final = re.compile(r"\s*[,;&]\s*|\s+and\s+")
_MONTHS: Final = 12
_DAYS: Final = 31

Numbers: TypeAlias = "dict[tuple[str, str], Draft]"


@dataclass(frozen=True, slots=True)
class Made:
    """A row with the item that says it."""

    row: Row
    draft: Draft

    def again(self, numbers: Numbers, kind: str) -> bool:
        """Say whether a row of the same number was there before."""
        return (kind, self.row.says("number")) in numbers


def day(words: str) -> str:
    """Return a date of a US document (`M/D/YYYY`, `M/YYYY`) in ISO 8601, or the words."""
    match = _DAY.fullmatch(words)
    if match is None:
        return words
    first, second, year = match.groups()
    month, number = (first, second) if first else (second, "")
    if not 0 < int(month) <= _MONTHS or (number and not 0 < int(number) <= _DAYS):
        return words
    return f"{year}-{int(month):02}" + (f"-{int(number):02}" if number else "")


def make(gathering: Gathering, scope: Scope, kind: str, row: Row) -> Made:
    """Make an item of a row that no entry speaks for."""
    draft = gathering.new(kind, stepped(row.element), scope)
    gathering.item("mapped")
    if kind in LETTERS:
        draft.data["id"] = f"{LETTERS[kind]}{len(gathering.drafts[kind])}"
    if kind == "team":
        _person(gathering, draft, row)
    for name, (words, element) in row.cells.items():
        if name not in _APART and name not in _LINKS.get(kind, ()):
            _put(gathering, draft, name, words, element)
    _more(gathering, draft, row)
    return Made(row, draft)


def _put(
    gathering: Gathering, draft: Draft, name: str, words: str, element: etree._Element
) -> None:
    """Set a field with doubt; a person's name and the like are set by `_person`."""
    if draft.family == "team" and name in _PARTY:
        return
    value = day(words) if name in _DATED else words
    if name == "status":
        value = gathering.habits.statuses.get(value.casefold(), value)
    draft.put(name, value, stepped(element), CONFIDENCE)


def _person(gathering: Gathering, draft: Draft, row: Row) -> None:
    said = {name: row.cells[name] for name in _PARTY if name in row.cells}
    parts: dict[str, Any] = {name: words for name, (words, _) in said.items()}
    draft.data["party"] = Party(**parts)
    for name, (_, element) in said.items():
        place = Place(stepped(element), "xpath", "team.party", CONFIDENCE)
        gathering.places[f"{draft.pointer}party/{name}"] = place


def _more(gathering: Gathering, draft: Draft, row: Row) -> None:
    """Set what is no field by itself: a code, who is to do it, a dose of several cells."""
    if "code" in row.cells and "codes" not in draft.data:
        code, element = row.cells["code"]
        if _ICD.fullmatch(code):
            _coded(gathering, draft, Code(_ICD_10, code, None), stepped(element))
    if draft.family == "interventions":
        if "who" in row.cells and "party" not in draft.data:
            words, element = row.cells["who"]
            draft.data["party"] = Party(name=words)
            place = Place(stepped(element), "xpath", "interventions.party", CONFIDENCE)
            gathering.places[f"{draft.pointer}party/name"] = place
        if "frequency" in row.cells and "frequency" not in draft.data:
            words, element = row.cells["frequency"]
            draft.put("frequency", words, stepped(element), CONFIDENCE)
    elif draft.family == "medications":
        _dosed(draft, row)


def _coded(gathering: Gathering, draft: Draft, code: Code, at: str) -> None:
    draft.data["codes"] = [code]
    place = Place(at, "xpath", "code", CONFIDENCE)
    for part in ("system", "code"):
        gathering.places[f"{draft.pointer}codes/0/{part}"] = place


def _dosed(draft: Draft, row: Row) -> None:
    """Say dose, frequency and route as entries are told; an entry lends all it has."""
    names = ("frequency",) if "dose" in draft.data else ("dose", "frequency", "route")
    pieces = [row.cells[name] for name in names if name in row.cells]
    if not pieces or draft.repeated:
        return
    before = draft.data.get("dose") or ""
    lent = [words for words, _ in pieces if close(words) not in close(before)]
    if lent:
        told = ", ".join([before, *lent] if before else lent)
        draft.put("dose", told, stepped(row.element), CONFIDENCE)


def fill(gathering: Gathering, draft: Draft, row: Row) -> None:
    """Lend an entry's item what its row says and the entry does not; keep what it does say."""
    before = draft.data.get("status")
    for name, (words, element) in row.cells.items():
        if name == MAIN[draft.family] or name in _APART or name in _LINKS.get(draft.family, ()):
            continue
        if draft.data.get(name) is None:
            _put(gathering, draft, name, words, element)
    _more(gathering, draft, row)
    told = row.says("status")
    meant = gathering.habits.statuses.get(told.casefold(), told)
    if told and isinstance(before, str) and close(meant) != close(before):
        element = row.cells["status"][1]
        if draft.family == "goals" and "progress" not in draft.data:
            draft.put("progress", told, stepped(element), CONFIDENCE)
        message = "the narrative tells another status than the entry; the entry's is kept"
        gathering.find("status_differs", message, stepped(element))


def names_another(made: Made) -> bool:
    """Say whether a row names a goal or concern."""
    return any(name in made.row.cells for name in _LINKS.get(made.draft.family, ()))


def tie(gathering: Gathering, made: Made, numbers: Numbers) -> None:
    """Link an item to those its row names by number or words, where its entry links to none."""
    draft = made.draft
    for name in _LINKS.get(draft.family, ()):
        if name not in made.row.cells or (draft.linked or {}).get(name):
            continue
        words, element = made.row.cells[name]
        at = stepped(element)
        for one in [words, *_SEVERAL.split(words)]:
            target = numbers.get((name, one)) or _worded(gathering, name, one)
            if target is None or target is draft:
                continue
            if draft.link(name, target.data["id"], at):
                number = len((draft.linked or {})[name]) - 1
                place = Place(at, "xpath", "link", CONFIDENCE)
                gathering.places[f"{draft.pointer}{name}/{number}"] = place
        if not (draft.linked or {}).get(name):
            message = "names a row that is not here by its number or words; it is linked to none"
            gathering.find("dangling_row", message, at)


def _worded(gathering: Gathering, family: str, words: str) -> Draft | None:
    wanted = close(words)
    held = gathering.drafts.get(family, ())
    return next((one for one in held if close(str(one.data.get("text", ""))) == wanted), None)
