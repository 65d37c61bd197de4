"""The units of a plan: every part that can leave alone, with its pointer, its words and its codes.

Fields are found by reflection, so that a field added to a type is read at once; a field added to
`Plan` itself fails the test that holds the whole set of patterns. A unit that can't be read comes
back with its failure and is labelled `unlabelled`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
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


@dataclass(slots=True, repr=False)
class Unit(Sealed):
    """One unit: where it is, the value itself, its words and codes, or the failure to read them."""

    pointer: str
    pattern: str
    value: object
    words: list[str] = dataclasses.field(default_factory=list)
    codes: list[Code] = dataclasses.field(default_factory=list)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read one type: its text fields, code fields, and fields that hold further values."""

    texts: Callable[[object], Values]
    codes: Callable[[object], Values]
    nested: tuple[str, ...]


def units(plan: Plan) -> list[Unit]:
    """Return every unit that the plan fills, in document order."""
    found = []
    for pointer, pattern, value, without in _places(plan):
        unit = Unit(pointer, pattern, value)
        if pattern not in UNREAD:
            try:
                _read(value, unit, without)
            except Exception as error:  # noqa: BLE001  # one bad unit is withheld, the rest go on
                unit.failure = type(error).__name__
        found.append(unit)
    return found


def _places(plan: Plan) -> Iterator[tuple[str, str, object, tuple[str, ...]]]:
    """Yield pointer, pattern, value, and nested fields that are units of their own."""
    header, member = plan.header, plan.member
    yield "/header", "/header", header, ()
    yield "/member", "/member", member, ()
    yield from _single("/header", header, HEADER)
    yield from _listed("/header/criteria", header.criteria)
    yield from _listed("/header/recipients", header.recipients)
    yield from _listed("/member/addresses", member.addresses)
    yield from _listed("/member/telecoms", member.telecoms)
    yield from _single("/member", member, MEMBER)
    yield from _single("", plan, SINGLES)
    if plan.agreement is not None:
        yield from _listed("/agreement/outreach", plan.agreement.outreach)
        yield from _single("/agreement", plan.agreement, ("meeting",))
    for name in LISTS:
        yield from _listed(f"/{name}", getattr(plan, name))


def _single(
    at: str, parent: object, names: tuple[str, ...]
) -> Iterator[tuple[str, str, object, tuple[str, ...]]]:
    for name in names:
        value = getattr(parent, name)
        if value is not None:
            without = ("outreach", "meeting") if name == "agreement" else ()
            yield f"{at}/{name}", f"{at}/{name}", value, without


def _listed(at: str, items: object) -> Iterator[tuple[str, str, object, tuple[str, ...]]]:
    pattern = f"{at}/*"
    if isinstance(items, tuple):
        for index, value in enumerate(items):
            yield f"{at}/{index}", pattern, value, ()


def _read(value: object, unit: Unit, without: tuple[str, ...] = ()) -> None:
    """Add a value's words and codes to its unit; `TypeError` for what is neither."""
    if isinstance(value, (str, Absent)):
        _word(value, unit)
        return
    shape = _SHAPES.get(type(value)) or _shape(type(value))
    for text in shape.texts(value):
        if text is not None:
            _word(text, unit)
    for codes in shape.codes(value):
        _coded(_several(codes), unit)
    for name in shape.nested:
        if name not in without:
            for one in _several(getattr(value, name)):
                _read(one, unit)


def _several(value: Any) -> Values:  # noqa: ANN401  # a field's value is of any kind
    """Return a field's values: none, one, or those of a list."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


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
    return _SHAPES.setdefault(kind, Shape(_getter(texts), _getter(codes), tuple(nested)))


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
