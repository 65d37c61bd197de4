"""The reading order of a page: columns of running text one after another, all else as it stands.

Called by `notes` and before residue is written. Only text that fills its columns is taken for
columns: the labels and values of a form stand side by side and stay row by row.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.lines import Line

_FEWEST: Final = 4
_GUTTER: Final = 9.0
_FULL: Final = 0.55
_CROSSING: Final = 0.15
_DEEPEST: Final = 6
_ROW: Final = 8.0


def ordered(lines: Sequence[Line], depth: int = 0) -> list[Line]:
    """Return the lines of one page as a reader takes them."""
    gutter = _gutter(lines) if depth < _DEEPEST else None
    if gutter is None:
        return list(lines)
    found: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line.right <= gutter:
            left.append(line)
        elif line.left >= gutter:
            right.append(line)
        else:
            found += ordered(left, depth + 1) + ordered(right, depth + 1) + [line]
            left, right = [], []
    return found + ordered(left, depth + 1) + ordered(right, depth + 1)


def _gutter(lines: Sequence[Line]) -> float | None:
    """Return where a blank divides two columns of running text; None where none does."""
    if len(lines) < 2 * _FEWEST:
        return None
    best: tuple[int, float] | None = None
    for start in sorted({float(int(line.left)) for line in lines})[1:]:
        left = [line for line in lines if line.right <= start - _GUTTER]
        right = [line for line in lines if line.left >= start]
        crossing = len(lines) - len(left) - len(right)
        if min(len(left), len(right)) < _FEWEST or crossing > _CROSSING * len(lines):
            continue
        if (best is None or crossing < best[0]) and _beside(left, right):
            best = crossing, start - _GUTTER / 2
    return best[1] if best else None


def _beside(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Say whether both sides are running text over the same height of the page."""
    top = max(left[0].middle, right[0].middle)
    bottom = min(left[-1].middle, right[-1].middle)
    tall = max(line.middle for line in left) - min(line.middle for line in left)
    return bottom - top > tall / 3 and _fills(left) and _fills(right)


def _fills(side: Sequence[Line]) -> bool:
    """Say whether most rows reach over most of the column, however their blanks divide them."""
    rows: dict[int, tuple[float, float]] = {}
    for line in side:
        row = round(line.middle / _ROW)
        left, right = rows.get(row, (line.left, line.right))
        rows[row] = min(left, line.left), max(right, line.right)
    wide = max(right for _, right in rows.values()) - min(left for left, _ in rows.values())
    return wide > 0 and median(right - left for left, right in rows.values()) > _FULL * wide
