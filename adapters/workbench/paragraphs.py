"""Word and Rich Text laid out as numbered paragraphs and tables, in reading order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.office.flow import Block, Grid
from adapters.formats.office.reader import flow_of
from adapters.formats.tabular.tables import letters
from adapters.formats.zipped import NotUnzipped
from adapters.workbench.laying import MOST, Layout, short
from hub.canonical.source import Part, Row, Spot

if TYPE_CHECKING:
    from adapters.formats.office.flow import Cell
    from hub.canonical import Place

_TABLE: Final = re.compile(r"(?P<table>table \d+)!.*")


@dataclass(slots=True, repr=False)
class Paragraphs(Layout):
    """A document of paragraphs; a place in a table that is no cell of it is not here."""

    def spot_of(self, place: Place) -> str:
        """Return the spot of a paragraph or a cell."""
        found = _TABLE.fullmatch(place.at)
        return self.at.get(place.at) or (self.at.get(found["table"], "") if found else "")


def paragraphs_of(content: bytes) -> Paragraphs | None:
    """Return a Word or Rich Text document laid out, or None where it is neither."""
    try:
        flow = flow_of(content)
    except NotUnzipped:
        return None
    if flow is None:
        return None
    laid = Paragraphs(kind="paragraphs")
    running: list[Row] = []
    count = 0
    for item in flow.items:
        count += 1
        if count > MOST:
            laid.cut = True
            break
        if isinstance(item, Block):
            running.append(_paragraph(item, laid))
            continue
        _close(running, laid)
        laid.parts.append(_table(item, laid))
    _close(running, laid)
    return laid


def _close(running: list[Row], laid: Paragraphs) -> None:
    if running:
        laid.parts.append(Part("", "paragraphs", tuple(running)))
        running.clear()


def _paragraph(block: Block, laid: Paragraphs) -> Row:
    spot = laid.at.setdefault(block.at, f"p{len(laid.at) + 1}")
    return Row(block.at.rpartition(" ")[2], (Spot(spot, short(block.text), block.at),), block.level)


def _table(grid: Grid, laid: Paragraphs) -> Part:
    title = f"table {grid.number}"
    rows = []
    for number, cells in enumerate(grid.rows[:MOST], start=1):
        row = f"g{grid.number}r{number}"
        rows.append(Row(str(number), tuple(_cell(cell, row, laid) for cell in cells), id=row))
    laid.cut = laid.cut or len(grid.rows) > MOST
    return Part(title, "table", tuple(rows))


def _cell(cell: Cell, row: str, laid: Paragraphs) -> Spot:
    spot = f"{row}c{cell.column + 1}"
    laid.at[cell.at] = spot
    for block in cell.blocks:
        laid.at.setdefault(block.at, spot)
    text = " ".join(word.text for word in cell.words)
    return Spot(spot, short(text), letters(cell.column))
