"""Reads scanned pages with the optional extra `[ocr]`: words, their boxes, how sure they are.

Called by the reader in this package, in the sandboxed child, for pages that are pictures. rapidocr
and its models come with the extra; nothing is fetched. Each line is read twice, and `trust` says
how sure a word is; the second reading is left out where there is no time for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.pdf import trust
from adapters.formats.pdf.hurry import Clock
from adapters.formats.pdf.lines import Sheet, lines_of
from adapters.formats.pdf.opening import NotReadable
from adapters.formats.pdf.picture import Picture
from adapters.formats.pdf.words import Word
from hub.canonical import Place

if TYPE_CHECKING:
    import pypdfium2

CEILING: Final = trust.SURE
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_QUIET: Final = {
    "Global.log_level": "critical",
    "Global.text_score": 0.3,
    "Global.max_side_len": 3600,
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Rec.rec_batch_num": 2,
    "Cls.cls_batch_num": 2,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_TALL: Final = 1.5
_LEAST: Final = 0.1
_HURRY: Final = 1.8
"""A page is read twice where every page could take this many times the longest so far."""


def installed() -> bool:
    """Say whether the extra is there, without loading it."""
    return all(
        find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2", "spellchecker")
    )


class Eyes:
    """The recogniser, loaded at the first page.

    `seconds` are for all pages of a document where no clock is set over the process; one that is
    set counts instead. No page is begun that can't be ended in that time.
    """

    seconds = 60.0

    def __init__(self) -> None:
        self._clock = Clock(self.seconds)
        self._longest = 0.0
        self._engine: Any = None

    def sheet(self, page: pypdfium2.PdfPage, number: int, turned: int, rest: int = 0) -> Sheet:
        """Return a page that is a picture taken apart, shown turned as its file says.

        `rest` is how many more are to be read. `NotReadable` where the time doesn't suffice: a plan
        of half its pages would look like a whole one. Places are in points from the top left of
        the page as shown, its skew taken out.
        """
        if self._clock.left() < self._longest:
            message = "more scanned pages than there is time for: send fewer at once"
            raise NotReadable("too_many_scans", message, Place(f"page {number}", "page"))
        self._loaded()
        began = time.monotonic()
        page.set_rotation(turned)
        picture = Picture(page)
        page.set_rotation(0)
        ruling = picture.ruling()
        clean = picture.clean()
        found = self._whole(clean)
        if _sideways(found):
            picture.turn()
            ruling, clean = picture.ruling(), picture.clean()
            found = self._whole(clean)
        self._longest = max(self._longest, time.monotonic() - began)
        again = None
        if self._clock.left() > _HURRY * self._longest * (rest + 1):
            again = self._again(picture.softened(clean), found)
        words = _words(found, again, number, picture)
        return Sheet(number, lines_of(words, ruling), ruling, picture.ink, seen=True)

    def _whole(self, pixels: Any) -> Any:  # noqa: ANN401  # rapidocr is untyped
        engine = self._loaded()
        return engine(pixels, use_det=True, use_cls=True, use_rec=True, return_word_box=True)

    def _again(self, half: Any, found: Any) -> list[str]:  # noqa: ANN401  # rapidocr is untyped
        """Return each line as it reads in a picture of half the size."""
        engine, lines = self._loaded(), []
        for box in found.boxes if found.boxes is not None else ():
            (left, top), (right, bottom) = (box.min(axis=0) / 2, box.max(axis=0) / 2)
            part = half[max(int(top) - 1, 0) : int(bottom) + 2, max(int(left) - 1, 0) :]
            part = part[:, : int(right - max(int(left) - 1, 0)) + 2]
            said = engine(part, use_det=False, use_cls=False, use_rec=True, return_word_box=False)
            lines.append(trust.plain(said.txts[0]) if said.txts else "")
        return lines

    def _loaded(self) -> Any:  # noqa: ANN401  # rapidocr is untyped and may not be installed
        if self._engine is None:
            for name in _THREADS:
                os.environ.setdefault(name, "1")
            _give_back()
            import_module("cv2").setNumThreads(1)
            self._engine = import_module("rapidocr").RapidOCR(params=dict(_QUIET))
        return self._engine


def _give_back() -> None:
    """Have all threads share one heap: each of their own reserves 64 MB that count as used.

    M_ARENA_MAX (-8, malloc.h of the GNU C library); elsewhere there is no such thing.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(-8, 1)


def _sideways(found: Any) -> bool:  # noqa: ANN401  # rapidocr is untyped
    """Say whether most lines stand upright as columns: the page was scanned on its side."""
    boxes = found.boxes if found.boxes is not None else ()
    tall = [
        (box[:, 1].max() - box[:, 1].min()) > _TALL * (box[:, 0].max() - box[:, 0].min())
        for box, text in zip(boxes, found.txts or (), strict=True)
        if len(text) > 3  # noqa: PLR2004  # a short word is no line
    ]
    return bool(sum(tall) > len(tall) / 2)


def _words(found: Any, again: list[str] | None, number: int, picture: Picture) -> list[Word]:  # noqa: ANN401  # rapidocr is untyped
    """Return the recognised words, their boxes in points."""
    words: list[Word] = []
    points = picture.points
    for at, line in enumerate(found.word_results if found.txts else ()):
        kept = [
            (trust.plain(text), float(score), corners)
            for text, score, corners in line
            if trust.plain(text) and corners is not None and score >= _LEAST
        ]
        read = [(text, score) for text, score, _ in kept]
        sure = trust.sureness(read, again[at] if again is not None else None, picture.dots)
        for (text, _, corners), how in zip(kept, sure, strict=True):
            xs, ys = [x * points for x, _ in corners], [y * points for _, y in corners]
            words.append(Word(number, text, min(xs), min(ys), max(xs), max(ys), how))
    return words
