"""What a rule's transforms cut away from a cell, and no other rule of the row took.

Called by `filling`, which keeps the rest as residue: `before:(` takes what stands before a bracket,
and what stands in it must not vanish. Only transforms that pick a part of the text cut; a date or
a code says the whole cell in other words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from adapters.profiles import transform
from hub.canonical import Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.pdf.claims import Found
    from adapters.profiles import FieldRule

_CUTTING: Final = frozenset(
    {
        "after",
        "after_last",
        "before",
        "before_figure",
        "before_last",
        "bracketed",
        "family",
        "first",
    }
    | {"from_figure", "given", "line", "unbracketed", "upto"}
)
_DIVIDING: Final = frozenset({"after", "after_last", "before", "before_last", "upto"})


@dataclass(slots=True, repr=False)
class Cuts(Sealed):
    """The values of which a part was taken, with the parts; by the value itself, not its text."""

    _of: dict[int, tuple[Found, str, list[str]]] = field(default_factory=dict)

    def took(self, found: Found, rule: FieldRule, label: str) -> None:
        """Note what a rule took of a value it landed."""
        _, _, parts = self._of.setdefault(id(found), (found, label, []))
        parts.extend((_part(rule, started(rule, found)), *_dividers(rule)))

    def rests(self) -> Iterator[tuple[Found, str, str]]:
        """Yield each value, its label and the words of it that no rule took."""
        for found, label, parts in self._of.values():
            rest = found.text
            for part in sorted(parts, key=len, reverse=True):
                rest = rest.replace(part, " ", 1)
            if any(map(str.isalnum, rest)):
                yield found, label, folded(rest)


def started(rule: FieldRule, found: Found) -> str:
    """Return the text a rule's transforms begin with: in lines for `line`, else in one."""
    return found.lined if rule.transforms[:1] and rule.transforms[0][:5] == "line:" else found.text


def _dividers(rule: FieldRule) -> Iterator[str]:
    """Yield the words at which a rule cuts: ` to ` of `before: to ` says nothing more."""
    for name in rule.transforms:
        word, _, divider = name.partition(":")
        if word in _DIVIDING:
            yield divider


def _part(rule: FieldRule, text: str) -> str:
    """Return the text after the last transform of a rule that cuts, the whole where none does."""
    words = [name.partition(":")[0] for name in rule.transforms]
    last = max((n for n, word in enumerate(words, 1) if word in _CUTTING), default=0)
    if not last:
        return text
    for name in rule.transforms[:last]:
        text = transform(name, text) if not name.startswith("date") else text
    return text
