"""A page as a picture: rendered, set straight, with its ruled lines, its boxes and its ink.

Called by `ocr` only, which is there with the extra `[ocr]`; OpenCV and numpy come with it and are
loaded here. Lengths that leave this module are in points from the top left of the straight page.
"""

from __future__ import annotations

import functools
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from pypdfium2 import raw

from adapters.formats.pdf.plates import edges, filled
from adapters.formats.pdf.ruling import Ruling, attached, drawn_on, mended, open_ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pypdfium2

    from adapters.formats.pdf.ruling import Stroke
    from adapters.formats.pdf.words import Box

_DPI: Final = 300
_PIXELS: Final = 25_000_000
_SMALL: Final = 900
_STEEPEST: Final = 3.0
_STEP: Final = 0.1
_LONG: Final = 70
_THICK: Final = 14
_SQUARE: Final = (20, 84)
_MOST: Final = 4000
_INK: Final = 128
_SPECK: Final = 9
"""Dark pixels; a full stop in 6 point print has more."""
_REACH: Final = 25
"""Dark pixels this near to a speck make it the dot of a letter."""
_PAPER: Final = 255
_ASIDE: Final = 3
"""Pixels by which a drawn line may leave the straight one."""
_BLUR: Final = 1.2
_LOW: Final = 20
"""Pixels; two rules nearer than this have no row of words between them."""
_WHOLE: Final = 0.97
"""A line from rule to rule is dark all the way; letters keep away from the rules."""


class Picture:
    """One page at 300 dots an inch, grey, straight.

    `dots` are those an inch of the scan itself, in its coarser direction.
    """

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        wide, tall = page.get_size()
        scale = min(_DPI / 72, (_PIXELS / max(wide * tall, 1.0)) ** 0.5)
        self.dots = _dots(page)
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=True)
        self.points = 1 / scale
        self.pixels: Any = _straight(bitmap.to_numpy().reshape(bitmap.height, bitmap.width))
        self._light()

    def _light(self) -> None:
        """Make light words on dark ground dark on light; keep where the ground ended."""
        dark = filled(self.pixels)
        self.pixels[dark > 0] = _PAPER - self.pixels[dark > 0]
        self._edges = edges(dark)

    def clean(self) -> Any:  # noqa: ANN401  # a numpy array
        """Return the picture without specks and ruled lines: what there is to read."""
        cv2 = _cv2()
        _, dark = cv2.threshold(self.pixels, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
        plain = self.pixels.copy()
        count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
        small = (stats[:count, cv2.CC_STAT_AREA] <= _SPECK)[labels] & (dark > 0)
        near = cv2.dilate(dark * ~small, cv2.getStructuringElement(0, (_REACH, _REACH)))
        alone = (small & (near == 0)).astype("uint8")
        plain[cv2.dilate(alone, cv2.getStructuringElement(0, (5, 5))) > 0] = _PAPER
        for size in ((1, _LONG), (_LONG, 1)):
            plain[_strokes(dark, size) > 0] = _PAPER
        return plain

    def softened(self, plain: Any) -> Any:  # noqa: ANN401  # a numpy array
        """Return a clean picture at half its size, blurred and made black and white anew."""
        cv2 = _cv2()
        soft = cv2.GaussianBlur(plain, (0, 0), _BLUR)
        _, soft = cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        return cv2.resize(soft, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    def turn(self) -> None:
        """Turn the picture by a quarter, for a page that lies on its side."""
        cv2 = _cv2()
        self.pixels = cv2.rotate(self.pixels, cv2.ROTATE_90_CLOCKWISE)
        self._edges = cv2.rotate(self._edges, cv2.ROTATE_90_CLOCKWISE)

    def ink(self, box: Box) -> float | None:
        """Return the share of dark pixels in a box; None where there are none at all."""
        x0, y0, x1, y1 = (round(one / self.points) for one in box)
        part = self.pixels[max(y0, 0) : y1, max(x0, 0) : x1]
        return float((part < _INK).mean()) if part.size else None

    def ruling(self) -> Ruling:
        """Return the ruled lines and the small squares of the picture."""
        cv2 = _cv2()
        _, dark = cv2.threshold(self.pixels, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
        dark = cv2.bitwise_or(dark, self._edges)
        found = Ruling()
        for x, y, wide, tall in _runs(dark, (1, _LONG)):
            if wide <= _THICK:
                found.upright.append(self._stroke(x + wide / 2, y, y + tall))
        for x, y, wide, tall in _runs(dark, (_LONG, 1)):
            if tall <= _THICK:
                found.level.append(self._stroke(y + tall / 2, x, x + wide))
        found.boxes += [self._box(one) for one in _squares(dark)]
        upright, level = mended(found.upright), mended(found.level)
        found.upright = drawn_on(upright, level, self._trace(dark))
        low = [self._stroke(*one) for one in self._between(dark, level)]
        new = [one for one in low if not any(_along(one, other) for other in found.upright)]
        found.upright = mended([*found.upright, *new])
        found.level = attached(drawn_on(level, upright, self._trace(dark.T)), found.upright)
        found.level = sorted([*found.level, *open_ends(found.upright, found.level)])
        return found

    def _between(
        self,
        dark: Any,  # noqa: ANN401  # a numpy array
        level: Sequence[Stroke],
    ) -> Iterator[tuple[float, float, float]]:
        """Yield upright lines too short to be told from letters, but from rule to rule."""
        for one, two in pairwise(sorted(level)):
            gap = (two[0] - one[0]) / self.points
            if not _LOW < gap < _LONG or abs(one[1] - two[1]) + abs(one[2] - two[2]) > _LOW:
                continue
            top, bottom = (round(each[0] / self.points) for each in (one, two))
            left, right = (max(round(each / self.points), 0) for each in one[1:])
            full = dark[top:bottom, left:right].mean(axis=0) > _WHOLE * _PAPER
            yield from ((left + (a + b) / 2, top, bottom) for a, b in _stretches(full, _THICK))

    def _trace(self, dark: Any) -> Callable[[float, float, float], float]:  # noqa: ANN401  # numpy
        """Return what tells the share of an upright line that is dark: (x, top, bottom)."""

        def share(at: float, start: float, end: float) -> float:
            x, top, bottom = (max(round(one / self.points), 0) for one in (at, start, end))
            part = dark[top:bottom, max(x - _ASIDE, 0) : x + _ASIDE + 1]
            return float(part.any(axis=1).mean()) if part.size else 0.0

        return share

    def _stroke(self, at: float, start: float, end: float) -> tuple[float, float, float]:
        reach = 3.0
        return at * self.points, start * self.points - reach, end * self.points + reach

    def _box(self, given: tuple[int, int, int, int]) -> Box:
        x, y, wide, tall = (one * self.points for one in given)
        return x, y, x + wide, y + tall


def _along(one: Stroke, other: Stroke) -> bool:
    """Say whether a line is a piece of another."""
    return abs(one[0] - other[0]) < 2 and other[1] <= one[1] + 2 and one[2] <= other[2] + 2  # noqa: PLR2004  # points


def _stretches(full: Any, most: int) -> Iterator[tuple[int, int]]:  # noqa: ANN401  # a numpy array
    """Yield (from, to) of each stretch of true values, at most so long."""
    start = None
    for number, one in enumerate([*full.tolist(), False]):
        if one and start is None:
            start = number
        elif not one and start is not None:
            if number - start <= most:
                yield start, number
            start = None


def _dots(page: pypdfium2.PdfPage) -> float:
    """Return the dots an inch of a page's largest picture; 0 where it has none."""
    best = (0.0, 0.0)
    for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = one.get_bounds()
        wide, tall = one.get_px_size()
        if wide and tall and right > left and top > bottom:
            across, along = sorted((right - left, top - bottom))
            less, more = sorted((wide, tall))
            best = max(best, (across * along, 72 * min(less / across, more / along)))
    return best[1]


@functools.cache
def _cv2() -> Any:  # noqa: ANN401  # OpenCV is untyped and may not be installed
    return import_module("cv2")


def _straight(pixels: Any) -> Any:  # noqa: ANN401  # numpy may not be installed
    """Return the picture without its skew: the angle at which its rows are most distinct."""
    cv2 = _cv2()
    share = _SMALL / max(pixels.shape)
    small = cv2.resize(pixels, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    _, dark = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    steps = round(_STEEPEST / _STEP)
    angles = [number * _STEP for number in range(-steps, steps + 1)]
    best = max(angles, key=lambda angle: (_distinct(dark, angle), -abs(angle)))
    return _rotated(pixels, best, 255) if abs(best) > _STEP / 2 else pixels


def _distinct(dark: Any, angle: float) -> float:  # noqa: ANN401  # a numpy array
    rows = _rotated(dark, angle, 0).sum(axis=1, dtype="float64")
    return float(((rows[1:] - rows[:-1]) ** 2).sum())


def _rotated(pixels: Any, angle: float, ground: int) -> Any:  # noqa: ANN401  # a numpy array
    cv2 = _cv2()
    tall, wide = pixels.shape
    matrix = cv2.getRotationMatrix2D((wide / 2, tall / 2), angle, 1.0)
    return cv2.warpAffine(pixels, matrix, (wide, tall), flags=cv2.INTER_LINEAR, borderValue=ground)


def _strokes(dark: Any, size: tuple[int, int]) -> Any:  # noqa: ANN401  # numpy arrays
    """Return the dark pixels of long thin strokes in one direction, and those right beside."""
    cv2 = _cv2()
    kept = cv2.morphologyEx(dark, cv2.MORPH_OPEN, cv2.getStructuringElement(0, size))
    across = (_THICK, 1) if size[0] == 1 else (1, _THICK)
    thick = cv2.morphologyEx(kept, cv2.MORPH_OPEN, cv2.getStructuringElement(0, across))
    return cv2.dilate(cv2.subtract(kept, thick), cv2.getStructuringElement(0, (5, 5)))


def _runs(dark: Any, size: tuple[int, int]) -> list[tuple[int, int, int, int]]:  # noqa: ANN401  # a numpy array
    """Return the boxes of long straight strokes in one direction."""
    cv2 = _cv2()
    closed = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, cv2.getStructuringElement(0, (3, 3)))
    kept = cv2.morphologyEx(closed, cv2.MORPH_OPEN, cv2.getStructuringElement(0, size))
    contours, _ = cv2.findContours(kept, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [cv2.boundingRect(one) for one in contours[:_MOST]]


def _squares(dark: Any) -> list[tuple[int, int, int, int]]:  # noqa: ANN401  # a numpy array
    """Return the boxes of drawn squares of the size of a check box."""
    cv2 = _cv2()
    contours, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for one in contours:
        x, y, wide, tall = cv2.boundingRect(one)
        right = _SQUARE[0] <= wide <= _SQUARE[1] and abs(wide - tall) < 0.2 * wide
        if right and cv2.contourArea(one) > 0.75 * wide * tall:
            found.append((x, y, wide, tall))
        if len(found) >= _MOST:
            break
    return found
