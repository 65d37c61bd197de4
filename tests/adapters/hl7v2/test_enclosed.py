"""A C-CDA inside a message is the plan; the message adds to it, and never merges two people."""

import base64
import sys
from types import ModuleType

import pytest
from hl7_messages import codes, message, read

from hub.canonical import (
    Goal,
    Identifier,
    Member,
    Name,
    Note,
    Place,
    Plan,
    Reading,
    Tally,
    said,
    unreadable,
)

XML = b'<?xml version="1.0"?><ClinicalDocument xmlns="urn:hl7-org:v3"/>'
NOTE = "OBX|2|TX|N^Note^L||from the message||||||F"
WRAPPED = (
    b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/xml\r\n\r\n" + XML + b"\r\n--b--\r\n"
)


def inner_plan(family="Public", born="1970-01-01"):
    """Return the plan the stand-in C-CDA reader gives."""
    return Plan(
        member=Member(
            identifiers=(Identifier("mrn", "7"),), name=Name(family=family), birth_date=born
        ),
        goals=(Goal(id="g1", text="walk"),),
        notes=(Note(text="from the C-CDA"),),
        places={"/goals/0/text": Place("/1/2"), "/notes/0/text": Place("/1/3")},
    )


@pytest.fixture
def ccda(monkeypatch):
    """Put a stand-in C-CDA reader in place; `given` is what it reads."""

    class Stand:
        given = Reading((inner_plan(),), (), Tally(2, 2, 0, 0))

        def read(self, document):
            return self.given if document.content == XML else unreadable("x", "not ours")

    module = ModuleType("adapters.formats.ccda")
    module.ADAPTER = Stand()
    monkeypatch.setitem(sys.modules, "adapters.formats.ccda", module)
    return module.ADAPTER


def enclosing(content=XML, media="application^xml^Base64", rest=(NOTE,)):
    """Return a message with a file in it."""
    data = base64.b64encode(content).decode()
    return message(f"OBX|1|ED|F^Plan^L||^{media}^{data}||||||F", *rest)


@pytest.mark.usefixtures("ccda")
@pytest.mark.parametrize(
    ("content", "media"),
    [(XML, "application^xml^Base64"), (WRAPPED, "multipart^x-hl7-cda-level-one^Base64")],
)
def test_becomes_the_plan(content, media):
    """The enclosed document's content is the plan, with the file itself beside it."""
    (plan,) = read(enclosing(content, media)).plans

    assert [said(g.text) for g in plan.goals] == ["walk"]
    assert [len(content)] == [a.bytes for a in plan.attachments]


@pytest.mark.usefixtures("ccda")
def test_message_adds():
    """The message's notes, ids and recipients come after the document's own."""
    (plan,) = read(enclosing()).plans

    assert [said(n.text) for n in plan.notes] == ["from the C-CDA", "from the message"]
    assert [i.value for i in plan.member.identifiers] == ["7", "100200"]
    assert [r.organization for r in plan.header.recipients] == ["PRACTICE"]


@pytest.mark.usefixtures("ccda")
def test_places_stay_true():
    """Places of the document name the file they are in, those of the message follow their items."""
    (plan,) = read(enclosing()).plans

    assert plan.places["/goals/0/text"].document.startswith("sha256:")
    assert plan.places["/notes/1/text"].at == "OBX[2]-5"


@pytest.mark.parametrize("other", [{"family": "Other"}, {"born": "1971-01-01"}])
def test_other_person(ccda, other):
    """A document about another person than PID's quarantines the message."""
    ccda.given = Reading((inner_plan(**other),))
    reading = read(enclosing())

    assert (reading.plans, codes(reading)) == ((), [("two_patients", "PID")])


@pytest.mark.usefixtures("ccda")
def test_notice_covers_document():
    """A Part 2 notice in the message covers the enclosed document's elements."""
    (plan,) = read(enclosing(rest=("ZNT|1|x|42 CFR Part 2 applies",))).plans

    assert {"yes"} == {e.part2_origin for e in (*plan.goals, *plan.notes, *plan.attachments)}


def test_unreadable_document(ccda):
    """A document its reader refuses is an error: the file is kept, no plan is made."""
    ccda.given = unreadable("no_patient", "whose?")
    reading = read(enclosing())

    assert {"no_patient", "enclosure_unread"} == {code for code, _ in codes(reading)}
    assert (len(reading.plans), len(reading.enclosures)) == (0, 1)


@pytest.mark.usefixtures("ccda")
def test_tallies_are_added():
    """The document's items are counted beside the message's."""
    alone = read(message("OBX|1|ED|F^Plan^L||^application^xml^Base64^QUJD||||||F", NOTE))

    assert alone.coverage.source_items + 2 == read(enclosing()).coverage.source_items


def test_without_reader(monkeypatch):
    """Without a C-CDA reader the file is kept and the message says so."""
    monkeypatch.setitem(sys.modules, "adapters.formats.ccda", None)
    reading = read(enclosing())

    assert codes(reading) == [("enclosure_unread", "OBX[1]-5")]
    assert len(reading.plans) == 1


@pytest.mark.usefixtures("ccda")
def test_referral_around_document():
    """What a referral asks, and for what, stands beside the enclosed plan's own items."""
    data = base64.b64encode(XML).decode()
    content = message(
        "RF1|||CAR^Cardiology^L|||R77",
        "PR1|1||E^Echocardiogram^L",
        "NTE|1||soon",
        f"OBX|1|ED|F^Plan^L||^application^xml^Base64^{data}||||||F",
        kind="REF^I12",
    )
    (plan,) = read(content).plans

    assert [said(one.text) for one in plan.asks] == ["Cardiology"]
    assert [(one.id, said(one.text)) for one in plan.interventions] == [
        ("message-i1", "Echocardiogram")
    ]
    assert [said(one.section) for one in plan.notes] == ["", "About message-i1"]
    assert (plan.header.set_id, plan.places["/header/set_id"].at) == ("R77", "RF1-6")
    assert plan.places["/interventions/0/text"].at == "PR1-3"


@pytest.mark.usefixtures("ccda")
def test_problems_around_document():
    """Problems and goals of a message keep their links beside the enclosed plan's."""
    data = base64.b64encode(XML).decode()
    content = message(
        "PRB|AD|2026|P^Problem^L|I1",
        "GOL|AD|2026|G^Goal^L|J1",
        f"OBX|1|ED|F^Plan^L||^application^xml^Base64^{data}||||||F",
        kind="PPR^PC1",
    )
    (plan,) = read(content).plans

    assert [(one.id, one.concerns) for one in plan.goals] == [
        ("g1", ()),
        ("message-g1", ("message-c1",)),
    ]
    assert plan.places["/goals/1/text"].at == "GOL-3"
