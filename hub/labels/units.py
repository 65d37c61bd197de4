"""The units of a plan: every part that can leave alone, with its pointer, its words and its codes.

Fields are found by reflection, so that a field added to a type is read at once; a field added to
`Plan` itself fails the test that holds the whole set of patterns. A unit that can't be read comes
back with its failure and is labelled `unlabelled`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias, get_args, get_type_hints

from hub.canonical import Absent, Code, Plan, Sealed

LISTS = (
    "team", "assessments", "strengths", "preferences", "barriers", "own_words", "concerns", "goals",
    "interventions", "outcomes", "medications", "allergies", "advance_directives", "asks", "notes",
    "attachments", "residue",
)  # fmt: skip
SINGLES = ("coverage", "risk", "crisis_plan", "agreement", "review")
HEADER = ("title", "program", "purpose", "author", "custodian", "owner", "steward")
MEMBER = ("representative", "cultural_preferences", "communication_needs")
FRAME = ("/header", "/member")
"""Units that stand for a plan's identity: labelled, never read for words, never left out alone."""

UNREAD = (*FRAME, "/member/telecoms/*")
PARTIES = (
    "/header/author",
    "/header/custodian",
    "/header/owner",
    "/header/steward",
    "/header/recipients/*",
    "/member/representative",
    "/member/addresses/*",
    "/coverage",
    "/review",
    "/team/*",
)
"""Units without narrative: words in them count, but silence in them isn't taken for a diagnosis."""

UNITS: tuple[str, ...] = (
    *FRAME,
    *(f"/header/{name}" for name in HEADER),
    "/header/criteria/*",
    "/header/recipients/*",
    "/member/addresses/*",
    "/member/telecoms/*",
    *(f"/member/{name}" for name in MEMBER),
    *(f"/{name}" for name in SINGLES),
    "/agreement/outreach/*",
    "/agreement/meeting",
    *(f"/{name}/*" for name in LISTS),
)
"""Every pattern of a unit; a leaf belongs to the longest pattern that begins its pointer."""

Values: TypeAlias = tuple[Any, ...]


@dataclass(slots=True, repr=False, eq=False)
class Unit(Sealed):
    """One unit: where it is, the value itself, its words and codes, or the failure to read them."""

    pointer: str
    pattern: str
    value: object
    words: list[str]
    codes: list[Code]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read one type: its text fields, code fields, and fields that hold further values."""

    texts: Callable[[object], Values]
    codes: tuple[str, ...]
    nested: tuple[str, ...]


def units(plan: Plan) -> list[Unit]:
    """Return every unit that the plan fills, in document order."""
    header, member, agreement = plan.header, plan.member, plan.agreement
    found = [
        Unit("/header", "/header", header, [], []),
        Unit("/member", "/member", member, [], []),
    ]
    _single(found, "/header", header, HEADER)
    _listed(found, "/header/criteria", header.criteria)
    _listed(found, "/header/recipients", header.recipients)
    _listed(found, "/member/addresses", member.addresses)
    _listed(found, "/member/telecoms", member.telecoms, read=False)
    _single(found, "/member", member, MEMBER)
    _single(found, "", plan, SINGLES)
    if agreement is not None:
        _listed(found, "/agreement/outreach", agreement.outreach)
        _single(found, "/agreement", agreement, ("meeting",))
    for name in LISTS:
        _listed(found, f"/{name}", getattr(plan, name))
    return found


def _single(found: list[Unit], at: str, parent: object, names: tuple[str, ...]) -> None:
    for name in names:
        value = getattr(parent, name)
        if value is not None:
            without = ("outreach", "meeting") if name == "agreement" else ()
            found.append(_unit(f"{at}/{name}", f"{at}/{name}", value, without))


def _listed(found: list[Unit], at: str, items: object, *, read: bool = True) -> None:
    if not items or not isinstance(items, tuple):
        return
    pattern = f"{at}/*"
    for index, value in enumerate(items):
        pointer = f"{at}/{index}"
        found.append(
            _unit(pointer, pattern, value) if read else Unit(pointer, pattern, value, [], [])
        )


def _unit(pointer: str, pattern: str, value: object, without: tuple[str, ...] = ()) -> Unit:
    """Return a unit with the words and codes of its value, or with the failure to read it."""
    unit = Unit(pointer, pattern, value, [], [])
    try:
        _read(value, unit, without)
    except Exception as error:  # noqa: BLE001  # one bad unit is withheld, the rest go on
        unit.failure = type(error).__name__
    return unit


def _read(value: object, unit: Unit, without: tuple[str, ...] = ()) -> None:
    """Add a value's words and codes to its unit; `TypeError` for what is neither."""
    if isinstance(value, (str, Absent)):
        _word(value, unit)
        return
    shape = _SHAPES.get(type(value)) or _shape(type(value))
    words = unit.words
    for text in shape.texts(value):
        if text.__class__ is str:
            words.append(text)
        elif text is not None and text is not _NOTHING:
            _word(text, unit)
    for name in shape.codes:
        codes = getattr(value, name)
        if codes is not None and codes is not _NOTHING:
            _coded(codes if isinstance(codes, tuple) else (codes,), unit)
    if shape.nested:
        _inside(value, [name for name in shape.nested if name not in without], unit)


def _inside(value: object, names: list[str], unit: Unit) -> None:
    """Add the words and codes of the values that some fields hold."""
    for name in names:
        inner = getattr(value, name)
        if inner is not None:
            for one in inner if isinstance(inner, tuple) else (inner,):
                _read(one, unit)


def _coded(codes: tuple[Code, ...], unit: Unit) -> None:
    """Add codes, and their displays as words."""
    for code in codes:
        unit.codes.append(code)
        for text in (code.code, code.display):
            if text is not None:
                _word(text, unit)


def _word(text: object, unit: Unit) -> None:
    """Add one text, or each of several; `TypeError` for what is no text."""
    if isinstance(text, str):
        unit.words.append(text)
    elif isinstance(text, tuple):
        for one in text:
            _word(one, unit)
    elif not isinstance(text, Absent):
        raise TypeError


_NOTHING: Values = ()
_SHAPES: dict[type, Shape] = {}


def _shape(kind: type) -> Shape:
    """Work out how to read a type from its field types, once."""
    texts, codes, nested = [], [], []
    for name, hint in get_type_hints(kind).items():
        parts = _parts(hint)
        if name == "labels":
            continue
        if Code in parts:
            codes.append(name)
        elif any(dataclasses.is_dataclass(part) and part is not Absent for part in parts):
            nested.append(name)
        elif str in parts:
            texts.append(name)
    return _SHAPES.setdefault(kind, Shape(_getter(texts), tuple(codes), tuple(nested)))


def _parts(hint: Any) -> set[Any]:  # noqa: ANN401  # a type hint is of any kind
    """Return the plain types inside a hint: of an optional, of a tuple, of both."""
    inner = get_args(hint)
    if not inner:
        return {hint}
    return {part for one in inner for part in _parts(one)}


def _getter(names: list[str]) -> Callable[[object], Values]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        get = attrgetter(names[0])
        return lambda value: (get(value),)
    return attrgetter(*names)


Links: TypeAlias = Mapping[str, tuple[str, ...]]
LINKS: Links = {
    "/goals/*": ("concerns",),
    "/interventions/*": ("goals", "concerns"),
    "/outcomes/*": ("goals", "interventions"),
}
"""Which fields of which units hold the ids of others, in the order in which labels flow."""
