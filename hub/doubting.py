"""Which values of a plan were read with doubt, and what a plan becomes when a person settles one.

The line asks `doubts` before it looks for the member: a value that matters and is doubtful waits
for a person, others go on and are marked. The store calls `settled` with what the person decided.
Pure; a doubt says where a value stands and why it is doubted, never the value. A settled value's
place says so, and it is never doubted again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import structs

from hub.canonical import UNREAD, Absent, Finding, Note, Place, Plan, each, said, wire
from hub.canonical.check import check
from hub.canonical.noted import only_notes
from hub.errors import Refused, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from hub.canonical import Ask, Code, Concern, Goal, Intervention, Medication

Decision: TypeAlias = Literal["confirm", "correct", "reject"]

MATTERS: Final = (
    "/member/identifiers",
    "/member/name",
    "/member/birth_date",
    "/member/sex",
    "/coverage/member_id",
    "/goals",
    "/interventions",
    "/asks",
    "/medications",
    "/allergies",
)
"""Where a wrong value would send a plan to the wrong person or have the wrong thing done."""

BECAUSE: Final = {
    "unsure": "it was read from the look of the page, less surely than this house asks for",
    "failed_check": "it fails a check of its own: a check digit, a code's form, a date that is one",
    "unread": "it stands in a part of the document that no profile names, and was not read",
    "wordless": "it has a date, a status or a link, and nothing that says what it is",
    "only_notes": "nothing but notes was read: no problem, goal or intervention; look at it whole",
    "left_out": "it was found in the document and left out of the plan rather than guessed",
}
PLACES_FOR: Final = {
    "/goals/-/text": "a goal",
    "/interventions/-/text": "an intervention",
    "/asks/-/text": "an ask",
    "/medications/-/text": "a medication",
    "/concerns/-/text": "a concern",
    "/notes/-/text": "a note",
    "/member/birth_date": "the member's birth date",
}
"""Where a person may put what was left out, as JSON pointers; `-` ends a list (RFC 6901)."""

_CHECKS: Final = frozenset(
    {"invalid_npi", "invalid_mbi", "date_not_iso", "birth_date_in_future", "code_check_digit"}
)
PERSONS: Final = frozenset({"doubtful_field"})
"""Findings of readers that ask for a person: a value was there and could not be told for sure."""

_SHELL: Final = frozenset({"id", "kind", "status", "text", "labels", "part2_origin"})
_ASKED: Final = frozenset({"unread", "wordless", "only_notes"})
_WORDED: Final = ("concerns", "goals", "interventions", "medications", "asks")
_DERIVED: Final = frozenset({"kind", "system", "use", "assigner", "labels", "part2_origin"})
_WHOLE: Final = frozenset({"text", "name", "value", "code"})
_UNTOLD: Final = frozenset({"id", "kind", "system", "labels", "part2_origin"})
_SETTLED: Final = "settled: "
_CODED: Final = ("concerns", "goals", "interventions", "medications", "allergies", "outcomes")
_SNOMED: Final = "http://snomed.info/sct"
_LOINC: Final = "http://loinc.org"


class Doubt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One doubt: the value's JSON pointer (empty: it is not in the plan), why, and its place."""

    pointer: str
    because: str
    at: str = ""
    kind: str = "pointer"
    confidence: float = 1.0
    says: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The doubts a person must settle, and how many values are only marked."""

    waiting: tuple[Doubt, ...] = ()
    marked: int = 0


def doubts(plan: Plan, findings: Iterable[Finding], below: float) -> Found:
    """Return what is doubtful about a plan; `findings` are the checks' and those of its reading."""
    unsure = {
        pointer: place
        for pointer, place in plan.places.items()
        if place.confidence < 1.0 and not place.rule.startswith(_SETTLED)
    }
    found = {
        pointer: _doubt(pointer, "unsure", place)
        for pointer, place in unsure.items()
        if place.confidence < below and pointer.rpartition("/")[2] not in _DERIVED
    }
    found |= _left(plan)
    left = []
    for one in (*findings, *(_codes(plan) if unsure else ())):
        if one.place is not None and one.code in _CHECKS and one.place.at in unsure:
            at = one.place.at
            found[at] = _doubt(at, "failed_check", unsure[at], one.message)
        elif one.code in PERSONS:
            left.append(_doubt("", "left_out", one.place or Place("", "pointer"), one.message))
    asked = [one for one in found.values() if one.because in _ASKED]
    rest = [one for one in found.values() if one.because not in _ASKED]
    waiting = [*asked, *(one for one in rest if one.pointer.startswith(MATTERS))]
    told = [one for one in rest if not one.pointer.startswith(("/residue", *MATTERS))]
    return Found((*waiting, *left), len(told))


def _left(plan: Plan) -> dict[str, Doubt]:
    """Return a doubt for all that was not read, and for every item that has lost its words."""
    found = {
        pointer: _doubt(pointer, "unread", place)
        for pointer, place in plan.places.items()
        if place.rule == UNREAD
    }
    withdrawn = plan.header.status == "revoked"
    if (noted := only_notes(plan)) is not None and not _is_settled(noted):
        found["/notes/0/text"] = _doubt("/notes/0/text", "only_notes", noted)
    for name in () if withdrawn else _WORDED:
        for number, one in enumerate(each(getattr(plan, name))):
            pointer = f"/{name}/{number}/text"
            if not _wordless(one) or _is_settled(plan.places.get(pointer)):
                continue
            start = f"/{name}/{number}/"
            near = (place for at, place in plan.places.items() if at.startswith(start))
            place = next(near, Place("", "pointer"))
            if place.kind == "cell" or _tells(one):
                found[pointer] = _doubt(pointer, "wordless", place)
    return found


def _wordless(one: Concern | Goal | Intervention | Medication | Ask) -> bool:
    """Say whether an item has neither words nor a code that stands for them."""
    if isinstance(one.text, Absent) or said(one.text).strip():
        return False
    return not any(code.code or code.display for code in getattr(one, "codes", ()))


def _tells(one: msgspec.Struct) -> bool:
    """Say whether an item says anything but that it is one: a date, a person, a link.

    Systems write entries that hold a status alone; in a row of a table even that lost its words.
    """
    names = (name for name in one.__struct_fields__ if name not in _SHELL)
    return any(
        value and not isinstance(value, Absent) for value in map(one.__getattribute__, names)
    )


def _is_settled(place: Place | None) -> bool:
    return place is not None and place.rule.startswith(_SETTLED)


def _doubt(pointer: str, because: str, place: Place, says: str = "") -> Doubt:
    return Doubt(pointer, because, place.at, place.kind, place.confidence, says)


def marked(plan: Plan, count: int) -> Plan:
    """Return a plan that says how many of its values nobody confirmed; not which, not what."""
    several = f"{count} values of this plan were" if count > 1 else "1 value of this plan was"
    text = f"{several} read with doubt and confirmed by nobody. The sender's document decides."
    where = f"/notes/{len(plan.notes)}"
    note = Note(section="Not confirmed", text=text, part2_origin="no")
    place = Place("", "pointer", "hub: doubts")
    places = {**plan.places, f"{where}/text": place, f"{where}/section": place}
    return replace(plan, notes=(*plan.notes, note), places=places)


def settled(
    plan: Plan, doubt: Doubt, decision: Decision, value: str, target: str
) -> tuple[Plan, tuple[str, int] | None]:
    """Return the plan after a person's decision, and the (list, index) of an item taken out of it.

    `value` is the new one and `target` where a left-out one belongs; `Refused` 422 when the value
    does not fit its field.
    """
    data = msgspec.json.decode(wire.encode(plan))
    gone = None
    if decision == "reject" and doubt.pointer:
        gone = _rejected(data, doubt)
    elif decision == "correct":
        pointer = _put(data, doubt.pointer or _known(target), value)
        data["places"][pointer] = _place(doubt, "corrected")
    elif doubt.pointer:
        data["places"][doubt.pointer] = _place(doubt, "confirmed")
    try:
        return wire.decode_plan(wire.encode(data)), gone
    except Unreadable:
        raise _unfit() from None


def moved(pointer: str, gone: tuple[str, int] | None) -> str | None:
    """Return a pointer after an item was taken out of a list; None when it pointed into it."""
    if gone is None or not pointer.startswith(f"{gone[0]}/"):
        return pointer
    index, *inner = pointer[len(gone[0]) + 1 :].split("/")
    if not index.isdigit() or int(index) < gone[1]:
        return pointer
    if int(index) == gone[1]:
        return None
    return "/".join((gone[0], str(int(index) - 1), *inner))


def still_failing(plan: Plan, pointer: str, today: date) -> bool:
    """Say whether the value at a pointer fails one of the checks that raise a doubt."""
    found = (*check(plan, today), *_codes(plan))
    return any(f.code in _CHECKS and f.place and f.place.at == pointer for f in found)


def words_at(plan: Plan, pointer: str) -> str:
    """Return the words at a pointer, or nothing when there are none."""
    if not pointer:
        return ""
    try:
        return " · ".join(
            _words(_at(msgspec.json.decode(wire.encode(plan)), pointer.split("/")[1:]))
        )
    except (KeyError, IndexError, TypeError, ValueError):
        return ""


def label(pointer: str) -> str:
    """Return a pointer in words: `/goals/0/text` is “Goals 1: text”."""
    if not pointer:
        return "Not in the plan"
    said = [str(int(s) + 1) if s.isdigit() else s.replace("_", " ") for s in pointer.split("/")[1:]]
    return " ".join(said).capitalize()


def _known(target: str) -> str:
    if target not in PLACES_FOR:
        raise Refused("incomplete", "choose where in the plan it belongs", status=422)
    return target


def _place(doubt: Doubt, how: str) -> dict[str, object]:
    return {"at": doubt.at, "kind": doubt.kind, "rule": f"{_SETTLED}{how} by a person"}


def _put(data: Any, pointer: str, value: str) -> str:  # noqa: ANN401  # JSON of any shape
    """Set a value and return its pointer; a list's `-` becomes the index of a new item."""
    *steps, last = pointer.split("/")[1:]
    if "-" in steps:
        name = steps[0]
        data[name] = data[name] if isinstance(data[name], list) else []
        data[name].append({})
        steps[1] = str(len(data[name]) - 1)
    here = _at(data, steps)
    before = here[int(last)] if isinstance(here, list) else here.get(last)
    if isinstance(before, (dict, list)) and "absent" not in before:
        raise _unfit()
    here[int(last) if isinstance(here, list) else last] = _typed(value, before)
    return "/" + "/".join((*steps, last))


def _typed(value: str, before: object) -> object:
    """Return typed words as the kind of value that stood there."""
    if isinstance(before, bool):
        return value.strip().lower() in {"yes", "true", "1"}
    if isinstance(before, int):
        try:
            return int(value)
        except ValueError:
            raise _unfit() from None
    return value


def _rejected(data: Any, doubt: Doubt) -> tuple[str, int] | None:  # noqa: ANN401  # JSON of any shape
    """Move a value to the residue, with its whole item where it is what the item says."""
    *steps, last = doubt.pointer.split("/")[1:]
    if last.isdigit():
        item = (steps, int(last))
    elif last in _WHOLE and steps and steps[-1].isdigit():
        item = (steps[:-1], int(steps[-1]))
    else:
        item = None
    if item is None:
        owner = _at(data, steps)
        words, marks = list(_words(owner[last])), owner
        owner[last] = None
        gone = None
        data["places"].pop(doubt.pointer, None)
    else:
        gone = ("/" + "/".join(item[0]), item[1])
        taken = _at(data, item[0]).pop(item[1])
        words, marks = list(_words(taken)), taken
        kept = ((moved(pointer, gone), place) for pointer, place in data["places"].items())
        data["places"] = {pointer: place for pointer, place in kept if pointer is not None}
    data["places"][f"/residue/{len(data['residue'])}/text"] = _place(doubt, "rejected")
    told = marks if isinstance(marks, dict) else {}
    data["residue"].append(
        {
            "text": " · ".join(words),
            "label": f"Not confirmed: {label(doubt.pointer)}",
            "labels": told.get("labels", ()),
            "part2_origin": told.get("part2_origin", "unknown"),
        }
    )
    return gone


def _at(data: Any, steps: Iterable[str]) -> Any:  # noqa: ANN401  # JSON of any shape
    for step in steps:
        data = data[int(step)] if isinstance(data, list) else data[step]
    return data


def _words(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON of any shape
    """Yield every word of a part of a plan that its document said."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in _UNTOLD:
                yield from _words(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _words(inner)
    elif value is not None and value != "":
        yield str(value)


def _unfit() -> Refused:
    return Refused("incomplete", "the new value does not fit its field", status=422)


def _codes(plan: Plan) -> Iterator[Finding]:
    """Yield a finding for every SNOMED CT or LOINC code whose check digit is wrong."""
    for name in _CODED:
        for number, one in enumerate(each(getattr(plan, name))):
            for index, code in enumerate(one.codes):
                if not _code_holds(code):
                    at = Place(f"/{name}/{number}/codes/{index}/code", "pointer", "check")
                    message = "the code's check digit is wrong, compare it with the source"
                    yield Finding("warning", "code_check_digit", message, at)


def _code_holds(code: Code) -> bool:
    digits = (code.code or "").replace("-", "")
    if code.system not in {_SNOMED, _LOINC} or not digits.isascii():
        return True
    if not digits.isdigit():
        return False
    return _verhoeff(digits) if code.system == _SNOMED else _mod10(digits)


def _mod10(digits: str) -> bool:
    """Say whether a LOINC number's last digit is its check digit (Luhn, LOINC Users' Guide)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        step = int(digit) * (2 if position % 2 else 1)
        total += step - 9 if step > 9 else step  # noqa: PLR2004  # the digits of a product are added
    return total % 10 == 0


def _verhoeff(digits: str) -> bool:
    """Say whether an SCTID's last digit is its check digit (Verhoeff, SNOMED CT TIG 6.2)."""
    left = 0
    for position, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(position % 8):
            turned = _TURN[turned]
        left = _times(left, turned)
    return left == 0


_TURN: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _times(a: int, b: int) -> int:
    """Return the product in the dihedral group of the pentagon."""
    if a < 5:  # noqa: PLR2004  # turns, then mirrors
        return (a + b) % 5 if b < 5 else (a + b - 5) % 5 + 5  # noqa: PLR2004  # the same
    return (a - 5 - b) % 5 + 5 if b < 5 else (a - b) % 5  # noqa: PLR2004  # the same


def opened(reason: Mapping[str, Any]) -> list[Doubt]:
    """Return the doubts of a plan's reason, as the store keeps them."""
    return msgspec.convert(reason.get("doubts", []), list[Doubt])


def kept(waiting: Iterable[Doubt]) -> dict[str, object]:
    """Return doubts as a plan's reason keeps them."""
    return {"doubts": [structs.asdict(one) for one in waiting]}
