"""What stands beside what in the document: a row's cells and a section's lines share labels.

`hub.labels.inference` calls `beside` with the labels found so far. Words that fit no field take
over the labels of their row, card or section, notes and items too where the row holds nothing but
them. Rows are told by the places that readers kept: table cells, HL7 segments, elements of C-CDA
and FHIR, boxes in one line of a page. Labels are only ever added; what is read here never leaves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from consent.terms import GENERAL, MENTAL_HEALTH, SEXUAL_HEALTH, STD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from consent.terms import Origin
    from hub.canonical import Place
    from hub.labels.units import Unit

    Places = Mapping[str, Place]

ORDINARY: Final = frozenset({GENERAL, MENTAL_HEALTH, SEXUAL_HEALTH, STD})
"""Categories that do not spread: they go to a treating practice without a consent."""

_TAKERS: Final = ("/residue/*", "/notes/*")
_NEVER: Final = ("/header", "/member", "/coverage", "/review", "/attachments", "/agreement")
_BOX: Final = re.compile(r"page (\d+) \(([-\d.]+), ([-\d.]+), ([-\d.]+), ([-\d.]+)\)")
_ROWS: Final = {
    "cell": (
        re.compile(r"(.*!)[A-Z]{1,3}(\d+)(?:, part \d+)?"),
        re.compile(r"(row \d+)(?:, column .*)?"),
    ),
    "segment": (re.compile(r"([A-Z][A-Z0-9]{2}(?:\[\d+\])?)(?:-.*)?"),),
    "pointer": (re.compile(r"(/entry/\d+/resource)(?:/.*)?"),),
}
_RULED: Final = ("cell", "segment", "page")
_HEADING: Final = re.compile(r"(?i:section|appendix)\b.*|(?:[IVX]+|[A-Z]|\d{1,2})[.)] [^a-z]*")
_TITLE: Final = "section title"
_LEADING: Final = 0.7
"""Lines of a card stand closer than this part of their height; rows of a table further apart."""
_ASIDE: Final = 2.0
_STRIP: Final = 24
_INITIALS: Final = frozenset({"word:AA"})
"""Words that are somebody's initials or a unit too often to carry a whole item away."""
_DEEP: Final = 3
_CROWD: Final = 64
"""In a row of more units than this one of each label speaks for all that have it."""


class Draft(Protocol):
    """What is needed of a unit's label while it is being found."""

    unit: Unit
    categories: frozenset[str]
    because: frozenset[str]
    origin: Origin


D = TypeVar("D", bound=Draft)


@dataclass(frozen=True, slots=True)
class Box:
    """A box on a page, in points from the top left."""

    page: str
    x0: float
    y0: float
    x1: float
    y1: float

    def strips(self) -> Iterator[str]:
        """Yield the strips of the page that the box, or a line next to it, stands in."""
        for strip in range(int(self.y0 // _STRIP) - 1, int(self.y1 // _STRIP) + 2):
            yield f"strip {self.page}/{strip}"

    def beside(self, other: Box) -> bool:
        """Say whether two boxes stand in one line."""
        if self.page != other.page:
            return False
        shared = min(self.y1, other.y1) - max(self.y0, other.y0)
        return shared > min(self.y1 - self.y0, other.y1 - other.y0) / 2

    def below(self, other: Box) -> bool:
        """Say whether this is the next or last line of the same card or cell."""
        if self.page != other.page or abs(self.x0 - other.x0) > _ASIDE:
            return False
        height = min(self.y1 - self.y0, other.y1 - other.y0)
        gap = max(self.y0, other.y0) - min(self.y1, other.y1)
        return gap <= height * _LEADING


@dataclass(slots=True)
class _Where:
    """Where a unit was read: its rows and boxes; `ruled`: cells, segments or lines of a page.

    `part`: it is one of several in a cell.
    """

    rows: set[str] = field(default_factory=set)
    boxes: set[Box] = field(default_factory=set)
    ruled: bool = False
    part: bool = False


def beside(places: Places, drafts: Sequence[D]) -> list[tuple[D, D]]:
    """Return (taker, giver): which units take over labels that do not stay where they are."""
    told = [d for d in drafts if d.categories - ORDINARY]
    if not told or not any(d.unit.pattern in _TAKERS for d in drafts):
        return []
    pointers = {d.unit.pointer: d for d in drafts}
    leaves = _below(places, [d.unit.pointer for d in told])
    where = _where(leaves, pointers)
    where = _where(_near(places, leaves, where.values()), pointers, where)
    rows = _by_row(pointers, where)
    taken = list(_sections(drafts, places, pointers))
    heard: set[tuple[str, frozenset[str], str]] = set()
    for giver in told:
        at = where.get(giver.unit.pointer)
        if at is not None:
            crowds = {row for row in at.rows if len(rows[row]) > _CROWD}
            again = {row for row in crowds if (row, giver.categories, giver.origin) in heard}
            heard |= {(row, giver.categories, giver.origin) for row in crowds}
            near = [d for row in at.rows - again for d in rows[row]]
            near += _touching(at.boxes, rows, where)
            own = not crowds and _one_item(d for d in near if not where[d.unit.pointer].part)
            taken += [(d, giver) for d in near if d is not giver and _takes(d, giver, at, own=own)]
    return taken


def _takes(draft: Draft, giver: Draft, at: _Where, *, own: bool) -> bool:
    """Say whether a unit takes over its neighbour's label; `own`: the row is one item's."""
    pattern = draft.unit.pattern
    if pattern == "/residue/*":
        return True
    if not own or pattern.startswith(_NEVER):
        return False
    if pattern == "/notes/*":
        return True
    return giver.unit.pattern == "/residue/*" and at.ruled and not giver.because <= _INITIALS


def _by_row(pointers: Mapping[str, D], where: Mapping[str, _Where]) -> defaultdict[str, list[D]]:
    """Return the units of each row, and of each strip of a page."""
    rows: defaultdict[str, list[D]] = defaultdict(list)
    for pointer, at in where.items():
        for row in {*at.rows, *(one for box in at.boxes for one in box.strips())}:
            rows[row].append(pointers[pointer])
    return rows


def _touching(
    boxes: Iterable[Box], rows: Mapping[str, list[D]], where: Mapping[str, _Where]
) -> Iterator[D]:
    """Yield the units with a box in the line of one of these, or in the line next to it."""
    near = {
        d.unit.pointer: d for box in boxes for strip in box.strips() for d in rows.get(strip, ())
    }
    for pointer, draft in near.items():
        others = where[pointer].boxes
        if any(one.beside(two) or one.below(two) for one in boxes for two in others):
            yield draft


def _one_item(near: Iterable[Draft]) -> bool:
    """Say whether a row is one item's: no list has two in it, and the member is not in it."""
    seen: set[str] = set()
    for pointer in {draft.unit.pointer for draft in near}:
        kind = pointer.rpartition("/")[0]
        if pointer.startswith("/member") or pointer in {"/header", "/coverage"}:
            return False
        if kind in {"/residue", "/notes", ""}:
            continue
        if kind in seen:
            return False
        seen.add(kind)
    return True


def _below(places: Places, pointers: Sequence[str]) -> Places:
    """Return the leaves that may belong to some units: none of these is left out."""
    if len(pointers) > _CROWD:
        return places
    begun = tuple(pointers)
    return {leaf: place for leaf, place in places.items() if leaf.startswith(begun)}


def _near(places: Places, known: Places, givers: Collection[_Where]) -> Places:
    """Return the other leaves in a row of these units; where one has a box, all other leaves."""
    if any(one.boxes for one in givers):
        return {leaf: place for leaf, place in places.items() if leaf not in known}
    rows = set().union(*(one.rows for one in givers))
    at = {place.at for place in places.values()}
    found: set[str] = set()
    for kind in {place.kind for place in places.values()}:
        if kind == "xpath":
            found |= {one for one in at if one in rows or one.rpartition("/")[0] in rows}
        else:
            found |= {one for one in at if not rows.isdisjoint(_rows(kind, one))}
    return {
        leaf: place for leaf, place in places.items() if place.at in found and leaf not in known
    }


def _where(
    leaves: Places, pointers: Collection[str], before: Mapping[str, _Where] | None = None
) -> dict[str, _Where]:
    """Return where units were read, by pointer, as these leaves tell, and others did `before`."""
    found: defaultdict[str, _Where] = defaultdict(_Where, before or {})
    for leaf, place in leaves.items():
        at = leaf
        while at and at not in pointers:
            at = at.rpartition("/")[0]
        if not at or not place.at:
            continue
        where = found[at]
        where.ruled = place.kind in _RULED
        where.part = where.part or ", part " in place.at
        box = _BOX.match(place.at) if place.kind == "page" else None
        if box:
            page, *sides = box.groups()
            where.boxes.add(Box(page, *map(float, sides)))
        else:
            where.rows.update(_rows(place.kind, place.at))
    return found


def _rows(kind: str, at: str) -> tuple[str, ...]:
    """Return what names the row of a place: of a cell, a segment, an entry, an element."""
    if kind == "xpath":
        return (at, at.rpartition("/")[0]) if at.count("/") > _DEEP else ()
    for shape in _ROWS.get(kind, ()):
        if hit := shape.fullmatch(at):
            return ("".join(hit.groups()),)
    return ()


def _sections(
    drafts: Sequence[D], places: Places, pointers: Collection[str]
) -> Iterator[tuple[D, D]]:
    """Yield each unmapped line with the sensitive heading over it."""
    lines = [draft for draft in drafts if draft.unit.pattern == "/residue/*"]
    if not any(draft.categories - ORDINARY for draft in lines):
        return
    where = _where(_below(places, ["/residue/"]), pointers)
    over: D | None = None
    for draft in lines:
        words = draft.unit.words
        text, at = words[0] if words else "", where.get(draft.unit.pointer)
        if _TITLE in words or _HEADING.fullmatch(text):
            over = draft if draft.categories - ORDINARY else None
        elif over is not None and _under(over, at, where):
            yield draft, over


def _under(over: Draft, at: _Where | None, where: Mapping[str, _Where]) -> bool:
    """Say whether a place stands under a heading: on its page, in its section, or unknown."""
    top = where.get(over.unit.pointer)
    if top is None or at is None:
        return True
    if top.boxes:
        return {box.page for box in top.boxes} >= {box.page for box in at.boxes}
    section = max(top.rows, key=len, default="")
    return any(row.startswith(f"{section}/") for row in at.rows)
