"""Light words on dark ground in a scanned page: where the ground is, and where it ends.

Called by `picture` before a page is read. Coloured label cells go black in a scan of black and
white; a recogniser reads little of them, and the cells' sides are gone. Knows nothing of words.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Any, Final

_SOLID: Final = 11
"""Dark pixels at 300 dots an inch: thicker than the strokes of print and than ruled lines."""
_WORDS: Final = 61
"""Pixels that light words may reach over within a dark ground."""
_LEAST: Final = (60, 30)
_DARK: Final = 0.6
"""Share of a ground that is dark; words on white paper cover less than half of it."""


def filled(pixels: Any) -> Any:  # noqa: ANN401  # a numpy array
    """Return a mask (255) of the dark grounds of a grey page, words on them taken in."""
    cv2 = _cv2()
    _, dark = cv2.threshold(pixels, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    solid = cv2.morphologyEx(dark, cv2.MORPH_OPEN, _square(_SOLID))
    whole = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, _square(_WORDS))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=8)
    for number in range(1, count):
        x, y, wide, tall, area = stats[number]
        window = (slice(y, y + tall), slice(x, x + wide))
        own = parts[window] == number
        inked = int((dark[window][own] > 0).sum())
        if wide < _LEAST[0] or tall < _LEAST[1] or inked < _DARK * area:
            whole[window][own] = 0
    return whole


def edges(mask: Any) -> Any:  # noqa: ANN401  # numpy arrays
    """Return the sides of the grounds as thin dark lines."""
    return _cv2().morphologyEx(mask, _cv2().MORPH_GRADIENT, _square(3))


def _square(size: int) -> Any:  # noqa: ANN401  # a numpy array
    return _cv2().getStructuringElement(0, (size, size))


@functools.cache
def _cv2() -> Any:  # noqa: ANN401  # OpenCV is untyped and may not be installed
    return import_module("cv2")
