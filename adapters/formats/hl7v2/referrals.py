"""Referrals (REF^I12 to I15, RRI): RF1 to an ask of the practice, PR1 to what is referred for.

Called by the reader's dispatch. A referral has its own number and is a set of its own, so that it
stands beside the member's plan and never takes its place; a modification and a cancellation are
versions of it. What the ask says is the message's words; nothing is concluded from codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes, document, headings
from adapters.formats.hl7v2.gathering import place
from hub.canonical import Replaced

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_CANCELLED: Final = "I14"
_LATER: Final = frozenset({"I13", "I14", "I15"})
_EVENTS: Final = {"I15": "Request patient referral status"}
"""What an event asks by itself, in the words of table 0003."""


def rf1(segment: Segment, into: Gathering) -> None:
    """Map RF1: the referral's number, and an ask of its reason, kind, disposition and priority."""
    headings.settle(into)
    _number(segment, into)
    into.beside = "the referral"
    if into.event == _CANCELLED:
        into.header["status"] = "revoked"
        into.places["/header/status"] = place(f"{into.message.prefix}MSH-9")
    reasons = [datatypes.coded(raw, into.seps)[0] for raw in into.repetitions(segment, 10)]
    reasons += [
        datatypes.coded(raw, into.seps)[0]
        for number in (3, 4)
        for raw in into.repetitions(segment, number)
    ]
    urgency = datatypes.coded(segment.take(2), into.seps)[0]
    asked = [_EVENTS.get(into.event, ""), *reasons, f"priority {urgency}" if urgency else ""]
    into.add(
        "asks",
        segment,
        text=("; ".join(filter(None, asked)) or "Patient referral", 10 if reasons else 3),
        due=(into.time(segment, 8), 8),
    )


def _number(segment: Segment, into: Gathering) -> None:
    """Map RF1-6, or else RF1-11, to the set; a later event takes the place of what it was."""
    for number in (6, 11):
        given = document.entity(segment.peek(number), into)
        if given is None:
            continue
        segment.take(number)
        into.header["source_ids"] = (*into.header.get("source_ids", ()), given)
        at = len(into.header["source_ids"]) - 1
        into.places[f"/header/source_ids/{at}"] = place(f"{segment.place}-{number}")
        into.put("header", "set_id", given.value, segment, number)
        if into.event in _LATER:
            into.put("header", "replaces", Replaced(set_id=given.value), segment, number)


def pr1(segment: Segment, into: Gathering) -> None:
    """Map PR1 of a referral to what it is for; elsewhere a procedure is no part of a plan."""
    if not into.event.startswith("I1"):
        return
    headings.settle(into)
    segment.ignore(1)
    text, codes = datatypes.coded(datatypes.first(segment.take(3), into.seps), into.seps)
    item = into.add(
        "interventions",
        segment,
        text=(text or into.text(segment, 4), 3 if text else 4),
        codes=(codes, 3),
        start=(into.time(segment, 5), 5),
    )
    item |= {"id": f"i{len(into.items['interventions'])}", "kind": "referral"}
    into.intervention = item
