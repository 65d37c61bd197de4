"""What repeats a date of the plan, counts segments or names software is no residue; the rest is."""

import pytest
from hl7_messages import message, plan, read

from hub.canonical import said

TEXT = "OBX|1|TX|N^Note^L||Walks||||||F"
DOCUMENT = "TXA|1|CP|TX|202603010930-0500||||||||D1|||||AU"
VALUE = "OBX|1|NM|8310-5^Temp^LN||37||||||F|||20260302"


def kept(*segments, **named):
    """Return the words of a message's residue."""
    return [said(one.text) for one in plan(message(*segments, **named)).residue]


@pytest.mark.parametrize(
    ("when", "left"),
    [
        ("202603010930-0500", []),
        ("20260301", []),
        ("202603010931-0500", ["OBX-14: 202603010931-0500"]),
        ("20260302", ["OBX-14: 20260302"]),
        ("2026", ["OBX-14: 2026"]),
        ("20261399", ["OBX-14: 20261399"]),
    ],
)
def test_time_of_a_text(when, left):
    """The time of a text says nothing where it is the document's own or its day."""
    assert left == kept(DOCUMENT, f"{TEXT}|||{when}")


@pytest.mark.parametrize(
    ("orders", "left"),
    [
        (("OBR|1||||||20260302|||||||||||||||20260302", VALUE), []),
        (("OBR|1||||||20260302|||||||||||||||20260303", VALUE), ["OBR-22: 20260303"]),
        (("OBR|1||||||20260303", VALUE), ["OBR-7: 20260303"]),
        (("OBR|1||||||20260303", TEXT), ["OBR-7: 20260303"]),
        (("OBR|1||||||20260302", VALUE, "OBR|2||||||20260302", TEXT), ["OBR-7: 20260302"]),
    ],
)
def test_times_of_a_report(orders, left):
    """A report's time is passed over where a result below the same order holds it, else kept."""
    assert left == kept(*orders, kind="ORU^R01")


@pytest.mark.parametrize(
    ("segment", "left"),
    [
        ("SPM|1||", []),
        ("SPM|7||", ["SPM-1: 7"]),
        ("SPM|1|||SER", ["SPM-4: SER"]),
        ("SFT|House|1.0|Planner|b1||20260101", []),
        ("ZZZ|1", ["ZZZ-1: 1"]),
    ],
)
def test_technical(segment, left):
    """A set id that counts and the sender's software are no residue; nobody's field 1 is."""
    assert left == kept(DOCUMENT, TEXT, segment)


def test_counted():
    """What is passed over is counted as ignored, and the tally adds up."""
    tally = read(message(DOCUMENT, f"{TEXT}|||20260301")).coverage

    assert tally.source_items == tally.mapped + tally.residue + tally.ignored
    assert tally.residue == 0
