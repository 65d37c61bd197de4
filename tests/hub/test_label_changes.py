"""Labels that people raise and lower: what they are bound to, and what nobody can lower."""

from __future__ import annotations

import dataclasses

import pytest

from consent import CATEGORIES
from hub.canonical import Code, Concern, Goal, Header, Note, Plan
from hub.labels import Source, digest_of, id_of, label
from hub.labels.changes import CHANGEABLE
from hub.stored import LabelChange

ORDINARY = Source()
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
WALK = Concern(id="c1", text="Walk daily")
DRINK = Concern(id="c2", text="Alcohol", codes=(Code(ICD10, "F10.20"),))
PLAN = Plan(
    concerns=(WALK, DRINK),
    goals=(Goal(id="g1", text="Attend the group", concerns=("c2",)),),
    notes=(Note(text="Third floor."),),
)


def change(direction, *categories, at="/concerns/0", value=WALK):
    """Return a change of an element as a person saw it."""
    return LabelChange(direction, frozenset(categories), at, id_of(value), digest_of(value))


def categories(plan, changes, source=ORDINARY):
    """Return the categories of every element by pointer."""
    return {at: set(one.categories) for at, one in label(plan, source, changes).elements.items()}


def test_raise():
    """A raised category is added to the element, and says why it is there."""
    one = label(PLAN, ORDINARY, (change("raise", "hiv"),)).elements["/concerns/0"]
    assert ({"hiv"}, ("raised:hiv",)) == (set(one.categories), one.because)


def test_raise_flows():
    """What is linked to a raised element is raised too."""
    found = categories(PLAN, (change("raise", "hiv", at="/concerns/1", value=DRINK),))
    assert {"sud", "hiv"} == found["/goals/0"]


def test_raise_follows_its_element():
    """In a later version a raise follows the element's id to where it stands now."""
    later = dataclasses.replace(
        PLAN, concerns=(DRINK, dataclasses.replace(WALK, text="Walk twice a day"))
    )
    found = categories(later, (change("raise", "hiv"),))
    assert ({"sud"}, {"hiv"}) == (found["/concerns/0"], found["/concerns/1"])


def test_lost_raise_keeps_the_list():
    """A raise whose element is nowhere any more raises the whole list: it is never lost."""
    note = PLAN.notes[0]
    later = dataclasses.replace(PLAN, notes=(Note(text="Second floor."), Note(text="No lift.")))
    found = categories(later, (change("raise", "sdv", at="/notes/0", value=note),))
    assert ({"sdv"}, {"sdv"}, {"general"}) == (
        found["/notes/0"],
        found["/notes/1"],
        found["/concerns/0"],
    )


def test_lower():
    """A lowered category is gone from the element and from what had it from there."""
    lowered = change("lower", "sud", at="/concerns/1", value=DRINK)
    found = label(PLAN, ORDINARY, (lowered,)).elements
    assert {"general"} == found["/concerns/1"].categories == found["/goals/0"].categories
    assert "no" == found["/concerns/1"].part2_origin
    assert "lowered:sud" in found["/concerns/1"].because


def test_lower_what_came_by_link():
    """A category that came along a link is lowered where a person says so, and only there."""
    found = label(PLAN, ORDINARY, (change("lower", "sud", at="/goals/0", value=PLAN.goals[0]),))
    assert ({"general"}, "no", {"sud"}) == (
        set(found.elements["/goals/0"].categories),
        found.elements["/goals/0"].part2_origin,
        set(found.elements["/concerns/1"].categories),
    )


@pytest.mark.parametrize("word", ["SUD", "ETH", "42CFRPart2", "sud"])
def test_arrived_is_never_lowered(word):
    """A label that came with the document stays, whoever lowers it; so does what it flows to."""
    marked = dataclasses.replace(DRINK, labels=(word,))
    plan = dataclasses.replace(PLAN, concerns=(WALK, marked))
    changes = (
        change("lower", "sud", at="/concerns/1", value=marked),
        change("lower", "sud", at="/goals/0", value=PLAN.goals[0]),
    )
    found = categories(plan, changes)
    assert ({"sud"}, {"sud"}) == (found["/concerns/1"], found["/goals/0"])


def test_marked_document_is_never_lowered():
    """Where the whole document is marked restricted, lowering one element changes nothing."""
    plan = dataclasses.replace(PLAN, header=Header(confidentiality="V"))
    assert "restricted" in categories(plan, (change("lower", "restricted"),))["/concerns/0"]


def test_lower_holds_for_that_content_only():
    """A lowering never reaches content that nobody looked at."""
    later = dataclasses.replace(PLAN, concerns=(WALK, dataclasses.replace(DRINK, text="Drinks")))
    lowered = change("lower", "sud", at="/concerns/1", value=DRINK)
    assert {"sud"} == categories(later, (lowered,))["/concerns/1"]


@pytest.mark.parametrize(
    ("order", "expected"), [(("raise", "lower"), {"general"}), (("lower", "raise"), {"hiv"})]
)
def test_last_word(order, expected):
    """The last of several changes counts."""
    changes = tuple(change(direction, "hiv") for direction in order)
    assert expected == categories(PLAN, changes)["/concerns/0"]


def test_behavioral_sender():
    """What is sensitive by its sender alone can be lowered."""
    source = Source(behavioral=True)
    lowered = change("lower", "mental_health")
    assert {"mental_health"} == categories(PLAN, (), source)["/concerns/0"]
    assert {"general"} == categories(PLAN, (lowered,), source)["/concerns/0"]


def test_unreadable_stays_withheld():
    """An element that could not be read stays unlabelled, whatever is changed."""
    broken = Concern(text=7)
    plan = Plan(concerns=(broken, WALK))
    found = categories(plan, (change("lower", "unlabelled"), change("raise", "hiv")))
    assert "unlabelled" in found["/concerns/0"]


def test_changeable():
    """Every sensitive category may be changed; `general` and `unlabelled` are no one's to set."""
    assert CATEGORIES - CHANGEABLE == {"general", "unlabelled"}


def test_raise_stays_on_its_note():
    """A raise of an element without an id stays on it while it is there, its neighbours free."""
    note, other = Note(text="Third floor."), Note(text="No lift.")
    later = dataclasses.replace(PLAN, notes=(other, note))
    found = categories(later, (change("raise", "sdv", at="/notes/0", value=note),))
    assert ({"general"}, {"sdv"}) == (found["/notes/0"], found["/notes/1"])


def test_bound_to_content():
    """An element's digest is of its content alone, in whatever order its fields are written."""
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1}) != digest_of({"a": 1})
    assert ("c1", "", "") == (id_of(WALK), id_of(Note(text="x")), id_of(Concern(id=7)))


def test_unreadable_neighbour():
    """An element that nobody can read stands in no other's way when labels are raised."""
    plan = Plan(concerns=(Concern(text=object()), WALK))
    found = categories(plan, (change("raise", "hiv"),))
    assert ({"unlabelled"}, {"hiv"}) == (found["/concerns/0"], found["/concerns/1"])
