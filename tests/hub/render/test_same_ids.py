"""A link shows the item of the list it points to, also where other lists use the same ids."""

from __future__ import annotations

import json

import pytest
from written import COVER

from hub.adapting.showing import outline
from hub.canonical import Concern, Goal, Intervention, Outcome, Plan
from hub.changes.itemising import itemised
from hub.labels import Source, label
from hub.render import render
from hub.render.pdf_view import view

PLAN = Plan(
    concerns=(Concern(id="1", text="Asthma"), Concern(id="2", text="Rent owed")),
    goals=(
        Goal(id="1", text="Pay the landlord", concerns=("2",)),
        Goal(id="2", text="Breathe freely", concerns=("1",)),
    ),
    interventions=(
        Intervention(id="1", text="Spacer lesson", goals=("2",)),
        Intervention(id="2", text="Rent fund", concerns=("2",)),
    ),
    outcomes=(Outcome(id="1", text="No attack", goals=("2",), interventions=("1",)),),
)


def test_explained():
    """The plan printed at a terminal tells a goal's concern by the concern's words."""
    lines = [line.strip() for line in outline(PLAN)]

    assert [one for one in lines if one.startswith("concerns:")] == [
        "concerns: Rent owed",
        "concerns: Asthma",
        "concerns: Rent owed",
    ]
    assert "goals: Breathe freely" in lines


def test_itemised():
    """A digest of changes names the concern that a goal answers, not another list's item."""
    goals = next(
        found for found in itemised(PLAN).values() if found[:1] and found[0].name[:3] == "Pay"
    )

    assert [one.links["For concerns"] for one in goals] == [("Rent owed",), ("Asthma",)]


def test_printed():
    """On paper and on a page each goal and intervention stands under what it names, once."""
    told = json.dumps(view(PLAN, COVER), default=str)
    blocks = _blocks(view(PLAN, COVER))

    assert [(one["text"], [g["text"] for g in one["goals"]]) for one in blocks] == [
        ("Asthma", ["Breathe freely"]),
        ("Rent owed", ["Pay the landlord"]),
    ]
    assert [i["text"] for i in blocks[0]["goals"][0]["interventions"]] == ["Spacer lesson"]
    assert [i["text"] for i in blocks[1]["interventions"]] == ["Rent fund"]
    assert told.count("Spacer lesson") == 1


def _blocks(seen):
    return next(
        value
        for value in seen.values()
        if isinstance(value, list) and value and isinstance(value[0], dict) and "goals" in value[0]
    )


@pytest.mark.parametrize("form", ["json", "fhir", "ccda", "hl7v2", "html", "pdf", "csv"])
def test_rendered(form):
    """Every format can be made of such a plan."""
    assert render(form, PLAN, COVER)


def test_labels_flow():
    """A sensitive concern labels the goal that answers it, and no goal of the concern's own id."""
    plan = Plan(
        concerns=(Concern(id="1", text="Opioid use disorder"), Concern(id="2", text="Asthma")),
        goals=(
            Goal(id="1", text="Walk", concerns=("2",)),
            Goal(id="2", text="Read", concerns=("1",)),
        ),
    )
    found = label(plan, Source()).elements

    assert "sud" not in found["/goals/0"].categories
    assert "sud" in found["/goals/1"].categories
