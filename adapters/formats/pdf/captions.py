"""Values that stand right over their labels: a layout with small print below each value.

Called by `labels` where a profile says `above: true`, and by the workshop, which finds out whether
a layout is of that kind. Looks at where lines stand, never at what they say. Claims nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.formats.pdf.lines import Line

_ALIGNED: Final = 4.0
_SEEN: Final = 9.0
_NEAR: Final = 1.8
_TIGHT: Final = 1.5
_LOWEST: Final = 8.0
_FEWEST: Final = 3
_MOST_LINES: Final = 8


def over(label: Line, lines: Sequence[Line], free: Callable[[Line], bool]) -> list[Line]:
    """Return the lines of the value over a label, from the top: the nearest, and what it ends.

    Only lines outside ruled cells that begin where the label begins.
    """
    found: list[Line] = []
    below, most = label, _NEAR * max(label.height, _LOWEST)
    for _ in range(_MOST_LINES):
        nearest = _next(below, lines, most, -1)
        if nearest is None or not free(nearest):
            break
        found.insert(0, nearest)
        below, most = nearest, _TIGHT * max(nearest.height, _LOWEST)
    return found


def captioned(labels: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """Return the labels whose values stand over them, where that is the layout's way.

    It is where most of three labels or more have a line of larger print nearer above than below.
    """
    if len(labels) < _FEWEST:
        return []
    found = [label for label in labels if _smaller_below(label, lines)]
    return found if len(found) > len(labels) / 2 else []


def _smaller_below(label: Line, lines: Sequence[Line]) -> bool:
    most = _NEAR * max(label.height, _LOWEST)
    above, below = _next(label, lines, most, -1), _next(label, lines, most, 1)
    if above is None or _size(above) <= _size(label):
        return False
    return below is None or label.middle - above.middle < below.middle - label.middle


def _size(line: Line) -> float:
    """Return how wide a letter of a line is, on the average: its height depends on its letters."""
    letters = sum(len(word.text) for word in line.words)
    return sum(word.x1 - word.x0 for word in line.words) / max(letters, 1)


def _next(line: Line, lines: Sequence[Line], most: float, way: int) -> Line | None:
    """Return the nearest line above (`way` -1) or below (1), at most so many points away."""
    slack = _ALIGNED if line.words[0].sure == 1.0 else _SEEN
    near = [
        one
        for one in lines
        if one.cell is None
        and one.page == line.page
        and abs(one.left - line.left) < slack
        and 0 < (one.middle - line.middle) * way < most
    ]
    return min(near, key=lambda one: abs(one.middle - line.middle), default=None)
