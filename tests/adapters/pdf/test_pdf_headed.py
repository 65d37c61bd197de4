"""Tables without rules whose heads and cells go over several lines."""

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
  tables:
    concerns:
      key: name
      columns: {code: Code, name: Problem Name, since: Timing Information, status: State}
rows:
  - {list: concerns, when: [concerns], fields: {text: name, codes.0.code: code, status: status}}
"""
PAGE = """
#set page(width: 500pt, height: 300pt, margin: 30pt)
#set text(size: 9pt)
#set par(leading: 3pt)
#grid(columns: (80pt, 130pt, 100pt, 80pt), row-gutter: 4pt,
  [Code], [Problem Name], [Timing \\ Information], [State],
  [1001], [Severe \\ asthma \\ (disorder)], [2011], [active],
  [1002], [Fever], [2015], [active])
#v(40pt)
Something else
"""


def test_cells_of_several_lines():
    """A row goes on in the lines below that have no first column; each value is asked."""
    made = typst.compile(PAGE.encode(), ignore_system_fonts=True, timestamp=0)
    plan = PdfReader(load(PROFILE)).read(Document(made, "try.pdf")).plans[0]

    assert [said(one.text) for one in plan.concerns] == ["Severe asthma (disorder)", "Fever"]
    assert [one.codes[0].code for one in plan.concerns] == ["1001", "1002"]
    assert plan.places["/concerns/0/text"].confidence == 0.85
