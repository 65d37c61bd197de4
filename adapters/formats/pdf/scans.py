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
    eyes = ocr.Eyes() if ocr.installed() else None
    every: list[Sheet] = []
    findings = []
    for sheet in sheets:
        seen = None
        if is_scan(sheet, pages):
            turned = pages.turned(sheet.number)
            seen = eyes.sheet(pages.page(sheet.number), sheet.number, turned) if eyes else None
            findings.append(_told(sheet.number, seen))
        every.append(seen or sheet)
    return tuple(every), findings


def _told(number: int, seen: Sheet | None) -> Finding:
    code, message = "page_without_text", "a scanned page: needs the [ocr] extra or retyping"
    if seen is not None:
        code, message = "read_by_ocr", "read from a picture: compare the values with the page"
    return Finding("warning", code, message, Place(f"page {number}", "page"))
