"""What a proposal is made of: places bound to fields, bundles of items, and what was left.

`proposing` fills them, `drafting`, `placing` and `sheets` write them out. Nothing here looks at an
outline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from adapters.profiles import targets
from adapters.workshop import wording

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def slug(text: str, taken: Iterable[str] = ()) -> str:
    """Return a name of ours for a label, unlike those taken."""
    base = re.sub(r"[\W_]+", "_", text.casefold()).strip("_")[:32] or "field"
    name, number = base, 2
    while name in set(taken):
        name, number = f"{base}_{number}", number + 1
    return name


@dataclass(frozen=True, slots=True)
class Bound:
    """One place bound to a field: our name for it, what is printed or named there, how surely."""

    name: str
    printed: str
    target: str
    sure: float
    known: str
    shape: Mapping[str, Any] = field(default_factory=dict)
    over: bool = False
    above: bool = False
    lines: int = 0


@dataclass(slots=True)
class Bundle:
    """One list's items: a table, numbered form fields, rows of a kind, or a text's section."""

    into: str
    name: str
    columns: list[Bound] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    most: int = 0
    printed: str = ""
    shared: bool = False
    grouped: bool = False

    def key(self) -> str:
        """Return the column that every row has: its id, else its text."""
        for wanted in ("id", "text", "party.name"):
            for one in self.columns:
                if one.target == wanted:
                    return one.name
        return self.columns[0].name

    def wants(self, target: str) -> bool:
        """Say whether the list's items have this field and no column holds it."""
        held = any(one.target == target for one in self.columns)
        return not held and targets.item_shape(self.into, target) is not None


@dataclass(slots=True)
class Proposal:
    """A first profile: what was bound, and what was not (label, and why)."""

    form: str
    singles: list[Bound] = field(default_factory=list)
    bundles: list[Bundle] = field(default_factory=list)
    unbound: list[str] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)

    def single(self, text: str, shape: Mapping[str, Any], name: str = "") -> bool:
        """Bind a place to a field said once, if its label has a name and the field is free."""
        guess = wording.labelled(text)
        if wording.bare(text) == "member" and shape.get("name"):
            guess = wording.Guess("member.name", wording.LIKE, "member")
        if guess is None or (self.form == "csv" and ".0." in guess.target):
            return False
        parted = {"member.name.family", "member.name.given"}
        held = {one.target for one in self.singles}
        if guess.target == "member.name" and held & parted:
            self.unbound.append(f"{text} (the name stands in two fields too)")
            return True
        if guess.target in parted and "member.name" in held:
            self.singles = [one for one in self.singles if one.target != "member.name"]
        if any(one.target == guess.target for one in self.singles):
            other = next(one for one in self.singles if one.target == guess.target)
            if wording.bare(other.printed) != wording.bare(text):
                self.unbound.append(f"{text} (a second {guess.target}?)")
            return True
        if guess.target == "member.name" and not (shape.get("comma") or shape.get("name")):
            self.unbound.append(f"{text} (a whole name without a comma: ask for two fields)")
            return True
        taken = {one.name for one in self.singles}
        known = slug(guess.known if not name else text, taken)
        self.singles.append(
            Bound(known, name or text, guess.target, guess.sure, guess.known, shape)
        )
        return True
