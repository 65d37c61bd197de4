"""Pages that are pictures: read by the extra `[ocr]` where it is installed, told of where it isn't.

Called by the reader in this package while a file is taken apart. A page counts as a scan when it
has no words, or only those of a fax header, and a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.pdf import ocr
from hub.canonical import Finding, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.formats.pdf.ink import Pages
    from adapters.formats.pdf.lines import Sheet

_FEW: Final = 30
_COVERED: Final = 0.7


def is_scan(sheet: Sheet, pages: Pages) -> bool:
    """Say whether a page's words are in a picture and not in its text."""
    words = sum(len(line.words) for line in sheet.lines)
    if words > _FEW:
        return False
    return pages.pictured(sheet.number) > (_COVERED if words else 0.0)


def with_scans_read(
    sheets: Iterable[Sheet], pages: Pages
) -> tuple[tuple[Sheet, ...], list[Finding]]:
    """Return the sheets with scanned ones read where that can be, and what is to be told."""
    every = list(sheets)
    scans = [at for at, sheet in enumerate(every) if is_scan(sheet, pages)]
    eyes = ocr.Eyes() if scans and ocr.installed() else None
    findings = []
    for done, at in enumerate(scans, start=1):
        number = every[at].number
        if eyes:
            turned, rest = pages.turned(number), len(scans) - done
            every[at] = eyes.sheet(pages.page(number), number, turned, rest)
        findings.append(_told(number, (done, len(scans)), read=eyes is not None))
    return tuple(every), findings


def _told(number: int, count: tuple[int, int], *, read: bool) -> Finding:
    code, message = "page_without_text", "a scanned page: needs the [ocr] extra or retyping"
    if read:
        which = "{} of {} scanned pages".format(*count)
        code = "read_by_ocr"
        message = f"read from a picture ({which}): compare the values with the page"
    return Finding("warning", code, message, Place(f"page {number}", "page"))
