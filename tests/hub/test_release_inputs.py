"""What the release step and the send ask consent with: states, enrolment, channel, instant, age."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from consent_world import make_consent

from consent import Expiry, Policy, read_pack
from consent.states import SHIPPED
from hub.canonical import Absent, Address, Member, Plan
from hub.directory import Organisation, RosterMember
from hub.ports import Endpoint
from hub.questioning import _states, born, instant
from hub.release import _carries, _enrolled, permitted
from hub.render import CARRY_NOTICES
from hub.stored import Due, Facts

FRANKLIN = read_pack(
    (Path(__file__).parents[1] / "consent" / "packs" / "franklin.toml").read_text("utf-8")
)
POLICY = Policy(packs=(*SHIPPED, FRANKLIN))
NOW = datetime(2026, 6, 15, 16, tzinfo=UTC)
PCMH = Organisation("practice", "pcmh", "Practice")
MEMBER = RosterMember("m1", "mco", "1", birth_date="1980-05-01")


def at_home(*states):
    """Return a plan whose member has an address in each state, as documents write them."""
    return Plan(member=Member(addresses=tuple(Address(state=one) for one in states)))


@pytest.mark.parametrize(
    ("written", "states"),
    [
        ((), {"PA"}),
        (("PA",), {"PA"}),
        (("pennsylvania",), {"PA"}),
        (("Franklin ",), {"PA", "FR"}),
        ((" oh", "FR"), {"PA", "OH", "FR"}),
        (("Ohio",), {"PA", "OHIO"}),
        (("",), {"PA"}),
        ((None,), {"PA"}),
        ((Absent("masked"),), {"PA"}),
    ],
)
def test_states(written, states):
    """An address adds its state's law, by letters or a pack's name; it takes none away."""
    assert states == _states(at_home(*written), POLICY)


def test_home_state():
    """The hub's own state is always among them, whatever the policy says it is."""
    assert {"FR", "PA"} == _states(at_home("PA"), replace(POLICY, home_state="FR"))


def testinstant():
    """The question is never asked at an instant before a revocation or event that was committed."""
    later, latest = NOW + timedelta(seconds=2), NOW + timedelta(seconds=3)
    revoked = make_consent("tpo", revoked_at=later)
    over = make_consent("tpo", expires=Expiry(event="discharge", event_at=latest))
    past = make_consent("tpo", revoked_at=NOW - timedelta(days=1))
    assert [NOW, NOW, later, latest] == [
        instant(NOW, held) for held in ((), (past,), (revoked, past), (revoked, over))
    ]


def test_born():
    """A birth date that can't be read is taken as a minor's, which protects more."""
    assert [date(1980, 5, 1), date.max, date.max] == list(map(born, ("1980-05-01", "", "5/1/80")))


def due(facts=None, **changed):
    """Return a claimed delivery of general content."""
    decision = {
        "released": [["general", "no", "unknown"]],
        "discloser": "mco",
        "part2_source": False,
        "recipient": ["practice", "doctor"],
        "purpose": "TREAT",
        "states": ["PA"],
        **changed.pop("decision", {}),
    }
    known = facts or Facts(by_id={"m1": MEMBER}, endpoints={"e": Endpoint("e", "practice", "sftp")})
    given = {"delivery": "d", "plan": "p", "member": "m1", "birth_date": "1980-05-01"}
    given |= {"consents": (), "organisations": {"practice": PCMH}, "endpoint": "e"}
    return Due(decision=decision, facts=known, **(given | changed))


def test_enrolled():
    """A member the newest roster dropped is no longer enrolled; one it doesn't know still is."""
    left = Facts(by_id={"m1": replace(MEMBER, active=False)})
    assert [True, False, True] == [_enrolled(due()), _enrolled(due(left)), _enrolled(due(Facts()))]


def test_carries():
    """A channel carries notices while its format does, as it is today."""
    told = {}
    for form in (*sorted(CARRY_NOTICES), "none-such"):
        told[form] = _carries(due(Facts(endpoints={"e": Endpoint("e", "p", "sftp", format=form)})))
    assert not told.pop("none-such")
    assert all(told.values())
    assert _carries(due(Facts()))


SUD = {"released": [["sud", "yes", "unknown"]]}
LEFT = Facts(by_id={"m1": replace(MEMBER, active=False)})
MUTE = Facts(endpoints={"e": Endpoint("e", "practice", "sftp", format="none-such")})


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (due(), None),
        (due(LEFT), "consent_changed"),
        (due(decision=SUD), "consent_changed"),
        (due(decision=SUD, consents=(make_consent("tpo"),)), None),
        (due(MUTE, decision=SUD, consents=(make_consent("tpo"),)), "consent_changed"),
        (due(consents=(make_consent("restriction"),)), "consent_changed"),
        (due(consents=(make_consent("restriction", revoked_at=NOW),)), None),
        (due(decision={"released": []}), "recipient_closed"),
        (due(organisations={}), "recipient_closed"),
        (due(organisations={"practice": replace(PCMH, active=False)}), "recipient_closed"),
        (due(decision={"states": ["PA", "OH"], **SUD}), "consent_changed"),
        (due(raised=("general",)), None),
        (due(raised=("sud",)), "consent_changed"),
        (due(labels=0), None),
        (due(labels=2, decision={"labels": 1}), "labels_changed"),
    ],
)
def test_at_the_moment_of_sending(given, answer):
    """Each thing that changed since the release stops the send, and says which kind it was."""
    assert answer == permitted(lambda: NOW)(given)


def test_the_hubs_policy():
    """The question at the moment of sending is asked under the hub's own policy."""
    later = Policy(off=frozenset({"HR-15"}))
    assert permitted(lambda: NOW, later)(due(LEFT)) is None
