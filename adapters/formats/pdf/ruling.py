"""The ruled lines of a page and the cells they make: hard bounds for the words inside them.

Called by `lines` while a page is taken apart. Looks only at straight lines and boxes drawn as
vectors; a page with more than a form ever has is treated as unruled rather than searched for ever.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from pypdfium2 import raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pypdfium2

    from adapters.formats.pdf.words import Box, Turn

_STRAIGHT = 1.0
_SHORTEST = 3.0
_MOST = 8000
_REACH = 0.8
_BROAD, _HIGH = 300.0, 150.0


@dataclass(slots=True)
class Ruling:
    """Upright lines as (x, top, bottom) and level ones as (y, left, right), each sorted."""

    upright: list[tuple[float, float, float]] = field(default_factory=list)
    level: list[tuple[float, float, float]] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)

    def cell(self, x: float, y: float) -> Box | None:
        """Return the smallest ruled cell around a point; None where a side is open.

        A frame around half a page bounds nothing and is no cell.
        """
        left, right = _nearest(self.upright, x, y)
        top, bottom = _nearest(self.level, y, x)
        if left is None or right is None or top is None or bottom is None:
            return None
        if right - left > _BROAD and bottom - top > _HIGH:
            return None
        return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)


def _nearest(
    lines: list[tuple[float, float, float]], along: float, across: float
) -> tuple[float | None, float | None]:
    """Return the nearest lines before and after `along` that reach over `across`."""
    before = next(
        (
            at
            for at, start, end in reversed(lines[: bisect_right(lines, (along, 1e9, 1e9))])
            if start - _REACH <= across <= end + _REACH
        ),
        None,
    )
    after = next(
        (
            at
            for at, start, end in lines[bisect_left(lines, (along, -1e9, -1e9)) :]
            if start - _REACH <= across <= end + _REACH
        ),
        None,
    )
    return before, after


def ruling_of(page: pypdfium2.PdfPage, turn: Turn) -> Ruling:
    """Return the ruled lines of a page, in points from the top left."""
    found = Ruling()
    for path in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=2):
        for strokes in _strokes(path, turn):
            _keep(found, strokes)
            if len(found.upright) + len(found.level) > _MOST:
                return Ruling()
    found.upright.sort()
    found.level.sort()
    return found


def _keep(found: Ruling, points: list[tuple[float, float]]) -> None:
    for (xa, ya), (xb, yb) in pairwise(points):
        if abs(xa - xb) <= _STRAIGHT and abs(ya - yb) >= _SHORTEST:
            found.upright.append(((xa + xb) / 2, min(ya, yb), max(ya, yb)))
        elif abs(ya - yb) <= _STRAIGHT and abs(xa - xb) >= _SHORTEST:
            found.level.append(((ya + yb) / 2, min(xa, xb), max(xa, xb)))
    if len(points) >= 4:  # noqa: PLR2004  # a box has four corners
        xs, ys = [x for x, _ in points], [y for _, y in points]
        found.boxes.append((min(xs), min(ys), max(xs), max(ys)))


def _strokes(path: pypdfium2.PdfObject, turn: Turn) -> Iterator[list[tuple[float, float]]]:
    """Yield the corner points of each straight run of a path; curves end a run."""
    a, b, c, d, e, f = path.get_matrix().get()
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    for number in range(min(raw.FPDFPath_CountSegments(path), _MOST)):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        here = turn(a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if kind == raw.FPDF_SEGMENT_LINETO:
            points.append(here)
        else:
            if len(points) > 1:
                yield points
            points = [here] if kind == raw.FPDF_SEGMENT_MOVETO else []
        if raw.FPDFPathSegment_GetClose(segment) and len(points) > 1:
            yield [*points, points[0]]
            points = [here]
    if len(points) > 1:
        yield points
