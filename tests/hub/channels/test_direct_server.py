"""The Direct listener under pressure: half-open, slow, many and huge lines, faults inside."""

from __future__ import annotations

import asyncio

import pytest
from direct_world import HUB, Authority, hand_in, pem, private

from hub.channels.direct_server import DirectSettings, serve
from hub.errors import Misconfigured, Refused, Trouble, Unreadable

CA = Authority("Anchor")


class Takes:
    """What takes mails: keeps them, or fails as told."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.taken: list[bytes] = []
        self.failure = failure

    async def take(self, raw: bytes) -> None:
        """Keep a mail, or fail."""
        if self.failure:
            raise self.failure
        self.taken.append(raw)


async def ended(reader) -> bool:
    """Say whether the server ends a line within five seconds."""
    async with asyncio.timeout(5):
        try:
            while await reader.read(1000):
                pass
        except ConnectionError:
            pass
    return True


FAILURES = [
    (None, 250),
    (Unreadable("not_signed", "x"), 554),
    (Refused("empty", "x"), 554),
    (Trouble("transient", "database_down", "x"), 451),
    (RuntimeError("Zyxwoman"), 451),
]


@pytest.mark.parametrize(("failure", "code"), FAILURES, ids=lambda one: type(one).__name__)
async def test_answers(failure, code):
    """Each end of a taking is its own answer, and none repeats what was inside."""
    takes = Takes(failure)
    server = await serve(takes, HUB, DirectSettings(port=0))
    answer = await hand_in(server.port, b"Subject: x\r\n\r\nhello")
    await server.close()

    assert answer[0] == code
    assert b"Zyxwoman" not in answer[1]
    assert len(takes.taken) == (failure is None)


async def test_idle_and_slow():
    """A line that says nothing, and one that never ends its mail, are cut; others go on."""
    given = DirectSettings(port=0, idle_seconds=0.3, line_seconds=1.0)
    takes = Takes()
    server = await serve(takes, HUB, given)
    silent, _keep = await asyncio.open_connection("127.0.0.1", server.port)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)

    async def drips():
        writer.write(b"HELO x\r\nMAIL FROM:<a@b.example>\r\n")
        writer.write(f"RCPT TO:<{HUB}>\r\nDATA\r\n".encode())
        while not writer.is_closing():
            writer.write(b"a\r\n")
            await asyncio.sleep(0.05)

    drip = asyncio.create_task(drips())
    assert await ended(silent)
    assert await ended(reader)
    drip.cancel()
    assert (await hand_in(server.port, b"x: y\r\n\r\nz"))[0] == 250
    await server.close()
    assert len(takes.taken) == 1


async def test_too_many():
    """One line too many is cut at once; when another ends there is room again."""
    server = await serve(Takes(), HUB, DirectSettings(port=0, connections=1))
    first, hold = await asyncio.open_connection("127.0.0.1", server.port)
    await first.readline()
    second, _ = await asyncio.open_connection("127.0.0.1", server.port)
    assert await ended(second)
    hold.close()
    await asyncio.sleep(0.1)

    assert (await hand_in(server.port, b"x: y\r\n\r\nz"))[0] == 250
    await server.close()


async def test_huge():
    """More than the limit is refused without being kept, whatever was announced."""
    takes = Takes()
    server = await serve(takes, HUB, DirectSettings(port=0, file_bytes=1000))
    answer = await hand_in(server.port, b"x: y\r\n\r\n" + b"z" * 70 * 20 + b"\r\n" * 40_000)
    await server.close()

    assert (answer[0], takes.taken) == (552, [])


async def test_half_a_mail():
    """A sender that is cut off in the middle of a mail leaves nothing behind."""
    takes = Takes()
    server = await serve(takes, HUB, DirectSettings(port=0))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"HELO x\r\nMAIL FROM:<a@b.example>\r\n")
    writer.write(f"RCPT TO:<{HUB}>\r\nDATA\r\nx: y\r\n\r\nhalf".encode())
    await reader.readline()
    writer.transport.abort()
    assert (await hand_in(server.port, b"x: y\r\n\r\nwhole"))[0] == 250
    await server.close()

    assert [b"half" in one for one in takes.taken] == [False]


async def test_settings(tmp_path):
    """A certificate without its key, a bad one, and a taken port stop the start in words."""
    leaf, key = CA.leaf(HUB)
    (tmp_path / "c.pem").write_text(pem(leaf))
    (tmp_path / "k.pem").write_bytes(private(key))
    good, half = (tmp_path / "c.pem", tmp_path / "k.pem"), (tmp_path / "c.pem", None)
    server = await serve(Takes(), HUB, DirectSettings("127.0.0.1", 0, *good))
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"EHLO x\r\n")
    said = [await reader.readline() for _ in range(5)]
    assert any(b"STARTTLS" in line for line in said)
    for wrong in (half, (tmp_path / "k.pem", tmp_path / "k.pem")):
        with pytest.raises(Misconfigured, match="TLS_CERTIFICATE"):
            await serve(Takes(), HUB, DirectSettings("127.0.0.1", 0, *wrong))
    with pytest.raises(Misconfigured, match="DIRECT_PORT"):
        await serve(Takes(), HUB, DirectSettings("127.0.0.1", server.port))
    await server.close()
