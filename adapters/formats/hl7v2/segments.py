"""Separators, segments and messages: what the framing hands to the mapping, split no further.

A segment is split to fields once; repetitions and components are split only when a mapping touches
them. Taking a field removes it, so what is left at the end is exactly the residue. Nothing here
knows what a field means.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from hub.canonical import Sealed

_NAMES: Final = (
    "ADD AIG AIL AIP AIS AL1 ARV BHS BTS CON CTD DB1 DG1 DRG DSC DSP ERR EVN FHS FT1 FTS GOL GT1"
    " IAM IN1 IN2 IN3 MFI MRG MSA MSH NK1 NTE OBR OBX ORC PCR PD1 PDA PID PR1 PRB PRD PRT PTH PV1"
    " PV2 QAK QPD QRD QRF RCP REL RF1 RGS ROL RXA RXC RXD RXE RXO RXR SCH SFT SPM TQ1 TQ2 TXA UAC"
    " VAR"
)
SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}")
SOURCE: Final = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,2})(?:\.(\d{1,2}))?")
"""A field of a segment, or a component of one: `ZRX-2`, `ZTM-3.2`."""

_HEADED: Final = frozenset({"MSH", "FHS", "BHS"})
KNOWN: Final = frozenset(_NAMES.split())
"""Segment names of the standard, to tell a bare one from a stray word of three capitals."""
UNUSED: Final = "\ufdd0"
"""Stands for a separator a message does without: no text has this character (Unicode 23.7)."""


@dataclass(frozen=True, slots=True)
class Separators:
    r"""The separators a message declares, its character set, and what its escapes stand for."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"
    truncation: str = ""
    charset: str = "utf-8"
    meanings: dict[str, str] = dataclasses.field(default_factory=dict, compare=False, hash=False)

    def __post_init__(self) -> None:
        self.meanings.update(
            F=self.field, S=self.component, T=self.sub, R=self.repetition, E=self.escape
        )
        if self.truncation:
            self.meanings["P"] = self.truncation


class Segment(Sealed):
    """One segment. `take` removes a field and counts it as mapped, `ignore` as of no content."""

    __slots__ = ("fields", "ignored", "mapped", "name", "place", "seps")

    def __init__(self, line: str, seps: Separators) -> None:
        fields = line.split(seps.field)
        self.name = fields[0]
        if self.name in _HEADED:
            fields.insert(1, "")
        self.fields = fields
        self.seps = seps
        self.place = self.name
        self.mapped = 0
        self.ignored = 0

    def peek(self, number: int) -> str:
        """Return a field as it stands, and leave it."""
        fields = self.fields
        return fields[number] if number < len(fields) else ""

    def take(self, number: int) -> str:
        """Return a field as it stands, and count it as mapped."""
        fields = self.fields
        if number >= len(fields):
            return ""
        value = fields[number]
        if value:
            fields[number] = ""
            self.mapped += 1
        return value

    def give_back(self, number: int, value: str) -> None:
        """Put a field back that was taken, as it stood: whether it is mapped is not known yet."""
        self.fields[number] = value
        self.mapped -= 1

    def ignore(self, *numbers: int) -> None:
        """Count fields that carry no content of the plan (set ids, versions) as ignored."""
        fields = self.fields
        for number in numbers:
            if number < len(fields) and fields[number]:
                fields[number] = ""
                self.ignored += 1

    def ignore_set_id(self) -> None:
        """Count field 1 as of no content where it only numbers the segments of this name."""
        own = self.place.rpartition("[")[2].removesuffix("]") if self.place[-1:] == "]" else "1"
        if self.peek(1).lstrip("0") == own:
            self.ignore(1)

    def left(self) -> list[tuple[int, str]]:
        """Return the numbers and values of the fields nobody took."""
        return [(number, value) for number, value in enumerate(self.fields) if value and number]


@dataclass(frozen=True, slots=True, repr=False)
class Message(Sealed):
    """One message: its segments from MSH on; `prefix` tells its places from other messages'."""

    segments: tuple[Segment, ...]
    seps: Separators
    text: str
    prefix: str = ""


def numbered(segments: list[Segment], prefix: str) -> None:
    """Give every segment its place: `PID` where it stands alone, `OBX[3]` where more do."""
    last: dict[str, Segment] = {}
    count: dict[str, int] = {}
    for segment in segments:
        name = segment.name
        number = count.get(name, 0) + 1
        count[name] = number
        if number > 1:
            segment.place = f"{prefix}{name}[{number}]"
            if number == 2:  # noqa: PLR2004  # the first gets its number when the second comes
                last[name].place = f"{prefix}{name}[1]"
        else:
            segment.place = prefix + name
            last[name] = segment
