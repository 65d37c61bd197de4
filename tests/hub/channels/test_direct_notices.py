"""Notifications written and read: only what really counts is read, in other systems' words too."""

from __future__ import annotations

import pytest
from direct_world import HUB, NOW, PRACTICE, letter, report

from hub.channels.direct_mail import Head
from hub.channels.direct_notices import Notice, asks_dispatched, is_report, parsed, read, written

ORIGINAL = "<dlv_1@direct.hub.example>"
FIELD = {"X_DIRECT_FINAL_DESTINATION_DELIVERY": "true"}


@pytest.mark.parametrize("disposition", ["processed", "dispatched", "failed"])
def test_round(disposition):
    """What we write we read, and it is a report with nothing in it but ids and addresses."""
    notice = Notice(ORIGINAL, HUB, disposition)
    message = parsed(written(notice, Head(HUB, PRACTICE, "<mdn_1@h.example>"), NOW))

    assert is_report(message)
    assert read(message) == notice
    assert (message["To"], message["In-Reply-To"]) == (PRACTICE, ORIGINAL)


SAYS = [
    ("processed", {}, "processed"),
    (" processed", {}, "processed"),
    ("dispatched", FIELD, "dispatched"),
    ("dispatched", {}, None),
    ("failed", {}, "failed"),
    ("processed/error", {}, "failed"),
    ("processed/warning", {}, "processed"),
    ("denied", {}, "failed"),
    ("displayed", {}, None),
    ("", {}, None),
]


@pytest.mark.parametrize(("words", "fields", "expected"), SAYS, ids=str)
def test_dispositions(words, fields, expected):
    """Each disposition means what Direct says it means; dispatched needs its field."""
    found = read(parsed(report(PRACTICE, ORIGINAL, words, **fields)))

    assert (found.disposition if found else None) == expected


def test_delivery_status():
    """A failed delivery report inside a trusted message reads as failed for its recipient."""
    raw = report(PRACTICE, ORIGINAL, "x").replace(b"disposition-notification", b"delivery-status")
    for action, expected in ((b"failed", "failed"), (b"delayed", None)):
        found = read(parsed(raw.replace(b"Disposition:", b"Action: " + action + b"\r\nX:")))
        assert (found.disposition if found else None) == expected


@pytest.mark.parametrize("original", ["", "dlv_1", "<a b>", "<" + "a" * 2000 + ">"])
def test_no_original(original):
    """A report on no message, or on something that is no Message-ID, says nothing."""
    assert read(parsed(report(PRACTICE, original, "processed"))) is None


def test_hollow():
    """A report without fields says nothing, and a letter is no report."""
    hollow = b"Content-Type: multipart/report; boundary=z\r\n\r\n--z\r\n\r\nx\r\n--z--\r\n"
    bare = b"Content-Type: multipart/report\r\n\r\nx"
    assert [read(parsed(raw)) for raw in (hollow, bare)] == [None, None]
    assert not is_report(parsed(letter(PRACTICE)))


def test_asks():
    """Only the option that Direct names asks for dispatched."""
    asked = "X-DIRECT-FINAL-DESTINATION-DELIVERY=optional,true"
    heads = [{"Disposition-Notification-Options": value} for value in (asked, "x=optional,true")]
    found = [asks_dispatched(parsed(letter(PRACTICE, **head))) for head in ({}, *heads)]

    assert found == [False, True, False]
