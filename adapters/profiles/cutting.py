"""What the rules of a profile leave of a text of which they took a part: it must not vanish.

Called by every reader that applies transforms, which keeps the rest as residue, with its place.
`before:(` takes what stands before a bracket, and what stands in it is left, unless another rule
took that. The law: only a transform of `picking` cuts; a date, a code or a value map says the
whole of what it was given in other words. What a transform is told to pass over (its divider, the
words beside a date) and signs without a letter or figure are never left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from adapters.profiles.picking import PICKS
from adapters.profiles.transforms import transform
from hub.canonical import Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

T = TypeVar("T")
_ADDED: Final = -1
_DIVIDERS: Final = " \t\n,;/|^~"


def cuts(transforms: Sequence[str]) -> bool:
    """Say whether any of a rule's transforms takes only a part of a text."""
    return any(name.partition(":")[0] in PICKS for name in transforms)


def taken(transforms: Sequence[str], text: str) -> set[int]:
    """Return which signs of a text a rule takes, by their position; all where nothing cuts.

    Where the transforms do not fit the text, none are taken.
    """
    if not cuts(transforms):
        return set(range(len(text)))
    last = max(n for n, name in enumerate(transforms, 1) if name.partition(":")[0] in PICKS)
    where: Sequence[int] = range(len(text))
    spent: set[int] = set()
    piece = text
    for name in transforms[:last]:
        word, _, argument = name.partition(":")
        try:
            if word not in PICKS:
                piece, where = _aligned(piece, where, name)
                continue
            picked = PICKS[word](argument, piece)
        except ValueError:
            return set()
        spent.update(where[at] for at in picked.spent)
        where = [where[at] if at >= 0 else _ADDED for at in picked.where]
        piece = picked.text
    return spent.union(where) - {_ADDED}


def _aligned(piece: str, where: Sequence[int], name: str) -> tuple[str, Sequence[int]]:
    """Return what a transform that cuts nothing makes of a text, and where its signs stood."""
    if name.startswith("date"):
        return piece, where
    changed = transform(name, piece)
    found: list[int] = []
    start = 0
    for sign in changed:
        at = next((n for n in range(start, len(piece)) if _same(piece[n], sign)), None)
        found.append(_ADDED if at is None else where[at])
        start = start if at is None else at + 1
    return changed, found


def _same(one: str, other: str) -> bool:
    return one == other or one.casefold() == other.casefold()


@dataclass(slots=True, repr=False)
class Cuts(Sealed, Generic[T]):
    """Texts and what was taken of each, by any key; `T` is what their reader needs for the rest."""

    _of: dict[Hashable, tuple[T, str, set[int]]] = field(default_factory=dict)

    def took(
        self, key: Hashable, about: T, text: str, transforms: Sequence[str], start: int = 0
    ) -> None:
        """Note that a rule took of the text under `key` what its transforms take.

        With `start`, `text` is only a stretch of the one noted before, from that sign on.
        """
        _, _, of = self._of.setdefault(key, (about, text, set()))
        of.update(at + start for at in taken(transforms, text))

    def note(self, key: Hashable, about: T, text: str) -> None:
        """Note a text of which nothing is taken yet."""
        self._of.setdefault(key, (about, text, set()))

    def rests(self) -> Iterator[tuple[T, str]]:
        """Yield of each text what no rule took, where that holds a letter or a figure."""
        for about, text, of in self._of.values():
            if len(of) < len(text) and (rest := left(text, of)):
                yield about, rest


def left(text: str, of: set[int]) -> str:
    """Return the stretches of a text between the signs taken, those without any word left out."""
    kept = "".join("\0" if at in of else sign for at, sign in enumerate(text))
    return folded(_bare(one) for one in kept.split("\0") if any(map(str.isalnum, one)))


def _bare(stretch: str) -> str:
    """Return a stretch without the dividers at its ends and a bracket whose other half is gone."""
    text = stretch.strip(_DIVIDERS)
    for opening, closing in ("()", "[]"):
        if text.endswith(closing) and opening not in text:
            text = text[:-1].rstrip(_DIVIDERS)
        if text.startswith(opening) and closing not in text:
            text = text[1:].lstrip(_DIVIDERS)
    return text
