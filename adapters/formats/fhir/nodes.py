"""Where one is in a FHIR document: a value, its JSON pointer, and the ledger of what was read.

Every mapping takes its words through a `Node`, which claims the leaf it came from. What nobody
claims is found afterwards by `leaves` and kept, so that no mapping can lose anything by omission.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from adapters.formats.fhir.opening import Number
from hub.canonical import Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

Fate = Literal["mapped", "residue", "ignored"]


class Node(Sealed):
    """A value in the document; `at` is its JSON pointer."""

    __slots__ = ("at", "fates", "value")

    def __init__(self, value: Any, at: str, fates: dict[str, Fate]) -> None:  # noqa: ANN401  # JSON
        self.value = value
        self.at = at
        self.fates = fates

    def part(self, name: str) -> Node | None:
        """Return the part of this name; the first one of a list."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        if isinstance(found, list):
            return Node(found[0], f"{self.at}/{escaped(name)}/0", self.fates) if found else None
        return None if found is None else Node(found, f"{self.at}/{escaped(name)}", self.fates)

    def each(self, name: str) -> list[Node]:
        """Return the parts of a repeating element; one that doesn't repeat counts as a list."""
        found = self.value.get(name) if isinstance(self.value, dict) else None
        if found is None:
            return []
        if not isinstance(found, list):
            return [Node(found, f"{self.at}/{escaped(name)}", self.fates)]
        return [
            Node(value, f"{self.at}/{escaped(name)}/{number}", self.fates)
            for number, value in enumerate(found)
            if value is not None
        ]

    def down(self, path: str) -> Node | None:
        """Return the part at the end of a dotted path, the first of each list on the way."""
        found: Node | None = self
        for name in path.split("."):
            found = found.part(name) if found is not None else None
        return found

    def words(self) -> str:
        """Return this leaf's words, folded, without claiming it; empty for what is no leaf."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        return folded(self.value) if isinstance(self.value, str) else ""

    def said(self, name: str) -> str:
        """Return the words of a leaf without claiming it."""
        found = self.part(name)
        return found.words() if found is not None else ""

    def take(self, name: str) -> tuple[str, str]:
        """Claim a leaf by its name and return (words, pointer); empty words when there are none."""
        found = self.part(name)
        words = found.words() if found is not None else ""
        if found is None or not words:
            return "", ""
        return words, found.claim().at

    def claim(self, fate: Fate = "mapped") -> Node:
        """Settle the fate of this value and of everything in it that has none of its own."""
        self.fates[self.at] = fate
        return self

    def drop(self, *names: str) -> None:
        """Leave parts out of the plan as the format's own machinery."""
        for name in names:
            if isinstance(self.value, dict) and name in self.value:
                self.fates[f"{self.at}/{name}"] = "ignored"


def truth(node: Node | None) -> bool | None:
    """Return a boolean leaf's value, claimed, or nothing."""
    if node is None or not isinstance(node.value, bool):
        return None
    return bool(node.claim().value)


def leaves(value: Any, at: str, fates: dict[str, Fate]) -> Iterator[tuple[str, Any, Fate | None]]:  # noqa: ANN401  # JSON of any shape
    """Yield (pointer, value, fate) of every leaf; a leaf's fate is that of its nearest ancestor.

    An empty object, list or null is no leaf: it says nothing.
    """
    stack: list[tuple[Any, str, Fate | None]] = [(value, at, None)]
    while stack:
        part, here, inherited = stack.pop()
        fate = fates.get(here, inherited)
        if isinstance(part, dict):
            items = [(inner, f"{here}/{escaped(key)}", fate) for key, inner in part.items()]
            stack.extend(reversed(items))
        elif isinstance(part, list):
            rows = [(inner, f"{here}/{number}", fate) for number, inner in enumerate(part)]
            stack.extend(reversed(rows))
        elif isinstance(part, (str, bool, Number)):
            yield here, part, fate


def escaped(key: str) -> str:
    """Return a key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key
