"""The acknowledgement a receiver owes: MSA and ERR for a message and what became of it. Pure.

Called by whatever received the message over MLLP or in a file. It repeats the sender's separators,
version and control id, and nothing else of the message: ERR names codes and places, never content.
When to answer `AA` or `CA` is the caller's: only after the message is durably stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from adapters.formats.hl7v2.escapes import escaped
from adapters.formats.hl7v2.framing import framed
from adapters.formats.hl7v2.segments import Segment, Separators

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
}
"""Finding codes to table 0357; every other one is 199, another error."""
_SEVERITY: Final = {"error": "E", "warning": "W", "note": "I"}
_TEXTS: Final = {
    "100": "segment sequence error",
    "101": "required field missing",
    "102": "data type error",
    "103": "table value not found",
    "198": "non-conformant cardinality",
    "199": "other error",
}
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
    seps = Separators()
    fields = [""] * 22
    if frame.messages:
        header = frame.messages[0].segments[0]
        seps = header.seps
        fields = [header.peek(number) for number in range(22)]
    lines = [_header(fields, seps, now, control_id), _msa(fields, seps, outcome.code)]
    lines += _errors(outcome.findings, seps, fields[12])
    return ("\r".join(lines) + "\r").encode("utf-8")


def _header(fields: list[str], seps: Separators, now: str, control_id: str) -> str:
    """Write MSH: sender and receiver change places, the type is `ACK^event^ACK`."""
    kind = [*fields[9].split(seps.component), "", ""]
    event = kind[1] if re.fullmatch(r"[A-Z0-9]{2,3}", kind[1]) else ""
    typed = seps.component.join(filter(None, ["ACK", event, "ACK" if event else ""]))
    marks = seps.component + seps.repetition + seps.escape + seps.sub + seps.truncation
    # MSH-3 to 6 and 11 are routing names and codes of the parties themselves, given back as sent
    parts = ["MSH", marks, fields[5], fields[6], fields[3], fields[4], now, "", typed]
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
    parts = ["ERR", "", where, condition, _SEVERITY[finding.severity], "", "", finding.code]
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
