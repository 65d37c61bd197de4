"""C-CDA times become ISO 8601 at their own precision, or stay what they are."""

import pytest
from cda_documents import cda, concern, plan, read, section, structured

from adapters.formats.ccda.times import iso

LEGAL = [
    ("2026", "2026"),
    ("202603", "2026-03"),
    ("20260304", "2026-03-04"),
    ("2026030409", "2026-03-04T09"),
    ("202603040930", "2026-03-04T09:30"),
    ("202603040930-0500", "2026-03-04T09:30-05:00"),
    ("20260304093000.123+0500", "2026-03-04T09:30:00.123+05:00"),
    ("20240229", "2024-02-29"),
]
ILLEGAL = ["200130311", "20260230", "201308201120-5000", "2016042172005-0500", "20130218031000-05"]


@pytest.mark.parametrize(("given", "expected"), LEGAL)
def test_legal(given, expected):
    """A legal time keeps its precision, and an offset only where it had one."""
    assert expected == iso(given)


@pytest.mark.parametrize("given", ILLEGAL)
def test_illegal(given):
    """An illegal time is no time."""
    assert iso(given) is None


def test_kept_word_for_word():
    """An illegal time stands in the plan as it was written, with a finding at its place."""
    entry = concern("c", "cough", '<effectiveTime><low value="200130311"/></effectiveTime>')
    reading = read(cda(structured(section("75310-3", entry))))

    assert ["200130311"] == [one.onset for one in reading.plans[0].concerns]
    assert ["odd_time"] == [one.code for one in reading.findings]


def test_null_is_absence():
    """A time that is null because nobody knows it is said to be unknown."""
    entry = concern("c", "cough", '<effectiveTime nullFlavor="UNK"/>')

    assert plan(section("75310-3", entry)).concerns[0].onset.absent == "unknown"
