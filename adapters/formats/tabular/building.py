"""Dotted targets and cells to canonical values: `name.family` and a cell become a `Member`.

Called by the assembly for each group and each row. A value that its field does not take is given
back by name, so that the caller can keep the cell as residue; it is never forced to fit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from adapters.profiles import targets
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")
_LONGEST_NUMBER: Final = 10


@dataclass(frozen=True, slots=True, repr=False)
class Leaf(Sealed):
    """A value for one target field, with its cell: as a place, and as row and position."""

    target: str
    value: str
    place: Place
    spot: tuple[int, int] = (0, 0)


def built(
    kind: type[T], leaves: Iterable[Leaf], root: str
) -> tuple[T, dict[str, Place], list[Leaf]]:
    """Return the value of `kind`, its places under `root`, and the leaves that don't fit."""
    kept = list(leaves)
    refused: list[Leaf] = []
    while True:
        places: dict[str, Place] = {}
        tree = _tree(kept)
        data = _shaped(kind, tree, root, places)
        try:
            return msgspec.convert(data, kind), places, refused
        except msgspec.ValidationError as error:
            culprit = _culprit(str(error), kept)
            if culprit is None:
                raise
            kept.remove(culprit)
            refused.append(culprit)


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


def _tree(leaves: list[Leaf]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for leaf in leaves:
        branch = tree
        *path, last = leaf.target.split(".")
        for name in path:
            branch = branch.setdefault(name, {})
        branch[last] = leaf
    return tree


def _spelt(below: Any) -> dict[str, Any]:  # noqa: ANN401  # a leaf or a branch of the tree
    """Return an item's branch; a keyed item without a field means its `value`."""
    return {"value": below} if isinstance(below, Leaf) else below


def _shaped(kind: type, tree: dict[str, Any], root: str, places: dict[str, Place]) -> Any:  # noqa: ANN401  # JSON
    """Turn the tree to plain data in the shape of `kind`, writing each leaf's place."""
    data: dict[str, Any] = {}
    for name, given in tree.items():
        at = f"{root}/{name}"
        inner, is_list = targets.part(kind, name)
        if isinstance(given, Leaf):
            data[name] = _value(kind, name, given)
            places[at] = given.place
        elif inner is not None and is_list:
            data[name] = [
                _item(inner, name, word, _spelt(below), f"{at}/{number}", places)
                for number, (word, below) in enumerate(given.items())
            ]
        elif inner is not None:
            data[name] = _shaped(inner, given, at, places)
    return data


def _item(  # an item of a keyed list, and where it goes
    inner: type, name: str, word: str, below: dict[str, Any], at: str, places: dict[str, Place]
) -> Any:  # noqa: ANN401  # JSON
    item = _shaped(inner, below, at, places)
    keyed = targets.KEYED.get(name)
    return {keyed: word} | item if keyed else item


def _value(kind: type, name: str, leaf: Leaf) -> Any:  # noqa: ANN401  # JSON
    match targets.shape(kind, name):
        case "flag":
            return {"true": True, "false": False}.get(leaf.value, leaf.value)
        case "list":
            return leaf.value.split("\n")
        case "number":
            short = len(leaf.value) < _LONGEST_NUMBER
            return int(leaf.value) if short and leaf.value.isdecimal() else leaf.value
        case _:
            return leaf.value
