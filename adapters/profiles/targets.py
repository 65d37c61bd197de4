"""Which canonical fields a profile may fill: read off the canonical types, never out of date.

Called while a profile is loaded (a wrong field name is an error there, not a value lost later) and
by the table reader to know whether a value is text, a yes/no or a list. It reads no document.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, Final, Literal

from hub import canonical

Shape = Literal["text", "flag", "list", "number"]

KEYED: Final = {"identifiers": "kind", "telecoms": "kind", "addresses": "use"}
"""Lists whose items a profile names by a word: `identifiers.medicaid`, `telecoms.phone`."""

LISTS: Final[dict[str, type]] = {
    "concerns": canonical.Concern,
    "goals": canonical.Goal,
    "interventions": canonical.Intervention,
    "outcomes": canonical.Outcome,
    "medications": canonical.Medication,
    "allergies": canonical.Allergy,
    "advance_directives": canonical.Directive,
    "asks": canonical.Ask,
    "notes": canonical.Note,
    "assessments": canonical.Assessment,
    "team": canonical.TeamMember,
}
WORDS: Final = ("strengths", "preferences", "barriers", "own_words")
"""Canonical lists of plain text: a row rule fills them through the one field `text`."""


@functools.cache
def shape(kind: type, path: str) -> Shape | None:
    """Return the shape of the leaf at dotted `path` in a canonical type, None if there is none."""
    name, _, rest = path.partition(".")
    if not dataclasses.is_dataclass(kind) or name not in {f.name for f in dataclasses.fields(kind)}:
        return None
    hint = _hints(kind)[name]
    inner = _dataclass_of(hint)
    if inner is None:
        return _leaf(hint, rest)
    if not _is_list(hint):
        return shape(inner, rest) if rest else None
    key, _, below = rest.partition(".")
    if not (key in words_of(inner, KEYED[name]) if name in KEYED else key.isdigit()):
        return None
    return shape(inner, below or "value")


_WORDS_OF: Final[dict[str, tuple[str, ...]]] = {
    "Identifier": ("medicaid", "mbi", "plan", "mrn", "ssn", "npi", "other"),
    "Address": ("home", "postal", "work", "temporary", "other"),
}


@functools.cache
def words_of(kind: type, name: str) -> tuple[str, ...]:
    """Return the words that a field of a canonical type may hold, none where any may."""
    arms = _arms(_hints(kind)[name])
    said = [word for arm in arms if typing.get_origin(arm) is Literal for word in arm.__args__]
    return tuple(said) or (_WORDS_OF.get(kind.__name__, ()) if name in KEYED.values() else ())


def allowed(kind: type, path: str) -> tuple[str, ...]:
    """Return the words that the leaf at dotted `path` may hold, none where any may."""
    name, _, rest = path.partition(".")
    inner, many = part(kind, name)
    if inner is None:
        return words_of(kind, name)
    below = rest.partition(".")[2] if many else rest
    return allowed(inner, below) if below else ()


def may_be_absent(into: str) -> bool:
    """Say whether a canonical list can be said to hold nothing, explicitly."""
    return canonical.Absent in _arms(_hints(canonical.Plan)[into])


def item_shape(into: str, path: str) -> Shape | None:
    """Return the shape of a row rule's field in the canonical list `into`."""
    if into in WORDS:
        return "text" if path == "text" else None
    kind = LISTS.get(into)
    return shape(kind, path) if kind else None


def words(kind: type, path: str) -> tuple[str, ...]:
    """Return the only words that the leaf at dotted `path` takes; none where it takes any text."""
    *above, name = path.split(".")
    inner: type | None = kind
    for one in above:
        if one.isdigit():
            continue
        inner = part(inner, one)[0] if inner is not None else None
    if inner is None or name not in _hints(inner):
        return ()
    arms = _arms(_hints(inner)[name])
    return tuple(
        word for arm in arms if typing.get_origin(arm) is Literal for word in typing.get_args(arm)
    )


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _leaf(hint: Any, rest: str) -> Shape | None:  # noqa: ANN401  # a type hint of any kind
    if _is_list(hint):
        return None if rest else "list"
    arms = _arms(hint)
    if rest:
        return None
    if bool in arms:
        return "flag"
    return "number" if int in arms else "text"


def _arms(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a type hint of any kind
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return typing.get_args(hint)
    return (hint,)


def _is_list(hint: Any) -> bool:  # noqa: ANN401  # a type hint of any kind
    return any(typing.get_origin(arm) is tuple for arm in _arms(hint))


def _dataclass_of(hint: Any) -> type | None:  # noqa: ANN401  # a type hint of any kind
    for arm in _arms(hint):
        inner = typing.get_args(arm)[0] if typing.get_origin(arm) is tuple else arm
        if dataclasses.is_dataclass(inner) and inner is not canonical.Absent:
            return typing.cast("type", inner)
    return None


@functools.cache
def part(kind: type, name: str) -> tuple[type | None, bool]:
    """Return the canonical type a field holds (None for plain values) and whether it is a list."""
    hint = _hints(kind)[name]
    return _dataclass_of(hint), _is_list(hint)
