"""Blocks that repeat under like headings: `Goal 1` with labels and tables, then `Goal 2`.

Called by `binding` before tables are bound. Each block is a row with the columns the profile names
and its `number`; a row of a table inside it gets the number under the block's name, so that a rule
can link the two. Only whole paragraphs that begin with a declared label are taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Block, Grid
from adapters.formats.pdf.layout import token
from hub.canonical import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.office.flow import Flow, Word
    from adapters.formats.pdf.layout import BlockRule, Layout, Tokens

NUMBERED: Final = "block number"
Begun = tuple[str, int, Place]
"""A block: its name in the profile, its number from 1, and where its heading stands."""


def blocks_of(layout: Layout, flow: Flow) -> list[tuple[Begun, list[Block | Grid]]]:
    """Return each block with what stands in it, down to the next heading that is not deeper."""
    found: list[tuple[Begun, list[Block | Grid]]] = []
    for name, rule in layout.blocks.items():
        inside: list[Block | Grid] | None = None
        level = number = 0
        for item in flow.items:
            heading = isinstance(item, Block) and item.part == "body" and bool(item.level)
            if heading and isinstance(item, Block) and rule.headed(item.text):
                number, level, inside = number + 1, int(item.level or 0), []
                found.append(((name, number, item.place(NUMBERED)), inside))
                for word in item.words:
                    word.fate = "ignored"
            elif heading and isinstance(item, Block) and int(item.level or 0) <= level:
                inside = None
            elif inside is not None:
                inside.append(item)
    return found


def columns_in(rule: BlockRule, block: Block) -> tuple[str, list[Word]] | None:
    """Return the column a paragraph's label names and the words after it; claims the label."""
    for column, printed in rule.columns.items():
        stop = max((_after(block.words, one) for one in printed), default=0)
        if stop and stop < len(block.words):
            for word in block.words[:stop]:
                word.fate = "ignored"
            return column, list(block.words[stop:])
    return None


def _after(words: Sequence[Word], printed: Tokens) -> int:
    """Return where a label at the head of a paragraph ends, 0 where none stands there."""
    stop = len(printed)
    if not stop or tuple(token(word.text) for word in words[:stop]) != printed:
        return 0
    while stop < len(words) and words[stop].text in {":", "-", "\u2013"}:
        stop += 1
    return stop if words[stop - 1].text.endswith((":", "-", "\u2013")) else 0
