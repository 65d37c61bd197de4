"""A workbook of several sheets is proposed whole, and what is proposed always loads."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest

from adapters.workshop import live
from adapters.workshop.checking import check
from adapters.workshop.drafting import drafted
from adapters.workshop.outlining import outliner
from hub.canonical import Document, said

COVER = [["Heath Care"], ["Period", "04/2026"], ["Questions", "desk 555-555-0100"]]
FACE = [
    ["Heath Care"],
    ["Sheet 1"],
    [],
    ["MEMBER", None, None, None, "PLAN"],
    ["Member ID", "Last Name", "First", "DOB", "Next Review", "Lead CM"],
    ["0000111100", "Aspen", "Ann", "1960-01-02", "2026-09-01", "B. Rowan"],
    ["0000222200", "Birch", "Bob", "1961-01-02", "2026-10-01", "B. Rowan"],
    ["Total members: 2"],
]
GOALS = [
    ["Member ID", "Member", "Prob #", "Dx", "Problem", "Goal #", "Goal", "Target Dt", "Sts"],
    ["0000111100", "Aspen", "1", "J44.1", "COPD", "1A", "No ED stay", "2026-08-03", "O"],
    ["0000222200", "Birch", "1", "R29.6", "Falls", "1A", "No falls", "2026-07-06", "O"],
]
ACTS = [
    ["Member ID", "Prob #", "Goal #", "Intervention / service", "Resp Party", "Int Sts"],
    ["0000111100", "1", "1A", "Weekly call", "B. Rowan", "Active"],
]
MEDS = [
    ["Sheet 4"],
    ["Medication", "Sig", "Prescriber"],
    ["0000111100 - ASPEN, Ann"],
    ["Albuterol", "2 puffs", "Dr. Elm"],
    ["0000222200 - BIRCH, Bob"],
    ["Iron", "daily", "Dr. Elm"],
]
SHEETS = {"READ ME": COVER, "1-Face": FACE, "2-Probs & Goals": GOALS, "3-Interventions": ACTS}
SHEETS |= {"4-Meds": MEDS, "Lists": [["Sts"], ["O"], ["M"]]}


def book(sheets):
    """Return the bytes of a workbook of sheets."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for cells in rows:
            sheet.append(cells)
    out = io.BytesIO()
    made.save(out)
    return Document(out.getvalue(), "heath.xlsx")


def proposed(sheets):
    """Return the profile proposed from a workbook, and what was left."""
    outline = json.loads(outliner("csv").read(book(sheets)).enclosures["outline"])
    return drafted([outline], "heath", "mco-heath")


def wrong(text):
    """Return what makes a profile unusable."""
    return [one.message for one in check(text) if one.severity == "wrong"]


def test_every_sheet():
    """Each table is bound, under a band row or a line with the member's id; the rest is named."""
    text, _ = proposed(SHEETS)

    assert wrong(text) == []
    assert 'no table was seen there: "READ ME", "Lists"' in text
    assert [name in text for name in SHEETS] == [True] * 6


def test_reads_it():
    """The proposal reads the workbook: items with their links, medications under their banners."""
    text, _ = proposed(SHEETS)
    reading = live.adapter(text).read(book(SHEETS))
    aspen, birch = reading.plans

    assert [(one.id, said(one.text)) for one in aspen.concerns] == [("1", "COPD")]
    assert aspen.concerns[0].codes[0].code == "J44.1"
    assert [(one.id, said(one.text), one.due) for one in aspen.goals] == [
        ("1A", "No ED stay", "2026-08-03")
    ]
    assert aspen.interventions[0].goals == ("1A",)
    assert [said(one.text) for one in birch.medications] == ["Iron"]
    assert said(birch.review.next_due) == "2026-10-01"


POOR = [
    {"Sheet1": [["Colour", "Size", "Shape"], ["red", "large", "round"], ["blue", "small", "flat"]]},
    {"A": FACE, "B": [["Colour", "Size", "Shape"], ["red", "large", "round"]]},
    {"A": GOALS[:2], "B": GOALS[:2]},
    {
        "A": [["Member ID", "Plan ID", "Last"], ["1", "2", "x"]],
        "B": [["Plan ID", "Goal"], ["2", "y"]],
    },
    {"A": [["Member ID", "Last Name"], ["1", "x"]], "B": [["Plan ID", "Goal"], ["2", "y"]]},
]


@pytest.mark.parametrize("sheets", POOR)
def test_always_loads(sheets):
    """Whatever a workbook holds, what is proposed of it loads."""
    text, _ = proposed(sheets)

    assert wrong(text) == []
    assert live.adapter(text).read(book(sheets)) is not None
