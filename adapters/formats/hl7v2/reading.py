"""The HL7 v2 reader: bytes to plans, one for each message. Implements the Adapter protocol.

Bound as it is for any sender (`adapters.formats.hl7v2:ADAPTER`) or composed by an MCO's module
with that sender's `Habits`. It refuses, by a finding with the place, a message without MSH, PID or
control id, and one that names two patients. It does no I/O and raises nothing over a document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from adapters.formats.hl7v2 import (
    consents,
    datatypes,
    declared,
    document,
    enclosed,
    headings,
    identity,
    instances,
    kinds,
    listed,
    observations,
    privacy,
    problems,
    referrals,
    remarks,
    repeats,
    subids,
    truncation,
)
from adapters.formats.hl7v2.framing import decoded, framed, undecodable
from adapters.formats.hl7v2.gathering import Gathering, place
from adapters.formats.hl7v2.habits import Habits
from adapters.formats.hl7v2.merging import merged, same_person
from adapters.formats.hl7v2.segments import Message, Segment
from hub.canonical import Document, Finding, Place, Plan, Reading, Tally, unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

Handler = Callable[[Segment, Gathering], None]

_ALWAYS: Final[Mapping[str, Handler]] = {
    "EVN": document.evn,
    "PID": identity.pid,
    "PD1": identity.pd1,
    "PV1": identity.pv1,
    "NK1": identity.nk1,
    "IN1": identity.in1,
    "PRD": identity.prd,
    "CTD": identity.ctd,
    "ROL": identity.rol,
    "PRT": identity.rol,
    "TXA": document.txa,
    "OBX": observations.obx,
    "NTE": remarks.nte,
    "OBR": observations.obr,
    "AL1": observations.al1,
    "DG1": problems.dg1,
    "ARV": privacy.arv,
    "PRB": problems.prb,
    "GOL": problems.gol,
    "PTH": problems.pth,
    "VAR": problems.var,
    "RXO": problems.rx,
    "RXE": problems.rx,
    "RF1": referrals.rf1,
    "PR1": referrals.pr1,
}
_ORDERS: Final[Mapping[str, Handler]] = {
    "ORC": problems.orc,
    "OBR": problems.order_obr,
    "TQ1": problems.tq1,
}
_STARTS: Final = re.compile(r"(?:MSH|FHS|BHS)[^\w\s]")
_HEADLESS: Final = re.compile(
    r"(?:PID|EVN|PV1|OBX|PRB|TXA)\|[^\r\n]*[\r\n]+(?:PID|PD1|PV1|OBX|OBR|PRB|GOL|TXA|NK1|ORC)\|"
)
_SNIFFED: Final = 4096
_LEAST_SEGMENTS: Final = 2


class Hl7v2Reader:
    """Reads HL7 v2 messages by a sender's habits; without habits, by the standard alone."""

    def __init__(self, habits: Habits | None = None) -> None:
        self.habits = habits or Habits()
        self.name = self.habits.name
        self.version = self.habits.version
        self._headings = self.habits.headings()

    def identify(self, document: Document) -> bool:
        """Say whether the bytes start as HL7 v2 and, with habits, come from that sender."""
        text, _, _ = decoded(document.content[:_SNIFFED].rstrip(b"\xc2\xc3\xe2\x80"))
        text = text.lstrip("\ufeff\x0b\x1c\r\n\t ")
        if not _STARTS.match(text):
            return self._generic() and _HEADLESS.match(text) is not None
        return self._ours(text)

    def read(self, document: Document) -> Reading:
        """Read every message of the document; each is its own plan or its own finding."""
        frame = framed(document.content, self.habits.encoding)
        if not frame.messages:
            if frame.findings and any(f.severity == "error" for f in frame.findings):
                return Reading(findings=frame.findings)
            what = "no MSH segment, ask the sender for the whole message"
            return unreadable("missing_msh", what, place("MSH"))
        plans: list[Plan] = []
        findings = list(frame.findings)
        tallies: list[Tally] = []
        enclosures: dict[str, bytes] = {}
        whole = frame.messages[:-1] if frame.cut else frame.messages
        tallies += [_left_alone(message) for message in frame.messages[len(whole) :]]
        for message in whole:
            reading = self._message(message)
            plans += reading.plans
            findings += reading.findings
            tallies.append(reading.coverage)
            enclosures.update(reading.enclosures)
        if frame.envelope:
            tallies.append(_envelope_tally(frame.envelope))
        return Reading(tuple(plans), tuple(findings), _summed(tallies), enclosures)

    def _generic(self) -> bool:
        habits = self.habits
        return not (habits.applications or habits.facilities or habits.messages)

    def _ours(self, text: str) -> bool:
        """Compare the first MSH with the sender's own applications, facilities and messages."""
        if self._generic():
            return True
        at = text.find("MSH")
        line = re.split(r"[\r\n]", text[at:], maxsplit=1)[0] if at >= 0 else ""
        fields = [*line.split(line[3:4] or "|"), *[""] * 10]
        component = fields[1][:1] or "^"
        application, facility = (fields[n].split(component, 1)[0] for n in (2, 3))
        kind = component.join(fields[8].split(component)[:2]).replace(component, "^")
        habits = self.habits
        return (
            (not habits.applications or application in habits.applications)
            and (not habits.facilities or facility in habits.facilities)
            and (not habits.messages or kind in habits.messages)
        )

    def _message(self, message: Message) -> Reading:
        refused = undecodable(message) or _refused(message)
        if refused is not None:
            return Reading(findings=(refused,), coverage=_left_alone(message))
        into = Gathering(message, self.habits, self._headings)
        _walk(message, into)
        plan, tally = into.plan()
        if self.habits.defaults:
            plan = declared.with_defaults(plan, self.habits.defaults, into.places)
        quarantine = _hollow(into, message)
        if quarantine is not None:
            return Reading((), (*into.findings, quarantine), tally)
        return _with_enclosed(plan, tally, into)


def _walk(message: Message, into: Gathering) -> None:
    """Hand each segment to its mapping, in order, and settle what was being collected."""
    header = message.segments[0]
    truncation.noted(into)
    privacy.origin_of(into)
    document.msh(header, into)
    said = kinds.told(into)
    if into.flow == "problem":
        instances.chained(into)
    privacy.msh_labels(header, into)
    _mapped(message, into)
    headings.settle(into)
    subids.linked(into)
    declared.segments(into)
    declared.unmet(into)
    enclosed.opened(into)
    document.written(header, into)
    kinds.settle(said, into)
    repeats.passed_over(into)


def _mapped(message: Message, into: Gathering) -> None:
    """Hand each segment to its mapping, in order."""
    handlers = {**_ALWAYS, **_ORDERS} if into.flow in {"problem", "order"} else _ALWAYS
    noticed = {where.partition("-")[0] for where in into.habits.notices}
    consent = into.habits.consents
    rows = {name for row in into.habits.rows for name in row.when}
    for segment in message.segments:
        name = segment.name
        if name == "OBX":
            into.above.aside = False
        elif name != "NTE":
            _above(into, read=name in handlers or name in rows)
        if consent is not None and name == consent.segment:
            consents.stated(segment, into)
        elif name in rows:
            listed.items(segment, into)
        elif name in handlers:
            handlers[name](segment, into)
        if name in noticed:
            privacy.notices(segment, into)


def _above(into: Gathering, *, read: bool) -> None:
    """Forget the item above a segment that is neither OBX nor a comment.

    A comment below is not about it.
    """
    into.above.aside, into.above.parted = not read, False
    if read:
        headings.settle(into)
        into.above.nothing()
        into.beside = ""


def _refused(message: Message) -> Finding | None:
    """Return why a message can't become a plan at all, with the segment that is at fault."""
    header = message.segments[0]
    for number, code, what in (
        (9, "missing_message_type", "MSH-9 names no kind of message"),
        (10, "missing_control_id", "MSH-10 holds no control id"),
    ):
        if not header.peek(number).strip():
            return _fault(code, f"{what}; ask the sender to fill it", f"{header.place}-{number}")
    patients = [s for s in message.segments if s.name == "PID"]
    if not patients:
        where = f"{message.prefix}PID"
        lone = len(message.segments) < _LEAST_SEGMENTS
        what = "the message is one segment only" if lone else "no PID segment: whose plan is this?"
        return _fault("missing_pid", f"{what}; ask the sender for the whole message", where)
    if not any(patients[0].peek(n).strip('" ') for n in (2, 3, 4, 5, 19)):
        what = "PID holds neither an id nor a name; ask the sender to fill PID-3 and PID-5"
        return _fault("missing_member", what, patients[0].place)
    if len(patients) > 1 and _strangers(patients, message):
        what = "PID segments of different patients in one message; ask for one message each"
        return _fault("two_patients", what, patients[1].place)
    return _birth(patients[0], message)


def _birth(patient: Segment, message: Message) -> Finding | None:
    """Refuse a birth date that can't be: with a wrong one no member can be matched safely."""
    raw = datatypes.head(patient.peek(7), message.seps)
    if raw and datatypes.iso(raw) is None:
        what = "no such birth date; ask the sender to correct PID-7"
        return _fault("odd_birth_date", what, f"{patient.place}-7")
    return None


def _strangers(patients: list[Segment], message: Message) -> bool:
    """Say whether two PID segments share no id at all."""
    held = [_ids(patient, message) for patient in patients]
    return not all(held[0] & other for other in held[1:])


def _ids(patient: Segment, message: Message) -> set[str]:
    seps = message.seps
    return {
        datatypes.head(raw, seps)
        for number in (2, 3, 4)
        for raw in patient.peek(number).split(seps.repetition)
        if raw
    }


def _fault(code: str, message: str, at: str) -> Finding:
    return Finding("error", code, message, Place(at, "segment"))


def _hollow(into: Gathering, message: Message) -> Finding | None:
    """Return why a message holds no plan: as a version it would empty the member's own."""
    at = message.segments[0].place
    if into.flow == "document" and into.event == document.CANCEL and "replaces" not in into.header:
        what = "a cancel that names no document; ask the sender to fill TXA-12"
        return _fault("nothing_named", what, f"{message.prefix}TXA-12")
    if not into.empty() or into.header.get("status") == "revoked":
        return None
    if any(f.severity == "error" for f in into.findings):
        what = "nothing of a plan is in the message beside what could not be read"
        return _fault("nothing_read", f"{what}; ask the sender to mend that", at)
    if into.flow == "document" and into.event in document.NOTIFICATIONS:
        what = "the message tells of a document without sending it; ask the sender for it"
        return _fault("notification_only", what, f"{at}-9")
    if into.flow in {"document", "result", "problem"}:
        what = "a message that should carry a document carries none; ask the sender for it"
        return _fault("nothing_read", what, at)
    what = "the message says who the member is and nothing of a plan; send that as MDM or PPR"
    return _fault("identity_only", what, f"{at}-9")


def _with_enclosed(plan: Plan, tally: Tally, into: Gathering) -> Reading:
    """Return the message's reading; an enclosed C-CDA is the plan, if about the same member.

    Where it can't be read there is no plan: what stands around it is not what the sender means.
    """
    findings = tuple(into.findings)
    if into.unread:
        return Reading((), findings, tally, into.enclosures)
    if not into.enclosed:
        return Reading((plan,), findings, tally, into.enclosures)
    inner = [(one, digest) for reading, digest in into.enclosed for one in reading.plans]
    if not all(same_person(plan, one) for one, _ in inner):
        what = "the enclosed document is about another person than PID; ask the sender which"
        stranger = _fault("two_patients", what, f"{into.message.prefix}PID")
        return Reading((), (*findings, stranger), tally)
    plans = tuple(merged(plan, one, digest, into.origin) for one, digest in inner)
    enclosures = dict(into.enclosures)
    for reading, _ in into.enclosed:
        enclosures.update(reading.enclosures)
    tallies = [tally, *(reading.coverage for reading, _ in into.enclosed)]
    return Reading(plans, findings, _summed(tallies), enclosures)


def _left_alone(message: Message) -> Tally:
    """Count the fields of a message that was refused: all of them are residue."""
    count = sum(len(segment.left()) for segment in message.segments)
    return Tally(count, 0, count, 0)


def _envelope_tally(envelope: tuple[Segment, ...]) -> Tally:
    """Count the batch envelope: who sent the file and how many; nothing of it is a plan's."""
    count = sum(s.mapped + s.ignored + len(s.left()) for s in envelope)
    return Tally(count, 0, 0, count)


def _summed(tallies: list[Tally]) -> Tally:
    if len(tallies) == 1:
        return tallies[0]
    return Tally(
        sum(t.source_items for t in tallies),
        sum(t.mapped for t in tallies),
        sum(t.residue for t in tallies),
        sum(t.ignored for t in tallies),
    )


ADAPTER: Final = Hl7v2Reader()
