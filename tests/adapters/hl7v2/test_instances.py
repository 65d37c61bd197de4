"""Problem, goal and pathway messages that follow earlier ones: sets by id, roles, values."""

import pytest
from hl7_messages import codes, message, plan, read

from hub.canonical import said

PRB = "PRB|{1}|20260301|{0}^Problem {0}^L|I{0}"
GOL = "GOL|{1}|20260301|{0}^Goal {0}^L|J{0}"
PTH = "PTH|{1}|{0}^Pathway {0}^L|K{0}"


def chain(header):
    """Return a header's set, what it replaces, and its status."""
    return header.set_id, header.replaces.set_id if header.replaces else None, header.status


@pytest.mark.parametrize(
    ("kind", "tops", "expected"),
    [
        ("PPR^PC1", [(PRB, "AD")], (None, None, "unknown")),
        ("PPR^PC2", [(PRB, "UP")], ("I1", "I1", "unknown")),
        ("PPR^PC3", [(PRB, "DE")], ("I1", "I1", "revoked")),
        ("PPR^PC2", [(PRB, "UP"), (PRB, "UC")], ("I1 I2", "I1 I2", "unknown")),
        ("PPR^PC2", [(PRB, "SP")], (None, None, "unknown")),
        ("PGL^PC7", [(GOL, "UP")], ("J1", "J1", "unknown")),
        ("PGL^PC8", [(GOL, "DE")], ("J1", "J1", "revoked")),
        ("PPP^PCB", [(PTH, "AD"), (PRB, "AD")], ("K1", None, "unknown")),
        ("PPP^PCC", [(PTH, "UP"), (PRB, "UP")], ("K1", "K1", "unknown")),
        ("PPG^PCJ", [(PTH, "DE"), (GOL, "DE")], ("K1", "K1", "revoked")),
        ("PPP^PCB", [(PTH, "AD"), (PTH, "AD")], (None, None, "unknown")),
    ],
)
def test_sets(kind, tops, expected):
    """An update or deletion follows its own instances; one pathway is a set from the start."""
    segments = [top.format(number, action) for number, (top, action) in enumerate(tops, 1)]

    assert expected == chain(plan(message(*segments, kind=kind)).header)


def test_places():
    """What a set is named after has its place."""
    places = plan(message(PRB.format(1, "DE"), kind="PPR^PC3")).places

    at = [places[f"/header/{name}"].at for name in ("set_id", "replaces", "status")]
    assert at == ["PRB-4", "PRB-4", "MSH-9"]


def test_missing_instance():
    """An update that names no instance is taken, and the finding asks for it."""
    reading = read(message("PRB|UP|20260301|1^Problem^L", kind="PPR^PC2"))

    assert codes(reading) == [("missing_instance", "PRB-4")]
    assert reading.plans[0].header.set_id is None


def test_pathway_goal_first():
    """In a goal-oriented pathway the problem stands under the goal."""
    found = plan(message(PTH.format(1, "AD"), GOL.format(1, "AD"), PRB.format(1, "AD"), kind="PPG"))

    assert (found.goals[0].concerns, said(found.notes[0].text)) == (("c1",), "Pathway 1")


def test_roles():
    """Who has a part in a problem, a goal or an order is on the team, by the item's id."""
    role = "ROL|1|AD|{0}^{0}^L|{1}^Fam{1}^Ann"
    segments = [
        role.format("Lead", 1),
        PRB.format(1, "AD"),
        role.format("Nurse", 2),
        GOL.format(1, "AD"),
        role.format("Coach", 3),
        "ORC|NW|1",
        "OBR|1|1||X^Order^L",
        role.format("Aide", 4),
    ]
    team = plan(message(*segments, kind="PPR^PC1")).team

    assert [(said(one.role), one.involvement) for one in team] == [
        ("Lead", None),
        ("Nurse", "About c1"),
        ("Coach", "About g1"),
        ("Aide", "About i1"),
    ]


def test_value_of_order():
    """A value under an order of the plan is an outcome of that order."""
    segments = [PRB.format(1, "AD"), "ORC|NW|1", "OBR|1|1||X^Check^L", "OBX|1|NM|W^Weight^L||61|kg"]
    (outcome,) = plan(message(*segments, kind="PPR^PC1")).outcomes

    assert (outcome.text, outcome.goals, outcome.interventions) == ("Weight: 61 kg", (), ("i1",))
