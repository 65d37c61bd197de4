"""How much ink is in a box of a page: the page rendered there, and its dark pixels counted.

Used for printed check boxes. A page is loaded again where it was let go; a few stay open, since
taking a page apart costs more than looking at it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pypdfium2
from pypdfium2 import raw

from adapters.formats.pdf.opening import NotReadable
from hub.canonical import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.formats.pdf.lines import Ink
    from adapters.formats.pdf.words import Box

_OPEN: Final = 8
_SCALE: Final = 4
_DARKNESS: Final = bytes(pixel < 128 for pixel in range(256))  # noqa: PLR2004  # half of white


class Pages:
    """The pages of an open file, the first few kept open."""

    def __init__(self, file: pypdfium2.PdfDocument) -> None:
        self._file = file
        self._open: dict[int, pypdfium2.PdfPage] = {}
        self._turns: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._file)

    def page(self, number: int) -> pypdfium2.PdfPage:
        """Return page `number`, from 1, with its own rotation left out of account."""
        page = self._open.get(number)
        if page is None:
            page = self._loaded(number)
            self._turns[number] = page.get_rotation()
            page.set_rotation(0)
            if len(self._open) < _OPEN:
                self._open[number] = page
        return page

    def _loaded(self, number: int) -> pypdfium2.PdfPage:
        try:
            return self._file[number - 1]
        except pypdfium2.PdfiumError:
            what, where = "this page is damaged, send the document again", f"page {number}"
            raise NotReadable("damaged_page", what, Place(where, "page")) from None

    def turned(self, number: int) -> int:
        """Return by how many degrees page `number` is to be shown turned."""
        self.page(number)
        return self._turns[number]

    def pictured(self, number: int) -> float:
        """Return the share of page `number` that its largest picture covers."""
        page = self.page(number)
        wide, tall = page.get_size()
        found = page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=2)
        shares = []
        for one in found:
            left, bottom, right, top = one.get_bounds()
            shares.append((right - left) * (top - bottom) / max(wide * tall, 1.0))
        return max(shares, default=0.0)

    def ink(self, number: int) -> Callable[[int], Ink]:
        """Return what makes the measure of page `number`, given how its text is turned."""

        def measure(quarter: int) -> Ink:
            return lambda box: _ink(self.page(number), box, quarter)

        return measure


def _ink(page: pypdfium2.PdfPage, box: Box, quarter: int) -> float | None:
    """Return the share of dark pixels in a box; None for one that is not on the page."""
    wide, tall = page.get_size()
    left, top, right, bottom = _unturned(box, quarter, wide, tall)
    if right > wide or bottom > tall or min(left, top) < 0:
        return None
    crop = (left, tall - bottom, wide - right, top)
    bitmap = page.render(scale=_SCALE, crop=crop, grayscale=True, may_draw_forms=False)
    pixels = bytes(bitmap.buffer)
    rows = [
        pixels[row * bitmap.stride : row * bitmap.stride + bitmap.width]
        for row in range(bitmap.height)
    ]
    total = bitmap.width * bitmap.height
    return sum(row.translate(_DARKNESS).count(1) for row in rows) / total if total else None


def _unturned(box: Box, quarter: int, wide: float, tall: float) -> Box:
    """Return where a box of the upright text is on the page as it stands in the file."""
    x0, y0, x1, y1 = box
    if quarter == 1:
        return wide - y1, x0, wide - y0, x1
    if quarter == 2:  # noqa: PLR2004  # upside down
        return wide - x1, tall - y1, wide - x0, tall - y0
    return (y0, tall - x1, y1, tall - x0) if quarter else box
