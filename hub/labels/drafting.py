"""One unit's label while it is being found: categories, why, and where it comes from.

`hub.labels.inference` and `hub.labels.stating` fill it. Everything but `settle` and `lower` only
ever adds; what arrived with the document is never lowered (P2-21).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from consent.terms import SUD_SIGNED
from hub.labels.changes import Changed
from hub.labels.neighbours import ORDINARY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consent.terms import Origin
    from hub.labels.codes import Sign
    from hub.labels.labelling import Source
    from hub.labels.units import Unit

RANK: Final[dict[Origin, int]] = {"no": 0, "unknown": 1, "yes": 2}
UNCHANGED: Final = Changed()
NONE: Final[frozenset[str]] = frozenset()


class Draft:
    """One unit's label while it is being found."""

    __slots__ = ("arrived", "because", "categories", "changed", "noticed", "origin", "unit")

    def __init__(self, unit: Unit, people: Changed = UNCHANGED) -> None:
        self.unit = unit
        self.changed = people
        self.arrived: frozenset[str] = NONE
        self.categories: frozenset[str] = NONE
        self.because: frozenset[str] = NONE
        self.origin: Origin = "no"
        self.noticed = False

    def add(self, category: str, because: str) -> None:
        """Add a category and the machine word that shows it."""
        self.categories |= {category}
        self.because |= {because}

    def keep(self, category: str, because: str) -> None:
        """Add a category that arrived with the document and that nobody lowers (P2-21)."""
        self.arrived |= {category}
        self.add(category, because)

    def see(self, signs: Iterable[Sign]) -> None:
        """Add what words or codes show."""
        for category, because in signs:
            self.add(category, because)

    def settle(self) -> None:
        """Let people's changes count; what arrived with the document is never lowered."""
        self.lower()
        for category in sorted(self.changed.raised):
            self.add(category, f"raised:{category}")

    def lower(self) -> None:
        """Take out what an officer lowered, and an origin that only stood on it (HR-01)."""
        gone = self.categories & self.changed.lowered - self.arrived
        if gone:
            self.categories -= gone
            self.because |= {f"lowered:{category}" for category in gone}
        if self.origin == "unknown" and not self.categories & SUD_SIGNED:
            self.origin = "no"

    def beside(self, other: Draft) -> None:
        """Take over what spreads of a unit that stands in the same row or section."""
        for category in other.categories - ORDINARY - self.changed.lowered:
            self.add(category, f"row:{category}")
            self.origin = max(self.origin, other.origin, key=RANK.__getitem__)

    def take(self, other: Draft, because: str) -> None:
        """Take over another unit's sensitive categories and the worse of the two origins."""
        if other.categories:
            self.categories |= other.categories
            self.because |= {because}
            self.arrived |= other.arrived
            self.origin = max(self.origin, other.origin, key=RANK.__getitem__)


def origin_of(draft: Draft, source: Source, claimed: Origin) -> Origin:
    """Return a unit's Part 2 origin as HR-01 decides it; `unknown` is protected."""
    if source.part2 == "program" or claimed == "yes":
        return "yes"
    if not draft.categories & SUD_SIGNED:
        return "no"
    return "no" if claimed == "no" and source.part2 == "no" else "unknown"
