"""How a C-CDA's entries point at each other, and which entry form each intervention has."""

from __future__ import annotations

import pytest
from lxml import etree
from plans import COVER, DELGADO

from hub.canonical import Concern, Goal, Intervention, Plan
from hub.render.ccda import to_ccda

NS = {"c": "urn:hl7-org:v3"}
TEMPLATE = "2.16.840.1.113883.10.20."


def document(plan, cover=COVER):
    return etree.fromstring(to_ccda(plan, cover).content)


def found(root, path):
    return root.xpath(path, namespaces=NS)


def links(root, owner, kind):
    path = f"//c:entry/*[c:id/@extension='{owner}']/c:entryRelationship[@typeCode='{kind}']"
    return found(root, f"{path}/c:act[c:code/@nullFlavor='NP']/c:id/@extension")


@pytest.mark.parametrize(
    ("owner", "kind", "expected"),
    [
        ("g1", "REFR", ["c1"]),
        ("g2", "REFR", ["c2", "c1"]),
        ("i1", "RSON", ["g2"]),
        ("i1", "REFR", ["c2"]),
        ("i2", "RSON", ["g1"]),
        ("i3", "RSON", []),
        ("o1", "GEVL", ["g2"]),
        ("o1", "RSON", ["i1"]),
    ],
)
def test_links(owner, kind, expected):
    """Goals refer to concerns; interventions and outcomes to what they are for and of."""
    assert expected == links(document(DELGADO), owner, kind)


@pytest.mark.parametrize("edge", range(74, 84))
def test_links_told_briefly(edge):
    """Narrative repeats a linked element's words cut short, never in the middle of an entity."""
    concern = Concern(id="c", text="x" * edge + "<" + "y" * 5000)
    goals = tuple(Goal(text="Walk", concerns=("c",)) for _ in range(50))
    content = to_ccda(Plan(concerns=(concern,), goals=goals), COVER).content
    etree.fromstring(content)
    assert content.count(b"y" * 5000) == 1


def test_unlinked_outcome():
    """An outcome that names nothing says it evaluates something unknown, and invents no link."""
    path = "//c:observation[c:id/@extension='o2']/c:entryRelationship[@typeCode='GEVL']/c:act/c:id"
    (one,) = found(document(DELGADO), path)
    assert one.items() == [("nullFlavor", "UNK")]


@pytest.mark.parametrize(
    ("status", "goals", "template", "mood", "code"),
    [
        ("planned", ("g",), "22.4.146", "INT", "active"),
        ("active", (), "22.4.39", "INT", "active"),
        (None, (), "22.4.39", "INT", "active"),
        ("completed", ("g",), "22.4.131", "EVN", "completed"),
        ("Done", (), "22.4.131", "EVN", "completed"),
        ("stopped", ("g",), None, "INT", "aborted"),
        ("on hold", (), None, "INT", "suspended"),
    ],
)
def test_intervention_forms(status, goals, template, mood, code):
    """Each state of an intervention has the one entry form that R2.1 allows for it."""
    plan = Plan(
        goals=(Goal(id="g", text="Walk"),),
        interventions=(Intervention(id="i", text="Ride", status=status, goals=goals),),
    )
    (act,) = found(document(plan), "//c:act[c:id/@extension='i']")
    roots = {one.get("root") for one in act.findall("c:templateId", NS)}
    actual = (roots, act.get("moodCode"), act.find("c:statusCode", NS).get("code"))
    assert ({TEMPLATE + template} if template else set(), mood, code) == actual


def test_duplicate_and_missing_ids():
    """Elements without an id, or with another's, get one of their own; links reach the first."""
    plan = Plan(
        concerns=(Concern(id="c", text="one"), Concern(id="c", text="two"), Concern(text="three")),
        goals=(Goal(text="Walk", concerns=("c", "nowhere")),),
    )
    root = document(plan)
    own = found(root, "//c:section[c:code/@code='75310-3']/c:entry/c:act/c:id/@extension")
    assert (own, links(root, "goal-1", "REFR")) == (["c", "concern-2", "concern-3"], ["c"])
