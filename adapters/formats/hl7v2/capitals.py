"""Headings in a text that no profile declared: they end the section before them, and open none.

Called by `headings`, `reports` and the outline of a sample. Such a line stands first, after an
empty line or at the head of a segment of several lines, and is all in capitals, alone or up to a
colon; or a line of dashes or equal signs stands under it. Where most lines of a text are in
capitals its capitals say nothing, and no line is a heading by them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TITLE: Final = re.compile(r"\s*([A-Z][A-Za-z' /&()-]{2,40}?)\s*(?::\s*$|:\s|$)")
RULE: Final = re.compile(r"\s*[-=_*]{4,}\s*")
_HALF: Final = 2


def headings(
    lines: Sequence[tuple[str, str]], declared: Callable[[str], bool] | None = None
) -> dict[int, str]:
    """Return the number of each heading's line (text, place) and its words without the colon.

    A title that `declared` knows is one wherever it stands.
    """
    declared = declared or _never
    shouted = sum(line.isupper() for line, _ in lines)
    quiet = sum(bool(line.strip()) for line, _ in lines) > shouted * _HALF
    return {
        number: title
        for number, (line, _) in enumerate(lines)
        if (title := _declared(line, declared) or _title(lines, number, quiet=quiet))
    }


def _declared(line: str, declared: Callable[[str], bool]) -> str:
    title, colon, rest = line.strip().partition(":")
    return title.strip() if title and (colon or not rest) and declared(title) else ""


def _title(lines: Sequence[tuple[str, str]], number: int, *, quiet: bool) -> str:
    """Return the words of a heading by its look, nothing where a line is none."""
    line = lines[number][0]
    found = TITLE.match(line)
    if found is None:
        return ""
    by_case = quiet and found[1].isupper() and _first(lines, number)
    return found[1] if by_case or (found.end() == len(line) and _ruled(lines, number)) else ""


def _never(_: str) -> bool:
    return False


def _ruled(lines: Sequence[tuple[str, str]], number: int) -> bool:
    """Say whether one line of dashes stands right under a line, as long as it or longer."""
    if number + 1 >= len(lines):
        return False
    line, below = lines[number][0].strip(), lines[number + 1][0].strip()
    return RULE.fullmatch(below) is not None and len(below) >= len(line)


def _first(lines: Sequence[tuple[str, str]], number: int) -> bool:
    """Say whether a line stands after an empty line, or first in a segment of several lines."""
    if not number or not lines[number - 1][0].strip():
        return True
    here, before = lines[number][1], lines[number - 1][1]
    return here != before and number + 1 < len(lines) and lines[number + 1][1] == here
