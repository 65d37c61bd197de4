"""A picture of the page around a place of a PDF, for the person who compares a value with it.

The console asks for it through the same confined child that reads documents; pixels are never drawn
in the web process. `clip("page 2 (x0, y0, x1, y1)")` is an adapter for one place: its reading holds
one PNG among its enclosures and no plan.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.opening import NotReadable, looks_like_pdf, opened
from hub.canonical import Finding, Reading, unreadable

if TYPE_CHECKING:
    import pypdfium2

    from adapters.formats.pdf.words import Box
    from hub.canonical import Document

_PLACE: Final = re.compile(r"page (\d{1,5})(?: \(([-\d., ]{7,60})\))?", re.ASCII)
_SCALE: Final = 2.0
_AROUND: Final = (150.0, 45.0)
"""Points of the page shown left and right of a place, and above and below it."""
_MOST: Final = 3000.0
"""Points; a page wider or higher than this is not drawn."""
_INK: Final = b"\xb0\x4a\x00"
_PAD: Final = 3


class Clip:
    """Draws one place of a PDF."""

    name = "page clip"
    version = "1"

    def __init__(self, place: str) -> None:
        self._place = place

    def identify(self, document: Document) -> bool:
        """Say whether the document is a PDF."""
        return looks_like_pdf(document)

    def read(self, document: Document) -> Reading:
        """Return the picture among the reading's enclosures; no plan is read."""
        found = _PLACE.fullmatch(self._place)
        if found is None:
            return unreadable("no_such_place", "the place names no page")
        try:
            file = opened(document.content)
        except NotReadable as error:
            return Reading(findings=(error.finding,))
        try:
            number = int(found[1])
            if not 1 <= number <= len(file.pdfium):
                return unreadable("no_such_place", "the document has no such page")
            picture = _drawn(file.pdfium[number - 1], _box(found[2]))
        finally:
            file.close()
        if not picture:
            return unreadable("no_such_place", "the page can't be drawn")
        note = Finding("error", "only_a_picture", "nothing was read, the page was drawn")
        return Reading(findings=(note,), enclosures={hashlib.sha256(picture).hexdigest(): picture})


clip = Clip


def _box(words: str | None) -> Box | None:
    """Return (x0, y0, x1, y1) in points from the top left, or None for the whole page."""
    numbers = [float(part) for part in (words or "").split(",") if part.strip()]
    return (numbers[0], numbers[1], numbers[2], numbers[3]) if len(numbers) == 4 else None  # noqa: PLR2004  # a box


def _drawn(page: pypdfium2.PdfPage, box: Box | None) -> bytes:
    """Return a PNG of the page around a box, the box framed; nothing for a page too large."""
    width, height = page.get_size()
    if not 0 < width <= _MOST or not 0 < height <= _MOST:
        return b""
    x0, y0, x1, y1 = box or (0.0, 0.0, width, height)
    left, top = max(0.0, min(x0, width) - _AROUND[0]), max(0.0, min(y0, height) - _AROUND[1])
    right, bottom = min(width, x1 + _AROUND[0]), min(height, y1 + _AROUND[1])
    if right - left < 1 or bottom - top < 1:
        return b""
    crop = (left, height - bottom, width - right, top)
    bitmap = page.render(scale=_SCALE, crop=crop, rev_byteorder=True, force_bitmap_format=2)
    rows = _rows(bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride)
    if box is not None:
        corners = (x0 - left, y0 - top, x1 - left, y1 - top)
        _frame(rows, tuple(round(each * _SCALE) for each in corners))
    return _png(rows, bitmap.width)


def _rows(pixels: bytes, width: int, height: int, stride: int) -> list[bytearray]:
    return [bytearray(pixels[n * stride : n * stride + width * 3]) for n in range(height)]


def _frame(rows: list[bytearray], corners: tuple[int, ...]) -> None:
    """Draw a frame two pixels wide, a little outside the box."""
    width, height = len(rows[0]) // 3, len(rows)
    left, top = max(corners[0] - _PAD, 0), max(corners[1] - _PAD, 0)
    right, bottom = min(corners[2] + _PAD, width - 1), min(corners[3] + _PAD, height - 1)
    for y in range(top, bottom + 1):
        edge = y <= top + 1 or y >= bottom - 1
        spans = [(left, right + 1)] if edge else [(left, left + 2), (right - 1, right + 1)]
        for begin, end in spans:
            if 0 <= begin < end <= width:
                rows[y][begin * 3 : end * 3] = _INK * (end - begin)


def _png(rows: list[bytearray], width: int) -> bytes:
    """Return a PNG of rows of RGB (RFC 2083: signature, IHDR, IDAT, IEND)."""
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\x00" + row for row in rows), 6)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
