"""Problem- and goal-oriented messages: PRB to concerns, GOL to goals, orders to interventions.

Called by the reader's dispatch for PPR, PGL, PPP, PPG and order messages. Links follow the nesting
of the message: a goal under a problem answers it, an order under a goal serves it.
What a sender marks as deleted says so in its status.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.formats import classing
from adapters.formats.hl7v2 import datatypes, headings, privacy
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.habits import heading_key
from hub.canonical import Text, said

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from hub.canonical import Code
    from hub.canonical.values import Domain

_GONE: Final = {"DE": "deleted", "UN": "unlinked"}
_ORDER_CONTROL: Final = {"CA": "cancelled", "DC": "discontinued", "OC": "cancelled", "HD": "held"}
_ORDER_STATUS: Final = {
    "A": "active",
    "CA": "cancelled",
    "CM": "completed",
    "DC": "discontinued",
    "ER": "error",
    "HD": "held",
    "IP": "in progress",
    "SC": "planned",
}
_OFTEN: Final = re.compile(
    r"(?:daily|weekly|monthly|yearly|quarterly|once|twice|every|q) ?.*|\d+ ?(?:x|times)\b.*",
    re.IGNORECASE,
)
_GOAL_FIRST: Final = frozenset({"PGL", "PPG"})


def prb(segment: Segment, into: Gathering) -> None:
    """Map PRB to a concern; under a goal (PGL, PPG) the goal answers it."""
    headings.settle(into)
    text, codes = datatypes.coded(datatypes.first(segment.take(3), into.seps), into.seps)
    status = _status(segment, 14, into)
    concern = into.add(
        "concerns",
        segment,
        text=(text, 3),
        codes=(codes, 3),
        status=(status, 14),
        onset=_first_time(segment, (16, 7), into),
        priority=_priority(segment, into),
        labels=(privacy.item_labels(segment, 25, into), 25),
        domain=_domain(codes, segment, into),
    )
    concern["id"] = f"c{len(into.items['concerns'])}"
    into.concern = concern
    into.intervention = None
    into.order = None
    if _goal_first(into) and into.goal is not None:
        into.goal.setdefault("concerns", []).append(concern["id"])
    else:
        into.goal = None


def _domain(
    codes: tuple[Code, ...], segment: Segment, into: Gathering
) -> tuple[Domain | None, int]:
    """Return the domain that PRB-10 names in so many words, else the one of the problem's code."""
    given = datatypes.coded(segment.peek(10), into.seps)[0]
    if classed := classing.named(given):
        segment.take(10)
        return classed, 10
    return classing.domain(codes), 3


def _goal_first(into: Gathering) -> bool:
    return into.kind in _GOAL_FIRST


def gol(segment: Segment, into: Gathering) -> None:
    """Map GOL to a goal; under a problem (PPR, PPP) it answers that problem."""
    headings.settle(into)
    text, codes = datatypes.coded(datatypes.first(segment.take(3), into.seps), into.seps)
    status, where = _reviewed(segment, into)
    goal = into.add(
        "goals",
        segment,
        text=(text, 3),
        codes=(codes, 3),
        status=(status, where),
        start=(into.time(segment, 7), 7),
        due=(into.time(segment, 8), 8),
        priority=(datatypes.words(segment.take(6), into.seps), 6),
        progress=(_progress(segment, into), 16),
        term=(_term(segment, into), 10),
    )
    goal["id"] = f"g{len(into.items['goals'])}"
    if into.concern is not None and not _goal_first(into):
        answered = str(into.concern["id"])
        goal["concerns"] = [answered]
        into.answers[answered] = into.answers.get(answered, 0) + 1
    into.goal = goal
    into.intervention = None
    into.order = None
    if _goal_first(into):
        into.concern = None


def _term(segment: Segment, into: Gathering) -> str | None:
    """Take how far a goal reaches from its classification (GOL-10), where that says just so."""
    found = classing.term(datatypes.coded(segment.peek(10), into.seps)[0])
    if found:
        segment.take(10)
    return found


def _first_time(segment: Segment, numbers: tuple[int, ...], into: Gathering) -> tuple[Text, int]:
    """Take the first of several fields that holds a time, and leave the others."""
    for number in numbers:
        value = into.time(segment, number)
        if value is not None:
            return value, number
    return None, numbers[0]


def _priority(segment: Segment, into: Gathering) -> tuple[str, int]:
    """Take the ranking (PRB-18), or else the place in the list (PRB-6)."""
    number = 18 if segment.peek(18) else 6
    return datatypes.coded(segment.take(number), into.seps)[0], number


def _progress(segment: Segment, into: Gathering) -> str:
    """Take the evaluation and its comment (GOL-16 and 17)."""
    judged = datatypes.coded(segment.take(16), into.seps)[0]
    comments = [datatypes.words(raw, into.seps) for raw in into.repetitions(segment, 17)]
    return ": ".join(filter(None, [judged, " ".join(filter(None, comments))]))


def _status(segment: Segment, number: int, into: Gathering) -> str:
    """Return the life-cycle status in the sender's words, or what action 1 did to the item."""
    said_status = datatypes.coded(datatypes.first(segment.take(number), into.seps), into.seps)[0]
    action = segment.peek(1).strip().upper()
    segment.ignore(1)
    return _GONE.get(action) or said_status


def _reviewed(segment: Segment, into: Gathering) -> tuple[str, int]:
    """Return a goal's life-cycle status (GOL-18), or else that of its review (GOL-11)."""
    status = _status(segment, 18, into)
    if status:
        return status, 18
    return datatypes.coded(datatypes.first(segment.take(11), into.seps), into.seps)[0], 11


def pth(segment: Segment, into: Gathering) -> None:
    """Keep a pathway as a note: the template has no element for one."""
    headings.settle(into)
    segment.ignore(1)
    text, codes = datatypes.coded(datatypes.first(segment.take(2), into.seps), into.seps)
    state = datatypes.coded(segment.take(5), into.seps)[0]
    if text:
        words = f"{text} ({state})" if state else text
        code = codes[0] if codes else None
        into.add("notes", segment, section=("Pathway", 2), text=(words, 2), code=(code, 2))


def var(segment: Segment, into: Gathering) -> None:
    """Keep a variance as a note named after what it stands under."""
    headings.settle(into)
    kind = datatypes.coded(datatypes.first(segment.take(5), into.seps), into.seps)[0]
    lines = [datatypes.words(raw, into.seps) for raw in into.repetitions(segment, 6)]
    words = "\n".join(filter(None, [kind, *lines]))
    if words:
        current = into.current()
        section = f"Variance, about {current}" if current else "Variance"
        number = 6 if any(lines) else 5
        into.add("notes", segment, section=(section, number), text=(words, number))


def orc(segment: Segment, into: Gathering) -> None:
    """Begin an order: what it is follows in OBR, RXO or RXE."""
    headings.settle(into)
    into.order = segment
    into.intervention = None


def order_obr(segment: Segment, into: Gathering) -> None:
    """Map OBR to an intervention of the current goal or problem, with its ORC before it."""
    headings.settle(into)
    segment.ignore(1)
    text, codes = datatypes.coded(datatypes.first(segment.take(4), into.seps), into.seps)
    if _medication(segment, text, codes, into):
        return
    reason = segment.peek(31)
    reasons = [datatypes.coded(raw, into.seps)[0] for raw in into.repetitions(segment, 31)]
    item = _intervention(segment, into)
    into.observed = None
    _set(item, "text", text or (reasons[0] if reasons else ""), segment, 4 if text else 31, into)
    _set(item, "codes", codes, segment, 4, into)
    _set(item, "start", into.time(segment, 6) or into.time(segment, 7), segment, 7, into)
    _set(item, "end", into.time(segment, 8), segment, 8, into)
    if text and reason:
        _set(item, "evidence", ", ".join(filter(None, reasons)), segment, 31, into)
    if "party" not in item:
        people = [datatypes.person(raw, into.seps) for raw in into.repetitions(segment, 16)]
        _set(item, "party", people[0] if people else None, segment, 16, into)
    _ordered(item, segment, into)


def _ordered(item: dict[str, Any], segment: Segment, into: Gathering) -> None:
    """Take how often (OBR-27, a TQ) and who does it (OBR-34), where nothing else says so.

    OBR-34 is an NDL, whose person is one level further down; some write a plain XCN there.
    """
    given = datatypes.parts(datatypes.first(segment.peek(27), into.seps), into.seps, 2)
    often = datatypes.words(given[1], into.seps)
    if often and often == item.get("frequency"):
        segment.ignore(27)
    elif often and "frequency" not in item:
        segment.take(27)
        _set(item, "frequency", often, segment, 27, into)
    raw = datatypes.first(segment.peek(34), into.seps)
    if raw and "party" not in item:
        person = raw.split(into.seps.component, 1)[0]
        if into.seps.sub in person:
            raw = person.replace(into.seps.sub, into.seps.component)
        segment.take(34)
        _set(item, "party", datatypes.person(raw, into.seps), segment, 34, into)


def _medication(segment: Segment, text: str, codes: tuple[Code, ...], into: Gathering) -> bool:
    """Make a medication of an order whose name or code the profile lists under `medications`."""
    keys = [heading_key(text), *(heading_key(one.code or "") for one in codes)]
    if not text or not any(into.headings.get(key) == "medications" for key in keys):
        return False
    into.add("medications", segment, text=(text, 4), start=(into.time(segment, 7), 7))
    into.intervention = None
    into.order = None  # how often it says stays beside the plan: a medication has no field for it
    return True


def _often(segment: Segment, into: Gathering) -> str:
    """Return how often an order is to be done where ORC-8 says so: the place beside its own.

    ORC-8 is the parent's number (EIP); only words of a frequency there are one.
    """
    given = datatypes.parts(datatypes.first(segment.peek(8), into.seps), into.seps, 2)
    words = datatypes.words(given[1], into.seps)
    return words if not given[0] and _OFTEN.fullmatch(words) else ""


def _intervention(segment: Segment, into: Gathering) -> dict[str, Any]:
    """Append an intervention, linked by the nesting, with what its ORC says."""
    item = into.add("interventions", segment)
    number = len(into.items["interventions"])
    item |= {"id": f"i{number}", "kind": "referral" if _is_referral(into) else "service"}
    if into.concern is not None:
        item["concerns"] = [into.concern["id"]]
    served = _served(into)
    if served:
        item["goals"] = served
    into.intervention = item
    if into.order is not None:
        _from_orc(item, into.order, into)
        into.order = None
    return item


def _served(into: Gathering) -> list[str]:
    """Return the goal an order serves: the one it stands under, or its problem's only one.

    In PPR orders follow all goals of their problem, so with two goals none can be told.
    """
    if into.goal is None:
        return []
    if _goal_first(into) or into.concern is None:
        return [into.goal["id"]]
    return [into.goal["id"]] if into.answers.get(str(into.concern["id"])) == 1 else []


def _is_referral(into: Gathering) -> bool:
    return into.event.startswith("I1")


def _from_orc(item: dict[str, Any], segment: Segment, into: Gathering) -> None:
    seps = into.seps
    control = segment.peek(1).strip().upper()
    state = segment.peek(5).strip().upper()
    status = _ORDER_CONTROL.get(control) or _ORDER_STATUS.get(state)
    if status:
        segment.take(5)
    segment.ignore(1)
    _set(item, "status", status, segment, 5 if state in _ORDER_STATUS else 1, into)
    _timing(item, segment, into)
    people = [datatypes.person(raw, seps) for raw in into.repetitions(segment, 12)]
    _set(item, "party", people[0] if people else None, segment, 12, into)


def _timing(item: dict[str, Any], segment: Segment, into: Gathering) -> None:
    """Map ORC-7 (`^Q6H^D10^20261103`): how often as written, and when it starts and ends."""
    given = datatypes.parts(datatypes.first(segment.peek(7), into.seps), into.seps, 5)
    if not any(given[1:]):
        often = _often(segment, into)
        if often:
            segment.take(8)
            _set(item, "frequency", often, segment, 8, into)
        return
    segment.take(7)
    for key, position in (("start", 3), ("end", 4)):
        moment = datatypes.iso(given[position])
        if moment:
            _set(item, key, moment, segment, f"7.{position + 1}", into)
            given[position] = ""
    often = " ".join(filter(None, (datatypes.words(part, into.seps) for part in given)))
    _set(item, "frequency", often, segment, 7, into)


def tq1(segment: Segment, into: Gathering) -> None:
    """Map TQ1 to the current intervention: how often, from when, until when."""
    item = into.intervention
    if item is None:
        return
    segment.ignore(1)
    _set(item, "frequency", datatypes.coded(segment.take(3), into.seps)[0], segment, 3, into)
    _set(item, "start", into.time(segment, 7), segment, 7, into)
    _set(item, "end", into.time(segment, 8), segment, 8, into)


def rx(segment: Segment, into: Gathering) -> None:
    """Map RXO and RXE to a medication, with its dose and units as written."""
    headings.settle(into)
    numbers = (1, 2, 4) if segment.name == "RXO" else (2, 3, 5)
    text, codes = datatypes.coded(segment.take(numbers[0]), into.seps)
    amount = said(into.text(segment, numbers[1]))
    units = datatypes.coded(segment.take(numbers[2]), into.seps)[0]
    if text:
        into.add(
            "medications",
            segment,
            text=(text, numbers[0]),
            codes=(codes, numbers[0]),
            dose=(" ".join(filter(None, (amount, units))), numbers[1]),
        )


def _set(  # an item's field, its value, and where it was read
    item: dict[str, Any],
    key: str,
    value: object,
    segment: Segment,
    number: int | str,
    into: Gathering,
) -> None:
    """Set one field of the current intervention, unless it has one or there is nothing to set."""
    if value is None or value in ((), "") or key in item:
        return
    item[key] = value
    at = len(into.items["interventions"]) - 1
    into.places[f"/interventions/{at}/{key}"] = place(f"{segment.place}-{number}")


def dg1(segment: Segment, into: Gathering) -> None:
    """Map DG1 to a concern."""
    headings.settle(into)
    segment.ignore(1, 2)
    text, codes = datatypes.coded(datatypes.first(segment.take(3), into.seps), into.seps)
    text = text or said(into.text(segment, 4))
    if text:
        concern = into.add(
            "concerns",
            segment,
            text=(text, 3),
            codes=(codes, 3),
            onset=(into.time(segment, 5), 5),
            domain=(classing.domain(codes), 3),
        )
        concern["id"] = f"c{len(into.items['concerns'])}"
        into.above.item = ("concerns", len(into.items["concerns"]) - 1)
