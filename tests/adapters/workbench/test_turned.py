"""Pages whose text stands on its side are drawn upright, so that boxes lie on their words."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import pikepdf
import pytest

from adapters.workbench.sheets import sheets_of

SAMPLE = Path(__file__).parents[3] / "templates/demo/samples/mco-keystone/okafor_care_plan.pdf"
TURNS = {
    "upright": ("1 0 0 1 0 0 cm", [0, 0, 612, 792]),
    "left": ("0 1 -1 0 792 0 cm", [0, 0, 792, 612]),
    "right": ("0 -1 1 0 0 612 cm", [0, 0, 792, 612]),
    "upside down": ("-1 0 0 -1 612 792 cm", [0, 0, 612, 792]),
}


def turned(matrix, paper):
    """Return the sample with its first page's content turned."""
    pdf = pikepdf.open(SAMPLE)
    page = pdf.pages[0]
    page.contents_add(pdf.make_stream(f"{matrix}\n".encode()), prepend=True)
    page.mediabox = paper
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def lines_of(picture):
    """Return the lines of a grey PNG of ours, each with its filter byte before it."""
    wide = int.from_bytes(picture[16:20], "big")
    size = int.from_bytes(picture[33:37], "big")
    data = zlib.decompress(picture[41 : 41 + size])
    return [data[at + 1 : at + 1 + wide] for at in range(0, len(data), wide + 1)]


@pytest.mark.parametrize("turn", TURNS)
def test_ink_under_every_word(turn):
    """Under the box of every word there is ink."""
    laid = sheets_of(turned(*TURNS[turn]))
    part, lines = laid.parts[0], lines_of(laid.parts[0].image)
    scale = len(lines) / part.size[1]
    blank = [
        word.text
        for word in laid.words[1]
        if min(
            min(line[int(word.x0 * scale) : int(word.x1 * scale) + 1])
            for line in lines[int(word.y0 * scale) : int(word.y1 * scale) + 1]
        )
        > 140
    ]
    assert [] == blank
