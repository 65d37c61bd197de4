"""Texts over a gateway that speaks Twilio's form post: what is posted, and what answers mean."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from hub.channels.addresses import Guard
from hub.channels.requesting import Requester
from hub.channels.sms import Texter
from hub.errors import Misconfigured, Trouble
from tests.receivers import Answer, HookSink

WORDS = "{plans} for you: {url}"
URL = "https://hub.example"
MOBILE = "+15550100123"


class Now:
    """The wall clock."""

    def now(self):
        """Return the present."""
        return datetime.now(UTC)


def texter(address, words=WORDS, sender="+15550100000"):
    """Return a texter with a second's patience."""
    return Texter(
        address, sender, words, Requester(Guard(allow_http_private=True), seconds=1.0), Now()
    )


def gateway(sink):
    """Return a sink's address as the setting writes it."""
    return f"http://AC1:to%2Fken@localhost:{sink.port}/2010-04-01/Accounts/AC1/Messages.json"


async def test_posted():
    """The form has whom, from whom and the operator's words; nothing in it is about anybody."""
    async with HookSink([Answer(201, body=b'{"sid": "SM1"}')]) as sink:
        await texter(gateway(sink)).send(MOBILE, 3, URL)
    (got,) = sink.taken

    assert "/2010-04-01/Accounts/AC1/Messages.json" == got.path
    assert parse_qs(got.body.decode()) == {
        "To": [MOBILE],
        "From": ["+15550100000"],
        "Body": ["3 care plans wait for you: https://hub.example"],
    }
    assert b"AC1:to/ken" == b64decode(got.headers["authorization"].removeprefix("Basic "))


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Answer(400, body=b'{"code": 21610}'), "permanent", "sms_400"),
        (Answer(401), "permanent", "sms_401"),
        (Answer(302, {"location": "http://127.0.0.1:1/"}), "permanent", "sms_302"),
        (Answer(429, {"retry-after": "9"}), "transient", "sms_429"),
        (Answer(503), "transient", "sms_503"),
        (Answer(deed="hang"), "ambiguous", "no_answer"),
        (Answer(deed="cut"), "ambiguous", "cut_after_body"),
        (Answer(deed="garbage"), "ambiguous", "cut_after_body"),
    ],
)
async def test_answers(answer, kind, code):
    """Each answer of a gateway is one kind of trouble."""
    async with HookSink([answer]) as sink:
        with pytest.raises(Trouble) as raised:
            await texter(gateway(sink)).send(MOBILE, 1, URL)

    assert (kind, code) == (raised.value.kind, raised.value.code)


async def test_endless_answer():
    """A gateway whose answer never ends took the text all the same."""
    async with HookSink([Answer(201, deed="flood")]) as sink:
        await texter(gateway(sink)).send(MOBILE, 1, URL)


@pytest.mark.parametrize("number", ["", "5550100", "+0555010012", "+1555010012x", "+1" * 20])
async def test_no_number(number):
    """What is no number in E.164 is never sent."""
    async with HookSink() as sink:
        with pytest.raises(Trouble, match="number"):
            await texter(gateway(sink)).send(number, 1, URL)
    assert [] == sink.taken


@pytest.mark.parametrize(
    "words",
    ["{member} waits", "{plans.__class__}", "{count!r}", "{count:>9}", "{", "", "x" * 301, "{}"],
)
def test_wrong_words(words):
    """Words that hold anything but what is known are refused at start, by their setting's name."""
    with pytest.raises(Misconfigured, match="ICP_HUB_SMS_TEXT"):
        texter("https://a:b@host/x", words)


@pytest.mark.parametrize("address", ["ftp://a:b@host", "https://host/x", "https://", "a"])
def test_wrong_gateway(address):
    """A gateway's address without its parts is named as the wrong setting."""
    with pytest.raises(Misconfigured, match="ICP_HUB_SMS_URL"):
        texter(address)
    with pytest.raises(Misconfigured, match="ICP_HUB_SMS_FROM"):
        texter("https://a:b@host/x", sender="")
