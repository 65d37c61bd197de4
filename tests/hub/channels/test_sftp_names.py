"""A path is a plain name in one of three folders, or it is refused."""

from __future__ import annotations

import asyncssh
import pytest

from hub.channels.sftp_names import Spot, absolute, inbox_name, is_final, spot


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (b"", Spot()),
        (b"/", Spot()),
        (b"./", Spot()),
        (b"/inbox", Spot("inbox")),
        (b"inbox//", Spot("inbox")),
        (b"/inbox/./plan 1.xml", Spot("inbox", "plan 1.xml")),
        ("receipts/plän.json".encode(), Spot("receipts", "plän.json")),
        (b"//outbox/x", Spot("outbox", "x")),
        (b"/inbox/" + b"n" * 200, Spot("inbox", "n" * 200)),
    ],
)
def test_spot(path, place):
    """These are places."""
    assert place == spot(path)


@pytest.mark.parametrize(
    "path",
    [
        b"/inbox/..",
        b"../inbox/x",
        b"/inbox/a/b",
        b"/etc/passwd",
        b"/inbox/" + b"n" * 201,
        b"/" + b"n" * 2000,
        b"/inbox/a\\b",
        b"/inbox/a\x00b",
        b"/inbox/a\nb",
        b"/inbox/a\x7fb",
        b"/inbox/\xff\xfe",
        b"/inbox/\xc0\xaf",
        "/inbox/a\u202eb".encode(),
        "/inbox/a\u200bb".encode(),
        "/inbox/a\u2028b".encode(),
    ],
)
def test_no_spot(path):
    """These are refused."""
    with pytest.raises(asyncssh.SFTPError):
        spot(path)


@pytest.mark.parametrize("path", [b"/plan.xml", b"/receipts/x", b"/inbox", b"/", b"/tmp/x"])
def test_not_in_the_inbox(path):
    """Outside the inbox the refusal says where to upload."""
    with pytest.raises(asyncssh.SFTPPermissionDenied, match="inbox/"):
        inbox_name(path)


@pytest.mark.parametrize(
    ("path", "result"),
    [
        (b".", b"/"),
        (b"", b"/"),
        (b"inbox", b"/inbox"),
        (b"/inbox/..", b"/"),
        (b"/../../x", b"/x"),
        (b"//inbox//x", b"/inbox/x"),
    ],
)
def test_absolute(path, result):
    """A relative path begins at the root, and never leaves it."""
    assert result == absolute(path)


@pytest.mark.parametrize(
    ("name", "final"),
    [("plan.xml", True), ("plan.part", False), ("PLAN.TMP", False), ("~x", False), ("part", True)],
)
def test_is_final(name, final):
    """Names with a staged ending or a leading tilde wait for their rename."""
    assert final == is_final(name)
