"""Ids that leave tell nothing of what was withheld, and stay the same from version to version."""

from __future__ import annotations

import dataclasses
import json
import re
from datetime import UTC, datetime
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import filled

from hub import release as step
from hub import render
from hub.canonical import Absent, Concern, Goal, Intervention, Medication, Member, Name, Note, Plan
from hub.changes import changes
from hub.directory import Contact, Organisation, RosterMember, Route
from hub.ports import Endpoint
from hub.stored import Draft, Facts
from hub.withholding.renaming import NAMED, renamed

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MEMBER = RosterMember("mem-1", "mco-1", "K1", "", "Ada", "Q", "1961-07-19", "female", naming="n1")
OPEN = (
    Concern(id="concern-1", text="Diabetes"),
    Concern(id="concern-7", text="Asthma"),
    Concern(id="concern-9", text="Hearing"),
)
SECRETS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["Alcohol use disorder", "Heroin use, daily", "Takes methadone"]),
        st.sampled_from(["concern-2", "concern-3", "zz", None]),
    ),
    min_size=1,
    max_size=4,
)


def plan_with(secrets):
    """Return a plan that differs in what will be withheld alone."""
    concerns = list(OPEN)
    for at, text, own in secrets:
        concerns.insert(at, Concern(id=own, text=text))
    return Plan(
        member=Member(name=Name(given=("Ada",), family="Zzy"), birth_date="1961-07-19"),
        concerns=tuple(concerns),
        goals=(Goal(id="goal-2", text="Walk daily", concerns=("concern-7",)),),
        interventions=(Intervention(id="i1", text="Visit at home", goals=("goal-2",)),),
        medications=(Medication(text="Metformin"),),
        notes=(Note(section="Home", text="Ramp at the door"),),
    )


def released(plan, form, version=1):
    """Return what the release step clears of a plan in a format, without any consent on file."""
    facts = Facts(
        organisations={
            "mco-1": Organisation("mco-1", "mco", "Keystone"),
            "pcmh-1": Organisation("pcmh-1", "pcmh", "Riverbend"),
        },
        endpoints={"end-1": Endpoint("end-1", "pcmh-1", "mailbox", format=form)},
    )
    contact = Contact("con-1", "pcmh-1", "Nadia Brandt RN", roles=("plan",), endpoint="end-1")
    way = Route(pcmh="pcmh-1", contact=contact, endpoint="end-1")
    draft = Draft(f"pln-{version}", 1, "sub-1", "mco-1", "c", version, plan)
    return step.release(draft, MEMBER, way, facts, NOW)


@pytest.mark.parametrize("form", sorted(render.RENDERERS))
@given(one=SECRETS, other=SECRETS)
@settings(deadline=None, max_examples=5)
def test_identical(form, one, other):
    """Two plans that differ in withheld elements alone leave as the very same bytes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(step, "new_id", lambda prefix: f"{prefix}-1")
        first, second = (released(plan_with(given), form) for given in (one, other))
    assert first.release.withheld >= len(one)
    assert first.content == second.content


def test_no_gap():
    """No id of the source is in what leaves, and links follow the new ones."""
    found = released(plan_with([(1, "Alcohol use disorder", "concern-2")]), "json")
    plan = json.loads(found.content)["plan"]
    ids = [one["id"] for one in plan["concerns"]]
    assert all(re.fullmatch(r"concern-[0-9a-f]{16}", one) for one in ids)
    assert len(set(ids)) == len(OPEN)
    assert plan["goals"][0]["concerns"] == [ids[1]]
    assert plan["interventions"][0]["goals"] == [plan["goals"][0]["id"]]
    assert plan["medications"][0].get("id") is None
    assert not re.search(rb"concern-[0-9]\b|goal-2\b", found.content)


def test_stable():
    """An element keeps its id when another one comes or goes in the next version."""
    before = renamed(plan_with([]), "key", "c")
    after = renamed(plan_with([(0, "Foot care", "concern-0")]), "key", "c")
    assert set(before.concerns) < set(after.concerns)
    told = changes(before, after)
    assert [("added", "Foot care")] == [(one.what, one.name) for one in told]


def test_key():
    """Another member's or another plan's elements never share an id."""
    one, other = renamed(plan_with([]), "key", "c"), renamed(plan_with([]), "other", "c")
    assert {c.id for c in one.concerns}.isdisjoint(c.id for c in other.concerns)


def test_every_id():
    """Every list whose elements have ids is renamed, and only once for one id."""
    named = {
        name
        for name, hint in get_type_hints(Plan).items()
        if any("id" in getattr(kind, "__annotations__", ()) for kind in _types(hint))
    }
    assert named - {"header", "member"} == set(NAMED)
    twice = dataclasses.replace(plan_with([]), concerns=(OPEN[0], OPEN[0]))
    assert len({one.id for one in renamed(twice, "key", "c").concerns}) == 1


BEGINNINGS = {
    "concerns": "concern",
    "goals": "goal",
    "interventions": "intervention",
    "outcomes": "outcome",
    "medications": "medication",
    "allergies": "allergy",
}


@pytest.mark.parametrize(("name", "begins"), BEGINNINGS.items())
def test_beginning(name, begins):
    """A new id says what kind of element it is of, then 64 bits, and is the same every time."""
    plan, _ = filled()
    first, again = (getattr(renamed(plan, "key", "c"), name) for _ in range(2))
    assert first == again
    for old, new in zip(getattr(plan, name), first, strict=True):
        assert re.fullmatch(rf"{begins}-[0-9a-f]{{16}}", new.id)
        assert dataclasses.replace(new, id=old.id, **_linked(old)) == old


def _linked(one):
    names = ("concerns", "goals", "interventions")
    return {name: getattr(one, name) for name in names if hasattr(one, name)}


def test_nothing_to_rename():
    """A plan without ids is the same plan; an element without one gets none, its links follow."""
    bare = Plan(notes=(Note(text="x"),), allergies=Absent("none"))
    assert renamed(bare, "key", "c") is bare
    two = (Concern(text="x"), Concern(id="c", text="y"))
    unnamed = Plan(concerns=two, goals=(Goal(text="z", concerns=("c",)),))
    made = renamed(unnamed, "key", "c")
    assert made.concerns[0] is unnamed.concerns[0]
    assert (made.goals[0].id, made.goals[0].concerns) == (None, (made.concerns[1].id,))


def _types(hint):
    inner = getattr(hint, "__args__", ())
    return {hint} | {kind for arg in inner for kind in _types(arg)}
