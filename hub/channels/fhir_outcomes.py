"""What a FHIR server's answer means for a delivery: taken, try later, or given up.

`fhir_send` asks for each answer. Of an answer nothing is believed or kept but its status, the
statuses of a transaction's entries, and OperationOutcome's codes where they are of R4's own list
(`issue-type`); its texts are an outside party's words. It tells of transport, never of a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from hub.channels.posting import wait_of
from hub.channels.requesting import ANSWER_BYTES
from hub.errors import Trouble
from hub.ports import Proof

if TYPE_CHECKING:
    from datetime import datetime

    from hub.channels.requesting import Answer
    from hub.errors import Kind

_LATER: Final = frozenset(
    {"transient", "lock-error", "no-store", "timeout", "throttled", "incomplete"}
)
"""Issue types of a server that may well take the same later."""
_CODES: Final = _LATER | frozenset(
    {
        *("invalid", "structure", "required", "value", "invariant", "security", "login", "unknown"),
        *("expired", "forbidden", "suppressed", "processing", "not-supported", "duplicate"),
        *("multiple-matches", "not-found", "deleted", "too-long", "code-invalid", "extension"),
        *("too-costly", "business-rule", "conflict", "exception", "informational"),
    }
)
"""http://hl7.org/fhir/R4/valueset-issue-type.html"""
_TRANSIENT: Final = frozenset({408, 409, 423, 425, 429})
_REFUSED: Final = range(400, 500)
_GOOD: Final = range(200, 300)


def proof_of(answer: Answer, entries: int, now: datetime) -> Proof:
    """Return what an answer to a transaction of so many entries proves; `Trouble` otherwise."""
    if answer.status in _GOOD:
        return _taken(answer, entries)
    raise trouble_of(answer, now)


def trouble_of(answer: Answer, now: datetime) -> Trouble:
    """Return what an answer that isn't a success means."""
    status, issue = answer.status, issue_of(answer.body)
    code = f"fhir_{status}" + (f"_{issue.replace('-', '_')}" if issue else "")
    if status not in _REFUSED and status < 500:  # noqa: PLR2004  # HTTP's server error class
        what = "the FHIR server redirects or answers oddly; give its final address"
        return Trouble("permanent", code, what)
    kind = _kind(status, issue)
    what = "the FHIR server refuses what was sent; ask its owner"
    if kind == "transient":
        what = "the FHIR server asks to try later"
    return Trouble(kind, code, what, retry_after=wait_of(answer.retry_after, now))


def issue_of(body: bytes) -> str:
    """Return the first code of R4's own in an OperationOutcome; empty for anything else."""
    told = parsed(body)
    issues = told.get("issue") if told.get("resourceType") == "OperationOutcome" else None
    for one in issues if isinstance(issues, list) else ():
        code = one.get("code") if isinstance(one, dict) else None
        if isinstance(code, str) and code in _CODES and one.get("severity") != "information":
            return code
    return ""


def parsed(body: bytes) -> dict[str, Any]:
    """Return an answer's JSON object; empty for what is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _kind(status: int, issue: str) -> Kind:
    if issue in _LATER or status in _TRANSIENT:
        return "transient"
    return "permanent" if status in _REFUSED else "transient"


def _taken(answer: Answer, entries: int) -> Proof:
    """Hold a success to its word: as many entries as were sent, each of them taken."""
    told = parsed(answer.body)
    done = told.get("entry")
    if told.get("type") != "transaction-response" or not isinstance(done, list):
        code = "fhir_answer_too_large" if len(answer.body) >= ANSWER_BYTES else "fhir_wrong_answer"
        what = "the FHIR server did not answer as to a transaction; whether it took it is unknown"
        raise Trouble("ambiguous", code, what)
    statuses = [_status(one) for one in done]
    bad = next((one for one in statuses if one not in _GOOD), None)
    if bad is not None:
        what = "the FHIR server took the transaction only in part; ask its owner"
        raise Trouble("permanent", f"fhir_entry_{bad}", what)
    if len(statuses) != entries:
        what = "the FHIR server answers for fewer resources than were sent"
        raise Trouble("ambiguous", "fhir_entries_missing", what)
    return Proof("confirmed", f"fhir_{answer.status}")


def _status(entry: object) -> int:
    response = entry.get("response") if isinstance(entry, dict) else None
    word = response.get("status") if isinstance(response, dict) else None
    number = word[:3] if isinstance(word, str) else ""
    return int(number) if number.isascii() and number.isdigit() else 0
