"""What is wrong with a plan, as findings: missing, impossible, dangling. Never raises, never fixes.

`hub.normalize` runs it on every plan read. Places are JSON pointers into the plan; messages say
what to do and never repeat a value. Rules: STANDARDS 6.1 (NPI check digit, MBI format),
CANONICAL.md (dates at the precision given, ids that links can find).
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from operator import attrgetter
from typing import Any, Final, get_args, get_type_hints

from hub.canonical.finding import Finding, Severity
from hub.canonical.piece import Piece
from hub.canonical.place import Place, refusal_day
from hub.canonical.plan import Plan
from hub.canonical.redisclosure import noticing
from hub.canonical.refusal import refusing
from hub.canonical.values import Absent, Identifier, each, said

MBI: Final = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9][0-9]"
    r"[AC-HJKMNP-RT-Y]{2}[0-9]{2}"
)
"""Medicare Beneficiary Identifier, 11 characters without dashes."""

_ISO: Final = re.compile(
    r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_NPI: Final = re.compile(r"[12][0-9]{9}", re.ASCII)
_DAY: Final = len("2026-03-04")
_DATES: Final = frozenset(
    {
        "written_on",
        "birth_date",
        "enrolled_on",
        "assessed_on",
        "date",
        "onset",
        "start",
        "end",
        "due",
        "on",
        "last",
        "next_due",
        "offered_on",
        "signed_on",
        "copy_given_on",
        "reoutreach_due",
    }
)
"""Fields whose words should be ISO 8601 dates."""

_CONTENT: Final = (
    "concerns",
    "goals",
    "interventions",
    "outcomes",
    "medications",
    "allergies",
    "asks",
    "notes",
    "assessments",
    "crisis_plan",
    "residue",
)
_LINKS: Final = (
    ("goals", "concerns", "concerns"),
    ("interventions", "goals", "goals"),
    ("interventions", "concerns", "concerns"),
    ("outcomes", "goals", "goals"),
    ("outcomes", "interventions", "interventions"),
)
"""(list, its field of ids, the list those ids belong to)."""

_SPOKEN: Final = (
    "preferences", "barriers", "own_words", "concerns", "goals", "interventions", "asks", "notes",
    "residue",
)  # fmt: skip
_WORDED: Final = ("concerns", "goals", "interventions", "outcomes", "medications", "allergies")


def check(plan: Plan, today: date) -> tuple[Finding, ...]:
    """Return what is wrong with `plan` as of `today`; empty when nothing is."""
    found = [*_emptiness(plan), *_member(plan, today)]
    _values(plan, "", found)
    return (*found, *_ids(plan), *_links(plan), *_words(plan), *_asks(plan), *_release(plan))


def valid_npi(value: str) -> bool:
    """Say whether ten digits are a National Provider Identifier (Luhn over 80840 and them)."""
    if not _NPI.fullmatch(value):
        return False
    total = 24
    for position, digit in enumerate(reversed(value)):
        step = int(digit) * (2 if position % 2 else 1)
        total += step - 9 if step > 9 else step  # noqa: PLR2004  # Luhn: the digits of a product are added
    return total % 10 == 0


def iso_date(value: str) -> bool:
    """Say whether words are an ISO 8601 date or time that exists, at any precision."""
    if len(value) == _DAY:
        return value[4] == value[7] == "-" and _exists(value)
    if not _ISO.fullmatch(value):
        return False
    return len(value) < _DAY or _exists(value[:_DAY])


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _finding(severity: Severity, code: str, message: str, at: str) -> Finding:
    return Finding(severity, code, message, Place(at, "pointer", "check"))


def _emptiness(plan: Plan) -> Iterator[Finding]:
    withdrawn = plan.header.status == "revoked"
    if not withdrawn and not any(
        said(part) or each(part) for part in (getattr(plan, name) for name in _CONTENT)
    ):
        yield _finding(
            "error", "empty_plan", "nothing was read into this plan, look at the file", ""
        )


def _release(plan: Plan) -> Iterator[Finding]:
    """Yield what the document says of its own release: a Part 2 notice, a refusal."""
    told = list(_said(plan))
    texts = [words for _, words in told]
    for index in sorted(noticing(texts))[:1]:
        message = (
            "the document prints a notice of 42 CFR Part 2: all of it is taken for such records,"
            " whatever the directory says of its sender; a consent that covers them opens it, or a"
            " privacy officer who finds the notice to be boilerplate lowers its label with a reason"
        )
        yield _finding("warning", "part2_notice", message, told[index][0])
    for index in refusing(texts):
        at = told[index][0]
        if refusal_day(plan.places.get(f"{at}/text")) is None:
            message = (
                "the document says that the member refuses or limits release: before anything"
                " protected goes, a privacy officer looks at it; record the refusal as a consent"
            )
            yield _finding("warning", "stated_refusal", message, at)


def _said(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the pointer and words of everything that may speak of release."""
    for name in _SPOKEN:
        for number, one in enumerate(each(getattr(plan, name))):
            words = one if isinstance(one, str) else _together(one)
            if words:
                yield f"/{name}/{number}", words
    for at, value in (
        ("/header/purpose", plan.header.purpose),
        ("/header/title", plan.header.title),
        ("/crisis_plan", plan.crisis_plan),
    ):
        if said(value):
            yield at, said(value)


def _together(one: Piece) -> str:
    """Return the words of an element that are read together."""
    found = _worded(one.__class__)(one)
    if isinstance(found, tuple):
        return " ".join([text for text in found if isinstance(text, str)])
    return said(found)


@functools.cache
def _worded(kind: type) -> attrgetter[Any]:
    names = [name for name in ("section", "label", "text", "name") if hasattr(kind, name)]
    return attrgetter(*names)


def _member(plan: Plan, today: date) -> Iterator[Finding]:
    member = plan.member
    if not said(member.name.family).strip() and not any(one.strip() for one in member.name.given):
        message = "the member has no name, match by identifier"
        yield _finding("error", "missing_member_name", message, "/member/name")
    if not any(one.value.strip() for one in member.identifiers) and not said(
        plan.coverage.member_id
    ):
        message = "the member has no identifier, match by name and birth date"
        yield _finding("error", "missing_member_id", message, "/member/identifiers")
    born = said(member.birth_date).strip()
    if not born:
        message = "the member has no birth date, ask the sender"
        yield _finding("error", "missing_birth_date", message, "/member/birth_date")
    elif iso_date(born) and born[:_DAY] > today.isoformat()[: len(born[:_DAY])]:
        message = "the birth date lies in the future, ask the sender"
        yield _finding("error", "birth_date_in_future", message, "/member/birth_date")


def _values(value: Any, at: str, found: list[Finding]) -> None:  # noqa: ANN401  # any part of a plan
    """Add what is wrong with the identifiers and dates of a part and of everything inside it."""
    for name, is_date in _shape(value.__class__):
        inner = getattr(value, name)
        if inner is None:
            continue
        if isinstance(inner, str):
            if is_date and not iso_date(inner.strip()):
                message = "not an ISO 8601 date, it is kept as words only"
                found.append(_finding("warning", "date_not_iso", message, f"{at}/{name}"))
        elif isinstance(inner, tuple):
            for index, item in enumerate(inner):
                _values(item, f"{at}/{name}/{index}", found)
        else:
            _values(inner, f"{at}/{name}", found)
    if isinstance(value, Identifier):
        found.extend(_identifier(value, at))


@functools.cache
def _shape(kind: type) -> tuple[tuple[str, bool], ...]:
    """Return the fields of a type that are dates, or hold dates or identifiers at any depth."""
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind)
    return tuple(
        (one.name, one.name in _DATES)
        for one in fields(kind)
        if one.name in _DATES or any(map(_holds, _parts(hints[one.name])))
    )


def _holds(kind: Any) -> bool:  # noqa: ANN401  # a type, or one of a literal's words
    return kind is Identifier or (isinstance(kind, type) and bool(_shape(kind)))


def _parts(hint: Any) -> Iterator[Any]:  # noqa: ANN401  # a type hint is of any kind
    """Yield the plain types inside a hint: of an optional, of a tuple, of both."""
    inner = get_args(hint)
    if not inner:
        yield hint
    for one in inner:
        yield from _parts(one)


def _identifier(one: Identifier, at: str) -> Iterator[Finding]:
    if not one.value.strip():
        yield _finding("warning", "empty_identifier", "an identifier has no value", at)
    elif one.kind == "npi" and not valid_npi(one.value):
        message = "not a National Provider Identifier, check the digits with the sender"
        yield _finding("warning", "invalid_npi", message, f"{at}/value")
    elif one.kind == "mbi" and not MBI.fullmatch(one.value.replace("-", "").upper()):
        message = "not a Medicare Beneficiary Identifier, check it with the sender"
        yield _finding("warning", "invalid_mbi", message, f"{at}/value")


def _ids(plan: Plan) -> Iterator[Finding]:
    for name in _WORDED:
        items = each(getattr(plan, name))
        named = [item.id for item in items if item.id]
        if len(set(named)) == len(named):
            continue
        counts = Counter(named)
        for index, item in enumerate(items):
            if item.id and counts[item.id] > 1:
                message = "another element of its kind has the same id, links reach the first"
                yield _finding("warning", "duplicate_id", message, f"/{name}/{index}/id")


def _links(plan: Plan) -> Iterator[Finding]:
    for name, field, target in _LINKS:
        known = {item.id for item in each(getattr(plan, target))}
        for index, item in enumerate(each(getattr(plan, name))):
            for position, one in enumerate(getattr(item, field)):
                if one not in known:
                    at = f"/{name}/{index}/{field}/{position}"
                    message = f"no element of {target} has this id, the link is dropped"
                    yield _finding("warning", "dangling_link", message, at)


def _words(plan: Plan) -> Iterator[Finding]:
    for name in _WORDED:
        for index, item in enumerate(each(getattr(plan, name))):
            if item.text is None or not _says(item.text):
                message = f"an element of {name} has no words, look at the source"
                yield _finding("warning", "missing_text", message, f"/{name}/{index}/text")


def _says(value: str | Absent) -> bool:
    return isinstance(value, Absent) or bool(value.strip())


def _asks(plan: Plan) -> Iterator[Finding]:
    for index, ask in enumerate(plan.asks):
        if not said(ask.text).strip():
            message = "an ask has no words, look at the source"
            yield _finding("warning", "missing_text", message, f"/asks/{index}/text")
        if not said(ask.due).strip():
            message = "an ask has no due date, agree one with the sender"
            yield _finding("note", "ask_without_due", message, f"/asks/{index}/due")
