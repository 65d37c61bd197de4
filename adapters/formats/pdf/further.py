"""Where a value of several lines that no rule bounds may go on further than it seems.

Called by `labels`. Such a value is whole or it is doubtful: more lines than the profile bounds it
to, a paragraph after a blank, or words right above the page's foot are told, and what stands at the
top of the next page is its own where nothing else claims it. Claims nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.claims import joined
from adapters.formats.pdf.hits import hits_of
from adapters.formats.pdf.inner import bodies
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.claims import Claims
    from adapters.formats.pdf.hits import Hit, Printed
    from adapters.formats.pdf.layout import Layout
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

_ALIGNED: Final = 4.0
_TIGHT: Final = 1.8
_PARAGRAPH: Final = 3.0
_LOUD: Final = 1.15
_LOWEST: Final = 8.0
_BELOW: Final = 2.6
_INDENT: Final = 3.0


class Further(Sealed):
    """The pages of a document without their running heads and feet, and what ends a value there."""

    def __init__(
        self, sheets: Sequence[Sheet], layout: Layout, printed: Printed, claims: Claims
    ) -> None:
        self._pages = {page[0].page: page for page in bodies(sheets) if page}
        self._layout = layout
        self._printed = printed
        self._claims = claims

    def ends(self, line: Line) -> bool:
        """Say whether a line is claimed, ruled, a declared heading or begins with a label."""
        if line.cell or not self._claims.untouched(line.words):
            return True
        keys = tuple(key for key in line.keys if key)
        if keys in self._layout.notes or self._layout.heads(joined(line.words)):
            return True
        return any(hit.start == 0 for hit in hits_of(line, self._printed))

    def onward(self, words: Sequence[Word]) -> list[Line]:
        """Return the lines at the top of the next page that go on with a value at a page's foot."""
        last = words[-1]
        here, after = self._pages.get(last.page, []), self._pages.get(last.page + 1, [])
        if not here or all(word is not last for word in here[-1].words):
            return []
        found: list[Line] = []
        for line in after:
            tight = not found or line.middle - found[-1].middle < _TIGHT * _tall(words)
            if self.ends(line) or not tight or abs(line.left - words[0].x0) >= _ALIGNED:
                break
            found.append(line)
        return found

    def paragraph(self, words: Sequence[Word]) -> bool:
        """Say whether what may be a further paragraph of a value stands after a blank below it."""
        last = words[-1]
        level = max(word.middle for word in words if word.page == last.page)
        below = [
            line
            for line in self._pages.get(last.page, [])
            if 0.5 * _tall(words) < line.middle - level < _PARAGRAPH * _tall(words)
        ]
        if not below or self.ends(below[0]):
            return False
        line = below[0]
        loud = line.height > _LOUD * _tall(words) or joined(line.words).endswith(":")
        return abs(line.left - words[0].x0) < _ALIGNED and not loud

    def indented(self, hit: Hit) -> list[Word]:
        """Return the words right below a label alone in its row that begin further in than it."""
        own = hit.line
        page = self._pages.get(own.page, [])
        tall = max(own.height, _LOWEST)
        level = [line for line in page if abs(line.middle - own.middle) < tall / 2]
        if hit.start or hit.stop < len(own.words) or len(level) > 1:
            return []
        below = [line for line in page if tall / 2 < line.middle - own.middle < _BELOW * tall]
        if not below or self.ends(below[0]):
            return []
        first = below[0]
        beside = [one for one in below[1:] if abs(one.middle - first.middle) < tall / 2]
        inside = 0 < first.left - own.left < _INDENT * tall
        return list(first.words) if inside and not beside else []


def _tall(words: Sequence[Word]) -> float:
    return max(_LOWEST, *(word.height for word in words))
