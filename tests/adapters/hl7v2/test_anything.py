"""Whatever the bytes, the reader ends in a reading whose fields are all accounted for."""

import pytest
from hl7_messages import message, read
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.formats.hl7v2 import ADAPTER, Habits, Hl7v2Reader
from hub.canonical import Document, wire

NAMES = (
    "EVN PID PD1 PV1 NK1 IN1 TXA OBX NTE OBR ORC TQ1 PRB GOL VAR PTH ROL PRD AL1 RXO ZZZ ARV MSH"
)
HABITS = Habits(sections={"goals": ("GOALS",)}, notices=("ZZZ-1",), identifiers={"": "plan"})
FIELD = st.text(alphabet='AB12 ^~\\&"\n\u2028\u00e9:-#', max_size=12)
SEGMENT = st.builds(
    lambda name, fields: "|".join([name, *fields]),
    st.sampled_from(NAMES.split()),
    st.lists(FIELD, max_size=20),
)
KINDS = ["MDM^T02", "ORU^R01", "PPR^PC1", "PGL^PC6", "ADT^A08", "ORM^O01", "MDM^T11", "REF^I12"]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.lists(SEGMENT, max_size=12))
def test_any_segments(kind, segments):
    """Any segments with any fields give a reading that adds up and follows the template."""
    reading = read(message(*segments, kind=kind), Hl7v2Reader(HABITS))
    tally = reading.coverage

    assert tally.source_items == tally.mapped + tally.residue + tally.ignored
    assert reading == wire.unframe_reading(wire.frame(reading))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"MSH|^~\\&|", b"\x0b", b"BHS|^~\\&|\rBTS|"]))
def test_any_bytes(content, start):
    """Any bytes are claimed or not, and read without an exception."""
    document = Document(start + content)
    ADAPTER.identify(document)

    assert ADAPTER.read(document).plans is not None


HUGE = {
    "segments": "\r".join(["OBX|1|NM|K^T^L||7"] * 50_000),
    "one field": "OBX|1|TX|N^N^L||" + "x" * 2_000_000,
    "ids": "PID|1||100200~" + "~".join(f"{n}^^^A^MR" for n in range(20_000)),
    "roles": "\r".join(f"ROL|1|AD|R^Role^L|{n}^A^B" for n in range(20_000)),
    "orders": "PRB|AD|1|x\r" + "\r".join(["GOL|AD|1|x"] * 5_000 + ["OBR|1|||x"] * 5_000),
    "broken lines": "OBX|1|TX|N^N^L||" + "\nQUJD" * 200_000,
    "additions": "OBX|1|TX|N^N^L||" + "\rADD|QUJD" * 100_000,
    "bullets": "OBX|1|FT|N^N^L||GOALS:\\.br\\- x" + "\\.br\\y" * 100_000,
    "escapes": "OBX|1|FT|N^N^L||" + "\\.br\\" * 200_000,
    "components": "PRB|AD|2026|" + "^" * 500_000,
    "number": "OBX|1|ED|F^F^L|" + "9" * 6000 + "|^application^pdf^Base64^QUJD",
    "count": "BTS|" + "9" * 6000,
}


@pytest.mark.parametrize("name", HUGE)
def test_huge(name):
    """A message with far too much of one thing still ends in a reading."""
    assert read(message("OBX|2|TX|N^Note^L||x||||||F", HUGE[name]), Hl7v2Reader(HABITS)).plans
