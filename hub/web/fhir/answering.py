"""What an updated Task says: an acknowledgment, an answer, or nothing new.

`hub.web.fhir.api_deliveries` calls `meant` with the Task a practice put and the delivery's row. It
comes to the same values that `/v1/deliveries/{id}/acknowledgment` and `/answer` take, and the same
rules judge them. Who says it stands in the last note; our own words, sent back, are no answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast, get_args

from hub.answers import AGREEMENT as AGREED
from hub.answers import CODES
from hub.correspondence import AnswerKind, Given
from hub.errors import Refused
from hub.web.fhir.deliveries import ANSWER, REASON, STATUS, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

ACKNOWLEDGE: Final = "acknowledge"
_BY_STATUS: Final = {
    "received": ACKNOWLEDGE,
    "accepted": "accept",
    "rejected": "dispute",
    "failed": "cannot_reach",
    "completed": "close",
}
_KINDS: Final = frozenset({ACKNOWLEDGE, *get_args(AnswerKind)})


def meant(given: Mapping[str, Any], row: Mapping[str, Any]) -> Given | str | None:
    """Return an answer, the name that acknowledges, or None where the Task says nothing new.

    `Refused` 422 for a status no practice can give, and for one without a name.
    """
    before: Mapping[str, Any] = row["answer"] or {}
    kind = _kind(given)
    if kind is None:
        if given.get("status") == STATUS[standing(row)]:
            return None
        words = ", ".join(_BY_STATUS)
        raise Refused("status", f"`status` is one of {words}; see docs/fhir-api.md", status=422)
    note = _last(given.get("note"))
    name = _text(note.get("authorString"))
    if kind == ACKNOWLEDGE:
        if row["acknowledged_at"] is not None:
            return None
        return _named(name)
    reason, code = _reason(given, note, kind, before)
    if kind == "dispute" and code in CODES["return"] and _code(given, ANSWER) is None:
        kind = "return"
    same = before.get("kind") == kind and row["agreement"] == AGREED[cast("AnswerKind", kind)]
    as_before = (code, reason) == (before.get("code", ""), before.get("reason", ""))
    if same and as_before and name in {"", before.get("name")}:
        return None
    return Given(cast("AnswerKind", kind), _named(name), reason, code)


def _kind(given: Mapping[str, Any]) -> str | None:
    """Return what is said: by the code of ours in `businessStatus`, else by `status`."""
    said = _code(given, ANSWER)
    if said is not None:
        if said not in _KINDS:
            raise Refused("answer", f"say one of {', '.join(sorted(_KINDS))}", status=422)
        return said
    return _BY_STATUS.get(_text(given.get("status")))


def _reason(
    given: Mapping[str, Any], note: Mapping[str, Any], kind: str, before: Mapping[str, Any]
) -> tuple[str, str]:
    """Return words and code of a reason; those of the answer before, sent back, don't count."""
    stated = given.get("statusReason")
    stated = stated if isinstance(stated, dict) else {}
    words = _text(stated.get("text"))
    code = _among(stated, REASON) or ""
    if before and before.get("kind") != kind:
        words = "" if words == before.get("reason") else words
        echoed = code == before.get("code") and code not in CODES[cast("AnswerKind", kind)]
        code = "" if echoed else code
    return words or _text(note.get("text")), code


def _named(name: str) -> str:
    if not name:
        what = "say who at the practice answers: a `note` whose `authorString` is their name"
        raise Refused("name_missing", what, status=422)
    return name


def _code(given: Mapping[str, Any], system: str) -> str | None:
    business = given.get("businessStatus")
    return _among(business, system) if isinstance(business, dict) else None


def _among(concept: Mapping[str, Any], system: str) -> str | None:
    codings = concept.get("coding")
    for one in codings if isinstance(codings, list) else ():
        if isinstance(one, dict) and one.get("system") == system:
            return _text(one.get("code"))
    return None


def _last(notes: object) -> Mapping[str, Any]:
    if isinstance(notes, list) and notes and isinstance(notes[-1], dict):
        return notes[-1]
    return {}


def _text(value: object) -> str:
    return " ".join(value.replace("\x00", " ").split()) if isinstance(value, str) else ""
