"""Whether a message is a plan or a report beside it: a laboratory result, a note, a summary.

The reader asks `told` before a message is mapped and calls `settle` after. A report is a kind and a
chain of its own, so that it reaches the practice and never takes the place of the member's plan. It
is one when neither order nor document names a plan (OBR-4, OBX-3, TXA-2, 16, 25) and no goal,
intervention or ask was read in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.document import entity
from adapters.formats.hl7v2.gathering import place

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_PLANS: Final = frozenset({"18776-5", "52521-2", "61146-7", "75310-3", "62387-6"})
"""LOINC: plan of care note, overall plan of care, and the sections of a C-CDA care plan."""

_NAMED: Final = re.compile(
    r"\b(?:care|treatment|service|support|recovery|crisis)[\s_-]+plan(?:s|ning)?\b"
    r"|\bplans?\s+of\s+(?:care|treatment|service)\b|\bPCSP\b",
    re.IGNORECASE,
)
_REPORTS: Final = frozenset(
    {"AR", "CD", "CN", "DI", "DS", "ED", "HP", "OP", "PC", "PH", "PN", "PR", "SP", "TS"}
)
"""HL7 table 0270, document type: it has no plan of care, so a plan is named by other codes."""

_CONTENT: Final = ("goals", "interventions", "asks")
_NAMES: Final = {"OBR": (4,), "OBX": (3,), "TXA": (2, 16, 25)}


@dataclass(frozen=True, slots=True)
class Told:
    """What a message's fields say of its kind: by name a plan, by type a report, and its number."""

    plan: bool
    report: bool
    number: str
    at: str


def told(into: Gathering) -> Told | None:
    """Return what the message says of its kind before it is mapped; None where it must be a plan.

    The number is the filler's or placer's of an order, the document's, or else the message's.
    """
    if into.flow not in {"result", "document"}:
        return None
    result = into.flow == "result"
    first = _first(into, "OBR" if result else "TXA")
    number, at = _number(first, (3, 2) if result else (12,), into)
    report = result or (
        first is not None and datatypes.head(first.peek(2), into.seps).upper() in _REPORTS
    )
    return Told(_names_a_plan(into), report, number, at)


def settle(said: Told | None, into: Gathering) -> None:
    """Make a report of a result or document that is no plan; what is enclosed speaks for itself."""
    if said is None or said.plan or not said.report or into.enclosed:
        return
    if any(into.items[name] for name in _CONTENT):
        return
    into.header["kind"] = "report"
    into.places["/header/kind"] = place(said.at)
    if "set_id" not in into.header and "replaces" not in into.header and said.number:
        into.header["set_id"] = said.number
        into.places["/header/set_id"] = place(said.at)


def _number(first: Segment | None, fields: tuple[int, ...], into: Gathering) -> tuple[str, str]:
    for number in fields if first else ():
        found = entity(first.peek(number), into) if first else None
        if found and found.value and first:
            return found.value, f"{first.place}-{number}"
    control = into.header.get("source_ids", ())
    return (control[0].value or "" if control else ""), f"{into.message.prefix}MSH-10"


def _names_a_plan(into: Gathering) -> bool:
    for segment in into.message.segments:
        for number in _NAMES.get(segment.name, ()):
            raw = segment.peek(number)
            _, codes = datatypes.coded(datatypes.first(raw, into.seps), into.seps)
            if any(code.code in _PLANS for code in codes) or _NAMED.search(raw):
                return True
    return False


def _first(into: Gathering, name: str) -> Segment | None:
    return next((one for one in into.message.segments if one.name == name), None)
