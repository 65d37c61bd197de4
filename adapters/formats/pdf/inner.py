"""What stands on pages between their running heads and feet, so that text may go over a page break.

Called by `blocks`, `cards`, `items`, `further` and `notes`. A line runs where it is a page number
or stands at the same height of another page too, with nothing but such lines between it and the
page's edge: a label that happens to stand at one height on two pages does not run. Claims nothing.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from adapters.formats.pdf.onward import NUMBER, SHIFT, stands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.lines import Line, Sheet


def bodies(sheets: Sequence[Sheet]) -> list[list[Line]]:
    """Return the lines of each page from top to bottom, without its running head and foot."""
    return [_body(sheet, [one for one in sheets if one is not sheet]) for sheet in sheets]


def runners(sheets: Sequence[Sheet]) -> set[int]:
    """Return the identities of the lines that run at a page's head or foot."""
    inside = {id(line) for body in bodies(sheets) for line in body}
    return {id(line) for sheet in sheets for line in sheet.lines if id(line) not in inside}


def _body(sheet: Sheet, others: Sequence[Sheet]) -> list[Line]:
    lines = sorted(sheet.lines, key=lambda line: (line.middle, line.left))

    def runs(line: Line) -> bool:
        return any(stands(line, other) or _numbers(line, other) for other in others)

    head = len(list(takewhile(runs, lines)))
    foot = len(list(takewhile(runs, reversed(lines[head:]))))
    return lines[head : len(lines) - foot]


def _numbers(line: Line, other: Sheet) -> bool:
    """Say whether a line is a page number: one stands at the same height of the other page too."""
    return _number(line) and any(
        _number(one) and abs(one.middle - line.middle) < SHIFT for one in other.lines
    )


def _number(line: Line) -> bool:
    return NUMBER.fullmatch("".join(line.keys)) is not None
