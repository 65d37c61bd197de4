"""The paragraphs of a cell, each by itself: a list of things to do is several values, not one.

Called by `binding` for each cell of a bound table; a rule with `each_paragraph` makes an item of
each. A typed bullet begins a part too, where a line begins with it, and is no word of it. Gives
no word to anybody: what becomes of the parts is the rules' affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.taken import Taken, give, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.formats.office.flow import Block, Word
    from hub.canonical import Place

_SIGNS: Final = frozenset("-*\u2013\u2022\u00b7\u25aa\u25cf\u25e6\uf0b7\uf0a7")


def parted(name: str, blocks: Iterable[Block], chosen: Sequence[Word], at: Place) -> list[Taken]:
    """Return a value for each paragraph of a cell that has any of the words taken of it."""
    taken = {id(word) for word in chosen}
    parts: list[list[Word]] = []
    for block in blocks:
        parts.append([])
        for word in (one for one in block.words if id(one) in taken):
            if word.fresh and word.text in _SIGNS:
                give([word], "ignored")
                parts.append([])
            else:
                parts[-1].append(word)
    return [Taken(name, text_of(part), at, marks=tuple(part)) for part in parts if part]
