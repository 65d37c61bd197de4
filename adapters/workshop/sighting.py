"""The printed things of a form, PDF or Word: labels, form fields, tables with heads, headings.

`outlining` calls it inside the reader child, with what the format's own reader takes apart. Which
of the words are labels is told by colons, ruled cells and known names; nothing is bound here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.office.flow import Block, Grid
from adapters.formats.pdf.captions import captioned, over
from adapters.formats.pdf.claims import joined
from adapters.formats.pdf.hits import Hit
from adapters.formats.pdf.items import MARK, level_rows
from adapters.formats.pdf.opening import NotReadable, opened
from adapters.formats.pdf.reader import see
from adapters.formats.pdf.stacked import level_with, spans_of
from adapters.formats.pdf.tables import cells_of
from adapters.workshop import groups, unruled, wording
from adapters.workshop.formwork import TITLE
from adapters.workshop.shaping import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.office.flow import Flow
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Box

__all__ = ["NotReadable", "of_flow", "of_pdf"]

_EDGE: Final = 2.0
_LABEL_WORDS: Final = 6
_PARAGRAPH: Final = 8
_LOUD: Final = 1.25
_NEAR: Final = 5
_HEADING_WORDS: Final = 14
_PAGE: Final = re.compile(r"[Pp]age \d+ of \d+")
_SAYING: Final = re.compile(r"[:\d]|\b(?:no|not|none|unknown|denies)\b", re.IGNORECASE)
_COLON: Final = re.compile(r"([^:]{2,60}?):(?=\s|$)")


def of_pdf(content: bytes) -> dict[str, Any] | None:
    """Return what is printed on a PDF's pages and held in its form."""
    file = opened(content)
    try:
        seen = see(file)
        tables, used = _tables(seen.sheets)
        rest = [line for line in seen.lines if id(line) not in used]
        for sheet in seen.sheets:
            loose_tables, more = unruled.tables([one for one in sheet.lines if id(one) not in used])
            tables += loose_tables
            used |= more
        rest = [line for line in rest if id(line) not in used]
        found = [one for sheet in seen.sheets for one in _ruled(sheet, rest)]
        loose = [line for line in rest if not line.cell]
        below = captioned([one for one in loose if _known(joined(one.words))], loose)
        found += [_caption(line, loose) for line in below]
        lower = {id(line) for line in below}
        found += _in_lines([joined(line.words) for line in loose if id(line) not in lower])
        tall = max((line.height for line in rest), default=0)
        titles = [joined(line.words) for line in rest if line.height > tall * 0.9][:1]
        loud = _loud(rest)
        lists = _lists(seen.sheets)
        lines = [joined(line.words) for line in seen.lines]
        fields = [
            {
                "name": one.name,
                "text": one.label,
                "kind": one.kind,
                "shape": shape([one.value] if one.value else []),
            }
            for one in seen.fields
        ]
    finally:
        file.close()
    return _told(lines, titles, found, tables, fields) | {
        "loud": loud,
        "lists": lists,
        "groups": [one for sheet in seen.sheets for one in groups.on_page(sheet)]
        + groups.in_words(lines),
        "running": _running(seen.sheets),
    }


def _running(sheets: Sequence[Sheet]) -> list[str]:
    """Return what stands at the head or foot of every page, of two pages at least."""
    said = [{joined(line.words) for line in sheet.lines} for sheet in sheets]
    return sorted(set.intersection(*said)) if len(said) > 1 else []


def _caption(label: Line, lines: Sequence[Line]) -> dict[str, Any]:
    """Return a label in small print, whose value stands over it."""
    values = over(label, lines, lambda line: not _known(joined(line.words)))
    told = _label(joined(label.words), [joined(line.words) for line in values[-1:]], "line")
    return told | {"above": True}


def _loud(lines: Sequence[Line]) -> list[str]:
    """Return headings and page numbers: unruled lines in large print that are a known heading.

    What else is large may be a name, a date or a statement, and is left to stand as residue.
    """
    heights = sorted(line.height for line in lines) or [0.0]
    usual = heights[len(heights) // 2]
    return [
        text
        for line in lines
        if not line.cell and (text := joined(line.words))
        if _PAGE.fullmatch(text)
        or (line.height > _LOUD * usual and not _SAYING.search(text) and wording.section(text))
    ]


def _told(
    lines: list[str],
    titles: list[str],
    labels: list[dict[str, Any]],
    tables: list[dict[str, Any]],
    fields: list[dict[str, Any]],
) -> dict[str, Any]:
    printed = [one for one in lines if TITLE.search(one) and len(one.split()) <= _LABEL_WORDS]
    headings = [one for one in lines if wording.guess(one, wording.called())]
    return {
        "titles": list(dict.fromkeys([*titles, *printed]))[:4],
        "lines": lines,
        "labels": labels,
        "tables": tables,
        "headings": list(dict.fromkeys(headings)),
        "fields": fields,
    }


def _ruled(sheet: Sheet, rest: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the labels in the ruled cells of a page, those of tables left out."""
    cells: dict[Box, list[Line]] = {}
    for line in rest:
        if line.cell and line.page == sheet.number:
            cells.setdefault(line.cell, []).append(line)
    return [*_stacked(sheet, cells), *_in_cells(cells)]


def _stacked(sheet: Sheet, cells: dict[Box, list[Line]]) -> list[dict[str, Any]]:
    """Return labels that stand over one another in one cell; takes their cells away."""
    found = []
    inside = [line for lines in cells.values() for line in lines]
    hits = [
        Hit("", line, 0, len(line.words))
        for line in inside
        if _known(text := joined(line.words).rstrip(":")) or wording.bare(text) == "member"
    ]
    spans = spans_of(hits, inside)
    for hit in (one for one in hits if id(one) in spans):
        values = level_with(hit, spans[id(hit)], sheet.lines)
        if values:
            told = [joined(line.words) for line in values]
            found.append(_label(joined(hit.line.words), told, "cell"))
    for box in {hit.line.cell for hit in hits if id(hit) in spans and hit.line.cell}:
        cells.pop(box, None)
    return found


def _in_cells(cells: dict[Box, list[Line]]) -> list[dict[str, Any]]:
    """Return the labels of ruled cells."""
    found = []
    for box, lines in cells.items():
        row = [b for b in cells if b[0] > box[2] - _EDGE and abs(b[1] - box[1]) < _EDGE]
        next_to = [b for b in row if abs(b[0] - box[2]) < _EDGE]
        over = not next_to
        near = next_to or sorted(row)[:1]
        value = [joined(line.words) for b in near for line in cells[b]]
        texts = [joined(line.words) for line in lines]
        if len(texts) > 1 and _known(" ".join(texts)) and value:
            texts = [" ".join(texts)]
        told = {"over": True} if over and len(texts) == 1 else {}
        found += [one | told for one in _in_cell(texts, value)]
    return found


def _in_cell(texts: Sequence[str], right: Sequence[str]) -> list[dict[str, Any]]:
    """Return the labels of one cell: above the value, or in the cell to the left of it."""
    if not texts:
        return []
    if len(texts) > 1 and _known(texts[0]):
        return [_label(texts[0], texts[1:], "cell")]
    if len(texts) == 1 and _known(texts[0].rstrip(":")):
        return [_label(texts[0].rstrip(":"), right, "cell")]
    if any(":" in text for text in texts):
        return _in_lines(texts)
    if len(texts) > 1 and len(texts[0].split()) <= _LABEL_WORDS:
        return [_label(texts[0], texts[1:], "cell")]
    return []


def _in_lines(texts: Sequence[str]) -> list[dict[str, Any]]:
    """Return labels that end in a colon, and lines that are a known name and nothing else."""
    found: list[dict[str, Any]] = []
    for number, text in enumerate(texts):
        after = texts[number + 1 : number + 2]
        colons = list(_COLON.finditer(text))
        for at, match in enumerate(colons):
            stop = colons[at + 1].start() if at + 1 < len(colons) else len(text)
            name = match[1].strip() if at == 0 else _last_words(match[1])
            value = text[match.end() : stop].strip()
            if name and len(name.split()) <= _LABEL_WORDS:
                told = _label(name, [value] if value else after, "line")
                found.append(told | {"beside": bool(value)})
        if not colons and _known(text) and not wording.guess(text, wording.called()):
            found.append(_label(text, after, "line"))
        elif not colons and after and wording.telling(text):
            found.append(_label(text, after, "line") | {"lines": _PARAGRAPH})
    return found


def _last_words(text: str) -> str:
    """Return the label at the end of a piece of text that begins with another label's value."""
    said = text.split()
    for size in range(min(len(said), 4), 0, -1):
        one = " ".join(said[-size:])
        guess = wording.guess(one, wording.singles())
        if guess and guess.sure >= wording.SAME_WORDS:
            return one
    return ""


def _label(text: str, values: Sequence[str], kind: str) -> dict[str, Any]:
    return {
        "text": text.strip(": "),
        "kind": kind,
        "shape": shape([" ".join(values)] if kind == "cell" else list(values)[:1]),
    }


def _known(text: str) -> bool:
    guess = wording.guess(text, wording.singles()) if len(text.split()) <= _LABEL_WORDS else None
    return bool(guess and guess.sure >= wording.LIKE)


def _tables(sheets: Sequence[Sheet]) -> tuple[list[dict[str, Any]], set[int]]:
    """Return the ruled tables whose heads are known names, and the lines they are made of."""
    found: list[dict[str, Any]] = []
    used: set[int] = set()
    before: list[Line] = []
    for sheet in sheets:
        cells = cells_of(sheet.lines)
        for top in sorted({round(box[1]) for box in cells}):
            band = sorted(box for box in cells if abs(box[1] - top) < _EDGE)
            under = {
                box: [b for b in cells if b[1] > box[3] - _EDGE and _same_column(box, b)]
                for box in band
            }
            heads = [joined(cells[box]) for box in band]
            if not _headed(heads, [len(under[box]) for box in band]):
                continue
            above = [one for one in sheet.lines if one.middle < band[0][1] + _EDGE]
            heading = _heading([*before, *above])
            shapes = [shape([joined(cells[b]) for b in under[box]]) for box in band]
            found.append({"heading": heading, "heads": heads, "shapes": shapes})
            inside = {*band, *(b for boxes in under.values() for b in boxes)}
            used |= {id(line) for line in sheet.lines if line.cell in inside}
        before = list(sheet.lines[-_NEAR:])
    return found, used


def _heading(above: Sequence[Line]) -> str:
    """Return the nearest known heading above a table, else the line right above it."""
    for one in reversed(above[-_NEAR:]):
        text = joined(one.words)
        if not one.cell and len(text.split()) <= _HEADING_WORDS and wording.section(text):
            return text
    return joined(above[-1].words) if above else ""


def _lists(sheets: Sequence[Sheet]) -> list[dict[str, str]]:
    """Return known headings whose numbered, lettered or bulleted lines stand right below."""
    found = []
    for sheet in sheets:
        rows = level_rows([line for line in sheet.lines if line.cell is None])
        for at, line in enumerate(rows):
            text = joined(line.words)
            guess = wording.section(text)
            if guess is None or guess.target == wording.OTHER or guess.sure < wording.SAME_WORDS:
                continue
            below = rows[at + 1 : at + 1 + _NEAR]
            if any(len(one.words) > 1 and MARK.fullmatch(one.words[0].text) for one in below[:2]):
                found.append({"heading": wording.printed(text), "into": guess.target})
    return found


def _same_column(head: Box, cell: Box) -> bool:
    return abs(head[0] - cell[0]) < _EDGE and abs(head[2] - cell[2]) < _EDGE


def _headed(heads: Sequence[str], under: Sequence[int]) -> bool:
    """Say whether cells are the heads of a table: some known of one list, each with cells below."""
    if len(heads) < 2 or min(under) < 1:  # noqa: PLR2004  # one column is no table
        return False
    names = wording.words()["lists"]
    most = max(sum(bool(wording.guess(h, wording.inside(n))) for h in heads) for n in names)
    texts = any(wording.guess(h, wording.kinds()) for h in heads)
    return most > 1 or (most * 4 >= len(heads) and texts)


def of_flow(flow: Flow) -> dict[str, Any]:
    """Return what a Word or Rich Text document prints and holds in its controls."""
    labels: list[dict[str, Any]] = []
    tables: list[dict[str, Any]] = []
    before = ""
    texts: list[str] = []
    for item in flow.items:
        if isinstance(item, Grid):
            labels += _in_lines(texts)
            texts = []
            _grid(item, before, labels, tables)
        elif isinstance(item, Block) and item.words:
            before = item.text
            texts += [item.text] if not item.level or wording.telling(item.text) else []
    labels += _in_lines(texts)
    fields = [
        {"name": name, "text": "", "kind": "text", "shape": shape([" ".join(map(str, said))])}
        for one in flow.controls
        for name in one.names[:1]
        if (said := [word.text for word in one.words]) or not one.state
    ]
    lines = [block.text for block in flow.blocks() if block.words]
    headings = [one.text for one in flow.blocks() if one.level and one.words]
    told = _told(lines, lines[:1], labels, tables, fields)
    return told | {
        "loud": headings,
        "headings": list(dict.fromkeys([*headings, *told["headings"]])),
        "groups": groups.in_words(lines),
    }


def _grid(
    grid: Grid, before: str, labels: list[dict[str, Any]], tables: list[dict[str, Any]]
) -> None:
    """Take a table by its heads, else as cells of labels and values."""
    said = [[" ".join(word.text for word in cell.words) for cell in row] for row in grid.rows]
    for at, heads in enumerate(said[:4]):
        below = [row for row in said[at + 1 :] if len(row) == len(heads)]
        if _headed(heads, [len(below)] * len(heads)):
            shapes = [shape([row[n] for row in below]) for n in range(len(heads))]
            heading = before if at == 0 else " ".join(said[at - 1])
            tables.append({"heading": heading, "heads": heads, "shapes": shapes})
            return
    for row in grid.rows:
        texts = [[block.text for block in cell.blocks if block.words] for cell in row]
        for at, inside in enumerate(texts):
            labels += _in_cell(inside, texts[at + 1] if at + 1 < len(texts) else [])
