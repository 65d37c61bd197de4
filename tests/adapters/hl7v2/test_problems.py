"""PPR and PGL: problems, goals and orders, linked as they are nested."""

import pytest
from hl7_messages import message, plan, read

from hub.canonical import said

PRB = "PRB|AD|20260301|{0}^Problem {0}^L|I{0}||1|20260301|||||||A^Active^L||2025"
GOL = (
    "GOL|AD|20260301|{0}^Goal {0}^L|J{0}|||20260301|20260901||||||||P^Progressing^L|two kilos"
    "|A^Active^L"
)
ORC = "ORC|NW|{0}|||IP||^Q6H^D10^20260302"
OBR = "OBR|1|{0}||{0}^Order {0}^L"


def test_nesting():
    """A goal answers the problem above it, an order serves them."""
    found = plan(
        message(*(s.format(1) for s in (PRB, GOL, ORC, OBR)), PRB.format(2), kind="PPR^PC1")
    )

    assert [c.id for c in found.concerns] == ["c1", "c2"]
    assert [g.concerns for g in found.goals] == [("c1",)]
    assert [(i.concerns, i.goals) for i in found.interventions] == [(("c1",), ("g1",))]


def test_two_goals():
    """Under a problem with two goals an order serves the problem; which goal can't be told."""
    found = plan(
        message(PRB.format(1), GOL.format(1), GOL.format(2), OBR.format(1), kind="PPR^PC1")
    )

    assert (found.interventions[0].concerns, found.interventions[0].goals) == (("c1",), ())


def test_goal_first():
    """In PGL the problem stands under the goal, and so does the order."""
    found = plan(message(GOL.format(1), PRB.format(1), OBR.format(1), kind="PGL^PC6"))

    assert (found.goals[0].concerns, found.interventions[0].goals) == (("c1",), ("g1",))


def test_fields():
    """Each field comes as written, at its own precision."""
    found = plan(message(*(s.format(1) for s in (PRB, GOL, ORC, OBR)), kind="PPR^PC1"))
    concern, goal, order = found.concerns[0], found.goals[0], found.interventions[0]

    assert (
        concern.text,
        concern.status,
        concern.onset,
        concern.priority,
    ) == ("Problem 1", "Active", "2025", "1")
    assert (
        goal.text,
        goal.due,
        goal.progress,
    ) == ("Goal 1", "2026-09-01", "Progressing: two kilos")
    assert (
        order.text,
        order.status,
        order.frequency,
        order.start,
    ) == ("Order 1", "in progress", "Q6H D10", "2026-03-02")


@pytest.mark.parametrize(
    ("pointer", "at"),
    [
        ("/concerns/0/text", "PRB-3"),
        ("/goals/0/due", "GOL-8"),
        ("/interventions/0/text", "OBR-4"),
        ("/interventions/0/start", "ORC-7.4"),
        ("/member/name", "PID-5"),
    ],
)
def test_places(pointer, at):
    """Every value says where it was read."""
    found = plan(message(*(s.format(1) for s in (PRB, GOL, ORC, OBR)), kind="PPR^PC1"))

    assert at == found.places[pointer].at


def test_deleted_problem():
    """A problem its sender deletes says so in its status."""
    found = plan(message(PRB.format(1).replace("|AD|", "|DE|"), kind="PPR^PC3"))

    assert found.concerns[0].status == "deleted"


def test_remarks():
    """Comments and variances are notes named after what they stand under."""
    segments = [PRB.format(1), "NTE|1|L|seen", GOL.format(1), "VAR|1|2026|||M^Missed^L|bus~rain"]
    found = plan(message(*segments, kind="PPR^PC1"))

    notes = [(said(n.section), said(n.text)) for n in found.notes]
    assert notes == [("About c1", "seen"), ("Variance, about g1", "Missed\nbus\nrain")]


def test_measure_of_goal():
    """A value under a goal is an outcome linked to it."""
    segments = [PRB.format(1), GOL.format(1), "OBX|1|NM|W^Weight^L||61.8|kg|||||F"]
    (outcome,) = plan(message(*segments, kind="PPR^PC1")).outcomes

    assert (outcome.text, outcome.goals) == ("Weight: 61.8 kg", ("g1",))


@pytest.mark.parametrize(
    ("code", "labels"),
    [("ETH", ("sud",)), ("R", ("restricted",)), ("N", ()), ("ODD", ("restricted",))],
)
def test_sensitivity(code, labels):
    """PRB-25 labels its own problem, an unknown code as restricted."""
    segment = PRB.format(1) + "|" * 9 + code

    assert labels == plan(message(segment, kind="PPR^PC1")).concerns[0].labels


def test_medication_order():
    """A pharmacy order is a medication, not an intervention."""
    found = plan(message("ORC|NW|1", "RXO|M^Metformin^L|500||mg", kind="OMP^O09"))

    assert [(m.text, m.dose) for m in found.medications] == [("Metformin", "500 mg")]
    assert found.interventions == ()


def test_many_problems():
    """Ten thousand problems are ten thousand concerns."""
    segments = [PRB.format(n) for n in range(10_000)]

    assert len(read(message(*segments, kind="PPR^PC1")).plans[0].concerns) == 10_000
