"""REF: what is asked of whom, and a referral as a set of its own."""

import pytest
from hl7_messages import message, plan

from hub.canonical import said

RF1 = (
    "RF1|P^Pending^HL70283|U^Urgent^HL70280|CAR^Cardiology^L|SO^Second opinion^HL70282||R77^LHCC"
    "|20260301|20260401||H^Heart failure worse^L~Weight up"
)
TO = "PRD|RT^Referred to provider^HL70286|Doe^Ann^^^Dr|||^^PH^^^814^5550100||1234567893^NPI"
BY = "PRD|RP^Referring provider^HL70286|Roe^Bob"
PR1 = "PR1|1||93306^Echocardiogram^C4||20260310"


def referral(event="I12", *more):
    """Return the plan of a referral."""
    return plan(message(TO, BY, PR1, *more, kind=f"REF^{event}", pid=RF1 + "\r" + PID))


PID = "PID|1||100200^^^PLAN1^MB||PUBLIC^PAT^Q||19700101|F"


def test_ask():
    """A referral asks the provider it goes to, for its reasons, by its day."""
    (ask,) = referral().asks

    words = "Heart failure worse; Weight up; Cardiology; Second opinion; priority Urgent"
    assert (words, "2026-04-01") == (ask.text, ask.due)
    assert ("Dr Ann Doe", "Referred to provider") == (said(ask.party.name), said(ask.party.role))


def test_places():
    """What is asked, by when and of whom say where they were read."""
    places = referral().places

    at = [places[f"/asks/0/{name}"].at for name in ("text", "due", "party")]
    assert at == ["RF1-10", "RF1-8", "PRD[1]-2"]


def test_procedure():
    """A procedure of a referral is what it is for."""
    (item,) = referral().interventions

    assert (item.kind, item.text, item.start) == ("referral", "Echocardiogram", "2026-03-10")


@pytest.mark.parametrize(
    ("event", "status", "replaced"),
    [
        ("I12", "unknown", None),
        ("I13", "unknown", "R77"),
        ("I14", "revoked", "R77"),
        ("I15", "unknown", "R77"),
    ],
)
def test_set_of_its_own(event, status, replaced):
    """A referral is a set by its number, and its later events are versions of it."""
    header = referral(event).header

    assert ("R77", status) == (header.set_id, header.status)
    assert replaced == (header.replaces.set_id if header.replaces else None)


def test_status_request():
    """A request for the status of a referral asks for it."""
    assert said(referral("I15").asks[0].text).startswith("Request patient referral status; ")


def test_remark():
    """A comment under a referral says so."""
    found = plan(message("NTE|1||call first", kind="REF^I12", pid=f"{PID}\r{RF1}"))

    assert [(n.section, n.text) for n in found.notes] == [("About the referral", "call first")]


def test_procedure_elsewhere():
    """A procedure of any other message is no part of a plan."""
    assert plan(message("AL1|1||N^Nuts^L", PR1, kind="ADT^A08")).interventions == ()
