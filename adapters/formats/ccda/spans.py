"""When a statement holds: its start, end, point and frequency, taken out of its parts.

Called by the readers of elements. Times stay at the precision given; a repeating time is said in
words with its quantity and unit as written, never worked out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from adapters.formats.ccda.tags import STEPS, V3, XSI_TYPE, local, within
from adapters.formats.ccda.values import amount, rendered

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Gathering
    from adapters.formats.ccda.statements import Statement
    from hub.canonical import Text

_LOW = V3 + "low"
_HIGH = V3 + "high"
_ENDS = ([_LOW, _HIGH], [_LOW], [_HIGH])
_PLAIN = frozenset({None, "IVL_TS"})
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


_NEVER = Span()


def span(gathering: Gathering, statement: Statement) -> Span:
    """Return when a statement holds; of several times the first of each sort counts."""
    times = statement.parts.pop("effectiveTime", None)
    if times is None:
        return _NEVER
    if len(times) == 1:
        element, place = times[0]
        if not len(element):
            return Span(gathering.time(element, place), None, None, None, place)
        ends = within(element)
        if [end.tag for end in ends] in _ENDS and element.get(XSI_TYPE) in _PLAIN:
            return _interval(gathering, element, place, ends)
    found = _Found(gathering, statement.at)
    for element, place in times:
        if element.get(XSI_TYPE, "").rpartition(":")[2] in _REPEATING:
            found.every.append(_every(gathering, element))
        else:
            found.take(element, place)
    low, low_at = found.ends.get("low", (None, found.at))
    high, high_at = found.ends.get("high", (None, found.at))
    if found.point is None and "center" in found.ends:
        found.point, found.at = found.ends["center"]
    every = ", ".join(filter(None, found.every)) or None if found.every else None
    return Span(found.point, low, high, every, found.at, low_at, high_at)


def _interval(
    gathering: Gathering, element: etree._Element, place: str, ends: list[etree._Element]
) -> Span:
    """Return a time of a beginning, an end, or a beginning and an end: nearly all are."""
    point = gathering.time(element, place) if element.keys() else None
    if len(ends) > 1:
        low_at, high_at = place + STEPS[1], place + STEPS[2]
        low, high = gathering.time(ends[0], low_at), gathering.time(ends[1], high_at)
        return Span(point, low, high, None, place, low_at, high_at)
    end_at = place + STEPS[1]
    end = gathering.time(ends[0], end_at)
    if ends[0].tag == _LOW:
        return Span(point, end, None, None, place, end_at)
    return Span(point, None, end, None, place, place, end_at)


class _Found:
    """The times of a statement so far."""

    __slots__ = ("at", "ends", "every", "gathering", "point")

    def __init__(self, gathering: Gathering, at: str) -> None:
        self.gathering = gathering
        self.at = at
        self.point: Text = None
        self.ends: dict[str, tuple[Text, str]] = {}
        self.every: list[str] = []

    def take(self, element: etree._Element, place: str) -> None:
        """Take one time: its point, its ends, and anything else it says as words."""
        when = self.gathering.time(element, place)
        if self.point is None:
            self.point, self.at = when, place
        for position, end in enumerate(element, 1):
            name = local(end.tag)
            if name not in {"low", "high", "center"}:
                self.every.append(f"{name} {rendered(self.gathering, end)}".strip())
                continue
            spot = place + STEPS[position]
            value = self.gathering.time(end, spot)
            if value is not None:
                self.ends.setdefault(name, (value, spot))


def _every(gathering: Gathering, element: etree._Element) -> str:
    pieces: list[str] = []
    for child in element:
        name = local(child.tag)
        if name == "period" and (text := amount(child) or rendered(gathering, child)):
            pieces.append(f"every {text}")
        elif text := rendered(gathering, child):
            pieces.append(text)
    return " ".join(pieces)
