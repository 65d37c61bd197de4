"""Consents held against each other: doubles, contradictions, chains, ends that are near."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from consent_world import make_consent

from consent.comparing import chain, clashes, duplicates, expiring, last_day, same
from consent.records import Expiry, Parties

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)


def ending(name, day, **changed):
    """Return a grant that ends on a day."""
    changed.setdefault("recipients", Parties(organisations=frozenset({name})))
    return make_consent("specific", id=name, expires=Expiry(on=day), **changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "other"},
        {"recorded_by": "somebody"},
        {"revoked_at": AT},
        {"bulk": True},
        {"signed_by": "  M1 "},
        {"scan": "x"},
        {"method": "electronic"},
    ],
)
def test_the_same_form(changed):
    """Who recorded a form, how, and what became of it doesn't make it another form."""
    form = make_consent("specific")
    assert same(form, replace(form, **changed))


@pytest.mark.parametrize(
    "changed",
    [
        {"signed_on": date(2026, 1, 11)},
        {"purposes": frozenset({"HPAYMT"})},
        {"categories": frozenset({"hiv"})},
        {"recipients": Parties(organisations=frozenset({"other"}))},
        {"disclosers": Parties()},
        {"expires": Expiry(never=True)},
        {"member": "m2"},
        {"kind": "roi"},
        {"statements": frozenset()},
        {"starts": date(2026, 2, 1)},
        {"intermediary": "hie"},
        {"authority": "guardian"},
        {"signed_by": "else"},
    ],
)
def test_another_form(changed):
    """Whatever the form itself says makes it another form."""
    form = make_consent("specific", id="a")
    assert () == duplicates(form, [form, replace(form, id="b", **changed)])


def test_duplicates_are_found_though_revoked():
    """A revoked form that comes again is found: it is no new signature."""
    form = make_consent("specific", id="new")
    assert ("old",) == duplicates(form, [replace(form, id="old", revoked_at=AT)])


def test_clashes():
    """A grant meets a standing refusal of the same day, and a refusal the grant."""
    grant = make_consent("specific", id="g")
    refusal = make_consent("refusal", id="r", categories=frozenset({"sud"}))
    assert (("r",), ("g",)) == (clashes(grant, [refusal]), clashes(refusal, [grant]))
    assert () == clashes(grant, [replace(refusal, superseded_by="x")])
    assert () == clashes(grant, [replace(refusal, signed_on=date(2026, 1, 9))])


def test_chain():
    """A chain is told from any of its records, oldest first; others aren't in it."""
    a = make_consent("specific", id="a", superseded_by="b")
    b = make_consent("specific", id="b", supersedes="a", superseded_by="c")
    c = make_consent("specific", id="c", supersedes="b")
    known = [c, make_consent("roi", id="x"), a, b]
    for name in "abc":
        assert ["a", "b", "c"] == [one.id for one in chain(name, known)]
    assert () == chain("nobody", known)


def test_a_broken_chain_ends():
    """Records that name each other in a ring, or one that is gone, end a chain."""
    a = make_consent("specific", id="a", supersedes="b")
    b = make_consent("specific", id="b", supersedes="a")
    assert {"a", "b"} == {one.id for one in chain("a", [a, b])}
    assert ["a"] == [one.id for one in chain("a", [a])]


def test_expiring():
    """Standing grants that end in time are listed, the next first; the last day counts."""
    known = [
        ending("b", date(2026, 6, 30)),
        ending("a", date(2026, 6, 11)),
        ending("late", date(2026, 7, 2)),
        ending("gone", date(2026, 5, 31)),
        ending("revoked", date(2026, 6, 11), revoked_at=AT),
        make_consent("refusal", id="r", expires=Expiry(on=date(2026, 6, 11))),
        make_consent("specific", id="event", expires=Expiry(event="discharge")),
    ]
    assert ["a", "b"] == [one.consent for one in expiring(known, AT, 29)]
    assert ["a"] == [one.consent for one in expiring(known, AT, 10)]


def test_what_is_carried_on_is_left_out():
    """A grant that another in force carries on doesn't end soon; a narrower one carries none."""
    to = Parties(organisations=frozenset({"practice"}))
    old = ending("old", date(2026, 6, 11), recipients=to)
    longer = ending("new", date(2027, 1, 1), recipients=to)
    assert () == expiring([old, longer], AT, 30)
    for narrower in (
        replace(longer, categories=frozenset({"hiv"})),
        replace(longer, recipients=Parties(organisations=frozenset({"other"}))),
        replace(longer, purposes=frozenset({"HPAYMT"})),
        replace(longer, member="m2"),
    ):
        assert ["old"] == [one.consent for one in expiring([old, narrower], AT, 30)]


@pytest.mark.parametrize(
    ("ends", "day"),
    [
        (Expiry(on=date(2026, 6, 11)), date(2026, 6, 11)),
        (Expiry(at=datetime(2026, 6, 11, 4, tzinfo=UTC)), date(2026, 6, 10)),
        (Expiry(event="x"), None),
        (Expiry(event="x", event_at=datetime(2026, 6, 11, 15, tzinfo=UTC)), date(2026, 6, 11)),
        (Expiry(never=True), None),
    ],
)
def test_last_day(ends, day):
    """The last day inside is the day before an instant at midnight in the member's zone."""
    assert day == last_day(make_consent("specific", expires=ends))
