"""What the layouts of `tests/samples/onboarding` ask of the readers and of a proposal."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from adapters.workshop import live
from adapters.workshop.outlining import Outliner
from hub.adopting.comparing import Difference
from hub.adopting.proposing import drafted
from hub.canonical import Document, said

SAMPLES = Path(__file__).parents[1] / "samples" / "onboarding"


def document(name):
    """Return a sample as a document."""
    return Document((SAMPLES / name).read_bytes(), name)


def read(name, text=""):
    """Return the reading of a sample by its sender's profile, or by another."""
    profile = text or (SAMPLES / f"{name.partition('_')[0]}.yaml").read_text("utf-8")
    return live.adapter(profile).read(document(name))


def proposal(*names):
    """Return the profile that is proposed from samples, untouched."""
    outlined = [(name, Outliner("").read(document(name))) for name in names]
    stem = names[0].partition("_")[0]
    return drafted(outlined, stem, f"mco-{stem}")[0]


@pytest.fixture(scope="module")
def cedar():
    """Return the plan of the form with bars, frames and drawn boxes."""
    (plan,) = read("cedar_1.pdf").plans
    return plan


def test_under_bars(cedar):
    """A title in a shaded bar is no cell: its list, and what is told below it, are read."""
    assert ["Please check weight log", "Send the cardiology note"] == [
        " ".join(str(one.text).split()[:4]) for one in cedar.asks
    ]
    assert said(cedar.crisis_plan).endswith("call or text 988.")


def test_in_a_frame(cedar):
    """Words in a frame of their own, under a title outside it, are that title's value."""
    assert ("I want to get back to singing in the choir on Sundays and not be out of breath.",) == (
        cedar.own_words
    )


def test_every_other_row_shaded(cedar):
    """A table without rules is read though every other row of it is shaded."""
    assert ["Furosemide 40 mg tablet", "Sertraline 50 mg tablet"] == [
        said(one.text) for one in cedar.medications
    ]


def test_two_items_of_a_row(cedar):
    """A row that tells a goal and the step to it becomes both, linked, with nothing left over."""
    goals = {one.id: said(one.text) for one in cedar.goals}

    assert ["Walk to church (4 blocks) without stopping"] == [
        goals[one] for one in cedar.interventions[0].goals
    ]
    assert ("1",) == cedar.goals[0].concerns
    assert [] == [one for one in cedar.residue if "steps" in str(one.label)]


def test_label_that_is_a_list(cedar):
    """A value said once becomes an item by a rule without `when`."""
    assert ["Penicillin (rash)"] == [said(one.text) for one in cedar.allergies]


@pytest.mark.parametrize(("asked", "word"), [("Interpreter needed?", "true"), ("Care level", None)])
def test_same_options(asked, word):
    """Options of the same words are those after the question that the profile names."""
    text = (SAMPLES / "cedar.yaml").read_text("utf-8")
    given = yaml.safe_load(text)
    given["pdf"]["choices"]["interpreter_needed"] = {
        "asked": asked,
        "options": {"true": "Yes", "false": "No"},
    }
    (plan,) = read("cedar_1.pdf", yaml.safe_dump(given, sort_keys=False)).plans

    assert (word == "true") == (plan.member.interpreter_needed is True)


def test_another_label(cedar):
    """`Care manager signature:` is no second `Care Manager:` and contradicts nothing."""
    assert ("Yolanda Frye, RN", []) == (
        said(cedar.header.owner.name),
        [one.code for one in read("cedar_1.pdf").findings],
    )


def test_observations_by_name():
    """An OBX named in the profile is an item with its codes, or a field of the item before it."""
    (plan,) = read("harbor_1.hl7").plans

    assert ["N18.32", "Z59.41"] == [one.codes[0].code for one in plan.concerns]
    assert [("g1", "2027-05-01"), ("g2", "2026-12-31")] == [(g.id, said(g.due)) for g in plan.goals]
    assert ("HB-CP-88121", "high") == (said(plan.header.set_id), plan.risk.level)
    assert "Ines Calder RN" == said(plan.header.owner.name)


def test_field_without_an_item():
    """A target date before any goal is no goal's: it stays a result."""
    content = (SAMPLES / "harbor_2.hl7").read_bytes().replace(b"GOAL^Goal^HBL", b"MISC^Remark^HBL")
    text = (SAMPLES / "harbor.yaml").read_text("utf-8")
    (plan,) = live.adapter(text).read(Document(content, "x.hl7")).plans

    assert ([], ["20270301"]) == (list(plan.goals), [said(a.result) for a in plan.assessments])


def test_goal_by_goal():
    """Blocks that repeat under headings are goals, and the tables in them serve them."""
    (plan,) = read("willow_1.docx").plans

    assert [("1", "2027-06-30"), ("2", "2027-03-31")] == [(g.id, said(g.due)) for g in plan.goals]
    assert [("1",), ("1",), ("2",)] == [one.goals for one in plan.interventions]


def test_two_sheets():
    """Members on one sheet and items on another are one plan each, days without a time."""
    first, _ = read("juniper_1.xlsx").plans

    assert ("1948-06-02", 2) == (said(first.member.birth_date), len(first.goals))
    assert ("2",) == first.interventions[1].goals


@pytest.mark.parametrize(
    ("names", "lost"),
    [
        (("cedar_1.pdf", "cedar_2.pdf"), {"coverage.mco"}),
        (("juniper_1.xlsx",), {"asks.due", "concerns.onset", "goals.concerns", "goals.progress"}),
    ],
)
def test_proposal(names, lost):
    """An untouched proposal reads its first sample nearly as the corrected profile does."""
    text = proposal(*names)
    found = Difference()
    found.add(names[0], read(names[0]), read(names[0], text))

    more = {"interventions.end", "interventions.goals", "interventions.party.name"}
    fields = {name for name, one in found.fields.items() if one.lost}
    assert fields <= lost | more | {"residue.text", "residue.label", "residue.part2_origin"}


def test_nobodys_words():
    """What one sample says of its member is never taken for the form's own print."""
    text = proposal("willow_1.docx", "willow_2.docx")

    assert [] == [word for word in ("WCP/2026", "June 30", "Gideon") if word in text]
