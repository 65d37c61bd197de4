"""Reads scanned pages with the optional extra `[ocr]`: words, their boxes, how sure they are.

Called by the reader in this package, in the sandboxed child, for pages that are pictures. rapidocr
and its models come with the extra; nothing is fetched. No word read so is surer than `CEILING`,
since a recogniser is sure of its mistakes too (`I10` read as `110`).
"""

from __future__ import annotations

import os
import time
import unicodedata
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.pdf.lines import Sheet, lines_of
from adapters.formats.pdf.opening import NotReadable
from adapters.formats.pdf.picture import Picture
from adapters.formats.pdf.words import Word
from hub.canonical import Place

if TYPE_CHECKING:
    import pypdfium2

CEILING: Final = 0.9
_THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_QUIET: Final = {
    "Global.log_level": "critical",
    "Global.max_side_len": 3600,
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Rec.rec_batch_num": 2,
    "Cls.cls_batch_num": 2,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}
_TALL: Final = 1.5
_LEAST: Final = 0.5


def installed() -> bool:
    """Say whether the extra is there, without loading it."""
    return all(find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "cv2"))


class Eyes:
    """The recogniser, loaded at the first page.

    No page is begun after `seconds`, so that the last one ends within what a document may take.
    """

    seconds = 13.0

    def __init__(self) -> None:
        self._until = time.monotonic() + self.seconds
        self._engine: Any = None

    def sheet(self, page: pypdfium2.PdfPage, number: int, turned: int) -> Sheet:
        """Return a page that is a picture taken apart, shown turned as its file says.

        `NotReadable` where the time is up: a plan of half its pages would look like a whole one.
        Places are in points from the top left of the page as shown, its skew taken out.
        """
        if time.monotonic() > self._until:
            message = "more scanned pages than there is time for: send fewer at once"
            raise NotReadable("too_many_scans", message, Place(f"page {number}", "page"))
        engine = self._loaded()
        page.set_rotation(turned)
        picture = Picture(page)
        page.set_rotation(0)
        found = engine(picture.pixels, return_word_box=True)
        if _sideways(found):
            picture.turn()
            found = engine(picture.pixels, return_word_box=True)
        ruling = picture.ruling()
        words = _words(found, number, picture.points)
        return Sheet(number, lines_of(words, ruling), ruling, picture.ink, seen=True)

    def _loaded(self) -> Any:  # noqa: ANN401  # rapidocr is untyped and may not be installed
        if self._engine is None:
            for name in _THREADS:
                os.environ.setdefault(name, "1")
            import_module("cv2").setNumThreads(1)
            self._engine = import_module("rapidocr").RapidOCR(params=dict(_QUIET))
        return self._engine


def _sideways(found: Any) -> bool:  # noqa: ANN401  # rapidocr is untyped
    """Say whether most lines stand upright as columns: the page was scanned on its side."""
    boxes = found.boxes if found.boxes is not None else ()
    tall = [
        (box[:, 1].max() - box[:, 1].min()) > _TALL * (box[:, 0].max() - box[:, 0].min())
        for box, text in zip(boxes, found.txts or (), strict=True)
        if len(text) > 3  # noqa: PLR2004  # a short word is no line
    ]
    return bool(sum(tall) > len(tall) / 2)


def _words(found: Any, number: int, points: float) -> list[Word]:  # noqa: ANN401  # rapidocr is untyped
    """Return the recognised words, their boxes in points."""
    words = []
    for line in found.word_results if found.txts else ():
        for text, score, corners in line:
            plain = unicodedata.normalize("NFKC", text).strip()
            if not plain or corners is None or score < _LEAST / 5:
                continue
            xs, ys = [x * points for x, _ in corners], [y * points for _, y in corners]
            sure = round(min(float(score), CEILING), 2)
            words.append(Word(number, plain, min(xs), min(ys), max(xs), max(ys), sure))
    return words
