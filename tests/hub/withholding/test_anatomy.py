"""The units of a plan: what each one says by itself, and which ones are content or identity."""

from __future__ import annotations

import dataclasses

import pytest
from plans import filled

from hub.canonical import Concern, Header, Plan
from hub.withholding.anatomy import (
    content_left,
    is_identity,
    list_of,
    own_parts,
    parent,
    top_lists,
    unit_pointers,
)

FULL, _ = filled()
PARTS = own_parts(FULL)
CONTENT = (
    "assessments", "strengths", "preferences", "barriers", "own_words", "concerns", "goals",
    "interventions", "outcomes", "medications", "allergies", "advance_directives", "asks", "notes",
    "attachments", "residue",
)  # fmt: skip


def test_parts_are_the_units():
    """Every unit that a plan fills has its part, and nothing else has one."""
    assert set(PARTS) == set(unit_pointers(FULL))
    bare = Plan(header=Header(title="Care plan"), concerns=(Concern(text="Falls"),))
    found = unit_pointers(bare)
    assert found == tuple(dict.fromkeys(found))
    assert set(own_parts(bare)) == set(found) == {
        "/header", "/member", "/coverage", "/concerns/0", "/header/title",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("at", "inner"),
    [
        ("/header", "title program purpose author custodian owner steward criteria recipients"),
        (
            "/member",
            "representative cultural_preferences communication_needs addresses telecoms",
        ),
        ("/agreement", "outreach meeting"),
        ("/goals/0", "concerns"),
        ("/interventions/0", "goals concerns"),
        ("/outcomes/0", "goals interventions"),
        ("/notes/0", ""),
    ],
)
def test_own_words(at, inner):
    """A part says its own words alone: not those of units inside it, nor the ids of others."""
    whole = FULL
    for step in at.split("/")[1:]:
        whole = whole[int(step)] if step.isdigit() else getattr(whole, step)
    fields = {one.name for one in dataclasses.fields(whole)}
    assert set(inner.split()) <= fields
    assert set(PARTS[at]) == fields - set(inner.split())


def test_places_are_no_words():
    """Where a value was read isn't part of what a unit says."""
    assert "places" not in str(sorted(PARTS))
    assert own_parts(dataclasses.replace(FULL, places={})) == PARTS


@pytest.mark.parametrize(
    "at",
    [
        *("/header", "/member", "/header/author", "/header/custodian", "/header/owner"),
        *("/header/steward", "/coverage", "/header/recipients/0", "/member/addresses/1"),
        "/member/telecoms/0",
    ],
)
def test_identity(at):
    """Who the plan is about and who wrote it is the plan's identity."""
    assert is_identity(at)


@pytest.mark.parametrize(
    "at",
    ["/header/title", "/header/criteria/0", "/member/representative", "/team/0", "/notes/1"],
)
def test_no_identity(at):
    """Everything else can be a secret."""
    assert not is_identity(at)


def test_lists():
    """A unit of a list is counted under its list, any other under itself."""
    for name in CONTENT:
        assert list_of(f"/{name}/3") == f"/{name}"
    assert list_of("/header/criteria/1") == "/header/criteria"
    assert list_of("/header/title") == "/header/title"
    assert list_of("/coverage") == "/coverage"
    assert parent("/goals/3/text") == "/goals/3"


def test_top_lists():
    """The lists that stand directly in a plan are its content and the team."""
    assert set(top_lists()) == {*CONTENT, "team"}


def test_content_left():
    """What is left counts every unit of content and the crisis plan, not the team or the frame."""
    everything = sum(len(getattr(FULL, name)) for name in CONTENT) + 1
    assert content_left(FULL, ()) == everything
    assert content_left(FULL, ["/team/0", "/header/title", "/coverage", "/risk"]) == everything
    for name in CONTENT:
        assert content_left(FULL, [f"/{name}/0"]) == everything - 1
    assert content_left(FULL, ["/crisis_plan", "/goals/0", "/goals/1"]) == everything - 3
    assert content_left(dataclasses.replace(FULL, crisis_plan=None), ()) == everything - 1
    assert content_left(Plan(), ()) == 0
