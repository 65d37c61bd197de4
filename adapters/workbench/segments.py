"""HL7 v2 laid out as numbered segments with their fields.

A place names a segment (`OBX[3]`), a field (`PID-5`) or a component of one (`PID-5.1`), which is
shown with its field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from msgspec import structs

from adapters.formats.hl7v2.framing import framed
from adapters.workbench.laying import MOST, Claims, Layout, Said, folded, short
from hub.canonical.source import Part, Row, Source, Spot

if TYPE_CHECKING:
    from adapters.formats.hl7v2.segments import Message, Segment
    from hub.canonical import Place

_PLACE: Final = re.compile(
    r"(?P<segment>(?:MSH\[\d+\]/)?[A-Z][A-Z0-9]{2}(?:\[\d+\])?)(?:-(?P<no>\d+))?"
)
_CONTROL: Final = {
    "MSH": (1, 2, 9, 11, 12, 15, 16, 18),
    "EVN": (1,),
    "OBX": (1, 2, 11),
    "NTE": (1, 2),
}
"""Fields that steer the exchange and say nothing of the plan (HL7 v2.5.1, chapters 2 and 7)."""
_NUMBERED: Final = frozenset({"PID", "PV1", "TXA", "DG1", "AL1", "ROL", "OBR", "NK1", "IN1"})


@dataclass(slots=True, repr=False)
class Segments(Layout):
    """A document of messages."""

    def spot_of(self, place: Place) -> str:
        """Return the spot of a component's field, of a field, or of a segment."""
        found = _PLACE.match(place.at)
        if found is None:
            return ""
        whole = self.at.get(found["segment"], "")
        return self.at.get(f"{found['segment']}-{found['no']}", whole) if found["no"] else whole

    def finished(self, claims: Claims, words: Said) -> Source:
        """Return the messages; a field that its segment's residue names is residue."""
        source = Layout.finished(self, claims, words)
        parts = tuple(
            structs.replace(part, rows=tuple(_left(row, words) for row in part.rows))
            for part in source.parts
        )
        return structs.replace(source, parts=parts)


def segments_of(content: bytes, encoding: str = "") -> Segments | None:
    """Return an HL7 v2 document laid out, or None where it holds no message."""
    frame = framed(content, encoding)
    if not frame.messages:
        return None
    laid = Segments(kind="segments")
    count = 0
    for number, message in enumerate(frame.messages, start=1):
        room = MOST - count
        laid.cut = laid.cut or len(message.segments) > room
        rows = _rows(message, laid, room, count)
        count += len(rows)
        title = f"Message {number}" if len(frame.messages) > 1 else ""
        laid.parts.append(Part(title, "segments", rows))
    return laid


def _rows(message: Message, laid: Segments, room: int, before: int) -> tuple[Row, ...]:
    return tuple(
        _row(segment, laid, before + number)
        for number, segment in enumerate(message.segments[:room], start=1)
    )


def _left(row: Row, words: Said) -> Row:
    spots = tuple(
        structs.replace(spot, state="residue")
        if spot.state in {"open", "repeated"} and _named(spot) in words.left
        else spot
        for spot in row.spots
    )
    return structs.replace(row, spots=spots)


def _named(spot: Spot) -> str:
    return folded(f"{spot.label}: {spot.text}")


def _row(segment: Segment, laid: Segments, number: int) -> Row:
    row = f"h{number}"
    laid.at[segment.place] = row
    spots = []
    for at, value in enumerate(segment.fields):
        if not at or not value:
            continue
        spot = f"{row}f{at}"
        laid.at[f"{segment.place}-{at}"] = spot
        control = at in _CONTROL.get(segment.name, ()) or (at == 1 and segment.name in _NUMBERED)
        label = f"{segment.name}-{at}"
        spots.append(Spot(spot, short(value), label, state="quiet" if control else "open"))
    first = Spot(f"{row}f0", segment.name, "segment", state="quiet")
    return Row(str(number), (first, *spots), id=row)
