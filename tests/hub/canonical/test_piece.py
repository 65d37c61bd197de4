"""The template's types are structs, and answer as dataclasses do."""

import dataclasses

import pytest

from hub.canonical import Goal, Member, Name, Plan, TeamMember


def test_fields_and_defaults() -> None:
    """`fields` gives names in their order, with the defaults the type has."""
    given = {one.name: one for one in dataclasses.fields(Plan)}
    assert tuple(given) == Plan.__struct_fields__
    assert given["schema"].default == "icp/1"
    assert given["places"].default_factory is dict


def test_replacing() -> None:
    """`replace` makes another of the same type and leaves the first as it was."""
    goal = Goal(text="Walk daily", labels=("sud",))
    other = dataclasses.replace(goal, text="Walk weekly")
    assert (goal.text, other.text, other.labels) == ("Walk daily", "Walk weekly", ("sud",))
    assert dataclasses.is_dataclass(goal)


def test_each_type_has_its_own_fields() -> None:
    """The fields of one type are never those of another that was asked first."""
    assert next(one.name for one in dataclasses.fields(TeamMember)) == "party"
    assert next(one.name for one in dataclasses.fields(Member)) == "identifiers"


def test_frozen_and_sealed() -> None:
    """A piece can't be changed, and never prints what it holds."""
    name = Name(family="Okafor")
    with pytest.raises(AttributeError):
        name.family = "Other"  # type: ignore[misc]  # what the test is about
    assert "Okafor" not in f"{name!r} {name}"
