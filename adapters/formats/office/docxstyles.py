"""What the paragraph styles of a Word document say: which are headings, which are list items.

Called by the reader of Word documents once for each file. A style says both itself or through the
style it is based on. What a list's marks look like is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.office.wordml import named, option, value
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.etree import _Element

_DEEP: Final = 20


class Styles(Sealed):
    """The heading level of each style, and the styles whose paragraphs are list items."""

    def __init__(self, styles: Iterable[_Element] = ()) -> None:
        self._levels: dict[str, int] = {}
        self._listed: dict[str, bool] = {}
        above: dict[str, str] = {}
        for style in styles:
            if named(style) != "style":
                continue
            key = value(style, "styleId")
            level = _level(style)
            if level:
                self._levels[key] = level
            above[key] = value(option(style, "basedOn"))
            listed = _numbered(style)
            if listed is not None:
                self._listed[key] = listed
        for key in above:
            self._listed.setdefault(key, _inherited(key, above, self._listed))

    def level(self, paragraph: _Element) -> int:
        """Return the heading level of a paragraph, 0 where it is none."""
        own = option(paragraph, "pPr", "outlineLvl")
        if own is not None and value(own).isdecimal():
            return int(value(own)) % 9 + 1
        return self._levels.get(value(option(paragraph, "pPr", "pStyle")), 0)

    def listed(self, paragraph: _Element) -> bool:
        """Say whether Word draws a bullet or a number before a paragraph."""
        own = _numbered(paragraph)
        if own is not None:
            return own
        return self._listed.get(value(option(paragraph, "pPr", "pStyle")), False)


def _level(style: _Element) -> int:
    title = value(option(style, "name")).casefold()
    outline = value(option(style, "pPr", "outlineLvl"))
    if outline.isdecimal() and int(outline) < 9:  # noqa: PLR2004  # 9 stands for body text
        return int(outline) + 1
    if title.startswith("heading ") and title[8:].isdecimal():
        return int(title[8:])
    return 1 if title == "title" else 0


def _numbered(element: _Element) -> bool | None:
    """Return whether a style or paragraph says itself that it is a list item; 0 takes it away."""
    numbers = option(element, "pPr", "numPr")
    if numbers is None:
        return None
    number = option(numbers, "numId")
    return True if number is None else value(number) != "0"


def _inherited(key: str, above: Mapping[str, str], listed: Mapping[str, bool]) -> bool:
    for _ in range(_DEEP):
        if key in listed:
            return listed[key]
        key = above.get(key, "")
    return False
