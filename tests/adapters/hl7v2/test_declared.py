"""What a profile maps from segments and observations: the first value is taken, none is lost."""

import pytest
from hl7_messages import codes, message, plan, read

from adapters.formats.hl7v2 import Hl7v2Reader, habits_of
from adapters.profiles import load
from hub.canonical import said

HOUSE = Hl7v2Reader(
    habits_of(
        load("""
profile: house
version: "1"
sender: mco-house
format: hl7v2
sections: {goals: [Goal], goals.due: [Target Date]}
segments: {header.set_id: OBR-3, header.owner.name: ZCP-4}
""")
    )
)
GOAL = "OBX|1|CWE|^Goal||^Walk daily||||||F"


def kept(found):
    """Return the set's id, the owner's name and the residue of a plan."""
    owner = found.header.owner.name if found.header.owner else None
    return said(found.header.set_id), said(owner), [said(one.text) for one in found.residue]


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (("OBR|1||S1", "OBR|2||S2"), ("S1", "", ["OBR-3: S2"])),
        (("OBR|1||S1", "OBR|2||S1"), ("S1", "", [])),
        (("ZCP||||Ann", "ZCP||||Bo"), ("", "Ann", ["ZCP-4: Bo"])),
        (("ZCP||||Ann~Bo",), ("", "Ann", ["ZCP-4: Bo"])),
        (("ZCP||||Ann~",), ("", "Ann", [])),
    ],
)
def test_the_first_is_taken(segments, expected):
    """The first value fills the field, and another one stays beside the plan."""
    assert expected == kept(plan(message(*segments, GOAL), HOUSE))


def test_a_second_value_is_told():
    """A second value of a mapped field is a finding at its place."""
    told = codes(read(message("ZCP||||Ann", "ZCP||||Bo", GOAL), HOUSE))
    assert [("stands_twice", "ZCP[2]-4")] == [one for one in told if one[0] == "stands_twice"]


@pytest.mark.parametrize(
    ("dates", "due", "result"),
    [("20270501", "2027-05-01", []), ("20270501~20280909", "", ["20270501, 20280909"])],
)
def test_no_repetition_is_lost(dates, due, result):
    """An observation with repetitions fills no field: all its values are kept as its result."""
    found = plan(message(GOAL, f"OBX|2|DT|^Target Date||{dates}||||||F"), HOUSE)
    assert (due, result) == (
        said(found.goals[0].due),
        [said(one.result) for one in found.assessments],
    )
