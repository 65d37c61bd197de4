"""Layouts of others: shaded heads, labels over empty cells, lettered lists, wide-set letters."""

from __future__ import annotations

import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, said

READER = PdfReader(
    load(
        """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  labels:
    last: {labels: [Last name], over: true}
    language: Preferred language
    first: First name
  lists: {goals: Goals}
  tables:
    concerns: {key: text, columns: {text: Problem, start: Start date}}
member: {name.family: last, name.given: first, language: language}
rows:
  - {list: goals, when: [goals], fields: {text: text}}
  - {list: concerns, when: [concerns], fields: {text: text, onset: {from: start, transform: date}}}
"""
    )
)
HEAD = """
#set page(width: 400pt, height: 400pt, margin: 30pt)
#set text(size: 10pt)
#set table(stroke: 0.6pt)
"""
SHADE = """
#let behind(line) = box(width: 100%, fill: aqua, line)
#let shade(..lines) = stack(..lines.pos().map(behind))
"""


def plan(markup: str):
    made = typst.compile((HEAD + markup).encode(), ignore_system_fonts=True, timestamp=0)
    return READER.read(Document(made, "try.pdf")).plans[0]


def test_shaded_heads_are_whole_cells():
    """Shades behind the lines of a head, as word processors draw them, are no cells."""
    markup = (
        SHADE + "#table(columns: (150pt, 90pt), shade[Problem], shade([Start], [date]), "
        "[Fever], [06/22/2015])"
    )
    assert [(said(one.text), said(one.onset)) for one in plan(markup).concerns] == [
        ("Fever", "2015-06-22")
    ]


def test_a_value_may_stand_over_an_empty_cell():
    """Where the profile says `over`, the value is in the next cell that has words."""
    markup = "#table(columns: (90pt, 60pt, 90pt), [Last name], [], [Okafor])"
    assert said(plan(markup).member.name.family) == "Okafor"


def test_a_label_may_fill_its_cell_over_two_lines():
    """A label that wraps in its cell is one label."""
    markup = "#table(columns: (60pt, 90pt), [Preferred language], [en])"
    assert plan(markup).member.language == "en"


def test_an_undeclared_label_ends_a_value():
    """In a cell of labels with colons a label nobody declared doesn't become part of a value."""
    markup = "#table(columns: (150pt, 90pt), [First name: Karen \\ Middle name: Jones], [])"
    assert plan(markup).member.name.given == ("Karen",)


def test_lettered_lines_under_a_heading_are_items():
    """Each lettered line is an item, with the lines it goes on in, down to the next heading."""
    markup = (
        "E) Goals \\ #h(20pt) a. #h(12pt) Walk to \\ #h(44pt) church \\ "
        "#h(20pt) b. #h(12pt) Sleep \\ F) Other"
    )
    assert [said(one.text) for one in plan(markup).goals] == ["Walk to church", "Sleep"]
