"""Dotted targets and cells to canonical values: `name.family` and a cell become a `Member`.

Called by the assembly for each group and each row. A value that its field does not take is given
back by name, so that the caller can keep the cell as residue; it is never forced to fit. The shape
that a set of targets makes is worked out once and used for every row that has the same.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from adapters.profiles import targets
from hub.canonical import Sealed

if TYPE_CHECKING:
    from adapters.formats.tabular.charting import Line
    from hub.canonical import Place

T = TypeVar("T")
_LONGEST_NUMBER: Final = 10
_SHAPES: Final = 4096


class Leaf(Sealed, msgspec.Struct, gc=False):
    """A value for one target field, with its cell: as a place, and as line and position.

    A file has thousands, so it is the cheapest kind of value there is.
    """

    target: str
    value: str
    place: Place
    line: Line | None = None
    position: int = 0


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value goes that is no plain text: its number, and what it is turned into."""

    number: int
    turn: str


@dataclass(frozen=True, slots=True)
class _Word:
    """A constant of a keyed list's item: `medicaid` as its `kind`."""

    word: str


def built(
    kind: type[T], leaves: list[Leaf], root: str, places: dict[str, Place]
) -> tuple[T, list[Leaf]]:
    """Return the value of `kind` and the leaves that don't fit; add its places under `root`."""
    kept = leaves
    refused: list[Leaf] = []
    while True:
        node, pointers = _shape(kind, tuple([leaf.target for leaf in kept]))  # type: ignore[arg-type]  # a class is hashable
        try:
            value = msgspec.convert(_grown(node, kept), kind)
        except msgspec.ValidationError as error:
            culprit = _culprit(str(error), kept)
            if culprit is None:
                raise
            kept = [leaf for leaf in kept if leaf is not culprit]
            refused.append(culprit)
        else:
            for leaf, pointer in zip(kept, pointers, strict=True):
                places[root + pointer] = leaf.place
            return value, refused


def _culprit(message: str, leaves: list[Leaf]) -> Leaf | None:
    """Find the leaf a conversion error is about, by its path (`$.party.name`)."""
    path = message.rpartition("`$")[2].rstrip("`")
    names = re.findall(r"\.(\w+)", path)
    for depth in range(len(names), 0, -1):
        for leaf in leaves:
            words = [w for w in leaf.target.split(".") if not w.isdigit()]
            if words[:depth] == names[:depth] or (depth == 1 and words[0] == names[0]):
                return leaf
    return leaves[-1] if leaves else None


def _grown(node: Any, leaves: list[Leaf]) -> Any:  # noqa: ANN401  # JSON
    """Return plain data in the shape of `node`, with the leaves' values in their slots."""
    kind = type(node)
    if kind is int:
        return leaves[node].value
    if kind is dict:
        return {
            name: leaves[below].value if type(below) is int else _grown(below, leaves)
            for name, below in node.items()
        }
    if kind is list:
        return [_grown(below, leaves) for below in node]
    return node.word if kind is _Word else _turned(node.turn, leaves[node.number].value)


def _turned(turn: str, value: str) -> object:
    match turn:
        case "flag":
            return {"true": True, "false": False}.get(value, value)
        case "list":
            return value.split("\n")
        case _:
            short = len(value) < _LONGEST_NUMBER
            return int(value) if short and value.isdecimal() else value


@functools.lru_cache(_SHAPES)
def _shape(kind: type, given: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """Return the shape in which targets make a `kind`, and the pointer of each of them."""
    tree: dict[str, Any] = {}
    for number, target in enumerate(given):
        branch = tree
        *path, last = target.split(".")
        for name in path:
            branch = branch.setdefault(name, {})
        branch[last] = number
    pointers = [""] * len(given)
    node = _shaped(kind, tree, "", pointers)
    return node, tuple(pointers)


def _shaped(kind: type, tree: dict[str, Any], at: str, pointers: list[str]) -> dict[str, Any]:
    node: dict[str, Any] = {}
    for name, given in tree.items():
        here = f"{at}/{name}"
        inner, is_list = targets.part(kind, name)
        if isinstance(given, int):
            turn = targets.shape(kind, name)
            node[name] = given if turn in {"text", None} else _Slot(given, str(turn))
            pointers[given] = here
        elif inner is not None and is_list:
            node[name] = [
                _item(inner, name, word, below, (f"{here}/{number}", pointers))
                for number, (word, below) in enumerate(given.items())
            ]
        elif inner is not None:
            node[name] = _shaped(inner, given, here, pointers)
    return node


def _item(inner: type, name: str, word: str, below: Any, where: tuple[str, list[str]]) -> Any:  # noqa: ANN401  # a leaf or a branch of the tree
    """Return the shape of an item of a keyed list; without a field it means its `value`."""
    branch = {"value": below} if isinstance(below, int) else below
    item = _shaped(inner, branch, *where)
    keyed = targets.KEYED.get(name)
    return {keyed: _Word(word)} | item if keyed else item
