"""The MLLP server against raw senders: who comes in, what is answered, what ends a line."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import structlog
from mllp_world import Authority, Caller, frame, message, told

from adapters.formats.hl7v2.acknowledge import answers
from hub.canonical import Finding, Place
from hub.channels.mllp_server import Limits, MllpSettings, serve
from hub.errors import Misconfigured, Refused, Trouble
from hub.ports import Accepted


class Desk:
    """An inbox in memory that behaves as the hub's does; `down` makes it fail at the commit."""

    def __init__(self) -> None:
        self.peers = {("", "127.0.0.1"): "mco-1"}
        self.kept: dict[str, tuple[str, bytes]] = {}
        self.names: list[str] = []
        self.findings: tuple[Finding, ...] | None = ()
        self.down = False
        self.forgot = asyncio.Event()
        self.most = 1_000_000

    async def caller(self, certificate, address):
        return self.peers.get((certificate, "" if certificate else address))

    def upload(self, envelope):
        return Upload(self, envelope)

    async def read_of(self, submission):
        assert submission.startswith("sub_")
        return self.findings

    @property
    def contents(self):
        """What was taken, in order."""
        return [content for _, content in self.kept.values()]


class Upload:
    """Bytes on their way into that inbox."""

    def __init__(self, desk, envelope) -> None:
        self.desk, self.envelope, self.content = desk, envelope, b""

    async def write(self, chunk):
        self.content += chunk
        if len(self.content) > self.desk.most:
            raise Refused("too_large", "split it", status=413)

    async def commit(self):
        if self.desk.down:
            raise Trouble("transient", "database_down", "down")
        key = self.envelope.idempotency_key or hashlib.sha256(self.content).hexdigest()
        digest = hashlib.sha256(self.content).hexdigest()
        known = self.desk.kept.get(key)
        if known and known[1] != self.content:
            raise Refused("idempotency_key_reused", "used", status=422)
        sub = known[0] if known else f"sub_{len(self.desk.kept)}"
        self.desk.kept[key] = (sub, self.content)
        self.desk.names.append(self.envelope.name)
        return Accepted(sub, digest, len(self.content), datetime.now(UTC), replayed=bool(known))

    async def abort(self):
        self.desk.forgot.set()


@asynccontextmanager
async def running(desk, *, port=0, limits=None, read_seconds=0.0, **more):
    given = MllpSettings(port=port, limits=limits or Limits(), read_seconds=read_seconds, **more)
    server = await serve(desk, given, answers)
    try:
        yield server
    finally:
        await server.close()


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
async def caller(desk):
    async with running(desk) as server:
        made = await Caller.to(server.port)
        yield made
        made.close()


async def test_taken(desk, caller):
    """A message is answered AA under its control id, and was kept to the byte before."""
    assert await caller.ask(message("M1")) == ("AA", "M1", [])
    assert (desk.contents, desk.names) == ([message("M1")], ["M1.hl7"])


async def test_large(desk, caller):
    """A message of ten times the buffers streams through whole."""
    desk.most = 10_000_000
    large = message("M1", body="OBX|1|ED|||" + "A" * 3_000_000)

    assert await caller.ask(large) == ("AA", "M1", [])
    assert desk.contents == [large]


async def test_again(desk, caller):
    """A message sent again gets its first answer again, to the control id, and is kept once."""
    await caller.say(frame(message("M1")) * 2)
    first, second = (await caller.hear()).split(b"|"), (await caller.hear()).split(b"|")

    assert (first[9], len(desk.kept)) == (second[9], 1)


async def test_control_id_reused(desk, caller):
    """A control id with other content is an error with code 205, and the first stays."""
    await caller.ask(message("M1"))

    assert await caller.ask(message("M1", body="PID|1||K2")) == ("AE", "M1", ["205"])
    assert desk.contents == [message("M1")]


async def test_two_in_one_read(desk, caller):
    """Two frames in one packet are two messages with two answers in their order."""
    await caller.say(frame(message("M1")) + b"\r\n" + frame(message("M2")))

    assert [told(await caller.hear())[1] for _ in range(2)] == ["M1", "M2"]
    assert len(desk.kept) == 2


async def test_two_in_one_frame(desk, caller):
    """Two messages in one frame get an answer each, in a frame of its own."""
    await caller.say(frame(message("M1") + message("M2")))

    assert [told(await caller.hear())[:2] for _ in range(2)] == [("AA", "M1"), ("AA", "M2")]
    assert len(desk.kept) == 1


async def test_batch(desk):
    """A batch is answered by a batch: an acknowledgement for each message, wrong ones named."""
    desk.findings = (Finding("error", "missing_pid", "no PID", Place("MSH[2]/PID", "segment")),)
    async with running(desk, read_seconds=5) as server:
        line = await Caller.to(server.port)
        batch = b"BHS|^~\\&|A|B|C|D|20261122||||B1\r" + message("M1") + message("M2") + b"BTS|2\r"
        await line.say(frame(batch))
        answer = (await line.hear()).decode().split("\r")

    assert [x.split("|")[:3] for x in answer if x[:3] == "MSA"] == [
        ["MSA", "AA", "M1"],
        ["MSA", "AE", "M2"],
    ]
    assert answer[0][:3] == "BHS"


async def test_read_first(desk):
    """In original mode AE says what the reading found, with ERR at its place."""
    desk.findings = (Finding("error", "missing_member", "no id", Place("PID-3", "segment")),)
    async with running(desk, read_seconds=5) as server:
        line = await Caller.to(server.port)
        await line.say(frame(message("M1")))
        answer = await line.hear()

    assert told(answer) == ("AE", "M1", ["101"])
    assert b"ERR||PID^1^3^1|101" in answer


async def test_not_read_yet(desk):
    """A message that isn't read in time is answered AA: it is durable, and that was promised."""
    desk.findings = None
    async with running(desk, read_seconds=0.2) as server:
        assert await (await Caller.to(server.port)).ask(message("M1")) == ("AA", "M1", [])


@pytest.mark.parametrize(
    ("mode", "sent", "codes"),
    [
        ("AL|NE", "M1", ["CA"]),
        ("AL|AL", "M1", ["CA", "AA"]),
        ("NE|AL", "M1", ["AA"]),
        ("ER|NE", "M1", []),
        ("SU|NE", "M1", ["CA"]),
        ("ER|NE", "", ["CR"]),
        ("AL|NE", "", ["CR"]),
        ("SU|NE", "", []),
        ("NE|NE", "M1", []),
    ],
)
async def test_enhanced(caller, mode, sent, codes):
    """In enhanced mode MSH-15 and MSH-16 decide what is answered, and how."""
    await caller.say(frame(message(sent, mode=mode)) + frame(message("LAST")))
    found = []
    while len(found) <= len(codes):
        found.append(told(await caller.hear())[:2])

    assert sorted(found) == sorted([*((code, sent) for code in codes), ("AA", "LAST")])


async def test_down(desk, caller):
    """While nothing can be kept the answer is AR (or CE) with 207, and the line stays open."""
    desk.down = True

    assert await caller.ask(message("M1")) == ("AR", "M1", ["207"])
    assert await caller.ask(message("M2", mode="AL|NE")) == ("CE", "M2", ["207"])
    desk.down = False
    assert await caller.ask(message("M1")) == ("AA", "M1", [])


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", ("AR", "", ["100"])),
        (b"hello", ("AR", "", ["100"])),
        (message(kind=""), ("AR", "M1", ["101"])),
        (message(version="9.9"), ("AR", "M1", ["203"])),
        (message().replace(b"|P|", b"|D|"), ("AR", "M1", ["202"])),
        (message("M1")[:30] + b"\x0b" + message("M2"), ("AE", "", ["100"])),
    ],
)
async def test_refused(desk, caller, sent, answer):
    """What can't be taken is answered with its code, nothing of it is kept, the line goes on."""
    assert await caller.ask(sent) == answer
    assert desk.kept == {}
    assert await caller.ask(message("NEXT")) == ("AA", "NEXT", [])


async def test_too_large(desk, caller):
    """A frame above the limit is read to its end and answered 104; nothing of it stays."""
    desk.most = 300_000

    assert await caller.ask(message("M1", body="OBX|" + "x" * 500_000)) == ("AE", "M1", ["104"])
    assert (desk.kept, desk.forgot.is_set()) == ({}, True)


async def test_far_too_large(desk):
    """A frame without end is cut off at twice the limit, after an answer."""
    desk.most = 10_000
    async with running(desk, limits=Limits(file_bytes=200_000)) as server:
        line = await Caller.to(server.port)
        await line.say(b"\x0b" + message("M1"))
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(pours(line), 10)
    assert desk.kept == {}


async def pours(line):
    """Send for ever."""
    while True:
        await line.say(b"x" * 65_536)


async def test_an_answer_is_not_answered(desk, caller):
    """An acknowledgement that comes in is neither kept nor answered."""
    await caller.say(frame(message("A1", kind="ACK")))

    assert await caller.ask(message("M1")) == ("AA", "M1", [])
    assert desk.contents == [message("M1")]


async def test_garbage(desk, caller):
    """A little garbage between frames is borne; a line that isn't MLLP is told so and ended."""
    await caller.say(b"junk")
    assert await caller.ask(message("M1")) == ("AA", "M1", [])
    assert desk.contents == [message("M1")]
    await caller.say(b"GET / HTTP/1.1\r\n" * 400)
    assert told(await caller.hear()) == ("AE", "", ["100"])
    assert await caller.ended()


async def test_cut_in_a_frame(desk, caller):
    """A line cut in the middle of a frame leaves nothing behind."""
    await caller.say(b"\x0b" + message("M1", body="OBX|" + "x" * 200_000))
    caller.close()
    await asyncio.wait_for(desk.forgot.wait(), 10)

    assert desk.kept == {}


@pytest.mark.parametrize("said", [b"", b"\x0bMSH|^~\\&|"])
async def test_silence(desk, said):
    """A line that says nothing, or stops within a frame, is ended after its time."""
    async with running(desk, limits=Limits(idle_seconds=0.2, frame_seconds=0.2)) as server:
        line = await Caller.to(server.port)
        await line.say(said)

        assert await line.ended()


async def test_too_many(desk):
    """One sender's lines are limited; one more is cut, those that are open go on."""
    async with running(desk, limits=Limits(connections=2)) as server:
        lines = [await Caller.to(server.port) for _ in range(2)]
        for line in lines:
            await line.ask(message("M1"))
        third = await Caller.to(server.port)

        assert await third.ended()
        assert await lines[0].ask(message("M2")) == ("AA", "M2", [])


async def test_unknown_peer(desk):
    """Whoever isn't known is cut without a word, whatever names the message bears."""
    desk.peers = {}
    async with running(desk) as server:
        line = await Caller.to(server.port)
        await line.say(frame(message("M1")))

        assert await line.ended()
    assert desk.kept == {}


async def test_revoked_while_open(desk, caller, monkeypatch):
    """A peer revoked while its line is open is cut off at its next message."""
    monkeypatch.setattr("hub.channels.mllp_session._RECHECK_SECONDS", 0.0)
    await caller.ask(message("M1"))
    desk.peers = {}
    await caller.say(frame(message("M2")))

    assert await caller.ended()
    assert desk.contents == [message("M1")]


async def test_nothing_in_the_log(desk, caller):
    """Whatever is sent, no log line holds a word of it."""
    with structlog.testing.capture_logs() as logged:
        desk.down = True
        await caller.ask(message("SECRET1", body="PID|1||SECRET2"))
        await caller.ask(b"SECRET3")
        await caller.say(b"SECRET4" * 2000)
        await caller.hear()

    assert logged
    assert "SECRET" not in str(logged)


# TLS


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def tls(authority, **more):
    server = authority.issue("server", "localhost")
    return {
        "certificate": server.certificate_file,
        "key": server.key_file,
        "client_ca": authority.path,
        **more,
    }


async def test_certificate(desk, authority):
    """With mutual TLS the certificate says who is calling, not the address."""
    engine = authority.issue("engine")
    desk.peers = {(engine.digest, ""): "mco-1"}
    async with running(desk, **tls(authority)) as server:
        line = await Caller.to(server.port, authority.client(engine))

        assert await line.ask(message("M1")) == ("AA", "M1", [])


@pytest.mark.parametrize("which", ["none", "expired", "other CA", "not admitted"])
async def test_bad_certificate(desk, authority, tmp_path, which):
    """Without a certificate that is in force, ours and admitted, nobody comes in."""
    other = Authority(tmp_path, "other CA")
    shown = {
        "none": None,
        "expired": authority.issue("old", days=-2),
        "other CA": other.issue("forged"),
        "not admitted": authority.issue("stranger"),
    }[which]
    async with running(desk, **tls(authority)) as server:
        line = await Caller.to(server.port, authority.client(shown))
        with contextlib.suppress(OSError):
            await line.say(frame(message("M1")))

        assert await line.ended()
    assert desk.kept == {}


async def test_plain_to_tls(desk, authority):
    """A plain frame sent to the TLS port is not a handshake, and that is all that comes of it."""
    async with running(desk, **tls(authority)) as server:
        line = await Caller.to(server.port)
        await line.say(frame(message("M1")))
        await line.reader.read()
    assert desk.kept == {}


async def test_misconfigured(desk, authority, tmp_path):
    """A key without a certificate, a wrong file and a taken port are refused by their setting."""
    server = authority.issue("server", "localhost")
    wrong = [
        {"key": server.key_file},
        {"certificate": tmp_path / "none.pem", "key": server.key_file},
    ]
    for one in wrong:
        with pytest.raises(Misconfigured, match="ICP_HUB_MLLP_CERTIFICATE"):
            async with running(desk, **one):
                pass
    async with running(desk) as taken:
        with pytest.raises(Misconfigured, match="ICP_HUB_MLLP_PORT"):
            async with running(desk, port=taken.port):
                pass
