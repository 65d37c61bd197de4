"""The words of an HTML page: its text, a line for each block, without scripts, styles and title.

Readers of files inside C-CDA, HL7 v2 and archives call `text_of`. Never interprets, runs or fetches
anything, and takes any input.
"""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_HIDDEN: Final = frozenset({"script", "style", "template", "title"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span"}
    | {"strong", "sub", "sup", "tt", "u"}
)


def text_of(page: str) -> str:
    """Return the text of a page; blocks end lines, cells are parted by blanks, nothing folded."""
    stripper = _Stripper()
    stripper.feed(page)
    stripper.close()
    return "".join(stripper.pieces)


class _Stripper(HTMLParser):
    """Collects the text of an HTML page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base's signature
        self._hidden += tag in _HIDDEN
        self._divide(tag)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        self._divide(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.splitlines()))

    def _divide(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.pieces.append(" ")
        elif tag not in _INLINE:
            self.pieces.append("\n")
