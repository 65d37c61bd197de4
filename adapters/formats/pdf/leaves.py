"""What the canonical template wants at a path: text, list, flag, number, or one of few words.

Called by `filling`. It asks the template's own types, so that a field added there can be filled at
once. Raises `ValueError` with words for a person where a text can't be such a leaf.
"""

from __future__ import annotations

import functools
import types
import typing
from typing import Any, Literal

from hub import canonical


def shaped(path: tuple[str, ...], text: str) -> object:
    """Return the text as the leaf at `path` of a plan wants it; `ValueError` where it can't be.

    A number at the end of `path` is the place of one text in a list of texts.
    """
    kind, words = _leaf(tuple(["0" if one.isdigit() else one for one in path]))
    if kind == "list" and not path[-1].isdigit():
        return text.split("\n")
    if kind == "flag":
        if text not in {"true", "false"}:
            raise ValueError("neither true nor false")
        return text == "true"
    if kind == "number":
        return int(text) if text.isdigit() else refuse("not a whole number")
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


def listed(path: tuple[str, ...]) -> bool:
    """Say whether the leaf at a path is a list of texts."""
    return _leaf(tuple(["0" if one.isdigit() else one for one in path]))[0] == "list"


def refuse(why: str) -> object:
    """Raise `ValueError` with these words."""
    raise ValueError(why)
