"""When a statement holds: its start, end, point and frequency, taken out of its parts.

Called by the readers of elements. Times stay at the precision given; a repeating time is said in
words with its quantity and unit as written, never worked out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.formats.ccda.tags import XSI_TYPE, local
from adapters.formats.ccda.values import amount, rendered
from hub.canonical import Text

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering
    from adapters.formats.ccda.statements import Statement

_REPEATING = frozenset({"PIVL_TS", "EIVL_TS", "SXPR_TS"})


class Span(NamedTuple):
    """A point or an interval of time, with the place of each, and how often in words."""

    point: Text = None
    low: Text = None
    high: Text = None
    every: str | None = None
    at: str = ""
    low_at: str = ""
    high_at: str = ""

    @property
    def start(self) -> tuple[Text, str]:
        """Return the beginning: the low end, else the point in time."""
        return (self.low, self.low_at) if self.low is not None else (self.point, self.at)


def span(gathering: Gathering, statement: Statement) -> Span:
    """Return when a statement holds; of several times the first of each sort counts."""
    point: Text = None
    ends: dict[str, tuple[Text, str]] = {}
    every: list[str] = []
    at = statement.at
    for element, place in statement.parts.pop("effectiveTime", ()):
        kind = element.get(XSI_TYPE, "").rpartition(":")[2]
        if kind in _REPEATING:
            if text := _every(gathering, element):
                every.append(text)
            continue
        found = gathering.time(element, place)
        if point is None:
            point, at = found, place
        for position, end in enumerate(element, 1):
            name = local(end.tag)
            if name in {"low", "high", "center"}:
                spot = f"{place}/*[{position}]"
                value = gathering.time(end, spot)
                if value is not None:
                    ends.setdefault(name, (value, spot))
            elif text := rendered(gathering, end):
                every.append(f"{name} {text}")
    low, low_at = ends.get("low", (None, at))
    high, high_at = ends.get("high", (None, at))
    if point is None and "center" in ends:
        point, at = ends["center"]
    return Span(point, low, high, ", ".join(every) or None, at, low_at, high_at)


def _every(gathering: Gathering, element: etree._Element) -> str:
    pieces: list[str] = []
    for child in element:
        name = local(child.tag)
        if name == "period" and (text := amount(child) or rendered(gathering, child)):
            pieces.append(f"every {text}")
        elif text := rendered(gathering, child):
            pieces.append(text)
    return " ".join(pieces)
