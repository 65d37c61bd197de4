"""What changed between two versions, as a person reads it; nothing where nothing did."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from plans import DELGADO, filled, plans

from hub.canonical import (
    Absent,
    Allergy,
    Code,
    Goal,
    Intervention,
    Note,
    Party,
    Plan,
    Residue,
    TeamMember,
    meaning_of,
)
from hub.changes import changes
from hub.changes.comparing import excerpts

WALK = Goal(id="g1", text="Walk daily", due="2026-12-31", concerns=("c1",))
CUFF = Goal(id="g2", text="Home readings below 135/85")
BEFORE = Plan(goals=(WALK, CUFF), interventions=(Intervention(id="i1", text="Home cuff"),))


def told(before, after):
    """Return changes as plain tuples."""
    return [
        (c.part, c.what, c.name, [(f.label, f.before, f.after) for f in c.fields])
        for c in changes(before, after)
    ]


def goals(*given):
    """Return the plan of before with other goals."""
    return replace(BEFORE, goals=given)


def test_field():
    """A field that changed is told by its label, as it was and as it is, under the element."""
    after = goals(replace(WALK, due="2027-01-31"), CUFF)

    assert told(BEFORE, after) == [
        ("Goals", "changed", "Walk daily", [("Due", "Dec 31, 2026", "Jan 31, 2027")])
    ]


def test_added_and_gone():
    """What came and what went are told by their words."""
    assert told(BEFORE, goals(CUFF, Goal(id="g9", text="Stop smoking by spring"))) == [
        ("Goals", "added", "Stop smoking by spring", []),
        ("Goals", "gone", "Walk daily", []),
    ]


def test_words_changed():
    """An element worded a little otherwise is the same element."""
    assert told(BEFORE, goals(replace(WALK, text="Walk twice daily"), CUFF)) == [
        ("Goals", "changed", "Walk twice daily", [("Words", "Walk daily", "Walk twice daily")])
    ]


def test_ids_numbered_anew():
    """An id that went over to another goal makes no goal into another."""
    after = goals(replace(CUFF, id="g1"), replace(WALK, id="g2"))

    assert told(BEFORE, after) == []
    swapped = goals(replace(WALK, text="Repair the roof before winter comes"), CUFF)
    assert [one[1] for one in told(BEFORE, swapped)] == ["added", "gone"]


def test_same_code():
    """Two elements of one code are one, whatever their words."""
    coded = replace(WALK, codes=(Code("http://snomed.info/sct", "1", None),))
    after = goals(replace(coded, text="Ambulation, every morning"), CUFF)
    ((_, what, _, fields),) = told(goals(coded, CUFF), after)

    assert (what, fields) == ("changed", [("Words", "Walk daily", "Ambulation, every morning")])


def test_links_by_words():
    """A link is told by what it points at; that its id is another is no change."""
    linked = replace(BEFORE, interventions=(Intervention(id="i1", text="Cuff", goals=("g2",)),))
    renumbered = replace(
        linked,
        goals=(WALK, replace(CUFF, id="g7")),
        interventions=(Intervention(id="i1", text="Cuff", goals=("g7",)),),
    )
    moved = replace(linked, interventions=(Intervention(id="i1", text="Cuff", goals=("g1",)),))

    assert told(linked, renumbered) == []
    assert told(linked, moved) == [
        ("Interventions", "changed", "Cuff", [("For goals", CUFF.text, WALK.text)])
    ]


def test_explicit_none():
    """A list that the source now says is empty tells both what went and that none is stated."""
    before = replace(BEFORE, allergies=(Allergy(text="Penicillin"),))
    after = replace(BEFORE, allergies=Absent("none"))

    assert told(before, after) == [
        ("Allergies", "added", "None, as the source states", []),
        ("Allergies", "gone", "Penicillin", []),
    ]


def test_teammate():
    """Somebody on the team who is reached otherwise is told by name."""
    nurse = TeamMember(party=Party(name="Ana Roy", phone="1"), role="care_coordinator")
    after = replace(BEFORE, team=(replace(nurse, party=replace(nurse.party, phone="2")),))
    ((part, what, name, fields),) = told(replace(BEFORE, team=(nurse,)), after)

    assert (part, what, name) == ("Care team", "changed", "Ana Roy")
    assert fields == [("Reached", "Ana Roy · 1", "Ana Roy · 2")]


def test_what_every_export_renews():
    """The document's own ids, version and date, an author's stamp, and the order are no change."""
    header = replace(DELGADO.header, version=7, written_on="2027-01-01", source_ids=())
    stamped = replace(DELGADO, residue=(Residue(text="2026-03-04", label="author"),))
    after = replace(DELGADO, header=header, residue=(Residue(text="2027-01-01", label="author"),))

    assert told(stamped, after) == []
    assert told(BEFORE, goals(CUFF, WALK)) == []


def test_long_texts():
    """Of two long texts only the place where they part is told."""
    text = "word " * 200
    before, after = excerpts(text + "OLD" + text, text + "NEW" + text)

    assert "OLD" in before
    assert "NEW" in after
    assert len(before) < 240


@pytest.mark.parametrize("ends", [("a" * 500, "a" * 400), ("", "b" * 900), ("ab" * 300, "b" * 600)])
def test_excerpts_differ(ends):
    """However two long texts differ, what is told of them differs."""
    assert len(set(excerpts(*ends))) == 2


def test_every_leaf():
    """A change of any leaf that a person reads is told."""
    plan, words = filled()
    missed = []
    for pointer in words:
        other = changed(plan, pointer.strip("/").split("/"))
        if meaning_of(other) != meaning_of(plan) and not changes(plan, other):
            missed.append(pointer)

    assert {_last(one) for one in missed} == QUIET


QUIET = {"id", "labels", "label", "set_id", "goals", "concerns", "interventions", "kind"}
"""Ids and links that point nowhere, labels, and kinds of identifiers nobody knows."""


def _last(pointer):
    return [step for step in pointer.split("/") if not step.isdigit()][-1]


def changed(value, path):
    """Return the value with the word at the path changed."""
    if not path:
        return value + "changed"
    step, rest = path[0], path[1:]
    if isinstance(value, tuple):
        kept = list(value)
        kept[int(step)] = changed(kept[int(step)], rest)
        return tuple(kept)
    return replace(value, **{step: changed(getattr(value, step), rest)})


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(plans())
def test_any_plan(plan):
    """Any plan can be compared with any other, and with itself it has no changes."""
    changes(DELGADO, plan)
    changes(plan, DELGADO)
    assert changes(plan, plan) == ()


def test_notes():
    """A note's words are compared under its section's title."""
    before = replace(BEFORE, notes=(Note(section="Home", text="Lives alone"),))
    after = replace(BEFORE, notes=(Note(section="Home", text="Lives with a sister"),))

    assert told(before, after) == [
        ("Notes", "changed", "Home", [("Text", "Lives alone", "Lives with a sister")])
    ]
