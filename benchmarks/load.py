"""The load: a raw kept-open HTTP client, a closed loop over many of them, and a share over SFTP.

`line` drives the hub with it, `sink` acknowledges with its client, `limits` measures the client.
Every document is unique and belongs to the next member in turn. It checks every answer: anything
but a 202 is counted as an error, and one error makes the run void.
"""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import asyncssh

from benchmarks import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SECRET_EVERY = 5
"""One plan of so many holds the thread that must be withheld."""

_SECONDS = 60.0


class Client(asyncio.Protocol):
    """One kept-open connection with one request in flight. HTTP/1.1 with a content length."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None
        self._got = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]  # a stream's transport

    def data_received(self, data: bytes) -> None:
        """Answer who waits once head and body are whole."""
        self._got += data
        end = self._got.find(b"\r\n\r\n")
        if end < 0 or self._waiting is None:
            return
        size = _length(bytes(self._got[:end]))
        if len(self._got) < end + 4 + size:
            return
        status, body = int(self._got[9:12]), bytes(self._got[end + 4 : end + 4 + size])
        self._got.clear()
        waiting, self._waiting = self._waiting, None
        if not waiting.done():
            waiting.set_result((status, body))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed"))

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send a request and return (status, body)."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("closed")
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await asyncio.wait_for(self._waiting, _SECONDS)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    found = head.lower().find(b"content-length:")
    return int(head[found + 15 :].partition(b"\r")[0]) if found >= 0 else 0


async def connected(host: str, port: int) -> Client:
    """Return a fresh client."""
    _, client = await asyncio.get_running_loop().create_connection(Client, host, port)
    return client


def request(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """Return the bytes of a request."""
    head = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*head, "", ""]).encode() + body


def wait_for(host: str, port: int, seconds: float) -> None:
    """Wait until somebody listens; `TimeoutError` when nobody does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection((host, port), 0.5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens at port {port}")


@dataclass
class Sent:
    """What a load came to: waits in seconds, counts, and how long it took."""

    waits: list[float] = field(default_factory=list)
    accepted: int = 0
    secret: int = 0
    errors: int = 0
    seconds: float = 0.0

    def wait_ms(self, share: float) -> float:
        """Return the wait that `share` of the answers did not exceed, in ms."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3 if ordered else 0.0


@dataclass
class Serials:
    """Hands out documents: the next serial, its member, its bytes."""

    members: int
    make: Callable[[documents.Person, int, bool], bytes]
    at: int = 0

    def take(self) -> tuple[bytes, bool]:
        """Return (the next document, whether it holds the thread)."""
        self.at += 1
        secret = self.at % SECRET_EVERY == 0
        return self.make(documents.person(self.at % self.members), self.at, secret), secret


async def by_http(
    port: int, key: str, serials: Serials, count: int, connections: int, media_type: str
) -> Sent:
    """Post `count` documents over so many closed-loop connections."""
    sent, end = Sent(), serials.at + count
    headers = {"authorization": f"Bearer {key}", "content-type": media_type}
    clients = [await connected("127.0.0.1", port) for _ in range(connections)]

    async def lane(client: Client) -> None:
        while serials.at < end:
            body, secret = serials.take()
            wire = request("POST", "/v1/submissions", body, headers)
            start = time.perf_counter()
            status, _ = await client.exchange(wire)
            sent.waits.append(time.perf_counter() - start)
            _count(sent, status == 202, secret)

    start = time.perf_counter()
    await asyncio.gather(*map(lane, clients))
    sent.seconds = time.perf_counter() - start
    for client in clients:
        client.close()
    return sent


async def by_sftp(port: int, user: str, key: asyncssh.SSHKey, serials: Serials, count: int) -> Sent:
    """Upload `count` documents in one session, each under a temporary name and then renamed."""
    sent = Sent()
    start = time.perf_counter()
    async with (
        asyncssh.connect(
            "127.0.0.1", port, username=user, client_keys=[key], known_hosts=None, config=[]
        ) as connection,
        connection.start_sftp_client() as sftp,
    ):
        for _ in range(count):
            body, secret = serials.take()
            at = time.perf_counter()
            name = f"/inbox/plan-{serials.at}.xml"
            async with sftp.open(f"{name}.part", "wb") as file:
                await file.write(body)
            await sftp.rename(f"{name}.part", name)
            sent.waits.append(time.perf_counter() - at)
            _count(sent, True, secret)
    sent.seconds = time.perf_counter() - start
    return sent


def _count(sent: Sent, taken: bool, secret: bool) -> None:
    sent.accepted += taken
    sent.secret += taken and secret
    sent.errors += not taken
