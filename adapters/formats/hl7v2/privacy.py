"""What a message says about its own protection: MSH-8, 26, 27, 28, ARV, TXA-18, notices.

Called once before a message is mapped (`origin_of`) and for the segments that carry codes. It only
ever raises protection: a Part 2 notice anywhere in the message covers the whole of it (42 CFR 2.32
binds the record it came with), and no code here lowers anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.sensitivity import CATEGORIES, names_part2

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_REFRAIN: Final = re.compile(r"NORDSC?LCD", re.IGNORECASE)
_LEVELS: Final = frozenset("ULMNRV")


def origin_of(into: Gathering) -> None:
    """Mark the message as of a Part 2 program where a notice of 42 CFR Part 2 stands in it."""
    noticed = _says_so(into.message.text)
    if not noticed and into.habits.notices:
        noticed = any(_filled(where, into) for where in into.habits.notices)
    if not noticed:
        return
    into.origin = "yes"
    message = "a notice of 42 CFR Part 2 stands in the message, all of it is held to be protected"
    into.find("note", "part2_notice", message, _where(into))


def _says_so(text: str) -> bool:
    if names_part2(text):
        return True
    return "nords" in text.lower() and _REFRAIN.search(text) is not None


def _filled(where: str, into: Gathering) -> bool:
    name, _, number = where.partition("-")
    return any(s.name == name and s.peek(int(number)).strip() for s in into.message.segments)


def _where(into: Gathering) -> str:
    declared = {where.partition("-")[0] for where in into.habits.notices}
    for segment in into.message.segments:
        if segment.name in declared or any(map(_says_so, segment.fields)):
            return segment.place
    return f"{into.message.prefix}MSH"


def msh_labels(segment: Segment, into: Gathering) -> None:
    """Map MSH-26 and MSH-8 codes to confidentiality and labels; MSH-27 and 28 stay as words."""
    for number in (26, 8):
        _coded_labels(segment, number, into)


def arv(segment: Segment, into: Gathering) -> None:
    """Raise the confidentiality to `R` for any access restriction; its reasons become labels."""
    segment.ignore(1, 2)
    into.raise_confidentiality("R", f"{segment.place}-3")
    _coded_labels(segment, 4, into)


def _coded_labels(segment: Segment, number: int, into: Gathering) -> None:
    """Heed every code that is known; a field with other words too stays for people to read."""
    raw = segment.peek(number)
    codes = [datatypes.head(one, into.seps) for one in raw.split(into.seps.repetition) if one]
    known = [code for code in codes if code in _LEVELS or code in CATEGORIES]
    if known and known == codes:
        segment.take(number)
    for code in known:
        into.raise_confidentiality(code, f"{segment.place}-{number}")
        if code in CATEGORIES:
            into.labels = tuple(dict.fromkeys((*into.labels, CATEGORIES[code])))


def notices(segment: Segment, into: Gathering) -> None:
    """Keep the text of a declared notice as a note, so that it travels with the plan."""
    for where in into.habits.notices:
        name, _, number = where.partition("-")
        if name != segment.name:
            continue
        text = datatypes.words(segment.take(int(number)), into.seps)
        if text:
            into.add(
                "notes",
                segment,
                section=("Notice of protection", number),
                text=(text, number),
            )
            segment.ignore(1)


def item_labels(segment: Segment, number: int, into: Gathering) -> tuple[str, ...]:
    """Return the categories of an item's own sensitivity codes (PRB-25), and raise the header."""
    labels = []
    for raw in filter(None, segment.take(number).split(into.seps.repetition)):
        code = datatypes.head(raw, into.seps)
        into.raise_confidentiality(code, f"{segment.place}-{number}")
        if code and code not in {"N", "U", "L", "M"}:
            labels.append(CATEGORIES.get(code, "restricted"))
    return tuple(dict.fromkeys(labels))
