"""The ruled lines of a page and the cells they make: hard bounds for the words inside them.

Called by `lines` while a page is taken apart. Looks only at straight lines and boxes drawn as
vectors; a page with more than a form ever has is treated as unruled rather than searched for ever.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pypdfium2 import raw

from adapters.formats.pdf import direct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pypdfium2

    from adapters.formats.pdf.glyphs import Turn
    from adapters.formats.pdf.words import Box

    Matrix = tuple[float, float, float, float, float, float]

Stroke = tuple[float, float, float]
Colour = tuple[int, int, int]
Shade = tuple["Box", Colour, list[tuple[float, float]]]
_STRAIGHT = 1.0
_SHORTEST = 3.0
_MOST = 8000
_WHITE = 250
_UNSEEN = (255, 255, 255)
_LAYERS = 200
_REACH = 0.8
_PENS = (ctypes.c_int(), ctypes.c_int(), *(ctypes.c_uint() for _ in range(4)))
_PENS_TAKEN = tuple(map(ctypes.byref, _PENS))
_MATRIX = (ctypes.c_float * 6)()
_POINT = (ctypes.c_float * 2)()
_POINT_TAKEN = ctypes.byref(_POINT), ctypes.byref(_POINT, ctypes.sizeof(ctypes.c_float))
_MARGIN = 8.0
_LINE = 9.0
_BREAK = 10.0
_ROW, _TRACED = 80.0, 0.4
_EVEN, _SIDES = 3.0, 3
_BROAD, _HIGH = 300.0, 150.0
_EDGE = 1.5


class _Lines:
    """Lines of one direction, found by where they stand and what they reach over.

    Lines that reach over the same points are one row, put together when it is first asked for: a
    page has far fewer rows than words.
    """

    __slots__ = ("_ends", "_lines", "_rows", "_starts", "_where", "about")

    def __init__(self, lines: list[Stroke]) -> None:
        self.about = {one[0]: round(one[0], 1) for one in lines}
        self._lines = lines
        self._where = [one[0] for one in lines]
        self._starts = sorted([one[1] for one in lines])
        self._ends = sorted([one[2] for one in lines])
        self._rows: dict[tuple[int, int], tuple[list[float], list[Stroke | None]]] = {}

    def nearest(self, along: float, across: float) -> tuple[Stroke | None, Stroke | None]:
        """Return the nearest lines before and after `along` that reach over `across`."""
        low, high = across + _REACH, across - _REACH
        key = bisect_right(self._starts, low), bisect_left(self._ends, high)
        row = self._rows.get(key)
        if row is None:
            reaching = [one for one in self._lines if one[1] <= low and high <= one[2]]
            row = [one[0] for one in reaching], [None, *reaching, None]
            self._rows[key] = row
        at = bisect_left(row[0], along)
        return row[1][at], row[1][at + 1]

    def within(self, start: float, end: float, over: tuple[float, float]) -> bool:
        """Say whether a line stands strictly between two others and reaches over some of `over`."""
        first, last = bisect_right(self._where, start), bisect_left(self._where, end)
        for stroke in self._lines[first:last]:
            if stroke[1] - _REACH < over[1] and over[0] < stroke[2] + _REACH:
                return True
        return False


@dataclass(slots=True)
class Ruling:
    """Upright lines as (x, top, bottom) and level ones as (y, left, right), each sorted."""

    upright: list[Stroke] = field(default_factory=list)
    level: list[Stroke] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    shades: list[Box] = field(default_factory=list)
    _sides: tuple[_Lines, _Lines] | None = None
    _last: Box | None = None

    def shaded(self, cell: Box) -> bool:
        """Say whether a cell is a coloured area that nothing else bounds, such as a title's bar."""
        return any(
            all(abs(a - b) < _EDGE for a, b in zip(cell, one, strict=True)) for one in self.shades
        )

    def cell(self, x: float, y: float) -> Box | None:
        """Return the smallest ruled cell around a point; None where a side is open.

        A frame around half a page bounds nothing and is no cell. Words come cell by cell, so the
        last plain cell, with whole sides and no line within, is remembered.
        """
        last = self._last
        if last is not None and last[0] < x < last[2] and last[1] < y < last[3]:
            return last
        if self._sides is None:
            self._sides = _Lines(self.upright), _Lines(self.level)
        uprights, levels = self._sides
        left, right = uprights.nearest(x, y)
        if left is None or right is None:
            return None
        top, bottom = levels.nearest(y, x)
        if top is None or bottom is None:
            return None
        box = left[0], top[0], right[0], bottom[0]
        if box[2] - box[0] > _BROAD and box[3] - box[1] > _HIGH:
            return None
        across, down = uprights.about, levels.about
        found = across[box[0]], down[box[1]], across[box[2]], down[box[3]]
        if (
            _whole(left, right, (box[1], box[3]))
            and _whole(top, bottom, (box[0], box[2]))
            and not uprights.within(box[0], box[2], (box[1], box[3]))
            and not levels.within(box[1], box[3], (box[0], box[2]))
        ):
            self._last = found
        return found


def _whole(one: Stroke, two: Stroke, over: tuple[float, float]) -> bool:
    """Say whether two lines both reach over the whole of what lies between two others."""
    return max(one[1], two[1]) - _REACH <= over[0] and over[1] <= min(one[2], two[2]) + _REACH


def ruling_of(page: pypdfium2.PdfPage, turn: Turn) -> Ruling:
    """Return the ruled lines of a page, in points from the top left."""
    found = Ruling()
    shades: list[Shade] = []
    for path, matrix in _paths(page.raw):
        colour = _colour(path)
        if colour == _UNSEEN:
            continue
        for strokes in _strokes(path, matrix, turn):
            if colour is not None and _broad(strokes):
                shades.append((_box(strokes), colour, strokes))
            else:
                _keep(found, strokes)
            if len(found.upright) + len(found.level) + 4 * len(shades) > _MOST:
                return Ruling()
    return _shaded(found, shades)


def _shaded(found: Ruling, shades: list[Shade]) -> Ruling:
    """Return the ruling with the sides of coloured areas, but for those that only fill a cell."""
    found.upright.sort()
    found.level.sort()
    seen = _apart(shades)
    bounding = [one for one in seen if not _fills_cell(found, one[0])]
    for _, _, strokes in bounding:
        _keep(found, strokes)
    found.upright.sort()
    found.level.sort()
    return Ruling(found.upright, found.level, found.boxes, [box for box, *_ in bounding])


def _apart(shades: list[Shade]) -> list[Shade]:
    """Return the areas that can be seen: not those upon an area of the same colour."""
    same: dict[Colour, list[Box]] = {}
    found = []
    for one in shades:
        box, colour, _ = one
        under = same.setdefault(colour, [])
        if not any(_inside(box, other) for other in under[-_LAYERS:]):
            found.append(one)
        under.append(box)
    return found


def _inside(box: Box, other: Box) -> bool:
    """Say whether a box lies within a larger one and leaves some of it free on either side."""
    return (
        other[0] + _REACH < box[0]
        and box[2] < other[2] - _REACH
        and other[1] - _REACH < box[1]
        and box[3] < other[3] + _REACH
    )


def _box(points: list[tuple[float, float]]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _broad(points: list[tuple[float, float]]) -> bool:
    """Say whether an area is more than a line drawn as a thin box."""
    x0, y0, x1, y1 = _box(points)
    return x1 - x0 > _SHORTEST and y1 - y0 > _SHORTEST


def _fills_cell(found: Ruling, box: Box) -> bool:
    """Say whether a coloured area is the shade of a ruled cell, or of a line of words in it."""
    cell = found.cell((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    if cell is None:
        return False
    inside = cell[1] - _STRAIGHT <= box[1] and box[3] <= cell[3] + _STRAIGHT
    gaps = box[0] - cell[0], cell[2] - box[2], box[1] - cell[1], cell[3] - box[3]
    if min(gaps) > _REACH and box[3] - box[1] < _LINE:
        return True
    return inside and all(
        -_STRAIGHT <= gap <= _MARGIN for gap in (box[0] - cell[0], cell[2] - box[2])
    )


def mended(strokes: Iterable[Stroke]) -> list[Stroke]:
    """Return lines in order, pieces of one line joined: a faint rule is broken in a scan."""
    found: list[Stroke] = []
    for at, start, end in sorted(strokes, key=lambda one: (one[1], one[0])):
        before = next(
            (
                number
                for number, one in enumerate(found)
                if abs(one[0] - at) <= _STRAIGHT and end - one[2] >= 0 and start - one[2] <= _BREAK
            ),
            None,
        )
        if before is None:
            found.append((at, start, end))
        else:
            found[before] = ((found[before][0] + at) / 2, found[before][1], end)
    return sorted(found)


def drawn_on(
    strokes: list[Stroke], across: list[Stroke], dark: Callable[[float, float, float], float]
) -> list[Stroke]:
    """Return lines drawn on, both ways, to the crossing lines that faint pieces of them lead to.

    `dark` tells which share of a line is seen: (at, start, end).
    """
    found = []
    for at, first, last in strokes:
        start, end = first, last
        stops = [one[0] for one in across if one[1] <= at <= one[2]]
        for stop in (one for one in stops if one > end):
            if stop - end > _ROW or dark(at, end, stop) < _TRACED:
                break
            end = stop + _STRAIGHT
        for stop in (one for one in reversed(stops) if one < start):
            if start - stop > _ROW or dark(at, stop, start) < _TRACED:
                break
            start = stop - _STRAIGHT
        found.append((at, start, end))
    return mended(found)


def attached(level: Iterable[Stroke], upright: list[Stroke]) -> list[Stroke]:
    """Return level lines from the first to the last upright line that they meet.

    What meets fewer than two is an underline or a piece of a rule, and bounds no cell.
    """
    found = []
    for at, start, end in level:
        met = [x for x, top, bottom in upright if start <= x <= end and top <= at <= bottom]
        if len(met) > 1:
            found.append((at, met[0] - _STRAIGHT, met[-1] + _STRAIGHT))
    return found


def open_ends(upright: Sequence[Stroke], level: Sequence[Stroke]) -> list[Stroke]:
    """Return the level lines that lack where a page ends: three or more sides end side by side.

    A table that the end of a page cuts has its rows' sides drawn to there, and no rule below.
    """
    found: list[Stroke] = []
    for _, _, end in upright:
        same = [x for x, top, bottom in upright if abs(bottom - end) < _EVEN and top < end - _LINE]
        known = any(abs(at - end) < _LINE for at, *_ in (*level, *found))
        if len(same) >= _SIDES and not known:
            found.append((end, min(same) - _STRAIGHT, max(same) + _STRAIGHT))
    return found


def _paths(page: Any) -> Iterator[tuple[Any, Matrix]]:  # noqa: ANN401  # pdfium's own pointers
    """Yield each path of a page and of the forms drawn on it, with the matrix it is drawn by."""
    page = direct.handle(page)
    for number in range(direct.count_objects(page)):
        one = direct.object_at(page, number)
        kind = direct.kind_of(one)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            yield one, _matrix(one)
        elif kind == raw.FPDF_PAGEOBJ_FORM:
            around = _matrix(one)
            for inner in range(direct.count_inside(one)):
                below = direct.inside_at(one, inner)
                if direct.kind_of(below) == raw.FPDF_PAGEOBJ_PATH:
                    yield below, _within(_matrix(below), around)


def _colour(path: Any) -> Colour | None:  # noqa: ANN401  # pdfium's own pointer
    """Return the colour of an area without an edge of its own; None for what is drawn as lines.

    `_UNSEEN` is a white patch, such as lies behind highlighted words, and what isn't drawn at all.
    """
    fill, stroke, *paints = _PENS
    direct.drawing_of(path, *_PENS_TAKEN[:2])
    if not fill.value:
        return None if stroke.value else _UNSEEN
    direct.filling_of(path, *_PENS_TAKEN[2:])
    inside = paints[0].value, paints[1].value, paints[2].value
    if stroke.value:
        direct.stroking_of(path, *_PENS_TAKEN[2:])
        if inside != (paints[0].value, paints[1].value, paints[2].value):
            return None
    return _UNSEEN if min(inside) >= _WHITE else inside


def _matrix(one: Any) -> Matrix:  # noqa: ANN401  # pdfium's own pointer
    direct.matrix_of(one, _MATRIX)
    a, b, c, d, e, f = _MATRIX[:]
    return a, b, c, d, e, f


def _within(inner: Matrix, outer: Matrix) -> Matrix:
    """Return the matrix that does `inner` first and `outer` after it."""
    a, b, c, d, e, f = inner
    m, n, o, p, q, r = outer
    return (
        a * m + b * o,
        a * n + b * p,
        c * m + d * o,
        c * n + d * p,
        e * m + f * o + q,
        e * n + f * p + r,
    )


def _keep(found: Ruling, points: list[tuple[float, float]]) -> None:
    for (xa, ya), (xb, yb) in pairwise(points):
        if abs(xa - xb) <= _STRAIGHT and abs(ya - yb) >= _SHORTEST:
            found.upright.append(((xa + xb) / 2, min(ya, yb), max(ya, yb)))
        elif abs(ya - yb) <= _STRAIGHT and abs(xa - xb) >= _SHORTEST:
            found.level.append(((ya + yb) / 2, min(xa, xb), max(xa, xb)))
    if len(points) >= 4:  # noqa: PLR2004  # a box has four corners
        xs, ys = [x for x, _ in points], [y for _, y in points]
        found.boxes.append((min(xs), min(ys), max(xs), max(ys)))


def _strokes(path: Any, matrix: Matrix, turn: Turn) -> Iterator[list[tuple[float, float]]]:  # noqa: ANN401  # pdfium's own pointer
    """Yield the corner points of each straight run of a path; curves end a run."""
    a, b, c, d, e, f = matrix
    points: list[tuple[float, float]] = []
    for number in range(min(direct.count_corners(path), _MOST)):
        corner = direct.corner_at(path, number)
        kind = direct.corner_kind(corner)
        direct.corner_point(corner, *_POINT_TAKEN)
        across, up = _POINT[:]
        here = turn(a * across + c * up + e, b * across + d * up + f)
        if kind == raw.FPDF_SEGMENT_LINETO:
            points.append(here)
        else:
            if len(points) > 1:
                yield points
            points = [here] if kind == raw.FPDF_SEGMENT_MOVETO else []
        if len(points) > 1 and direct.corner_closes(corner):
            yield [*points, points[0]]
            points = [here]
    if len(points) > 1:
        yield points
