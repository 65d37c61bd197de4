"""The answer a receiver owes: the control id, codes and places, and nothing of the member."""

import hl7
import pytest
from hl7_messages import PID, message, read

from adapters.formats.hl7v2.acknowledge import Outcome, answer, answers, code_of, control_id_of

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


def parts(raw):
    """Return each line of an answer, its first fields."""
    return [line.split("|") for line in raw.decode().split("\r") if line]


def test_batch():
    """Each message of a batch has its own answer: what was taken is not sent again."""
    bad = message(NOTE, control="C2", pid="")
    raw = b"BHS|^~\\&|CM|PLAN1|HUB|PRACTICE|||||B7\r" + message(NOTE) + bad + b"BTS|2\r"
    told = parts(answers(raw, read(raw).findings, now="20261122", control_id="A9"))

    assert [line[0] for line in told] == ["BHS", "MSH", "MSA", "MSH", "MSA", "ERR", "BTS"]
    assert [line[1:3] for line in told if line[0] == "MSA"] == [["AA", "C1"], ["AE", "C2"]]
    assert (told[0][2:6], told[0][10:12]) == (["HUB", "PRACTICE", "CM", "PLAN1"], ["A9", "B7"])
    assert [line[9] for line in told if line[0] == "MSH"] == ["A9.1", "A9.2"]


def test_batch_cut():
    """The last message of a batch that was never closed is answered with an error."""
    raw = b"BHS|^~\\&|CM|PLAN1\r" + message(NOTE) + message(NOTE, control="C2")
    told = parts(answers(raw, read(raw).findings, now="20261122", control_id="A9"))

    assert [line[1:3] for line in told if line[0] == "MSA"] == [["AA", "C1"], ["AE", "C2"]]


def test_unframed_neighbour():
    """A message whose separators nobody can read leaves the numbers of the others as they are."""
    broken = message(NOTE).replace(b"|^~\\&|", b"|abcd|", 1)
    raw = message(NOTE) + broken + message(NOTE, control="C3")
    told = parts(answers(raw, read(raw).findings, now="20261122", control_id="A9"))

    assert [line[1:3] for line in told if line[0] == "MSA"] == [["AA", "C1"], ["AA", "C3"]]


@pytest.mark.parametrize(
    ("content", "code", "condition"),
    [
        (message(NOTE), "AA", []),
        (message(NOTE, kind=""), "AR", ["101"]),
        (message(NOTE, control=""), "AR", ["101"]),
        (message(kind="ADT^A08"), "AE", ["200"]),
        (message(kind="MDM^T01"), "AE", ["201"]),
        (message(NOTE, pid=""), "AE", ["100"]),
    ],
)
def test_codes(content, code, condition):
    """What is wrong with the header rejects a message, anything else is an error in it."""
    findings = read(content).findings
    told = parts(answers(content, findings, now="20261122", control_id="A9"))

    assert code == code_of(findings)
    assert condition == [line[3].split("^")[0] for line in told if line[0] == "ERR"]


def test_says_what_to_do():
    """An error's user message says what to do, escaped."""
    raw = message(NOTE, pid="")
    (error,) = [
        line
        for line in parts(answers(raw, read(raw).findings, now="1", control_id="A9"))
        if line[0] == "ERR"
    ]

    assert error[7:] == ["missing_pid", read(raw).findings[0].message]
