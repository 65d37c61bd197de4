"""The acknowledgement a receiver owes: MSA and ERR for a message and what became of it. Pure.

Called by whatever received the message over MLLP or in a file. It repeats the sender's separators,
version and control id, and nothing else of the message: ERR names codes and places, never content.
When to answer `AA` or `CA` is the caller's: only after the message is durably stored. A batch is
answered message by message (HL7 v2.9, 2.10.3), so that only what was refused is sent again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from adapters.formats.hl7v2.escapes import escaped
from adapters.formats.hl7v2.framing import Frame, framed
from adapters.formats.hl7v2.segments import UNUSED, Message, Segment, Separators

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Finding

Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
_ERRORS: Final = {
    "missing_msh": "100",
    "missing_pid": "100",
    "missing_member": "101",
    "missing_control_id": "101",
    "missing_message_type": "101",
    "bad_separators": "102",
    "odd_birth_date": "102",
    "odd_time": "102",
    "bad_enclosure": "102",
    "media_fields": "103",
    "two_patients": "198",
    "batch_count": "199",
    "charset_mismatch": "102",
    "charset_undeclared": "102",
    "doubled_escape": "102",
    "truncated_value": "104",
    "missing_document_number": "101",
    "missing_parent": "101",
    "missing_instance": "101",
    "segment_case": "100",
    "identity_only": "200",
    "notification_only": "201",
    "batch_unclosed": "100",
    "unsupported_message_type": "200",
    "unsupported_processing_id": "202",
    "unsupported_version": "203",
    "duplicate_control_id": "205",
    "bad_framing": "100",
    "too_large": "104",
    "try_later": "207",
}
"""Finding codes to table 0357; every other one is 199, another error."""
_SEVERITY: Final = {"error": "E", "warning": "W", "note": "I"}
_TEXTS: Final = {
    "100": "segment sequence error",
    "101": "required field missing",
    "102": "data type error",
    "103": "table value not found",
    "104": "value too long",
    "198": "non-conformant cardinality",
    "199": "other error",
    "200": "unsupported message type",
    "201": "unsupported event code",
    "202": "unsupported processing id",
    "203": "unsupported version id",
    "205": "duplicate key identifier",
    "207": "application internal error",
}
_REJECTED: Final = frozenset(
    {
        *("missing_msh", "bad_separators", "missing_message_type", "missing_control_id"),
        *("unsupported_message_type", "unsupported_processing_id", "unsupported_version"),
    }
)
"""Findings over the header itself: such a message is rejected, any other refused one in error."""
_DOWN: Final = frozenset({"try_later"})
"""The receiver's own trouble: `AR` in original mode (send it again later), `CE` in enhanced."""
_PLACE: Final = re.compile(
    r"(?:MSH\[\d+\]/)?([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\.(\d+))?)?"
)
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: the answer's code and the findings it may name."""

    code: Code
    findings: tuple[Finding, ...] = ()


def answer(raw: bytes, outcome: Outcome, *, now: str, control_id: str) -> bytes:
    """Return the ACK for `raw`, ending in a carriage return and without MLLP bytes.

    `now` is the time of answering as `YYYYMMDDHHMMSS±ZZZZ` and `control_id` this answer's own. A
    message nobody can read is answered by the standard separators and an empty MSA-2.
    """
    frame = framed(raw)
    header = frame.messages[0].segments[0] if frame.messages else None
    return _told(header, outcome, now, control_id)


def answers(
    raw: bytes, findings: Iterable[Finding], *, now: str, control_id: str, commit: bool = False
) -> bytes:
    """Return an ACK for each message of a document, in a batch where the document was one.

    `findings` are those of its reading. The answers' own control ids are `control_id` and, behind a
    point, the message's number. Every message is taken for itself: `AA` beside `AE` and `AR`, or
    `CA` beside `CE` and `CR` for a `commit` accept (HL7 v2.9, 2.9.3). Bytes without any message get
    one answer without a control id. The lines of MSH and of the batch are all that is looked at.
    """
    frame = framed(raw)
    told = list(findings)
    if not frame.messages:
        return _told(None, Outcome(code_of(told, commit=commit), tuple(told)), now, control_id)
    acks = []
    for number, message in enumerate(frame.messages, 1):
        cut = frame.cut and message is frame.messages[-1]
        own = tuple(one for one in told if _concerns(one, message, cut=cut))
        outcome = Outcome(code_of(own, commit=commit), own)
        acks.append(_told(message.segments[0], outcome, now, f"{control_id}.{number}"))
    return b"".join(_enveloped(frame, acks, now, control_id))


def code_of(findings: Iterable[Finding], *, commit: bool = False) -> Code:
    """Return how a message with these findings is answered: original mode, or a commit accept."""
    errors = {finding.code for finding in findings if finding.severity == "error"}
    if commit:
        return "CR" if errors & _REJECTED else "CE" if errors else "CA"
    return "AR" if errors & (_REJECTED | _DOWN) else "AE" if errors else "AA"


def _concerns(finding: Finding, message: Message, *, cut: bool) -> bool:
    """Say whether a finding is about this message, by the prefix of its place."""
    at = finding.place.at if finding.place else ""
    if at[:3] in {"BHS", "FHS", "BTS", "FTS"}:
        return cut and finding.code == "batch_unclosed"
    return at.startswith(message.prefix) if message.prefix else not at.startswith("MSH[")


def _enveloped(frame: Frame, acks: list[bytes], now: str, control_id: str) -> Iterable[bytes]:
    """Put a batch around the answers where there was one around the messages."""
    header = next((one for one in frame.envelope if one.name == "BHS"), None)
    if header is None:
        return acks
    seps, fields = header.seps, [header.peek(number) for number in range(13)]
    parts = ["BHS", _marks(seps), fields[5], fields[6], fields[3], fields[4], now, "", "", ""]
    parts += [escaped(control_id, seps), fields[11]]
    first, last = seps.field.join(parts), seps.field.join(["BTS", str(len(acks))])
    return [f"{first}\r".encode(), *acks, f"{last}\r".encode()]


def _told(header: Segment | None, outcome: Outcome, now: str, control_id: str) -> bytes:
    """Write one answer; without a header, by the standard separators."""
    seps = header.seps if header else Separators()
    fields = [header.peek(number) if header else "" for number in range(22)]
    lines = [_header(fields, seps, now, control_id), _msa(fields, seps, outcome.code)]
    lines += _errors(outcome.findings, seps, fields[12])
    return ("\r".join(lines) + "\r").encode("utf-8")


def _marks(seps: Separators) -> str:
    marks = seps.component + seps.repetition + seps.escape + seps.sub + seps.truncation
    return marks.replace(UNUSED, "")


def _header(fields: list[str], seps: Separators, now: str, control_id: str) -> str:
    """Write MSH: sender and receiver change places, the type is `ACK^event^ACK`."""
    kind = [*fields[9].split(seps.component), "", ""]
    event = kind[1] if re.fullmatch(r"[A-Z0-9]{2,3}", kind[1]) else ""
    typed = seps.component.join(filter(None, ["ACK", event, "ACK" if event else ""]))
    # MSH-3 to 6 and 11 are routing names and codes of the parties themselves, given back as sent
    parts = ["MSH", _marks(seps), fields[5], fields[6], fields[3], fields[4], now, "", typed]
    parts += [escaped(control_id, seps), fields[11] or "P", fields[12] or "2.5.1"]
    parts += [""] * 5 + ["UNICODE UTF-8"]
    return seps.field.join(parts)


def _msa(fields: list[str], seps: Separators, code: Code) -> str:
    return seps.field.join(["MSA", code, fields[10]])


def _errors(findings: Iterable[Finding], seps: Separators, version: str) -> list[str]:
    """Write one ERR for each finding, the first fifty; before 2.5 ERR had another shape: none."""
    if version and version < "2.5":
        return []
    told = [f for f in findings if f.severity != "note"]
    return [_error(finding, seps) for finding in told[:_MOST]]


def _error(finding: Finding, seps: Separators) -> str:
    code = _ERRORS.get(finding.code, "199")
    condition = seps.component.join([code, _TEXTS[code], "HL70357"])
    where = _location(finding, seps)
    # a finding's message never holds member data, and says what to do
    told = [finding.code, escaped(finding.message, seps)]
    parts = ["ERR", "", where, condition, _SEVERITY[finding.severity], "", "", *told]
    return seps.field.join(parts)


def _location(finding: Finding, seps: Separators) -> str:
    """Return ERL: segment, its number, field, repetition, component (`PID^1^5^1^1`)."""
    found = _PLACE.fullmatch(finding.place.at) if finding.place else None
    if found is None:
        return ""
    name, number, field, component = found.groups()
    parts = [name, number or "1"]
    if field:
        parts += [field, "1"]
    if component:
        parts.append(component)
    return seps.component.join(parts)


def control_id_of(raw: bytes) -> str:
    """Return the message's MSH-10, to find the answer it had before; empty when there is none."""
    frame = framed(raw)
    segments: tuple[Segment, ...] = frame.messages[0].segments if frame.messages else ()
    return segments[0].peek(10) if segments else ""
