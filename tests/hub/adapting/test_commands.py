"""The verbs on a profile and its samples, as somebody types them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

import adapters
from adapters.profiles import FieldRule, Profile, RowRule
from hub.adapting import commands
from hub.adapting.tracing import origins
from hub.canonical import Note, Place, Plan
from hub.cli import app

MCOS = Path(adapters.__file__).parent / "mcos"
SAMPLES = MCOS.parents[1] / "templates" / "demo" / "samples"
LAUREL = str(MCOS / "laurel_csv.yaml")
PLANS = str(SAMPLES / "mco-laurel" / "plans_2026-10.csv")
PDF = str(SAMPLES / "mco-keystone" / "okafor_care_plan.pdf")


def run(*words: str):
    """Run a verb."""
    return CliRunner(env={"COLUMNS": "250"}).invoke(app, ["adapters", *words])


@pytest.fixture
def changed(tmp_path):
    """Return Laurel's profile with goals that lose their due date."""
    text = (MCOS / "laurel_csv.yaml").read_text(encoding="utf-8")
    file = tmp_path / "laurel2.yaml"
    file.write_text(text.replace("      due: {from: due, transform: date}\n", ""), "utf-8")
    return str(file)


def test_check_good():
    """A good profile ends with 0 and its digest."""
    done = run("check", LAUREL)

    assert (0, True) == (done.exit_code, "digest 129f39f38c35" in done.output)


def test_check_wrong(tmp_path):
    """A faulty one ends with 4, and says file, line and key."""
    file = tmp_path / "wrong.yaml"
    file.write_text("profile: x\nversion: '1'\nsender: y\nformat: cvs\n", "utf-8")
    done = run("check", str(file))

    assert 4 == done.exit_code
    assert "wrong.yaml:4: wrong: `format`" in done.output


def test_explain():
    """A field's rule, place and transforms are told; its value is not."""
    done = run("explain", LAUREL, PLANS, "--field", "goals.due")

    assert (0, True) == (done.exit_code, "rows.1.due ← due" in done.output)
    assert "row 5, column DUE_DT" in done.output
    assert "2027" not in done.output


def test_explain_values():
    """Values are printed on request."""
    assert "2027" in run("explain", LAUREL, PLANS, "--field", "goals.due", "--values").output


def test_explain_rest():
    """What was not taken is listed with its place."""
    done = run("explain", LAUREL, PLANS)

    assert "BATCH_NOTE" in done.output.partition("what was not taken")[2]


def test_coverage():
    """The tally and the share of plans that have a field are told over all samples."""
    done = run("coverage", LAUREL, PLANS, PLANS)

    assert 0 == done.exit_code
    assert 2 == done.output.count("plans_2026-10.csv")
    assert "4 of 4" in done.output


def test_coverage_unread():
    """A sample that makes no plan ends with 3."""
    assert 3 == run("coverage", LAUREL, PDF).exit_code


def test_diff_same():
    """A profile does not differ from itself."""
    assert 0 == run("diff", LAUREL, LAUREL, PLANS).exit_code


def test_diff(changed):
    """What a change loses is counted by field; the values are not printed."""
    done = run("diff", LAUREL, changed, PLANS)
    (row,) = [line for line in done.output.splitlines() if "goals.due" in line]

    assert 1 == done.exit_code
    assert ["0", "3", "0"] == [cell.strip() for cell in row.split("│")[2:5]]
    assert "2027-" not in done.output


def test_accept(tmp_path, changed):
    """A reading is kept once, compared after, and taken anew only on request."""
    profile = tmp_path / "laurel.yaml"
    profile.write_text(Path(LAUREL).read_text("utf-8"), "utf-8")
    codes = [run("accept", str(profile), PLANS).exit_code for _ in range(2)]
    profile.write_text(Path(changed).read_text("utf-8"), "utf-8")
    other = run("accept", str(profile), PLANS)
    taken = run("accept", str(profile), PLANS, "--update")

    assert [0, 0, 1, 0] == [*codes, other.exit_code, taken.exit_code]
    assert "differs in plans.asks.due, plans.goals.due" in other.output


def test_new(tmp_path):
    """A proposal is written, says what it could not bind, and reads its sample."""
    file = tmp_path / "proposed.yaml"
    done = run("new", "--from", PLANS, "-o", str(file), "--sender", "mco-laurel")
    read = run("coverage", str(file), PLANS)

    assert (0, 0) == (done.exit_code, read.exit_code)
    assert "BATCH_NOTE" in done.output


def test_new_keeps(tmp_path):
    """A profile that is there already is not written over."""
    file = tmp_path / "mine.yaml"
    file.write_text("mine", "utf-8")
    done = run("new", "--from", PLANS, "-o", str(file))

    assert (2, "mine") == (done.exit_code, file.read_text("utf-8"))


def test_schema():
    """The schema for editors is printed."""
    assert '"urn:icp:profile:1"' in run("schema").output


def test_unread_sheet(tmp_path):
    """A sheet that no table names is told by its name, by `coverage` and by `diff`."""
    made = openpyxl.load_workbook(SAMPLES / "mco-laurel" / "plans_2026-10.xlsx")
    sheet = made.create_sheet("4-Meds")
    for cells in (["Drug", "Sig", "Since"], ["Iron", "daily", "2026"]):
        sheet.append(cells)
    file = tmp_path / "plans.xlsx"
    made.save(file)
    tally, differs = run("coverage", LAUREL, str(file)), run("diff", LAUREL, LAUREL, str(file))

    words = "the sheet `4-Meds` (1 row) is no table of the profile"
    assert [words in " ".join(done.output.split()) for done in (tally, differs)] == [True, True]


def test_explain_plan():
    """The plan is printed as a person reads it: by part, its items numbered, links by words."""
    done = run("explain", str(MCOS / "keystone_pdf.yaml"), PDF, "--plan")
    lines = [line.strip() for line in done.output.splitlines()]

    assert 0 == done.exit_code
    assert lines.index("MEMBER") < lines.index("GOALS") < lines.index("what was not taken")
    goal = lines[lines.index("GOALS") + 1].partition(". ")[2]
    assert f"goals: {goal}" in lines
    assert "│" not in done.output.partition("what was not taken")[0]


def test_explain_narrow(monkeypatch):
    """At 80 columns an origin is lines of its own, none of them a cell of a narrow table."""
    monkeypatch.setattr(commands.out, "width", 80)
    done = run("explain", LAUREL, PLANS, "--field", "goals.due")

    assert "    rows.1.due ← due  date  row 5, column DUE_DT" in done.output.splitlines()
    assert "┃" not in done.output


def test_explain_heading_note():
    """A note made of a heading and the text below it is no rule's, whatever list that fills."""
    place = Place("paragraph 9", "segment", "note")
    note = Note(section="What we learned", text="Sleeps badly")
    plan = Plan(notes=(note,), places={"/notes/0": place})
    rule = RowRule("notes", (FieldRule("section", "tool"), FieldRule("text", "said")), ("tools",))
    profile = Profile("p", "1", "mco-p", "office", rows=(rule,))
    told = [one.rule for one in origins(plan, profile) if one.field.startswith("notes.")]

    assert ["a note under its heading"] * 2 == told[:2]
