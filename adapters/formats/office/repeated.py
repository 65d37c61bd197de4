"""Blocks that repeat under like headings: `Goal 1` with labels and tables, then `Goal 2`.

Called by `binding` before tables are bound. Each block is a row with the columns the profile names,
its `number`, and as `heading` what its heading says beyond the declared words; a row of a table
inside it gets the number under the block's name, so that a rule can link the two. The number is
the printed one where every block of the name prints its own, else a count. Only whole paragraphs
that begin with a declared label are taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.formats.numbered import NUMBERED, numbers, parted
from adapters.formats.office.flow import Block, Grid
from adapters.formats.pdf.layout import token
from hub.canonical import Place, Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.office.flow import Flow, Word
    from adapters.formats.pdf.layout import BlockRule, Layout, Tokens


@dataclass(frozen=True, slots=True, repr=False)
class Begun(Sealed):
    """A block: its name in the profile, its number, where its heading stands and what it says."""

    name: str
    number: str
    place: Place
    said: tuple[Word, ...] = ()


def blocks_of(layout: Layout, flow: Flow) -> list[tuple[Begun, list[Block | Grid]]]:
    """Return each block with what stands in it, down to the next heading that is not deeper."""
    return [one for name, rule in layout.blocks.items() for one in _of(name, rule, flow)]


def _of(name: str, rule: BlockRule, flow: Flow) -> list[tuple[Begun, list[Block | Grid]]]:
    """Return the blocks of one name; the words of their headings but for what is said are spent."""
    found: list[tuple[Begun, list[Block | Grid]]] = []
    inside: list[Block | Grid] | None = None
    level = 0
    for item in flow.items:
        heading = isinstance(item, Block) and item.part == "body" and bool(item.level)
        if heading and isinstance(item, Block) and rule.headed(item.text):
            number, said = _parted(rule, item)
            level, inside = int(item.level or 0), []
            found.append((Begun(name, number, item.place(NUMBERED), said), inside))
        elif heading and isinstance(item, Block) and int(item.level or 0) <= level:
            inside = None
        elif inside is not None:
            inside.append(item)
    given = numbers([begun.number for begun, _ in found])
    return [
        (replace(begun, number=number), held)
        for number, (begun, held) in zip(given, found, strict=True)
    ]


def _parted(rule: BlockRule, heading: Block) -> tuple[str, tuple[Word, ...]]:
    """Return the number a heading prints, empty where none, and the words behind it."""
    number, count = parted(rule.heading, heading.text)
    words = tuple(heading.words[len(heading.words) - count :])
    for word in heading.words[: len(heading.words) - count]:
        word.fate = "ignored"
    return number, words


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
