"""A text as a rule changes it and a plan wants it: words, a list, a flag, one of few words.

Called by `filling` for each value and default. What the template wants is read off its types;
`ValueError` says what does not fit, without the text.
"""

from __future__ import annotations

import functools
import types
import typing
from typing import TYPE_CHECKING, Any, Literal

from adapters.formats.pdf import nothings
from adapters.profiles import NotThere, transform
from hub import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.profiles import FieldRule, Profile


class SaysNothing(NotThere):
    """The line that a rule takes is one of the words that mean nothing is there."""


def changed(profile: Profile, rule: FieldRule, text: str) -> str:
    """Return the text after the rule's transforms and value map; `ValueError` says what is wrong.

    A bare `date` tries the profile's date forms in their order.
    """
    for name in rule.transforms:
        text = _dated(profile.dates, text) if name == "date" else transform(name, text)
        if name.startswith("line:") and nothings.same(text) in map(nothings.same, profile.absent):
            raise SaysNothing("the line says that nothing is there")
    if rule.values:
        known = {key.lower(): value for key, value in profile.values[rule.values].items()}
        if text.lower() not in known:
            raise ValueError(f"not one of the words `{rule.values}` knows")
        text = known[text.lower()]
    return text


def _dated(forms: Iterable[str], text: str) -> str:
    for form in forms:
        try:
            return transform(f"date:{form}", text)
        except ValueError:
            continue
    raise ValueError("not a date in any declared form")


def shaped(path: tuple[str, ...], text: str) -> object:
    """Return the text as the leaf at `path` of a plan wants it; `ValueError` where it can't be."""
    kind, words = _leaf(tuple(["0" if one.isdigit() else one for one in path]))
    if kind == "list" and not path[-1].isdigit():
        return text.split("\n")
    if kind == "flag":
        if text not in {"true", "false"}:
            raise ValueError("neither true nor false")
        return text == "true"
    if kind == "number":
        if not text.isdigit():
            raise ValueError("not a whole number")
        return int(text)
    if words and text not in words:
        raise ValueError("not a word of the template, map it under `values`")
    return text


@functools.cache
def _leaf(path: tuple[str, ...]) -> tuple[str, frozenset[str]]:
    """Return what the template wants at a path: its kind, and the only words it may be."""
    arms = set(_arms(_hint(path)))
    if any(typing.get_origin(arm) is tuple for arm in arms):
        return "list", frozenset()
    if bool in arms:
        return "flag", frozenset()
    if int in arms:
        return "number", frozenset()
    words = [w for arm in arms if typing.get_origin(arm) is Literal for w in typing.get_args(arm)]
    return "text", frozenset(() if str in arms else words)


def _hint(path: tuple[str, ...]) -> Any:  # noqa: ANN401  # a type hint of any kind
    hint: Any = canonical.Plan
    for name in path:
        if not name.isdigit():
            hint = _hints(_noun(hint))[name]
    return hint


@functools.cache
def _hints(noun: type) -> dict[str, Any]:
    return typing.get_type_hints(noun)


def _noun(hint: Any) -> Any:  # noqa: ANN401  # a type hint of any kind
    for arm in _arms(hint):
        inner = typing.get_args(arm)[0] if typing.get_origin(arm) is tuple else arm
        if hasattr(inner, "__dataclass_fields__") and inner is not canonical.Absent:
            return inner
    raise ValueError("no such field in the template")


def _arms(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401  # a type hint of any kind
    if typing.get_origin(hint) in {types.UnionType, typing.Union}:
        return typing.get_args(hint)
    return (hint,)
