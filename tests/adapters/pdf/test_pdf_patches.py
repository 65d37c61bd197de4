"""Coloured areas: which of them bound words, and which only lie behind them."""

from __future__ import annotations

import typst

from adapters.formats.pdf.ink import Pages
from adapters.formats.pdf.lines import sheet_of
from adapters.formats.pdf.opening import opened
from adapters.formats.pdf.ruling import open_ends

TABLE = """
#set page(width: 400pt, height: 200pt, margin: 30pt)
#set text(size: 8pt)
#table(columns: (200pt, 80pt), stroke: 0.6pt + gray, align: center, inset: 3pt,
  fill: (_, y) => if y == 0 {{ rgb("#eaf1f8") }},
  box(fill: rgb("{patch}"), stroke: 1pt + rgb("{edge}"))[Goal],
  box(fill: rgb("{patch}"), stroke: 1pt + rgb("{edge}"))[Due],
  [Walk], [03/04/2026])
"""


def cells(patch: str, edge: str) -> dict[str, float]:
    """Return how wide the ruled cell around each word is, in points."""
    made = typst.compile(
        TABLE.format(patch=patch, edge=edge).encode(), ignore_system_fonts=True, timestamp=0
    )
    pages = Pages(opened(made).pdfium)
    sheet = sheet_of(pages.page(1), 1, pages.ink(1))
    return {
        line.words[0].text: line.cell[2] - line.cell[0] if line.cell else 0.0
        for line in sheet.lines
    }


def test_patch_of_the_same_colour():
    """An area with an edge of its own colour, upon one of that colour, is not to be seen."""
    found = cells("#eaf1f8", "#eaf1f8")

    assert found["Goal"] == found["Walk"]


def test_box_with_an_edge():
    """An area with an edge of another colour is a box, and bounds the words in it."""
    found = cells("#eaf1f8", "#000000")

    assert 0 < found["Goal"] < found["Walk"] / 2


def test_table_cut_by_the_page():
    """Three sides that end side by side have a level line there; what is ruled there stays."""
    sides = [(10.0, 0.0, 50.0), (60.0, 0.0, 50.5), (90.0, 0.0, 49.5)]

    assert [round(one[0]) for one in open_ends(sides, [(0.0, 10.0, 90.0)])] == [50]
    assert open_ends(sides, [(50.0, 10.0, 90.0)]) == []
    assert open_ends(sides[:2], []) == []
