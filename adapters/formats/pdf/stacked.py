"""Labels over one another whose values stand level with them in one cell to the right.

Called by `labels`: a column of labels whose rows no rule divides, or none on the values' side.
A value reaches from its label's line to the next line of the labels' cell. Claims nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.formats.pdf.hits import Hit
    from adapters.formats.pdf.lines import Line
    from adapters.formats.pdf.words import Box

    Span = tuple[float, float]

_EDGE: Final = 2.0
_MOST_LINES: Final = 3
_ROW: Final = 0.6
_ASIDE: Final = 30.0
"""Points; what begins further right in the same cell is another value."""


def runs_of(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield every two or three lines that follow each other in one ruled cell, longest first."""
    cells: dict[Box, list[Line]] = {}
    for line in lines:
        if line.cell:
            cells.setdefault(line.cell, []).append(line)
    for inside in cells.values():
        sizes = dict.fromkeys((len(inside), *range(_MOST_LINES, 1, -1)))
        for size in (one for one in sizes if 1 < one <= len(inside)):
            for start in range(len(inside) - size + 1):
                yield inside[start : start + size]


def spans_of(hits: Sequence[Hit], lines: Sequence[Line]) -> dict[int, Span]:
    """Return from where to where the values of stacked labels stand, by the id of their hit.

    Only labels that are whole lines, two or more of one cell, and without a value in their line.
    """
    cells: dict[Box, list[Hit]] = {}
    for hit in hits:
        if hit.line.cell and hit.start == 0 and hit.stop == len(hit.line.words):
            cells.setdefault(hit.line.cell, []).append(hit)
    found: dict[int, Span] = {}
    for cell, held in cells.items():
        if len({id(hit.line) for hit in held}) < 2:  # noqa: PLR2004  # one label is no stack
            if len(held) == 1 and _beside_taller(cell, lines):
                found[id(held[0])] = cell[1], cell[3]
            continue
        own = [line for line in lines if line.cell == cell]
        for hit in held:
            below = [line for line in own if line.middle > hit.line.middle + hit.line.height / 2]
            end = min((line.middle - _ROW * line.height for line in below), default=float("inf"))
            found[id(hit)] = hit.top - _ROW * hit.line.height, end
    return found


def _beside_taller(cell: Box, lines: Sequence[Line]) -> bool:
    """Say whether the cell to the right holds the values of this label and of one below or above.

    The labels have cells of their own, one over the other, and their values share one.
    """
    every = {line.cell for line in lines if line.cell}
    right = [
        one
        for one in every
        if abs(one[0] - cell[2]) < _EDGE
        and one[1] < cell[1] + _EDGE
        and one[3] > cell[3] - _EDGE
        and one[3] - one[1] > cell[3] - cell[1] + _EDGE
    ]
    return any(
        abs(one[0] - cell[0]) < _EDGE
        and abs(one[2] - cell[2]) < _EDGE
        and (abs(one[1] - cell[3]) < _EDGE or abs(one[3] - cell[1]) < _EDGE)
        and tall[1] - _EDGE < one[1]
        and one[3] < tall[3] + _EDGE
        for one in every
        for tall in right
    )


def level_with(hit: Hit, span: Span, lines: Sequence[Line]) -> list[Line]:
    """Return the lines of the nearest cell to the right that stand within the label's span."""
    cell = hit.line.cell
    if cell is None:
        return []
    right = [
        line
        for line in lines
        if line.left > cell[2] - _EDGE and span[0] < line.middle < min(span[1], cell[3])
    ]
    if not right:
        return []
    nearest = min(right, key=lambda line: (line.left, line.middle))
    near = [line for line in right if line.left < nearest.left + _ASIDE]
    return [line for line in near if line.cell == nearest.cell]
