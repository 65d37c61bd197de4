"""What a laid-out source can do: say which spot a place is, and what became of each spot.

One subclass for each shape of document (`trees`, `segments`, `grids`, `sheets`, `paragraphs`,
`lines`); `reading` asks them. Nothing here raises for what a document holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from msgspec import structs

from hub.canonical import Sealed
from hub.canonical.source import Part, Row, Source, Spot, State
from hub.canonical.wire import builtins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from hub.canonical import Place, Plan

Claims = dict[str, State]
MOST: Final = 6_000
"""How many rows are laid out; a longer document is cut, and says so."""
LONGEST: Final = 4_000
_LONG_ENOUGH: Final = 4
_EDGES: Final = " \t:;,.*"


@dataclass(frozen=True, slots=True, repr=False)
class Said(Sealed):
    """The words of the plans, of their residue and of the profile, folded, to compare with."""

    values: frozenset[str] = frozenset()
    running: str = ""
    left: str = ""
    known: frozenset[str] = frozenset()

    def of(self, text: str) -> State:
        """Return what became of words that no place covers."""
        words = folded(text)
        if not words:
            return "quiet"
        long = len(words) >= _LONG_ENOUGH
        if words in self.known:
            return "known"
        if words in self.values or (long and words in self.running):
            return "repeated"
        return "residue" if long and words in self.left else "open"


def folded(text: str) -> str:
    """Return text as it is compared: white space folded, edges trimmed, lower case."""
    return " ".join(text.split()).strip(_EDGES).casefold()


def said(plans: Iterable[Plan], known: Iterable[str]) -> Said:
    """Return what the plans, their residue and the profile say."""
    values: list[str] = []
    left: list[str] = []
    for plan in plans:
        whole = builtins(plan)
        left += [folded(text) for text in _strings(whole.pop("residue", ()))]
        whole.pop("places", None)
        values += [folded(text) for text in _strings(whole)]
    return Said(
        frozenset(values), " \n ".join(values), " \n ".join(left), frozenset(map(folded, known))
    )


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _strings(item)


@dataclass(slots=True, repr=False)
class Layout(Sealed):
    """A source laid out, with the spot of each place; every spot is still open.

    `told` are the words of the fields at their spots, for what is drawn but holds no text.
    """

    kind: str = "lines"
    parts: list[Part] = field(default_factory=list)
    at: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    told: dict[str, str] = field(default_factory=dict)

    def spot_of(self, place: Place) -> str:
        """Return the spot of a place, or nothing where it is not in this source."""
        return self.at.get(place.at, "")

    def widened(self, claims: Mapping[str, State]) -> Claims:
        """Return the claims with those of the spots that belong to a claimed one."""
        return dict(claims)

    def finished(self, claims: Claims, words: Said) -> Source:
        """Return the source with the state of each spot."""
        wide = self.widened(claims)
        parts = tuple(
            structs.replace(part, rows=tuple(_marked(row, wide, words) for row in part.rows))
            for part in self.parts
        )
        return Source(self.kind, parts, self.cut)


def _marked(row: Row, claims: Claims, words: Said) -> Row:
    around = claims.get(row.id) if row.id else None
    return structs.replace(
        row, spots=tuple(_stated(spot, claims.get(spot.id), around, words) for spot in row.spots)
    )


def _stated(spot: Spot, claimed: State | None, around: State | None, words: Said) -> Spot:
    if spot.state == "quiet" and not claimed:
        return spot
    state = claimed or words.of(spot.text)
    if state == "open" and around == "field":
        state = "field"
    return structs.replace(spot, state=state)


def short(text: str) -> str:
    """Return text as far as it is shown."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


_POINTER: Final = re.compile(r"[~/]")


def escaped(key: str) -> str:
    """Return a key as a JSON pointer writes it (RFC 6901, section 3)."""
    return _POINTER.sub(lambda found: "~0" if found[0] == "~" else "~1", key)
