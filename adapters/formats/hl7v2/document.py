"""The document around the plan: MSH, EVN and TXA to the header.

Called by the reader's dispatch. Who sent it, when, to whom, which document it is, what it replaces
and whether it is withdrawn. The status is the document's, never a judgement about its content.

What the MDM events mean here (HL7 v2.9 chapter 9): T01, T03, T05, T07 and T09 tell of a document
without sending it. A replacement (T09, T10) takes the place of TXA-13. A status change (T03, T04),
an edit (T07, T08) and a cancel (T11) are about the document they name in TXA-12, and take the place
of what it was. An addendum (T05, T06) replaces nothing: it is a set of its own beside its parent.
A document number is no set id: the hub knows by it which plan it came with. A message that changes
a document without naming one takes the place of nothing; a cancel that names none is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import datatypes, identity
from adapters.formats.hl7v2.gathering import place
from hub.canonical import Party, Related, Replaced, SourceId, TeamMember

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment
    from hub.canonical import Place

_FLOWS: Final = {
    "MDM": "document",
    "ORU": "result",
    "PPR": "problem",
    "PGL": "problem",
    "PPP": "problem",
    "PPG": "problem",
    "REF": "order",
    "RRI": "order",
    "ORM": "order",
    "OMG": "order",
    "OMP": "order",
    "OML": "order",
    "RDE": "order",
}
_COMPLETION: Final = {
    "AU": "active",
    "LA": "active",
    "DO": "active",
    "DI": "draft",
    "IP": "draft",
    "IN": "draft",
    "PA": "draft",
}
_AVAILABILITY: Final = {"CA": "revoked", "OB": "completed", "UN": "draft"}
_THERE: Final = frozenset({*_AVAILABILITY, "AV"})
CANCEL: Final = "T11"
_ADDENDA: Final = frozenset({"T05", "T06"})
_REPLACEMENTS: Final = frozenset({"T09", "T10"})
_EDITS: Final = frozenset({"T07", "T08"})
_SAME: Final = frozenset({"T03", "T04", "T11"})
NOTIFICATIONS: Final = frozenset({"T01", "T03", "T05", "T07", "T09"})
"""Events that tell of a document and do not carry it."""
_AUTHOR: Final = 9
_USUAL: Final = {"U": "N", "UC": "N", "R": "R", "RE": "R", "V": "V", "VR": "V"}


def msh(segment: Segment, into: Gathering) -> None:
    """Map MSH: custodian, recipient, ids, language; remember the kind of message."""
    kind = [
        datatypes.words(part, into.seps) for part in datatypes.parts(segment.peek(9), into.seps, 3)
    ]
    into.kind = kind[0].upper()
    into.flow = _FLOWS.get(into.kind, "")
    into.event = kind[1].upper() or kind[2].upper()
    sender = datatypes.authority(segment.peek(4), into.seps)
    into.put("header", "custodian", sender, segment, 4)
    receiver = datatypes.authority(segment.peek(6) or segment.peek(5), into.seps)
    if receiver:
        identity.recipient(receiver, segment, 6 if segment.peek(6) else 5, into)
    for number in (4, 5, 6):
        segment.take(number)
    control = datatypes.words(segment.take(10), into.seps)
    if control:
        into.put("header", "source_ids", (SourceId(None, control, "message"),), segment, 10)
    into.put("header", "language", _language(segment, into), segment, 19)
    if not segment.peek(8).strip():
        segment.ignore(8)
    segment.ignore(2, 3, 9, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21)


def _language(segment: Segment, into: Gathering) -> str:
    text, codes = datatypes.coded(segment.take(19), into.seps)
    return codes[0].code or text if codes else text


def written(segment: Segment, into: Gathering) -> None:
    """Give the header MSH-7's time where nothing better was said."""
    if "written_on" in into.header:
        segment.ignore(7)
        return
    into.put("header", "written_on", into.time(segment, 7), segment, 7)


def evn(segment: Segment, into: Gathering) -> None:
    """Take nothing of EVN but what repeats MSH."""
    if segment.peek(1) in {"", into.event}:
        segment.ignore(1)
    segment.ignore(2)


def txa(segment: Segment, into: Gathering) -> None:
    """Map TXA: which document, its author, title, parent, completion and confidentiality."""
    segment.ignore(1, 3)
    _written(segment, into)
    number = entity(segment.take(12), into)
    if number:
        into.header["source_ids"] = (number, *into.header.get("source_ids", ()))
        into.places["/header/source_ids/0"] = _place(segment, 12)
    else:
        what = "the document has no number, a later version can't name it; ask for TXA-12"
        into.find("warning", "missing_document_number", what, f"{segment.place}-12")
    _parent(segment, number, into)
    _people(segment, into)
    _title(segment, into)
    _status(segment, into)
    code = datatypes.head(segment.peek(18), into.seps)
    if code in _USUAL:
        segment.take(18)
        into.raise_confidentiality(_USUAL[code], f"{segment.place}-18")


def _written(segment: Segment, into: Gathering) -> None:
    """Map the activity time, or else the origination; another second one stays residue."""
    for number in (4, 6):
        repeats = segment.peek(number) == segment.peek(4)
        if repeats or "written_on" not in into.header:
            into.put("header", "written_on", into.time(segment, number), segment, number)


def _title(segment: Segment, into: Gathering) -> None:
    """Map the title, or else the kind of document, whose code stays beside the plan."""
    title = datatypes.words(datatypes.first(segment.peek(25), into.seps), into.seps)
    kind, codes = datatypes.coded(segment.peek(2), into.seps)
    into.put("header", "title", title or kind, segment, 25 if title else 2)
    if title:
        segment.take(25)
    elif not codes:
        segment.take(2)


def _place(segment: Segment, number: int) -> Place:
    return place(f"{segment.place}-{number}")


def entity(raw: str, into: Gathering) -> SourceId | None:
    """Return an EI: the number and who gave it."""
    given = datatypes.parts(datatypes.first(raw, into.seps), into.seps, 4)
    value = datatypes.words(given[0], into.seps)
    if not value:
        return None
    # the assigner may stand in components 2 and 3, or as sub-components of the second
    names = [datatypes.words(part, into.seps) for part in given[1].split(into.seps.sub)]
    oid = datatypes.words(given[2], into.seps) or (names[1] if len(names) > 1 else "")
    return SourceId(datatypes.system(oid or names[0]), value)


def _parent(segment: Segment, number: SourceId | None, into: Gathering) -> None:
    """Map TXA-13 by the event: the version replaced, or the parent an addendum stands beside."""
    parent = entity(segment.peek(13), into)
    if parent == number and into.event not in _ADDENDA:
        segment.ignore(13)  # the document itself again, as some senders fill it
        parent = None
    if into.event in _ADDENDA:
        _beside(segment, number, parent, into)
    elif into.event in _EDITS and number:  # some edit in place, some under a new number
        segment.take(13)
        named = (number, parent) if parent else (number,)
        into.put("header", "replaces", Replaced(source_ids=named), segment, 12)
    elif into.event in _SAME and number:
        into.put("header", "replaces", Replaced(source_ids=(number,)), segment, 12)
    elif parent:
        segment.take(13)
        into.put("header", "replaces", Replaced(source_ids=(parent,)), segment, 13)
    elif into.event in _REPLACEMENTS | _EDITS | _SAME:
        _unsaid(segment, number, into)


def _beside(
    segment: Segment, number: SourceId | None, parent: SourceId | None, into: Gathering
) -> None:
    """Make an addendum a set of its own, else it would take the place of the member's plan."""
    what = "an addendum: it does not replace its parent, it stands beside it as a plan of its own"
    into.find("warning", "addendum", what, f"{segment.place}-13")
    if parent:
        segment.take(13)
        into.put("header", "related", (Related(source_ids=(parent,)),), segment, 13)
    into.put("header", "set_id", number.value if number else None, segment, 12)
    _by_message(into)


def _unsaid(segment: Segment, number: SourceId | None, into: Gathering) -> None:
    """Take the place of what had the same number, or of nothing: TXA-13 does not say of what."""
    if into.event in _REPLACEMENTS:
        what = "a replacement that does not say what it replaces; ask the sender to fill TXA-13"
        into.find("warning", "missing_parent", what, f"{segment.place}-13")
    if number:
        into.put("header", "replaces", Replaced(source_ids=(number,)), segment, 12)
    elif into.event != CANCEL:
        _by_message(into)


def _by_message(into: Gathering) -> None:
    """Make a document that says nowhere which it is a set of its own, by its control id."""
    control = next((one.value for one in into.header.get("source_ids", ())), None)
    into.put("header", "set_id", control, into.message.segments[0], 10)


def _people(segment: Segment, into: Gathering) -> None:
    """Map the originator as author, the others to the team."""
    for number, role in ((9, "author"), (5, "provider"), (10, "authenticator")):
        for raw in into.repetitions(segment, number):
            party = datatypes.person(raw, into.seps)
            if party is None:
                continue
            into.put("header", "author", party, segment, number)
            if number != _AUTHOR:  # who wrote the plan is not for that on the team
                into.joined(TeamMember(party=party, role=role), segment, number)


def _status(segment: Segment, into: Gathering) -> None:
    """Map completion and availability; a code of neither table stays beside the plan."""
    if into.event == CANCEL:
        into.header["status"] = "revoked"
        into.places["/header/status"] = place(f"{into.message.prefix}MSH-9")
        segment.take(17)
        segment.take(19)
        return
    done, there = (datatypes.head(segment.peek(number), into.seps) for number in (17, 19))
    if done in _COMPLETION:
        segment.take(17)
    if there in _THERE:
        segment.take(19)
    gone = _AVAILABILITY.get(there)
    into.put("header", "status", gone or _COMPLETION.get(done), segment, 19 if gone else 17)


def owner(party: Party, segment: Segment, number: int, into: Gathering) -> None:
    """Set the plan's author where the message names one outside TXA."""
    into.put("header", "author", party, segment, number)
