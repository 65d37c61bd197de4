"""Tables that no rule divides, in a proposal: a row of known heads with rows under them.

`sighting` calls it in the reader child, for lines of no ruled table. It goes by the heads'
names and by where the words below begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.pdf.claims import joined
from adapters.workshop import wording
from adapters.workshop.shaping import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.lines import Line

_HEAD_WORDS: Final = 5
_BEGINS: Final = 4.0
_NEXT: Final = 3.0
_FEWEST: Final = 2


def tables(lines: Sequence[Line]) -> tuple[list[dict[str, Any]], set[int]]:
    """Return each table with its heading, heads and the shapes below, and the lines of all."""
    rows = _rows([one for one in lines if one.cell is None])
    found: list[dict[str, Any]] = []
    used: set[int] = set()
    for at, heads in enumerate(rows):
        texts = [joined(one.words) for one in heads]
        if not _headed(texts):
            continue
        body = _body(heads, rows[at + 1 :])
        if not body:
            continue
        heading = joined(rows[at - 1][0].words) if at else ""
        columns = [
            [joined(one.words) for row in body for one in row if _under(head, one)]
            for head in heads
        ]
        found.append(
            {"heading": heading, "heads": texts, "shapes": [shape(one) for one in columns]}
        )
        used |= {id(one) for row in (heads, *body) for one in row}
    return found, used


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: one.middle):
        if rows and abs(rows[-1][0].middle - line.middle) < line.height / 2:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.left) for row in rows]


def _headed(texts: Sequence[str]) -> bool:
    """Say whether texts are heads: short, without colons, most of them fields of one list."""
    if len(texts) < _FEWEST or any(":" in one or len(one.split()) > _HEAD_WORDS for one in texts):
        return False
    for name in wording.words()["lists"]:
        inside = wording.inside(name)
        known = [guess.target for one in texts if (guess := wording.guess(one, inside))]
        text = "text" in known or "party.name" in known
        if text and len(set(known)) >= _FEWEST and len(known) * 2 >= len(texts):
            return True
    return False


def _body(heads: Sequence[Line], below: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the rows whose words begin under the heads, as long as they follow one another."""
    found: list[list[Line]] = []
    last = heads[0]
    for row in below:
        near = row[0].middle - last.middle < _NEXT * max(last.height, row[0].height)
        if not near or not all(any(_under(head, one) for head in heads) for one in row):
            break
        if len(row) < _FEWEST:
            break
        found.append(list(row))
        last = row[0]
    return found


def _under(head: Line, line: Line) -> bool:
    return abs(head.left - line.left) < _BEGINS
