"""MLLP framing and header lines: whatever way the bytes are cut, the same comes out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mllp_world import frame, message

from hub.channels.mllp_frames import Framer, framed
from hub.channels.mllp_headers import Heads, header_of, key_of, name_of, refusals


def frames(pieces):
    """Return (contents of whole frames, stray bytes, whether one is open)."""
    framer, found, stray = Framer(), [], b""
    for piece in pieces:
        for kind, data in framer.feed(piece):
            if kind == "begin":
                found.append(b"")
            elif kind == "bytes":
                found[-1] += data
            elif kind == "stray":
                stray += data
    return found, stray, framer.inside


contents = st.lists(
    st.binary(max_size=40).filter(lambda c: b"\x1c\r" not in c and not c.endswith(b"\x1c")),
    max_size=5,
)


@given(contents, st.lists(st.integers(1, 7), min_size=1, max_size=60))
def test_any_cut(whole, cuts):
    """However the bytes are cut, each frame's content comes out as it was put in."""
    raw, pieces, at = b"".join(map(framed, whole)), [], 0
    for cut in cuts:
        pieces.append(raw[at : at + cut])
        at += cut
    pieces.append(raw[at:])

    assert frames(pieces) == (whole, b"", False)


def test_lone_fs():
    """A file separator without its carriage return is content, also at the end of a read."""
    assert frames([b"\x0ba\x1c", b"b\x1c", b"\r"]) == ([b"a\x1cb"], b"", False)


def test_stray():
    """What stands between frames is told of; line ends and NUL there are not."""
    assert frames([b"\r\n\0" + frame(b"a") + b"junk" + frame(b"b")]) == (
        [b"a", b"b"],
        b"junk",
        False,
    )


def heads(content, step=7):
    found = Heads()
    for at in range(0, len(content), step):
        found.feed(content[at : at + step])
    found.finish()
    return found


def codes(content):
    return [(f.code, f.place.at) for f in refusals(heads(content))]


def test_heads():
    """Only header lines are kept, of every message, whatever the line ends are."""
    batch = b"BHS|^~\\&|A\r" + message("M1") + message("M2").replace(b"\r", b"\n") + b"BTS|2"

    assert [line[:3] for line in heads(batch).lines] == [b"BHS", b"MSH", b"MSH", b"BTS"]
    assert [one.at(10) for one in heads(batch).messages()] == ["M1", "M2"]


def test_long_line():
    """A line of megabytes costs no more than its first four kilobytes."""
    found = Heads()
    found.feed(message("M1") + b"FHS|")
    for _ in range(1000):
        found.feed(b"x" * 10_000)
    found.finish()

    assert [len(line) for line in found.lines] == [len(message("M1").split(b"\r")[0]), 4096]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (message(), []),
        (b"", [("missing_msh", "MSH")]),
        (message("M1").decode().encode("utf-16"), [("missing_msh", "MSH")]),
        (message(""), [("missing_control_id", "MSH-10")]),
        (message(kind="^T02"), [("missing_message_type", "MSH-9")]),
        (message(version="3.0"), [("unsupported_version", "MSH-12")]),
        (message().replace(b"|P|", b"|T|"), [("unsupported_processing_id", "MSH-11")]),
        (message().replace(b"^~\\&", b"^^\\&"), [("bad_separators", "MSH-2")]),
        (message()[:-5] + b"\x0b" + message("M2"), [("bad_framing", "MSH")]),
        (
            message() + message(""),
            [("refused_beside", "MSH"), ("missing_control_id", "MSH[2]/MSH-10")],
        ),
    ],
)
def test_refusals(content, told):
    """Each wrong header is named with its place; the messages beside it are told so."""
    assert codes(content) == told


def test_key():
    """The key of a message is its sender, its control id and its day; nothing of it is readable."""
    first, other = header_of(message("M1")), header_of(message("M2"))
    next_year = header_of(message("M1").replace(b"20261122", b"20271122"))

    assert len({key_of(first), key_of(other), key_of(next_year)}) == 3
    assert "M1" not in key_of(first)


def test_name():
    """A file name is made of the control id's harmless letters."""
    assert name_of(header_of(message("../a b"))) == ".._a_b.hl7"
