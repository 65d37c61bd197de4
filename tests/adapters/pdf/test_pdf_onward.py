"""Tables over a page break: heads printed again or not, a row printed twice, what ends a table."""

from __future__ import annotations

import pytest
import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  furniture: [Try Plan]
  tables:
    goals: {key: goal, columns: {goal: Goal, due: Due}}
rows:
  - {list: goals, when: [goals], fields: {text: goal, due: {from: due, transform: date}}}
"""
READER = PdfReader(load(PROFILE))
HEAD = """
#set page(width: 400pt, height: 500pt, margin: 30pt,
  footer: [Page #context counter(page).display()])
#set text(size: 10pt)
#set table(stroke: 0.6pt, columns: (200pt, 80pt))
Try Plan

"""
FIRST = "#table([Goal], [Due], [Walk], [03/04/2026])"
BREAK = "#pagebreak()\n"


def read(markup: str):
    """Return the reading of a document typeset from markup."""
    made = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    return READER.read(Document(made, "try.pdf"))


def goals(markup: str) -> list[str]:
    """Return the texts of the goals read."""
    return [said(one.text) for one in read(markup).plans[0].goals]


def test_goes_on_without_heads():
    """Rows at the top of the next page are the table's, though its heads stand there no more."""
    found = read(f"{FIRST} {BREAK} #table([Swim], [05/06/2026], [Read], [06/06/2026])").plans[0]

    assert [said(one.text) for one in found.goals] == ["Walk", "Swim", "Read"]
    assert [said(one.due) for one in found.goals][1:] == ["2026-05-06", "2026-06-06"]
    assert {found.places[f"/goals/{n}/text"].confidence for n in (1, 2)} == {0.9}


def test_words_alone_are_asked():
    """Where no figures tell rows from heads, what goes on without heads is asked of a person."""
    first = "#table([Goal], [Due], [Walk], [soon])"
    found = read(f"{first} {BREAK} #table([Swim], [later])").plans[0]

    assert [said(one.text) for one in found.goals] == ["Walk", "Swim"]
    assert found.places["/goals/1/text"].confidence < 0.9  # what is asked


def test_over_three_pages():
    """A table that fills a page whole goes on at the next one too."""
    middle = "#table([Swim], [05/06/2026])"

    assert goals(f"{FIRST} {BREAK} {middle} {BREAK} #table([Read], [06/06/2026])") == [
        "Walk",
        "Swim",
        "Read",
    ]


def test_heads_again():
    """Heads printed again are no row, and the rows below them are all there once."""
    again = "#table([Goal], [Due], [Swim], [05/06/2026])"

    assert goals(f"{FIRST} {BREAK} {again}") == ["Walk", "Swim"]


def test_row_printed_twice():
    """The row that a page break printed on both pages is one goal."""
    again = "#table([Walk], [03/04/2026], [Swim], [05/06/2026])"

    assert goals(f"{FIRST} {BREAK} {again}") == ["Walk", "Swim"]


@pytest.mark.parametrize(
    "markup",
    [
        f"{FIRST} Something else {BREAK} #table([Swim], [05/06/2026])",
        f"{FIRST} {BREAK} Something else #table([Swim], [05/06/2026])",
        f"{FIRST} {BREAK} #table(columns: (80pt, 200pt), [Swim], [05/06/2026])",
        f"{FIRST} {BREAK} {BREAK} #table([Swim], [05/06/2026])",
        f"{FIRST} {BREAK} #table([Request], [By], [Swim], [05/06/2026])",
    ],
    ids=["words below", "words above", "other columns", "a page between", "other heads"],
)
def test_another_table(markup):
    """Rows are left for a person where anything says that they may be of another table."""
    assert "Swim" not in goals(markup)
