"""A plan that states a refusal waits until a record of the member answers it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from consent_world import make_consent

from consent.records import Policy, Recipient
from hub import release as step
from hub.canonical import Goal, Member, Name, Note, Place, Plan
from hub.canonical.place import REFUSED
from hub.directory import Contact, Organisation, RosterMember, Route
from hub.foreseeing import CONTACT, Reader, foresee
from hub.officer import Sight
from hub.ports import Endpoint
from hub.refusing import WAITS
from hub.stored import Draft, Facts
from hub.web.pages.wording import waits

NOW = datetime(2026, 6, 15, 16, tzinfo=UTC)
MEMBER = RosterMember("m1", "mco-1", "1", birth_date="1980-05-01")
NO = Note(section="Consent as the document states it", text="ROI: refused", part2_origin="no")


FACTS = Facts(
    organisations={
        "mco-1": Organisation("mco-1", "mco", "Keystone"),
        "pcmh-1": Organisation("pcmh-1", "pcmh", "Riverbend"),
    },
    endpoints={"end-1": Endpoint("end-1", "pcmh-1", "mailbox", format="json")},
)


def stating(day):
    """Return a plan that states a refusal of a day; none where there is no day at all."""
    plan = Plan(
        member=Member(name=Name(given=("Ada",), family="Zzy"), birth_date="1980-05-01"),
        goals=(Goal(id="g1", text="Walk daily"),),
        notes=(NO,),
    )
    if day is not None:
        rule = f"{REFUSED} {day}".strip()
        plan = replace(plan, places={"/notes/0/text": Place("ZCN-3", "segment", rule)})
    return plan


def found(day, *consents):
    """Return what the release step makes of a plan that states a refusal of a day."""
    facts = replace(FACTS, consents={"m1": consents})
    contact = Contact("con-1", "pcmh-1", "Nadia Brandt RN", roles=("plan",), endpoint="end-1")
    way = Route(pcmh="pcmh-1", contact=contact, endpoint="end-1")
    draft = Draft("pln-1", 1, "sub-1", "mco-1", "c", 1, stating(day))
    return step.release(draft, MEMBER, way, facts, NOW)


LATER = make_consent("tpo", signed_on=date(2026, 4, 18))
EARLIER = make_consent("tpo", signed_on=date(2026, 4, 16))
REFUSAL = make_consent("refusal", signed_on=date(2026, 4, 17), categories=frozenset({"sud"}))
REVOKED = replace(LATER, revoked_at=NOW)
REPLACED = replace(LATER, superseded_by="c2")


@pytest.mark.parametrize(
    ("day", "consents", "held"),
    [
        (None, (), False),
        ("2026-04-17", (), True),
        ("2026-04-17", (EARLIER,), True),
        ("2026-04-17", (REVOKED,), True),
        ("2026-04-17", (REPLACED,), True),
        ("2026-04-17", (LATER,), False),
        ("2026-04-17", (REFUSAL,), False),
        ("", (), True),
        ("", (LATER,), True),
        ("", (REFUSAL,), False),
        ("2026-04", (LATER,), True),
        ("2099-01-01", (LATER,), True),
        ("2099-01-01", (REFUSAL,), False),
    ],
)
def test_heard(day, consents, held):
    """A stated refusal holds its plan until a record signed then or later is on file."""
    made = found(day, *consents)
    assert isinstance(made, step.Held) is held
    if held:
        assert made.reason["held_for"][0] == WAITS


@pytest.mark.parametrize(("consents", "first"), [((), True), ((LATER,), False)])
def test_foreseen(consents, first):
    """The preview of the contact says what the release step would wait for."""
    sight = Sight(MEMBER, FACTS, consents, "pln-1", 1, "c", "held", stating("2026-04-17"))
    reader = Reader(CONTACT, "Riverbend", "TREAT", Recipient(organisation="pcmh-1"))
    seen = foresee(sight, reader, consents, NOW, Policy())
    assert (WAITS in seen.waits) is first
    assert not (first and seen.goes)


WORDED = Plan(
    member=Member(name=Name(given=("Ada",), family="Zzy"), birth_date="1980-05-01"),
    goals=(Goal(id="g1", text="Walk daily"), Goal(id="g2", text="Methadone every day")),
    notes=(Note(text="Release of SUD information to PCP: REFUSED"),),
)


@pytest.mark.parametrize(("consents", "held"), [((), True), ((LATER,), True), ((REFUSAL,), False)])
def test_words_hold(consents, held):
    """A refusal in words holds a plan with what it is about until the refusal is on file."""
    contact = Contact("con-1", "pcmh-1", "Nadia Brandt RN", roles=("plan",), endpoint="end-1")
    way = Route(pcmh="pcmh-1", contact=contact, endpoint="end-1")
    facts = replace(FACTS, consents={"m1": consents})
    made = step.release(
        Draft("pln-1", 1, "sub-1", "mco-1", "c", 1, WORDED), MEMBER, way, facts, NOW
    )

    assert isinstance(made, step.Held) is held
    if held:
        assert WAITS in made.reason["held_for"]
    else:
        assert b"Methadone" not in made.content


def test_said_in_words():
    """The privacy officer's list says what such a plan waits for."""
    assert "the document itself says that the member refuses release" in waits(WAITS)
