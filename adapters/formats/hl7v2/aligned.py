"""Tables in plain text: heads over columns, told by a line of dashes or by where the heads stand.

Called by `reports` for the lines of one section. Cells that go on in the next line join their row,
heads that a page break printed again are passed over. A line with words over the edge of a column
is never cut: it is given back, for a person. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from adapters.formats.pdf.layout import tokens
from hub.canonical import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.formats.pdf.layout import TableRule

Line = tuple[str, str]
Row = dict[str, Line]
_RULE: Final = re.compile(r"\s*[-=_]+(?:\s+[-=_]+)*\s*")
_PIECE: Final = re.compile(r"\S+(?: \S+)*")
_DASHES: Final = re.compile(r"[-=_]+")


def table(rule: TableRule, lines: Sequence[Line]) -> tuple[list[Row], list[Line], list[Line]]:
    """Return the rows of a table, the lines that are none of it, and those that can't be cut."""
    at, columns = _heads(rule, lines)
    if not columns:
        return [], list(lines), []
    heads = folded(lines[at][0])
    rows: list[Row] = []
    odd: list[Line] = []
    for line, where in lines[at + 1 :]:
        if not line.strip() or _RULE.fullmatch(line) or folded(line) == heads:
            continue
        cells = _cut(line, columns)
        if cells is None or (not rows and rule.key not in cells):
            odd.append((line, where))
        elif rule.key in cells:
            rows.append({name: (words, where) for name, words in cells.items()})
        else:
            for name, words in cells.items():
                before, begun = rows[-1].get(name, ("", where))
                rows[-1][name] = (joined(before, words), begun)
    return rows, list(lines[:at]), odd


def joined(before: str, words: str) -> str:
    """Return words that go on in a next line; a word divided by a hyphen there becomes one."""
    if before[-1:] == "-" and before[-2:-1].isalpha() and words[:1].islower():
        return before + words
    return f"{before} {words}".strip()


def _heads(rule: TableRule, lines: Sequence[Line]) -> tuple[int, list[tuple[str, int]]]:
    """Return the line of the heads and where each column begins; no columns where there is none."""
    for at, (line, _) in enumerate(lines):
        below = lines[at + 1][0] if at + 1 < len(lines) else ""
        ruled = [one.start() for one in _DASHES.finditer(below)] if _RULE.fullmatch(below) else []
        starts = ruled if len(ruled) > 1 else [one.start() for one in _PIECE.finditer(line)]
        if not starts:
            continue
        ends = [*starts[1:], len(line)]
        cells = [tokens(line[start:end]) for start, end in zip(starts, ends, strict=True)]
        named = {
            name: start
            for name, printed in rule.columns.items()
            for start, cell in zip(starts, cells, strict=True)
            if cell in printed
        }
        if len(named) == len(rule.columns):
            whole = {start: name for name, start in named.items()}
            return at, [(whole.get(start, ""), start) for start in starts]
    return 0, []


def _cut(line: str, columns: Sequence[tuple[str, int]]) -> dict[str, str] | None:
    """Return the cells of a line, None where words stand over the edge of a column."""
    starts = [start for _, start in columns]
    over = any(line[start - 1] != " " for start in starts if 0 < start < len(line))
    if over or line[: starts[0]].strip():
        return None
    ends = [*starts[1:], len(line)]
    cells = {
        name or f"column {number}": folded(line[start:end])
        for number, ((name, start), end) in enumerate(zip(columns, ends, strict=True), 1)
    }
    return {name: words for name, words in cells.items() if words}


def headed_by(rule: TableRule, lines: Sequence[Line]) -> bool:
    """Say whether a table's heads stand in these lines."""
    return bool(_heads(rule, lines)[1])


def values(row: Mapping[str, Line]) -> str:
    """Return all words of a row."""
    return " ".join(words for words, _ in row.values())
