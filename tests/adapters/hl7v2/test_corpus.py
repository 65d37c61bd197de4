"""HL7 v2 nobody here wrote: every file ends in a reading, and nothing in it vanishes."""

from pathlib import Path

import pytest

from adapters.formats.hl7v2 import ADAPTER
from hub.canonical import Document, wire

CORPUS = Path(__file__).parents[4] / "shared" / "corpora" / "hl7v2"
FILES = sorted(p for p in CORPUS.rglob("*") if p.is_file()) if CORPUS.is_dir() else []
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not FILES, reason="the shared corpora are not here"),
]


def readings():
    """Yield each file's name and reading."""
    for path in FILES:
        yield path.name, ADAPTER.read(Document(path.read_bytes(), path.name))


def test_read_or_refused():
    """Every file gives a plan, or an error with a place."""
    mute = [
        name
        for name, reading in readings()
        if not reading.plans
        and not any(f.severity == "error" and f.place for f in reading.findings)
    ]

    assert mute == []


def test_tallies_add_up():
    """In every file the fields counted are those mapped, kept or ignored."""
    off = [
        name
        for name, reading in readings()
        if reading.coverage.source_items
        != reading.coverage.mapped + reading.coverage.residue + reading.coverage.ignored
    ]

    assert off == []


def test_follow_template():
    """Every reading passes the wire unchanged."""
    changed = [
        name for name, reading in readings() if wire.unframe_reading(wire.frame(reading)) != reading
    ]

    assert changed == []


def named(tail):
    """Return the reading of the one corpus file whose path ends so."""
    (path,) = [p for p in FILES if str(p).endswith(tail)]
    return ADAPTER.read(Document(path.read_bytes()))


def test_placeholder_document():
    """The sample with a placeholder for its PDF is read without it, and says where it failed."""
    reading = named("messages/Message.hl7_MDM_T02.txt")

    errors = [(f.code, f.place.at) for f in reading.findings if f.severity == "error"]
    assert (len(reading.plans), errors) == (1, [("bad_enclosure", "OBX[4]-5")])
    assert list(reading.enclosures) == []


def test_problem_groups():
    """The sample with several problem groups keeps them apart, and its impossible time as text."""
    reading = named("SegmentUtilTest.java.literals/003.hl7")
    (plan,) = reading.plans

    assert [c.text for c in plan.concerns] == ["aortic stenosis", "lung new issue"]
    assert [i.concerns for i in plan.interventions] == [("c1",), ("c1",), ("c2",)]
    assert any("20060315076" in str(r.text) for r in plan.residue)


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("malformed/no-msh-segment.hl7", ("missing_msh", "EVN")),
        ("adt-a01/error/missing-pid.hl7", ("missing_pid", "PID")),
        ("canonical/adt-a24-link.hl7", ("two_patients", "PID[2]")),
        ("malformed/msh-too-short.hl7", ("missing_message_type", "MSH-9")),
    ],
)
def test_refused(tail, expected):
    """A known broken sample is refused with its code and place."""
    reading = named(tail)

    assert ((), [expected]) == (
        reading.plans,
        [(f.code, f.place.at) for f in reading.findings if f.severity == "error"],
    )
