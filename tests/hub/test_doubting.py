"""What is doubtful about a plan, and what it becomes when a person settles it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hub import doubting
from hub.canonical import (
    UNREAD,
    Absent,
    Ask,
    Code,
    Concern,
    Finding,
    Goal,
    Header,
    Identifier,
    Intervention,
    Member,
    Name,
    Note,
    Place,
    Plan,
    Residue,
    Risk,
)
from hub.errors import Refused

BOX = "page 1 (10.0, 20.0, 90.0, 30.0)"
SNOMED = "http://snomed.info/sct"


def sure(confidence):
    """Return a place on a page, read so surely."""
    return Place(BOX, "page", "label", confidence)


def plan(**places):
    """Return a plan whose values stand at places read so surely, by pointer with `_` for `/`."""
    return Plan(
        header=Header(version=3),
        member=Member(
            identifiers=(Identifier("plan", "K1"),),
            name=Name(family="Zzy", given=("Q", "R")),
            birth_date="1961-07-19",
        ),
        risk=Risk(level="high"),
        goals=(
            Goal(id="g1", text="Walk", due="2026-12-01", labels=("sud",), part2_origin="yes"),
            Goal(id="g2", text="Sleep", codes=(Code(SNOMED, "73211009", "Diabetes"),)),
        ),
        interventions=(Intervention(text="Grab bars", responsible="mco"),),
        places={name.replace("_", "/"): sure(value) for name, value in places.items()},
    )


def doubt(pointer, because="unsure"):
    """Return a doubt about a value on a page."""
    return doubting.Doubt(pointer, because, BOX, "page", 0.8)


@pytest.mark.parametrize(
    ("pointer", "confidence", "waits", "marks"),
    [
        ("_goals_0_text", 0.8, 1, 0),
        ("_goals_0_text", 0.9, 0, 0),
        ("_goals_0_text", 1.0, 0, 0),
        ("_member_name_family", 0.5, 1, 0),
        ("_member_identifiers_0_value", 0.5, 1, 0),
        ("_member_identifiers_0_kind", 0.5, 0, 0),
        ("_interventions_0_responsible", 0.5, 1, 0),
        ("_risk_level", 0.5, 0, 1),
        ("_residue_0_text", 0.5, 0, 0),
    ],
)
def test_what_waits(pointer, confidence, waits, marks):
    """A value read less surely than asked waits where it matters and is marked elsewhere."""
    found = doubting.doubts(plan(**{pointer: confidence}), (), 0.9)

    assert (waits, marks) == (len(found.waiting), found.marked)


@pytest.mark.parametrize(
    ("code", "at", "waits"),
    [
        ("invalid_mbi", "/member/identifiers/0/value", 1),
        ("birth_date_in_future", "/member/birth_date", 1),
        ("missing_text", "/goals/0/text", 0),
    ],
)
def test_failed_checks(code, at, waits):
    """A value off a page that fails a check waits; one that only lacks something does not."""
    read = replace(plan(), places={at: sure(0.98)})
    finding = Finding("error", code, "look at it", Place(at, "pointer", "check"))

    assert waits == len(doubting.doubts(read, (finding,), 0.9).waiting)


def test_structured_sources_are_not_doubted():
    """A check that fails in a structured source is a finding for its sender, and no doubt."""
    at = "/member/birth_date"
    read = replace(plan(), places={at: sure(1.0)})
    finding = Finding("error", "birth_date_in_future", "ask", Place(at, "pointer", "check"))

    assert () == doubting.doubts(read, (finding,), 0.9).waiting


@pytest.mark.parametrize(("code", "waits"), [("73211009", 0), ("73211008", 1), ("7321100x", 1)])
def test_check_digits(code, waits):
    """A SNOMED CT code off a page with a wrong check digit waits for a person."""
    goal = Goal(text="Sleep", codes=(Code(SNOMED, code, "Diabetes"),))
    read = replace(plan(), goals=(goal,), places={"/goals/0/codes/0/code": sure(0.98)})

    assert waits == len(doubting.doubts(read, (), 0.9).waiting)


def test_left_out_waits():
    """A value its reader left out rather than guessed waits for a person, at its place."""
    finding = Finding("warning", "doubtful_field", "`goal` may go on below", sure(0.5))
    (found,) = doubting.doubts(plan(), (finding,), 0.9).waiting

    assert ("", "left_out", BOX) == (found.pointer, found.because, found.at)


def test_marked():
    """A marked plan says how many values nobody confirmed, and neither which nor what."""
    note = doubting.marked(plan(), 2).notes[-1]

    assert "2 values" in note.text
    assert "high" not in note.text


def test_confirm():
    """A confirmed value stays, says so, and is never doubted again."""
    before = plan(_goals_0_text=0.5)
    after, _ = doubting.settled(before, doubt("/goals/0/text"), "confirm", "", "")

    assert "Walk" == after.goals[0].text
    assert "settled: confirmed by a person" == after.places["/goals/0/text"].rule
    assert () == doubting.doubts(after, (), 0.9).waiting


def test_correct():
    """A corrected value takes the old one's place, at the same place of the source."""
    after, _ = doubting.settled(plan(), doubt("/goals/0/text"), "correct", "Walk far", "")

    assert "Walk far" == after.goals[0].text
    assert (BOX, 1.0) == (
        after.places["/goals/0/text"].at,
        after.places["/goals/0/text"].confidence,
    )


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/interventions/0/responsible", "nobody"), ("/header/version", "three"), ("/goals/0", "x")],
)
def test_unfit(pointer, value):
    """A new value that does not fit its field is refused."""
    with pytest.raises(Refused) as refused:
        doubting.settled(plan(), doubt(pointer), "correct", value, "")

    assert 422 == refused.value.status


def test_reject_an_item():
    """A rejected item leaves its list for the residue, with its labels; the others close ranks."""
    before = plan(_goals_0_text=0.5, _goals_1_text=0.8, _goals_0_due=0.5)
    after, gone = doubting.settled(before, doubt("/goals/0/text"), "reject", "", "")

    assert ["Sleep"] == [goal.text for goal in after.goals]
    assert ("Walk · 2026-12-01", ("sud",), "yes") == (
        after.residue[0].text,
        after.residue[0].labels,
        after.residue[0].part2_origin,
    )
    assert 0.8 == after.places["/goals/0/text"].confidence
    assert "/goals/0/due" not in after.places
    assert ("/goals", 0) == gone


def test_reject_a_field():
    """A rejected field of something larger is emptied, and its words are kept as residue."""
    after, gone = doubting.settled(plan(), doubt("/member/birth_date"), "reject", "", "")

    assert (None, "1961-07-19", None) == (after.member.birth_date, after.residue[0].text, gone)


@pytest.mark.parametrize(
    ("pointer", "now"),
    [
        ("/goals/0/text", "/goals/0/text"),
        ("/goals/1/due", None),
        ("/goals/2/text", "/goals/1/text"),
        ("/asks/2/text", "/asks/2/text"),
        ("", ""),
    ],
)
def test_moved(pointer, now):
    """After an item was taken out, pointers behind it move up and those into it end."""
    assert now == doubting.moved(pointer, ("/goals", 1))


def test_put_what_was_left_out():
    """What a reader left out is added where a person says it belongs."""
    left = doubt("", "left_out")
    after, _ = doubting.settled(plan(), left, "correct", "See a dentist", "/goals/-/text")

    assert "See a dentist" == after.goals[2].text
    assert BOX == after.places["/goals/2/text"].at


def test_put_nowhere_else():
    """What was left out can't be put where nobody offered."""
    with pytest.raises(Refused):
        doubting.settled(plan(), doubt("", "left_out"), "correct", "x", "/header/status")


def test_still_failing():
    """A correction that fails the check again is known."""
    read = replace(plan(), member=Member(birth_date="2090-01-01"))

    assert doubting.still_failing(read, "/member/birth_date", date(2026, 11, 2))


@pytest.mark.parametrize(
    ("item", "kind", "waits"),
    [
        (Goal(due="2026-12-01"), "xpath", ["wordless"]),
        (Goal(id="g1", concerns=("c1",)), "segment", ["wordless"]),
        (Goal(status="met"), "cell", ["wordless"]),
        (Goal(status="met"), "xpath", []),
        (Goal(due="2026-12-01", codes=(Code(SNOMED, "1", "Walk"),)), "cell", []),
        (Goal(due="2026-12-01", text=Absent("masked")), "cell", []),
        (Goal(due="2026-12-01", text=" "), "cell", ["wordless"]),
    ],
)
def test_words_that_are_lost(item, kind, waits):
    """An item that says something, but not what, waits for a person; an empty shell does not."""
    read = replace(plan(), goals=(item,), places={"/goals/0/due": Place("here", kind)})
    found = doubting.doubts(read, (), 0.9).waiting

    assert waits == [one.because for one in found]
    assert {"/goals/0/text"} >= {one.pointer for one in found}


def test_withdrawn_plan_is_not_held():
    """A plan that its sender withdrew goes on, whatever its items lack."""
    read = replace(plan(), header=Header(status="revoked"), goals=(Goal(due="2026-12-01"),))

    assert doubting.doubts(read, (), 0.9).waiting == ()


NOTED = {"goals": (), "interventions": (), "notes": (Note(text="All of it"),)}


@pytest.mark.parametrize(
    ("more", "waits"),
    [
        ({}, ["only_notes"]),
        ({"concerns": (Concern(text="Asthma"),)}, []),
        ({"asks": (Ask(text="Please call"),)}, []),
        ({"header": Header(kind="report")}, []),
        ({"header": Header(status="revoked")}, []),
        ({"notes": ()}, []),
        (
            {"places": {"/notes/0/text": Place("x", "segment", "settled: confirmed by a person")}},
            [],
        ),
    ],
)
def test_a_plan_of_notes_only_waits(more, waits):
    """A care plan of which nothing but notes was read waits until a person has looked at it."""
    read = replace(plan(), **{**NOTED, **more})

    assert waits == [one.because for one in doubting.doubts(read, (), 0.9).waiting]


def test_what_was_not_read_waits():
    """Residue that no profile names waits until a person settles it; other residue does not."""
    places = {"/residue/0/text": Place("sheet 3", "cell", UNREAD), "/residue/1": Place("x", "cell")}
    kept = (Residue(text="a"), Residue(text="b"))
    read = replace(plan(), residue=kept, places=places)
    (one,) = doubting.doubts(read, (), 0.9).waiting
    after, gone = doubting.settled(read, one, "reject", "", "")

    assert (one.pointer, one.because, one.at) == ("/residue/0/text", "unread", "sheet 3")
    assert (gone, doubting.doubts(after, (), 0.9).waiting) == (("/residue", 0), ())
