"""The answer a receiver owes: the control id, codes and places, and nothing of the member."""

import hl7
import pytest
from hl7_messages import PID, message, read

from adapters.formats.hl7v2.acknowledge import Outcome, answer, control_id_of

NOTE = "OBX|1|TX|N^Note^L||walk daily||||||F"
BAD = message(NOTE, PID.replace("100200", "100201").replace("PUBLIC", "OTHER"))


def answered(raw, outcome):
    """Return the parsed answer."""
    text = answer(raw, outcome, now="20261122", control_id="A9").decode()
    return hl7.parse(text)


def test_accepts():
    """An accept swaps sender and receiver and names the message's control id."""
    ack = answered(message(NOTE), Outcome("AA"))

    assert [str(ack.segment("MSH")[n]) for n in range(3, 7)] == ["HUB", "PRACTICE", "CM", "PLAN1"]
    assert [str(ack.segment("MSA")[n]) for n in (1, 2)] == ["AA", "C1"]
    assert str(ack.segment("MSH")[9]) == "ACK^T02^ACK"


def test_names_error():
    """Each error has its code of table 0357, severity and place."""
    ack = answered(BAD, Outcome("AE", read(BAD).findings))

    assert [str(ack.segment("ERR")[n]) for n in (2, 3, 4)] == [
        "PID^2",
        "198^non-conformant cardinality^HL70357",
        "E",
    ]


def test_holds_no_member_data():
    """Neither name, id nor birth date of anybody is in an answer."""
    text = answer(BAD, Outcome("AE", read(BAD).findings), now="20261122", control_id="A9")

    assert not [w for w in (b"PUBLIC", b"PAT", b"1002", b"1970", b"walk") if w in text]


def test_old_version():
    """Before version 2.5 ERR had another shape, so none is sent."""
    old = BAD.replace(b"2.5.1", b"2.3.1")

    assert b"ERR" not in answer(old, Outcome("AE", read(BAD).findings), now="1", control_id="A9")


@pytest.mark.parametrize("raw", [b"", b"junk", b"MSH", b"MSH|^^^^|", BAD[:40], b"\xff" * 99])
def test_answers_anything(raw):
    """Whatever arrives is answered with one readable message."""
    assert str(answered(raw, Outcome("AR")).segment("MSA")[1]) == "AR"


def test_control_id():
    """The control id is found for a duplicate's first answer."""
    assert (control_id_of(message(NOTE)), control_id_of(b"junk")) == ("C1", "")
