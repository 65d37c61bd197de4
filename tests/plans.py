"""Plans and covers for every test: those written by hand, one with every leaf, and strategies.

`plans()` draws any plan the types allow, hostile text included; `filled()` holds one of everything
with a different word in every leaf, so that a test can say what a renderer lost.
"""

from __future__ import annotations

import dataclasses
import itertools
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st
from written import (
    BARE,
    COVER,
    COVERS,
    CUSTODIAN,
    DELGADO,
    EMPTY,
    LOINC,
    MARKED,
    NO_KNOWN,
    RECIPIENT,
    SNOMED,
    UNNAMED,
    WRITTEN,
)

from hub.canonical import Absent, Party, Plan
from hub.render.cover import Cover

__all__ = [
    "BARE",
    "COVER",
    "COVERS",
    "CUSTODIAN",
    "DELGADO",
    "EMPTY",
    "HOSTILE",
    "LOINC",
    "MARKED",
    "NO_KNOWN",
    "RECIPIENT",
    "SNOMED",
    "UNNAMED",
    "WRITTEN",
    "covers",
    "filled",
    "large",
    "plans",
    "texts",
]

T = TypeVar("T")


def large(times: int = 4) -> Plan:
    """Return a plan of the 60 KB class: Delgado's elements, several times over, ids kept apart."""

    def many(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(
            dataclasses.replace(item, id=f"{item.id}-{n}")  # type: ignore[type-var,attr-defined]  # every element here has an id
            for n in range(times)
            for item in items
        )

    def linked(item: Any, n: int) -> Any:
        known = {f.name for f in dataclasses.fields(item)}
        links = {
            name: tuple(f"{one}-{n}" for one in getattr(item, name))
            for name in ("goals", "concerns", "interventions")
            if name in known
        }
        return dataclasses.replace(item, id=f"{item.id}-{n}", **links)

    def chained(items: Any) -> Any:
        return tuple(linked(item, n) for n in range(times) for item in items)

    return dataclasses.replace(
        DELGADO,
        concerns=many(DELGADO.concerns),
        goals=chained(DELGADO.goals),
        interventions=chained(DELGADO.interventions),
        outcomes=chained(DELGADO.outcomes),
        medications=many(DELGADO.medications),
    )


def filled() -> tuple[Plan, dict[str, str]]:
    """Return a plan with a different word in every leaf, and the words by their JSON pointer."""
    numbers = itertools.count(1)
    words: dict[str, str] = {}

    def make(hint: Any, at: str) -> Any:
        if hint is str:
            words[at] = f"w{next(numbers):04d}x"
            return words[at]
        if dataclasses.is_dataclass(hint):
            hints = get_type_hints(hint)
            named = [f.name for f in dataclasses.fields(hint)]
            return hint(**{name: make(hints[name], f"{at}/{name}") for name in named})
        return compound(hint, get_origin(hint), get_args(hint), at)

    def compound(hint: Any, origin: Any, args: Any, at: str) -> Any:
        if origin in {Union, types.UnionType}:
            return make(next(arg for arg in args if arg not in {Absent, type(None)}), at)
        if origin is tuple:
            return (make(args[0], f"{at}/0"),)
        if origin is Literal:
            return args[0]
        return {} if origin is Mapping else hint(1)

    return make(Plan, ""), words


HOSTILE = (
    "",
    " ",
    "2026-03",
    "2026-03-04",
    "2026-02-31",
    "2026-03-04T09:30:00-05:00",
    "03/04/2026",
    "active",
    "completed",
    "stopped",
    "high",
    "member",
    "mailing",
    "mobile",
    "White",
    "es-US",
    "c1",
    "g1",
    "]]>",
    '<b onclick="x">&amp;&#0;</b>',
    "a\x00b\x0bc\r\nd\te\x1f",
    "\ufffe\uffff\u2028\u202e\ufeff",
    "José 李雷 🩺 e\u0301",
    "urn:oid:2.16.840.1.113883.6.1",
    SNOMED,
    "tel:+1 555",
    "x@y",
    "https://a b/<>",
    "1912301953",
)


def texts() -> st.SearchStrategy[str]:
    """Draw text: hostile strings, dates, status words, and anything else."""
    return st.sampled_from(HOSTILE) | st.text(max_size=8)


def plans() -> st.SearchStrategy[Plan]:
    """Draw any plan the types allow; an optional part is either absent or says something."""
    return _drawn(Plan)


def covers() -> st.SearchStrategy[Cover]:
    """Draw any cover with an aware instant."""
    return st.builds(
        Cover,
        release_id=st.just("rel-1"),
        document_id=texts() | st.uuids().map(str),
        set_id=texts() | st.uuids().map(str),
        version=st.integers(0, 2**31 - 1),
        released_on=st.just(COVER.released_on),
        custodian=_drawn(Party),
        recipient=_drawn(Party),
        notices=st.lists(texts(), max_size=2).map(tuple),
        consent_scope=st.none() | texts(),
        withheld=st.booleans(),
        confidentiality=st.sampled_from(("N", "R", "V")),
        sensitivities=st.lists(st.sampled_from(("sud", "hiv", "sdv")), max_size=2).map(tuple),
        part2=st.booleans(),
        reply_url=st.none() | texts(),
        replaces=st.none() | st.tuples(texts(), st.integers(0, 99), texts()),
    )


def _drawn(kind: type[T]) -> st.SearchStrategy[T]:
    hints = get_type_hints(kind)
    if issubclass(kind, msgspec.Struct):
        return st.builds(kind, **{name: _of(hints[name]) for name in kind.__struct_fields__})
    fields = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # only dataclasses come here
        drawn = _of(hints[field.name])
        if field.default is not dataclasses.MISSING:
            drawn = st.just(field.default) | drawn
        fields[field.name] = drawn
    return st.builds(kind, **fields)


_PLAIN = {
    str: texts(),
    bool: st.booleans(),
    int: st.integers(0, 2**31 - 1),
    float: st.floats(0, 1),
    type(None): st.none(),
}


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        absent = type(None) in args
        return st.one_of([_said(arg) if absent else _of(arg) for arg in args])
    if origin is Literal:
        return st.sampled_from(args)
    later = st.deferred(lambda: _of(args[-1 if origin is Mapping else 0]))
    if origin is tuple:
        return st.lists(later, max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(texts(), later, max_size=1)
    return st.deferred(lambda: _drawn(hint))


def _said(hint: Any) -> st.SearchStrategy[Any]:
    """Draw an optional part that isn't empty: an empty one means absent, and tidy leaves it out."""
    drawn = _of(hint)
    if not dataclasses.is_dataclass(hint) or hint is Absent:
        return drawn
    return drawn.filter(lambda value: value != hint())
