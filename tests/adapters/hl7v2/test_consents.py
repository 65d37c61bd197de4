"""What a message states of a consent is a note that grants nothing; a refusal's place says so."""

import pytest
from hl7_messages import codes, message, read

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import ProfileError, load
from hub.canonical import said
from hub.canonical.place import REFUSED

HEAD = """
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {goals: [Goal]}
"""
HOUSE = Hl7v2Reader(
    habits_of(
        load(
            f"{HEAD}consents: {{about: ZCN-2, answer: ZCN-3, signed_on: ZCN-4, refused: [N],"
            " given: [Y], labels: {SUD: sud, PCP: general}}\n"
        )
    )
)
GOAL = "OBX|1|TX|^Goal||Walk||||||F"


@pytest.mark.parametrize(
    ("segment", "text", "labels", "told", "rule"),
    [
        (
            "ZCN|1|SUD|N|20260417",
            "SUD: refused, 2026-04-17",
            ("sud",),
            ["refusal_stated"],
            f"{REFUSED} 2026-04-17",
        ),
        ("ZCN|1|SUD|N", "SUD: refused", ("sud",), ["refusal_stated"], REFUSED),
        ("ZCN|1|HOUSE|N", "HOUSE: refused", ("restricted",), ["refusal_stated"], REFUSED),
        (
            "ZCN|1|PCP|Y|20260417",
            "PCP: given, 2026-04-17",
            (),
            ["consent_not_registered"],
            "hl7v2",
        ),
        ("ZCN|1|SUD|NA|", "SUD: NA", ("sud",), ["consent_unclear"], "hl7v2"),
        ("ZCN|01|SUD|NA|", "SUD: NA", ("sud",), ["consent_unclear"], "hl7v2"),
    ],
)
def test_stated(segment, text, labels, told, rule):
    """Each answer is a note with its category, a finding, and a place that tells a refusal."""
    found = read(message(GOAL, segment), HOUSE)
    (plan,) = found.plans
    (note,) = plan.notes
    assert (note.text, note.labels) == (text, labels)
    assert note.section == "Consent as the document states it"
    assert [code for code, _ in codes(found)] == told
    assert plan.places["/notes/0/text"].rule == rule
    assert plan.residue == ()


def test_no_answer():
    """A segment without an answer states nothing and stays beside the plan."""
    (plan,) = read(message(GOAL, "ZCN|1|SUD||"), HOUSE).plans
    assert (plan.notes, [said(one.text) for one in plan.residue]) == ((), ["ZCN-1: 1; ZCN-2: SUD"])


def test_no_part_is_lost():
    """A coded matter keeps its words in the note, its codes and repetitions beside the plan."""
    found = read(message(GOAL, "ZCN|7|SUD^Use of substances^L~HIV|N^No||"), HOUSE)
    (plan,) = found.plans
    assert (plan.notes[0].text, plan.notes[0].labels) == (
        "Use of substances: refused",
        ("sud", "restricted"),
    )
    assert [said(one.text) for one in plan.residue] == [
        "ZCN-1: 7; ZCN-2: SUD^Use of substances^L~HIV; ZCN-3: N^No"
    ]


@pytest.mark.parametrize(
    ("segment", "text", "labels"),
    [
        ("ZCN|1|SUD|n", "SUD: refused", ("sud",)),
        ("ZCN|1|sud|No", "sud: refused", ("sud",)),
        ("ZCN|1|SUD|^N", "SUD: refused", ("sud",)),
        ("ZCN|1|SUD|Y~N", "SUD: refused", ("sud",)),
        ("ZCN|1|SUD|DECLINED", "SUD: refused", ("sud",)),
        ("ZCN|1|PCP~SUD|N", "PCP: refused", ("sud",)),
        ("ZCN|1|SUD~HIV|N", "SUD: refused", ("sud", "restricted")),
    ],
)
def test_a_refusal_is_heard_however_it_is_written(segment, text, labels):
    """Case, a second repetition or a plain no that nobody named never make a refusal unheard."""
    found = read(message(GOAL, segment), HOUSE)
    (plan,) = found.plans
    assert (plan.notes[0].text, plan.notes[0].labels) == (text, labels)
    assert plan.places["/notes/0/text"].rule == REFUSED


@pytest.mark.parametrize("answer", ["y", "Y^Yes^N"])
def test_a_consent_is_no_refusal(answer):
    """A consent in another case, or of a code system called like a refusal, is still a consent."""
    found = read(message(GOAL, f"ZCN|1|SUD|{answer}"), HOUSE)
    assert [code for code, _ in codes(found)] == ["consent_not_registered"]


def test_a_day_that_cannot_be():
    """A refusal whose day can't be is a refusal without a day; the day stays beside the plan."""
    found = read(message(GOAL, "ZCN|1|SUD|N|20261399"), HOUSE)
    assert [code for code, _ in codes(found)] == ["odd_time", "refusal_stated"]
    assert [said(one.text) for one in found.plans[0].residue] == ["ZCN-4: 20261399"]


def test_one_segment():
    """The fields of a consent stand in one segment."""
    with pytest.raises(ProfileError):
        load(f"{HEAD}consents: {{about: ZCN-2, answer: ZCX-3, refused: [N]}}\n")
