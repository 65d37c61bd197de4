"""A plan as CSV: the declared layout, no formula in any cell, read back by our own table reader."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from plans import COVER, DELGADO, MARKED, covers, filled, plans, texts

from adapters.formats.tabular import TabularReader
from adapters.profiles import load
from hub.canonical import Absent, Concern, Document, Goal, Identifier, Plan, folded
from hub.render import WITHHELD, render
from hub.render.csv_rows import guarded
from hub.render.scanning import searchable
from hub.render.shelf import template

LAYOUT = template("csv/plan.yaml").read_text(encoding="utf-8")
READER = TabularReader(load(LAYOUT))
COLUMNS = list(yaml.safe_load(LAYOUT)["columns"])


def rows(plan: Plan = DELGADO, cover=COVER) -> list[dict[str, str]]:
    content = render("csv", plan, cover).content.decode()
    return list(csv.DictReader(io.StringIO(content, newline=""), strict=True))


def back(plan: Plan, cover=COVER) -> Plan:
    (read,) = READER.read(Document(render("csv", plan, cover).content)).plans
    return read


def test_header_is_the_layout():
    """The header row is the declared layout, every column in its order."""
    content = render("csv", DELGADO, COVER).content.decode()
    assert COLUMNS == content.partition("\r\n")[0].split(",")


@pytest.mark.parametrize(
    "name",
    ["concerns", "goals", "interventions", "outcomes", "medications", "allergies", "asks"],
)
def test_elements_come_back(name):
    """Every element of an ordinary plan comes back as it was."""
    assert getattr(DELGADO, name) == getattr(back(DELGADO), name)


@pytest.mark.parametrize("name", ["coverage", "crisis_plan", "risk", "review", "strengths"])
def test_once_comes_back(name):
    """What is said once for the plan comes back as it was."""
    assert getattr(DELGADO, name) == getattr(back(DELGADO), name)


@settings(max_examples=60, deadline=None)
@given(plan=plans(), cover=covers())
def test_any_plan_is_a_table(plan, cover):
    """Whatever a plan says, every row has every column and no cell can be a formula."""
    content = render("csv", plan, cover).content.decode()
    found = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    widths = {len(row) for row in found}
    odd = [
        cell
        for row in found
        for cell in row
        if cell[:1] in {*"=+-@\t\r\uff1d\uff0b\uff0d\uff20"} - {""}
    ]
    assert (widths, odd) == ({len(COLUMNS)}, [])


@settings(max_examples=60, deadline=None)
@given(first=texts(), second=texts())
def test_words_come_back(first, second):
    """Any words come back as they were, but for controls and folded white space."""
    concern = Concern(id="c1", text=f"<{_kept(first)}>", part2_origin="no")
    goal = Goal(id="g1", text=f"={_kept(second)}", whose="'-x", concerns=("c1",))
    plan = Plan(member=DELGADO.member, concerns=(concern,), goals=(goal,))
    read = back(plan)
    assert (read.concerns, read.goals) == (
        (replace(concern, text=_lines(concern.text)),),
        (replace(goal, text=_lines(goal.text)),),
    )


def _kept(word: str) -> str:
    return "".join(c for c in word if c in "\r\n\t" or not (ord(c) < 32 or ord(c) == 127))


def _lines(text: str) -> str:
    if "\n" not in text:
        return folded(text)
    return "\n".join(line for line in map(folded, text.splitlines()) if line)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+1-555-0100", "'+1-555-0100"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        ("'=1", "''=1"),
        ("\uff1dcmd", "'\uff1dcmd"),
        (" =1", "'=1"),
        ("a=1", "a=1"),
        ("'tis", "'tis"),
    ],
)
def test_guarded(cell, safe):
    """A cell that a spreadsheet could take for a formula begins with an apostrophe."""
    assert safe == guarded(cell)


def test_loses_no_leaf():
    """Every leaf of a plan that has one of everything stands in the table."""
    plan, leaves = filled()
    told = searchable(render("csv", plan, COVER))
    assert [at for at, word in leaves.items() if word not in told and at != "/schema"] == []


def test_notices_first():
    """The notices are the first rows, word for word, and the neutral line is among them."""
    told = [row["text"] for row in rows(cover=MARKED) if row["kind"] == "Notice"]
    found = [row["kind"] for row in rows(cover=MARKED)][: len(told)]
    assert (told[:2], told[-1], set(found)) == (
        list(MARKED.notices),
        f"{WITHHELD}.",
        {"Notice"},
    )


def test_every_row_says_handling():
    """Every row says how confidential it is and where the notices stand, whoever sorts it."""
    words = "Confidential health information: restricted. See the rows of kind Notice."
    assert {row["handling"] for row in rows(cover=MARKED)} == {words}


def test_absent_is_said():
    """A list that is explicitly absent is a row that says so."""
    plan = Plan(member=DELGADO.member, allergies=Absent("none"))
    said = [row["text"] for row in rows(plan) if row["kind"] == "Allergy"]
    assert said == ["None, as the source states"]


def test_no_ssn():
    """A Social Security number doesn't leave."""
    member = replace(DELGADO.member, identifiers=(Identifier("ssn", "078-05-1120"),))
    assert b"078-05-1120" not in render("csv", replace(DELGADO, member=member), COVER).content


def test_scan_sees_words():
    """The scan for withheld words reads through quotes and guards."""
    plan = Plan(member=DELGADO.member, concerns=(Concern(id="c1", text='=He said "no", twice'),))
    assert '=He said "no", twice' in searchable(render("csv", plan, COVER))
