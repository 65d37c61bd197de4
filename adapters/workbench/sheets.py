"""PDF pages laid out: a picture of each page, its words with their boxes, and the fields' boxes.

Called inside the sandboxed child only, in a process of its own: pdfium renders there and nowhere
else. At most `DRAWN` pages are drawn, at a size that people can read.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pypdfium2
from msgspec import structs

from adapters.formats.pdf.glyphs import upright, words_of
from adapters.workbench.laying import Claims, Layout, Said, folded
from hub.canonical.source import Part, Row, Source, Spot, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.pdf.words import Word
    from hub.canonical import Place

DRAWN: Final = 10
_DOTS: Final = 1.5
_LARGEST: Final = 2_000.0
"""Points: a longer page (a poster, or a trap) is drawn smaller."""
_WORDS: Final = 4_000
_TURNED: Final = (0, 270, 180, 90)
"""Degrees clockwise that bring each quarter turn of the text upright."""
_PLACE: Final = re.compile(r"page (\d+)(?: \(([-\d.]+), ([-\d.]+), ([-\d.]+), ([-\d.]+)\))?")

Box = tuple[float, float, float, float]


@dataclass(slots=True, repr=False)
class Sheets(Layout):
    """Pages; the boxes of places become spots as they are asked for."""

    words: dict[int, list[Word]] = field(default_factory=dict)
    boxes: dict[str, tuple[int, Box]] = field(default_factory=dict)

    def spot_of(self, place: Place) -> str:
        """Return the spot of a box on a drawn page, or of a whole page."""
        found = _PLACE.fullmatch(place.at)
        if found is None or int(found[1]) not in self.words:
            return ""
        if found[2] is None:
            return f"page{found[1]}"
        if place.at not in self.at:
            spot = f"b{len(self.at) + 1}"
            self.at[place.at] = spot
            x0, y0, x1, y1 = (float(found[n]) for n in range(2, 6))
            self.boxes[spot] = (int(found[1]), (x0, y0, x1, y1))
        return self.at[place.at]

    def finished(self, claims: Claims, words: Said) -> Source:
        """Return the pages with the boxes of fields, and of every word that is in none."""
        parts = []
        for number, part in enumerate(self.parts, start=1):
            mine = {s: b for s, (page, b) in self.boxes.items() if page == number}
            spots = [
                Spot(
                    spot,
                    _inside(self.words[number], box) or self.told.get(spot, ""),
                    state=claims.get(spot, "open"),
                    box=box,
                )
                for spot, box in sorted(mine.items(), key=lambda one: (one[1][1], one[1][0]))
            ]
            spots += _unclaimed(self.words[number], list(mine.values()), words, number)
            parts.append(structs.replace(part, rows=(Row(str(number), tuple(spots)),)))
        return Source("pages", tuple(parts), self.cut)


def sheets_of(content: bytes) -> Sheets | None:
    """Return the first pages of a PDF laid out, or None where it does not open."""
    start = content.find(b"%PDF-", 0, 1024)
    if start < 0:
        return None
    laid = Sheets(kind="pages")
    try:
        with pypdfium2.PdfDocument(content) as opened:
            opened.init_forms()
            laid.cut = len(opened) > DRAWN
            for number in range(1, min(len(opened), DRAWN) + 1):
                _lay(opened[number - 1], number, laid)
    except (pypdfium2.PdfiumError, ValueError, OSError):
        return laid if laid.parts else None
    return laid


def _lay(page: Any, number: int, laid: Sheets) -> None:  # noqa: ANN401  # pypdfium2 is untyped here
    page.set_rotation(0)
    text = page.get_textpage()
    left, bottom, right, top = page.get_mediabox()
    turns, turn = upright(page, text)
    wide, tall = right - left, top - bottom
    size = (tall, wide) if turns % 2 else (wide, tall)
    found = words_of(text, turn, number)
    laid.cut = laid.cut or len(found) > _WORDS
    laid.words[number] = found[:_WORDS]
    shrink = min(1.0, _LARGEST / max(wide, tall, 1.0))
    picture = page.render(
        scale=_DOTS * shrink, rotation=_TURNED[turns], grayscale=True, may_draw_forms=True
    )
    laid.parts.append(
        Part(
            f"Page {number}",
            "pages",
            size=size,
            image=_png(picture),
            frame=_frame(page, turns, size),
        )
    )


def _frame(page: Any, turns: int, size: tuple[float, float]) -> Box:  # noqa: ANN401  # the same
    """Return where the drawn part of a page stands among its words' points."""
    left, _, _, top = page.get_mediabox()
    crop = page.get_cropbox()
    if turns:
        return (0.0, 0.0, *size)
    return (crop[0] - left, top - crop[3], crop[2] - left, top - crop[1])


def _png(picture: Any) -> bytes:  # noqa: ANN401  # the same
    """Return a grey picture as PNG (RFC 2083); the quickest compression is small enough."""
    wide, tall, stride = picture.width, picture.height, picture.stride
    view = memoryview(picture.buffer).cast("B")
    lines = b"".join(b"\0" + view[at : at + wide] for at in range(0, stride * tall, stride))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", wide, tall, 8, 0, 0, 0, 0)
    packed = chunk(b"IDAT", zlib.compress(lines, 1))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + packed + chunk(b"IEND", b"")


def _inside(words: list[Word], box: Box) -> str:
    return " ".join(word.text for word in words if _holds(box, word))


def _holds(box: Box, word: Word) -> bool:
    middle = (word.x0 + word.x1) / 2
    return box[0] - 1 <= middle <= box[2] + 1 and box[1] - 1 <= word.middle <= box[3] + 1


def _unclaimed(words: list[Word], boxes: list[Box], said: Said, page: int) -> Iterator[Spot]:
    """Yield the words in no field's box; those of a phrase of the profile as known."""
    free = [word for word in words if not any(_holds(box, word) for box in boxes)]
    states = _phrases(free, said)
    for number, (word, state) in enumerate(zip(free, states, strict=True), start=1):
        box = (word.x0, word.y0, word.x1, word.y1)
        yield Spot(f"w{page}n{number}", word.text, state=state, box=box)


def _phrases(words: list[Word], said: Said) -> list[State]:
    """Return the state of each word: known where a run of words is a phrase of the profile."""
    states: list[State] = ["open"] * len(words)
    texts = [folded(word.text) for word in words]
    known = {tuple(folded(part) for part in phrase.split()) for phrase in said.known}
    longest = max(map(len, known), default=0)
    for start in range(len(texts)):
        for end in range(min(len(texts), start + longest), start, -1):
            if tuple(texts[start:end]) in known:
                states[start:end] = ["known"] * (end - start)
                break
    return states
