"""Where the printed heads of a table without rules stand, and which words are in which column.

Called by `aligned`. Heads are found as words, over several lines if need be, since the lines of a
scan run through blanks that part columns; a head is bounded by wide blanks. Claims nothing.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.layout import token
from adapters.formats.pdf.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from adapters.formats.pdf.layout import TableRule, Tokens
    from adapters.formats.pdf.lines import Line
    from adapters.formats.pdf.words import Word

    Columns = list[tuple[str, float, float]]
    Heads = dict[str, tuple[Word, ...]]

LEVEL: Final = 0.5
SLACK: Final = 4.0
_WIDE: Final = 0.6
"""Blank between two columns, in heights of the words beside it; within a text it is half of it."""
_BELOW: Final = 1.9


def _anywhere(_top: Word) -> bool:
    """Say of every place that the heads of a table may stand there."""
    return True


def heads_of(
    rule: TableRule, lines: Sequence[Line], fits: Callable[[Word], bool] = _anywhere
) -> Heads | None:
    """Return the words of each column's head, their first lines level; None where some lack.

    `fits` says whether heads may stand where the key's first word stands.
    """
    spots = {
        column: [spot for words in printed for spot in _spots(words, lines)]
        for column, printed in rule.columns.items()
    }
    for first in spots[rule.key]:
        if not fits(first[0]):
            continue
        level = LEVEL * max(first[0].height, 1.0)
        heads = {
            column: spot
            for column, some in spots.items()
            for spot in some
            if abs(spot[0].middle - first[0].middle) < level
        }
        if len(heads) == len(rule.columns):
            return heads
    return None


def _spots(printed: Tokens, lines: Sequence[Line]) -> Iterator[tuple[Word, ...]]:
    """Yield each place where a head stands whole: in one line, or in lines under one another."""
    for line in lines:
        for run in _runs(line):
            said = _keys(run)
            if said == printed:
                yield run
            elif said and said == printed[: len(said)]:
                rest = _under(run, printed[len(said) :], lines)
                if rest:
                    yield (*run, *rest)


def _under(run: Sequence[Word], printed: Tokens, lines: Sequence[Line]) -> tuple[Word, ...]:
    """Return the rest of a head in the lines right below its beginning."""
    first, tall = run[0], max(word.height for word in run)
    for line in lines:
        if not 0 < line.middle - first.middle < _BELOW * max(tall, line.height):
            continue
        for below in _runs(line):
            said = _keys(below)
            if abs(below[0].x0 - first.x0) > SLACK or not said or said != printed[: len(said)]:
                continue
            if said == printed:
                return below
            rest = _under(below, printed[len(said) :], lines)
            if rest:
                return (*below, *rest)
    return ()


def _keys(words: Sequence[Word]) -> Tokens:
    return tuple(key for word in words if (key := token(word.text)))


def _runs(line: Line) -> list[tuple[Word, ...]]:
    """Return the pieces of a line between wide blanks, and the line whole: some type is wide."""
    found: list[list[Word]] = [[line.words[0]]]
    for one, two in pairwise(line.words):
        if _wide(one, two):
            found.append([])
        found[-1].append(two)
    pieces = [tuple(one) for one in found]
    return pieces if len(pieces) == 1 else [*pieces, line.words]


def _wide(one: Word, two: Word) -> bool:
    return two.x0 - one.x1 > _WIDE * max(one.height, two.height)


def columns_of(heads: Mapping[str, Sequence[Word]]) -> Columns:
    """Return (column, from, to) from left to right: a column reaches to the next one's head."""
    stands = sorted((min(word.x0 for word in words), column) for column, words in heads.items())
    ends = [left for left, _ in stands[1:]] + [float("inf")]
    return [
        (column, left - SLACK, end - SLACK)
        for (left, column), end in zip(stands, ends, strict=True)
    ]


def parted(line: Line, columns: Columns) -> list[Line]:
    """Return a line cut where a word begins at a column's edge after a wide blank."""
    pieces: list[list[Word]] = [[line.words[0]]]
    for one, two in pairwise(line.words):
        begins = any(0 <= two.x0 - start <= 2 * SLACK for _, start, _ in columns)
        if begins and _wide(one, two):
            pieces.append([])
        pieces[-1].append(two)
    return [line_of(words, line.cell) for words in pieces]
