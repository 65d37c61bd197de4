"""Labels that travel: stamped on what is released, said by every format that has words for it."""

from __future__ import annotations

import dataclasses
import json
from typing import get_type_hints

import pytest
from lxml import etree
from plans import COVER, DELGADO, MARKED, filled

from hub.canonical import Concern, Goal, Medication, Note, Plan, each
from hub.clearing import stamping
from hub.labels import ElementLabel, Labelling, Source, label
from hub.render import render
from hub.render.rereading import plans_back
from hub.withholding import withhold

DRINK = Concern(id="c1", text="Alcohol use disorder")
PLAN = dataclasses.replace(
    DELGADO,
    concerns=(DRINK, Concern(id="c2", text="Diabetes"), Concern(id="c3", text="HIV infection")),
    goals=(Goal(id="g1", text="Attend the group", concerns=("c1",)),),
    interventions=(),
    outcomes=(),
    medications=(Medication(text="Metformin"),),
    notes=(),
)


def stamp(plan, withheld=frozenset()):
    """Return what is left of a plan with its labels on it."""
    labelling = label(plan, Source())
    gone = {m for m in set().union(*labelling.matters_at.values()) if m.category in withheld}
    kept = withhold(plan, labelling, gone)
    return stamping.stamped(kept.plan, labelling, frozenset(kept.pointers))


def test_every_list():
    """Every list whose elements have labels is stamped."""
    labelled = {
        name
        for name, hint in get_type_hints(Plan).items()
        if "labels" in str({f for t in _types(hint) for f in getattr(t, "__annotations__", ())})
    }
    assert labelled - {"header"} == set(stamping._LISTS)  # noqa: SLF001  # the list under test


def _types(hint):
    inner = getattr(hint, "__args__", ())
    return {hint} | {one for arg in inner for one in _types(arg)}


def test_categories():
    """Each element carries its own categories, and a protected origin where it may be Part 2."""
    first, second, third = stamp(PLAN).concerns
    assert (("sud",), "yes") == (first.labels, first.part2_origin)
    assert ((), "unknown", ("hiv",)) == (second.labels, second.part2_origin, third.labels)


def test_after_withholding():
    """What is left carries its own labels, not those of what stood in its place."""
    left = stamp(PLAN, {"sud"})
    assert [("Diabetes", ()), ("HIV infection", ("hiv",))] == [
        (one.text, one.labels) for one in left.concerns
    ]


def test_arrived_stays():
    """Words that arrived stand first and stay as they came."""
    plan = dataclasses.replace(
        PLAN, concerns=(dataclasses.replace(DRINK, labels=("ETH", "odd word")),)
    )
    (one,) = stamp(plan).concerns
    assert one.labels[:2] == ("ETH", "odd word")


def test_ordinary_plan_is_the_same():
    """A plan without anything sensitive is not touched."""
    plan = Plan(concerns=(Concern(text="Diabetes"),))
    assert stamping.stamped(plan, label(plan, Source()), ()) is plan


def seen(plan):
    """Return the labels and origins that a second hub reads from a C-CDA, by words."""
    (back,) = plans_back("ccda", render("ccda", plan, COVER).content)
    listed = (*each(back.concerns), *each(back.goals), *each(back.medications), *back.notes)
    return {one.text: (one.labels, one.part2_origin) for one in listed}


def test_section_speaks_for_no_neighbour():
    """A section's confidentiality restricts none of its entries when it is read again."""
    found = seen(stamp(PLAN))
    assert found["Diabetes"][0] == found["Metformin"][0] == ()
    assert found["HIV infection"][0] == ("hiv",)


def test_part2_alone():
    """An element of a Part 2 origin without a category comes back as that, not as restricted."""
    plan = dataclasses.replace(
        PLAN, concerns=(Concern(id="c2", text="Diabetes", part2_origin="yes"),), goals=()
    )
    assert seen(plan)["Diabetes"] == ((), "yes")


@pytest.mark.parametrize("form", ["ccda", "fhir"])
def test_part2_speaks_for_no_neighbour(form):
    """The Part 2 code on one element makes no other element one of Part 2."""
    plan = dataclasses.replace(
        PLAN,
        concerns=(
            Concern(id="c1", text="Diabetes", part2_origin="yes"),
            Concern(id="c2", text="Asthma"),
        ),
        goals=(),
    )
    (back,) = plans_back(form, render(form, plan, COVER).content)
    assert [("Diabetes", "yes"), ("Asthma", "unknown")] == [
        (one.text, one.part2_origin) for one in back.concerns
    ]
    assert all(one.labels == () for one in back.concerns)


def test_words_alone():
    """A section that tells an element in words alone carries that element's labels."""
    plan = dataclasses.replace(
        PLAN,
        notes=(
            Note(section="Visit", text="Spoke of many things", labels=("hiv",)),
            Note(section="Home", text="Ramp at the door"),
        ),
    )
    found = seen(plan)
    assert found["Spoke of many things"][0] == ("hiv",)
    assert found["Ramp at the door"][0] == ()


@pytest.mark.parametrize(
    ("label", "level"), [("psychotherapy_note", "V"), ("sdv", "R"), ("minor", "R")]
)
def test_strictest(label, level):
    """A section says the level of its strictest entry."""
    strict = Concern(id="c9", text="Something", labels=(label,))
    plan = dataclasses.replace(PLAN, concerns=(Concern(id="c2", text="Diabetes"), strict))
    root = etree.fromstring(render("ccda", plan, COVER).content)
    found = root.xpath(
        "//c:section[c:code/@code='75310-3']/c:confidentialityCode/@code",
        namespaces={"c": "urn:hl7-org:v3"},
    )
    assert found == [level]


@pytest.mark.parametrize("form", ["ccda", "ccda-companion", "csv", "fhir", "hl7v2", "json", "ppr"])
def test_read_back(form):
    """A second hub reads the labels back from every format that systems read: none is lost."""
    sent = render(form, stamp(PLAN), dataclasses.replace(MARKED, part2=True))
    (back,) = plans_back(form, sent.content)
    found = {one.text: set(one.labels) for one in back.concerns}
    assert {"sud"} <= found["Alcohol use disorder"]
    assert {"hiv"} <= found["HIV infection"]
    assert "yes" == next(o for o in back.concerns if "Alcohol" in o.text).part2_origin


def test_ccda_entry():
    """A C-CDA entry carries a Privacy Annotation; an ordinary one beside it says its own level."""
    root = etree.fromstring(render("ccda", stamp(PLAN), COVER).content)
    spaces = {"c": "urn:hl7-org:v3"}
    concerns = "//c:section[c:code/@code='75310-3']/c:entry"
    notes = "c:act/c:entryRelationship[c:templateId/@root='2.16.840.1.113883.3.3251.1.11']"
    found = [
        [v.get("code") for v in entry.xpath(f"{notes}//c:value", namespaces=spaces)]
        for entry in root.xpath(concerns, namespaces=spaces)
    ]
    assert [
        ["R", "ETH", "42CFRPart2", "NORDSCLCD"],
        ["N"],
        ["R", "HIV", "NORDSCLCD"],
    ] == found
    levels = root.xpath(
        "//c:section[c:code/@code='75310-3']/c:confidentialityCode/@code", namespaces=spaces
    )
    assert levels == ["R"]
    quiet = root.xpath("//c:section[c:code/@code='10160-0']", namespaces=spaces)[0]
    assert quiet.xpath("c:confidentialityCode | .//c:value[@code='N']", namespaces=spaces) == []


def test_fhir_entry():
    """A FHIR resource carries its own labels; an ordinary one has none."""
    bundle = json.loads(render("fhir", stamp(PLAN), COVER).content)
    found = {
        one["resource"]["code"]["text"]: [
            label["code"] for label in one["resource"]["meta"].get("security", ())
        ]
        for one in bundle["entry"]
        if one["resource"]["resourceType"] == "Condition"
    }
    assert found["Diabetes"] == []
    assert found["HIV infection"] == ["R", "HIV", "NORDSCLCD", "PERSISTLABEL"]


def test_hl7_header():
    """A message says in MSH-26 to MSH-28 how it is classified, handled, and why."""
    cover = dataclasses.replace(MARKED, confidentiality="R", part2=True)
    msh = render("hl7v2", stamp(PLAN), cover).content.decode().split("\r")[0].split("|")
    assert (msh[25], msh[26]) == ("R", "NORDSCLCD~PERSISTLABEL")
    assert "42 CFR" in msh[27]


def test_quiet_message():
    """An ordinary message has no such fields."""
    msh = render("ppr", PLAN, COVER).content.decode().split("\r")[0].split("|")
    assert len(msh) == 19


LABELLED = (
    *("assessments", "concerns", "goals", "interventions", "outcomes", "medications", "allergies"),
    *("advance_directives", "asks", "notes", "attachments", "residue", "header/criteria"),
)


def listed(plan, name):
    """Return a list of a plan by its name."""
    return plan.header.criteria if name == "header/criteria" else getattr(plan, name)


def doubled(plan):
    """Return a plan with every element of those lists twice."""
    header = dataclasses.replace(plan.header, criteria=plan.header.criteria * 2)
    lists = {name: listed(plan, name) * 2 for name in LABELLED if "/" not in name}
    return dataclasses.replace(plan, **lists, header=header)


FULL = doubled(filled()[0])


def labelled(plan, *told):
    """Return a labelling that says `general` of all but these elements: pointer, words, origin."""
    plain = {
        at: ElementLabel(frozenset({"general"}), "no") for at in label(plan, Source()).elements
    }
    said = {at: ElementLabel(frozenset(words), origin) for at, words, origin in told}
    return Labelling({**plain, **said})


@pytest.mark.parametrize("name", LABELLED)
def test_own_label(name):
    """In every list an element gets its own label, counted past those that were taken out."""
    first, second = listed(FULL, name)[:2]
    at = f"/{name}"
    found = labelled(FULL, (f"{at}/1", {"sdv", "hiv", "general"}, "no"))
    both = listed(stamping.stamped(FULL, found, ()), name)
    assert both[0] is first
    assert both[1].labels == (*second.labels, "hiv", "sdv")
    header = dataclasses.replace(FULL.header, criteria=FULL.header.criteria[1:])
    fewer = {"header": header} if "/" in name else {name: listed(FULL, name)[1:]}
    left = stamping.stamped(dataclasses.replace(FULL, **fewer), found, {f"{at}/0"})
    assert listed(left, name)[0].labels == (*second.labels, "hiv", "sdv")


def test_several_gone():
    """Several elements gone before one, side by side, shift it by as many."""
    plan = Plan(notes=(Note(text="left"), Note(text="last")))
    whole = dataclasses.replace(plan, notes=(*(Note(text=str(n)) for n in range(5)),))
    found = labelled(whole, ("/notes/2", {"hiv"}, "no"), ("/notes/4", {"sdv"}, "no"))
    left = stamping.stamped(plan, found, {"/notes/0", "/notes/1", "/notes/3"})
    assert [one.labels for one in left.notes] == [("hiv",), ("sdv",)]


@pytest.mark.parametrize(
    ("arrived", "derived", "sent"),
    [
        ("unknown", "unknown", "yes"),
        ("no", "yes", "yes"),
        ("no", "unknown", "yes"),
        ("yes", "yes", "yes"),
        ("unknown", "no", "unknown"),
        ("yes", "no", "yes"),
    ],
)
def test_origin(arrived, derived, sent):
    """A Part 2 origin that may be one is sent as one, and one that arrived is never taken away."""
    plan = Plan(notes=(Note(text="x", part2_origin=arrived),))
    found = stamping.stamped(plan, labelled(plan, ("/notes/0", {"general"}, derived)), ())
    assert found.notes[0].part2_origin == sent
    assert (found is plan) is (arrived == sent)


def test_told_once():
    """A category that arrived in our own words is not said twice; `general` is never said."""
    plan = Plan(notes=(Note(text="x", labels=("hiv",)), Note(text="y")))
    found = labelled(plan, ("/notes/0", {"hiv", "sdv"}, "no"), ("/notes/1", {"general"}, "no"))
    sent = stamping.stamped(plan, found, ())
    assert [one.labels for one in sent.notes] == [("hiv", "sdv"), ()]
