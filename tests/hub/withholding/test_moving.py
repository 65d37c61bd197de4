"""Lists and places after a removal: none points at another unit's value, none tells a secret."""

from __future__ import annotations

import dataclasses

import pytest
from plans import filled

from hub.canonical import Absent, Goal, Header, Note, Place, Plan
from hub.withholding.anatomy import LISTS
from hub.withholding.moving import places_left, without
from hub.withholding.phrasing import resolve

FULL, _ = filled()
MAY_BE_ABSENT = (
    *("concerns", "goals", "interventions", "outcomes", "medications", "allergies"),
    "advance_directives",
)
TWO = Plan(
    goals=(Goal(text="Walk"), Goal(text="Sleep")),
    allergies=Absent("none"),
    notes=(Note(text="One"), Note(text="Two"), Note(text="Three")),
    header=Header(criteria=(Note(text="One"), Note(text="Two"))),
)


def kept(gone, places, *, secret=()):
    """Return the places that are left of some, as pointer and where."""
    plan = dataclasses.replace(TWO, places=places)
    return dict(places_left(plan, set(gone), LISTS, tuple(secret)))


@pytest.mark.parametrize("at", LISTS)
def test_emptied(at):
    """A list emptied says `masked` where a list may be absent, so that nobody reads none."""
    whole = resolve(FULL, at)
    gone = {f"{at}/{index}" for index in range(len(whole))}
    masked = Absent("masked") if at.removeprefix("/") in MAY_BE_ABSENT else ()
    assert without(FULL, at, gone, {at}) == masked
    assert without(FULL, at, {f"{at}/0"}, {at}) == (whole[1:] or masked)
    assert without(FULL, at, gone, set()) is whole


def test_nothing_there():
    """A list that was empty, or said that there is none, stays as it was."""
    assert without(Plan(), "/goals", set(), {"/goals"}) == ()
    none = Plan(allergies=Absent("none"))
    assert without(none, "/allergies", {"/allergies/0"}, {"/allergies"}) == Absent("none")


@pytest.mark.parametrize(
    ("pointer", "moved"),
    [
        ("/goals/1/text", "/goals/0/text"),
        ("/goals/1", "/goals/0"),
        ("/goals/1/party/name", "/goals/0/party/name"),
        ("/goals/1/goals_met/0", "/goals/0/goals_met/0"),
        ("/goals/0/text", None),
        ("/goals/0", None),
        ("/goals/1/concerns", None),
        ("/goals/1/concerns/0", None),
        ("/goals/1/goals/0", None),
        ("/goals/1/interventions/0", None),
        ("/goals/7/text", None),
        ("/allergies/0/text", None),
        ("/notes/2/text", "/notes/1/text"),
        ("/notes/0/text", "/notes/0/text"),
        ("/notes/1/text", None),
        ("/header/criteria/1/text", "/header/criteria/0/text"),
        ("/header/criteria/1", "/header/criteria/0"),
        ("/header/criteria/0/text", None),
        ("/header/criteria", "/header/criteria"),
        ("/header/title", None),
        ("/header/title/0", None),
        ("/header/author/name", "/header/author/name"),
        ("/coverage", None),
        ("/coverage/mco", None),
        ("/coverage/mco/name/0", None),
        ("/crisis_plan", "/crisis_plan"),
        ("/goals", "/goals"),
        ("/member", "/member"),
    ],
)
def test_place(pointer, moved):
    """A place follows its value to where it stands now, and goes with it or with its link."""
    gone = {"/goals/0", "/notes/1", "/header/criteria/0", "/header/title", "/coverage"}
    expected = {} if moved is None else {moved: Place("/x")}
    assert kept(gone, {pointer: Place("/x")}) == expected


@pytest.mark.parametrize(
    ("place", "stays"),
    [
        (Place("/goals[3]"), True),
        (Place("/*[12]", rule="Attend Thursday group"), False),
        (Place("/goals[3]", rule="Attend Thursday group"), False),
        (Place("column Attend Thursday group"), False),
        (Place("column Attend Thursday group", rule="other"), False),
        (Place("column Weekly", rule="rule Weekly"), True),
        (Place("/*[1]/*[2]", rule="Weekly"), True),
    ],
)
@pytest.mark.parametrize("beside", [(), (Place("/*[9]"),), (Place("/é"),)])
def test_telling_place(place, stays, beside):
    """A place that repeats a withheld phrase, a column's heading or a rule's word, is dropped."""
    others = {f"/notes/{index}/text": one for index, one in enumerate(beside)}
    given = {"/goals/1/text": place, **others}
    found = kept(set(), given, secret=["attend thursday group"])
    assert ("/goals/1/text" in found) is stays
    assert set(others) <= set(found)
    assert kept(set(), given) == given
