"""Who is told of a silence, in which order, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hub.clocks import LADDER, Limits, due, limits, next_step
from hub.directory import Contact, OwnClocks

NOW = datetime(2026, 11, 18, 15, tzinfo=UTC)


def person(name, organisation, *roles, **more):
    """Return a contact."""
    return Contact(id=name, organisation=organisation, name=name, roles=roles, **more)


PRACTICE = (
    person("nurse", "pcmh", "plan", backup="stand-in"),
    person("stand-in", "pcmh", "plan"),
    person("gone", "pcmh", "manager", ends=date(2026, 1, 1)),
    person("manager", "pcmh", "manager"),
)
SENDER = (
    person("owner", "mco", "plan"),
    person("chief", "mco", "supervisor"),
    person("desk", "hub", "operations"),
)


def climbed(clock, designated="nurse", practice=PRACTICE, sender=SENDER):
    """Return everybody who is told, in order."""
    told, done = [], 0
    while step := next_step(clock, done, designated, {True: sender, False: practice}, NOW):
        told.append(step.contact.id)
        done = step.step
    return told


def test_ladders():
    """Each clock tells the people of its ladder, one after the other, and nobody twice."""
    assert climbed("person") == ["nurse", "stand-in", "manager", "owner", "chief"]
    assert climbed("agreement") == ["nurse", "manager", "owner", "chief"]
    assert climbed("technical") == ["desk", "owner", "chief"]


def test_nobody_there():
    """A step that has nobody is left out; a ladder with nobody at all ends at once."""
    assert climbed("person", practice=PRACTICE[1:], sender=()) == ["manager"]
    assert climbed("person", practice=(), sender=SENDER) == ["owner", "chief"]
    assert climbed("person", practice=(), sender=()) == []


def test_owner_before_contact():
    """An MCO's named owner comes before its point of contact."""
    assert "own" in climbed("person", sender=(*SENDER, person("own", "mco", "owner")))


def test_limits():
    """A program's own limit comes first, then the practice's, then the usual."""
    found = limits(Limits(), OwnClocks(person=1), OwnClocks(person=5, agreement=20))
    assert found == Limits(1.0, 1, 20, 1)


def test_due():
    """The technical clock counts hours of any day, the others business days."""
    night = datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert due("technical", night, Limits()) == datetime(2026, 11, 21, 4, tzinfo=UTC)
    assert due("person", night, Limits()).date() == date(2026, 11, 25)
    assert set(LADDER) == {"technical", "person", "agreement", "request"}
