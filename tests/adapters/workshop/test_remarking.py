"""A proposal tells of sub-ids, comments and labels that only the sender can explain."""

from hl7_messages import message

from adapters.formats.hl7v2.framing import framed
from adapters.workshop.remarking import remarks

STEP = "OBX|1|TX|S^Step^L|{}|Call||||||F"


def told(*segments):
    """Return what is told of a message of these segments."""
    (only,) = framed(message(*segments)).messages
    return remarks(only.segments)


def test_what_is_told():
    """Dotted sub-ids, several kinds of comments and labels that stand twice are told."""
    segments = [STEP.format("1.1"), "NTE|1|C|and on", "NTE|2|L|WHO: a ST: b", "NTE|3|L|WHO: c"]
    assert told(*segments) == [
        "OBX-4, dotted sub-ids (`sub_ids: dotted` if 1.1 belongs to 1)",
        "NTE-2, C, L (`comments.continues` if one goes on with a text)",
        "NTE-3, the labels WHO (`comments.fields`)",
    ]


def test_what_is_not():
    """Plain numbers, comments of one kind and a label that stands once are nobody's riddle."""
    assert told(STEP.format("1"), "NTE|1|L|WHO: a") == []
