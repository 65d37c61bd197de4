"""Notes under a declared heading: cells side by side, the next heading, the foot of a page."""

from __future__ import annotations

import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
pdf:
  notes: [CARE TEAM]
  tables:
    drugs: {key: drug, heading: "DRUGS*", columns: {drug: Drug, dose: Dose}}
"""
PAGE = """
#set page(width: 400pt, height: 200pt, margin: 30pt)
#set page(footer: context [Page #counter(page).display() of 2])
#set text(size: 9pt)
#set table(stroke: 0.6pt)
CARE TEAM
#table(columns: (120pt, 120pt),
  [Ada Lind \\ Nurse], [Bo Ek \\ Doctor \\ Clinic], [Cy Dahl], [Di Alm])
#pagebreak()
His son helps.

DRUGS THEY TAKE

as told by him
"""


def test_notes_cell_by_cell() -> None:
    """A note reads one cell after another, without page numbers, up to the next heading."""
    made = typst.compile(PAGE.encode(), ignore_system_fonts=True, timestamp=0)
    plan = PdfReader(load(PROFILE)).read(Document(made, "try.pdf")).plans[0]

    assert [(said(one.text) or "").split("\n") for one in plan.notes] == [
        ["Ada Lind", "Nurse", "Bo Ek", "Doctor", "Clinic", "Cy Dahl", "Di Alm", "His son helps."]
    ]
    assert "Page 1 of 2" in {said(one.text) for one in plan.residue}
