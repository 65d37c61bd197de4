"""Cells of which a rule takes only a part: the rest is residue, with its cell, and only once."""

import io

import openpyxl
import pytest

from adapters.formats.tabular import TabularReader
from adapters.profiles import load
from adapters.testing import complaints
from hub.canonical import Document, said

PROFILE = """
profile: fern
version: "1"
sender: mco-fern
format: csv
columns:
  member: [Member ID]
  name: [Name]
  phone: [Phone]
  goal: [Goal]
  due: [Due]
required: [member]
group_by: [member]
dates: [MDY]
member:
  identifiers.plan: member
  name.family: {from: name, transform: [before:;, family]}
  name.given: {from: name, transform: [before:;, given]}
  telecoms.phone: {from: phone, transform: digits}
rows:
  - list: goals
    fields: {text: {from: goal, transform: unbracketed}, due: {from: due, transform: [first, date]}}
"""
HEADS = ["Member ID", "Name", "Phone", "Goal", "Due"]
RAY = "Ray, Ann; call evenings"
ROWS = [
    HEADS,
    ["17", RAY, "555-010-0112 (sister)", "Walk (daily)", "3/4/2026 or sooner"],
    ["17", RAY, "555-010-0112 (sister)", "Sleep", "3/5/2026"],
]


def read(rows=ROWS, profile=PROFILE, **named):
    """Return the reading of a table: a sheet where it is named, else a delimited file."""
    if named:
        made = openpyxl.Workbook()
        made.active.title = named["sheet"]
        for row in rows:
            made.active.append(row)
        out = io.BytesIO()
        made.save(out)
        return TabularReader(load(profile)).read(Document(out.getvalue()))
    return TabularReader(load(profile)).read(Document(table(rows)))


def table(rows):
    """Return rows as the bytes of a delimited file."""
    return "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows).encode()


def left(reading):
    """Return the residue of the first plan as words, heading and place."""
    plan = reading.plans[0]
    return [
        (said(one.text), said(one.label), plan.places[f"/residue/{number}"].at)
        for number, one in enumerate(plan.residue)
    ]


def test_rest():
    """What no rule takes of a cell is residue under its heading; repeated words are said once."""
    assert {
        ("call evenings", "Name", "row 2, column Name"),
        ("(sister)", "Phone", "row 2, column Phone"),
        ("or sooner", "Due", "row 2, column Due"),
        ("(daily)", "Goal", "row 2, column Goal"),
    } == set(left(read()))
    assert len(left(read())) == len(set(left(read())))


def test_cell_is_named():
    """The place of the rest in a workbook is its sheet and cell."""
    assert ("(daily)", "Goal", "sheet 1!D2") in left(read(sheet="Plans"))


def test_each_row_of_items():
    """Two items with the same words cut off keep them both, each with its own cell."""
    again = ["17", RAY, "", "Run (daily)", "3/4/2026"]

    found = [at for words, _, at in left(read([*ROWS, again])) if words == "(daily)"]
    assert found == ["row 2, column Goal", "row 4, column Goal"]


def test_another_field_takes_the_rest():
    """What another rule of the profile reads from the same cell is no residue."""
    more = "fields: {text: {from: goal, transform: unbracketed}, comment: goal, "
    whole = PROFILE.replace("fields: {text: {from: goal, transform: unbracketed}, ", more)
    part = more.replace("comment: goal", "comment: {from: goal, transform: bracketed}")
    apart = PROFILE.replace("fields: {text: {from: goal, transform: unbracketed}, ", part)

    for profile in (whole, apart):
        kept = load(profile.replace("comment:", "measure:"))
        reading = TabularReader(kept).read(Document(table(ROWS[:2])))
        assert "Goal" not in [label for _, label, _ in left(reading)]


@pytest.mark.parametrize("cell", ["soon", "3/4/26"])
def test_refused_cell_is_kept_once(cell):
    """A cell that is residue because its value is refused has no second residue of its rest."""
    reading = read([HEADS, ["17", "Ray, Ann; x", "", "Walk", f"{cell} or sooner"]])

    found = [words for words, label, _ in left(reading) if label == "Due"]
    assert found == [f"{cell} or sooner"]


def test_keeps_the_contract():
    """The suite of every adapter holds over a table with cut cells."""
    reader = TabularReader(load(PROFILE))

    assert complaints(reader, Document(table(ROWS))) == []


def test_nothing_from_a_value_without_figures():
    """A cell of which a transform takes nothing at all is kept whole."""
    reading = read([HEADS, ["17", "Ray, Ann; x", "ask the sister", "Walk", ""]])

    assert ("ask the sister", "Phone", "row 2, column Phone") in left(reading)
