"""Rows over several columns of a ruled table that head the rows below them, and page breaks."""

from __future__ import annotations

import typst

from adapters.formats.pdf import PdfReader
from adapters.profiles import load
from hub.canonical import Document, Reading, said

PROFILE = """
profile: try-pdf
version: "1"
sender: mco-try
format: pdf
dates: [MDY]
pdf:
  tables:
    acts:
      key: letter
      columns: {letter: "#", act: What is done, who: Who, state: State}
"""
NAMED = """
      bands:
        problem: {heading: "PROBLEM *", columns: {code: ICD-10, priority: Priority}}
        goal: {heading: "Goal *", columns: {due: TARGET}}
        barrier: "Barriers: *"
rows:
  - list: concerns
    when: [problem]
    fields: {id: number, text: heading, codes.0.code: {from: code, transform: icd10}}
  - list: goals
    when: [goal]
    fields:
      id: number
      text: heading
      concerns: problem
      due: {from: due, transform: date}
      status: {from: state, transform: lower}
  - list: notes
    when: [barrier]
    fields: {text: heading}
"""
ACTS = """
  - list: interventions
    when: [acts]
    fields: {text: act, goals: goal}
"""
PAGE = """
#set page(width: 500pt, height: 300pt, margin: 30pt)
#set text(size: 9pt)
#set table(stroke: 0.6pt)
#let acts = table.with(columns: (30pt, 180pt, 100pt, 60pt))
#let heads = ([\\#], [What is done], [Who], [State])
#let band(words) = table.cell(colspan: 4, words)
#let goal(words, due, state) = (table.cell(colspan: 2, words), [TARGET #due], state)
"""
FIRST = """
#acts(..heads,
  band[PROBLEM 1: Diabetes with neuropathy #h(20pt) ICD-10 E11.42 #h(20pt) Priority: H],
  ..goal([Goal 1.1 HbA1c of 8.0 or below], [10/08/2026], [active]),
  [a], [Teach insulin], [Nurse], [open],
  [b], [Refer to class], [Office], [open],
  band[Barriers: 2 meals a day],
  ..goal([Goal 1.2 An eye exam], [06/30/2026], [proposed]),
  [a], [Book the exam], [Nurse], [open],
"""
SECOND = """
  band[PROBLEM 2: Heart failure #h(20pt) ICD-10 I50.22],
  [a], [Weigh daily], [Member], [open],
  ..goal([Goal 2.1 No stay for fluid], [07/07/2026], [active]),
  [b], [Cardiology visit], [Doctor], [open])
"""


def read(markup: str, profile: str = PROFILE + NAMED + ACTS) -> Reading:
    made = typst.compile((PAGE + markup).encode(), ignore_system_fonts=True, timestamp=0)
    return PdfReader(load(profile)).read(Document(made, "try.pdf"))


def linked(found: Reading) -> list[tuple[str, tuple[str, ...]]]:
    return [(said(one.text), tuple(one.goals)) for one in found.plans[0].interventions]


LINKED = [
    ("Teach insulin", ("1.1",)),
    ("Refer to class", ("1.1",)),
    ("Book the exam", ("1.2",)),
    ("Weigh daily", ()),
    ("Cardiology visit", ("2.1",)),
]


def test_bands_are_rows_and_link_those_below() -> None:
    """A problem heads its goals, a goal its interventions; what stands above a goal has none."""
    found = read(FIRST + SECOND)
    plan = found.plans[0]

    assert [(said(one.id), said(one.text), one.codes[0].code) for one in plan.concerns] == [
        ("1", "Diabetes with neuropathy", "E11.42"),
        ("2", "Heart failure", "I50.22"),
    ]
    assert [
        (said(one.id), said(one.text), tuple(one.concerns), said(one.due), said(one.status))
        for one in plan.goals
    ] == [
        ("1.1", "HbA1c of 8.0 or below", ("1",), "2026-10-08", "active"),
        ("1.2", "An eye exam", ("1",), "2026-06-30", "proposed"),
        ("2.1", "No stay for fluid", ("2",), "2026-07-07", "active"),
    ]
    assert linked(found) == LINKED
    assert [said(one.text) for one in plan.notes] == ["2 meals a day"]
    assert not found.findings
    assert found.coverage is not None
    assert {said(one.text) for one in plan.residue} == {
        "H",
        "a",
        "b",
        "Nurse",
        "Office",
        "open",
    } | {
        "Member",
        "Doctor",
    }


def test_heads_printed_again_after_a_page_break() -> None:
    """Heads at the top of the next page are the same table, its bands stay open over the break."""
    again = FIRST + "  band[PROBLEM 2: Heart failure #h(20pt) ICD-10 I50.22])\n#pagebreak()\n"
    again += "#acts(..heads, band[PROBLEM 2: Heart failure (continued)],"
    found = read("Plan of acts\n" + again + SECOND.partition("I50.22],")[2])

    assert linked(found) == LINKED
    assert [said(one.text) for one in found.plans[0].concerns][1:] == ["Heart failure"]


def test_a_band_may_begin_a_page() -> None:
    """A table goes on at the top of a page with a band, without its heads."""
    found = read(FIRST + ")\n#pagebreak()\n#acts(" + SECOND.lstrip())

    assert linked(found) == LINKED


def test_an_unnamed_band_links_nothing() -> None:
    """Below a row over several columns that nobody named, no row is linked by guess."""
    found = read((FIRST + SECOND).replace("Goal 1.2", "Aim 1.2"))

    assert linked(found)[2] == ("Book the exam", ())
    assert "`bands` does not name" in found.findings[0].message
    assert "Aim 1.2" in " ".join(said(one.text) or "" for one in found.plans[0].residue)


def test_rows_passed_by_are_told() -> None:
    """Without `bands` a finding says how many rows below such a row were passed by."""
    profile = PROFILE + "rows:" + ACTS.replace(", goals: goal", "")
    told = [one.message for one in read(FIRST + SECOND, profile).findings]

    assert "5 rows below a row over all columns were passed by" in told[0]
    assert not read("#acts(..heads, [a], [Teach], [Nurse], [open])", profile).findings


def test_lettered_rows_are_whole_after_a_page_break() -> None:
    """A row lettered `b` at the top of a page is a row, not the rest of row `a` before it."""
    top = "#acts(..heads, band[PROBLEM 1: Pain], ..goal([Goal 1.1 Walk], [10/08/2026], [active]),"
    markup = f"{top} [a], [Teach], [Nurse], [open])\n#pagebreak()\n#acts(..heads,"
    found = read(markup + "[b], [Call], [Nurse], [open])")

    assert linked(found) == [("Teach", ("1.1",)), ("Call", ("1.1",))]


def test_a_band_without_words_is_another_where_it_says_otherwise() -> None:
    """Two bands that print neither number nor words are two, if what they say differs."""
    profile = (PROFILE + NAMED + ACTS).replace('"PROBLEM *"', '"PROBLEM*"')
    begin = "#acts(..heads, band[PROBLEM: #h(20pt) ICD-10 E11.42], [a], [Teach], [Nurse], [open])"
    more = "#acts(..heads, band[PROBLEM: #h(20pt) ICD-10 I50.22], [b], [Weigh], [Member], [open])"
    found = read(f"{begin}\n#pagebreak()\n{more}", profile)
    assert [one.codes[0].code for one in found.plans[0].concerns] == ["E11.42", "I50.22"]
