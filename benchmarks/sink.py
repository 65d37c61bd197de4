"""The practice's side: a webhook that checks each post and acknowledges it by the hub's API.

`line` starts it as a process of its own (`python -m benchmarks.sink`), so that its work is counted
apart. It checks the signature, looks for words that had to be withheld, answers 200, and then posts
the acknowledgment as a named person. `GET /counts` says what came. It keeps no document. Asked to,
it is slow or too busy; a hub that is gone for a while is asked again.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import load
from benchmarks.documents import SECRET

ACKNOWLEDGERS = 8
_TRIES = 1200
_LATER = frozenset({409, 429, 503})
"""What a practice's system tries again after: not sent yet by the hub's books, or busy."""
_PAUSE = 0.05
_ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n"
_REFUSAL = b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"


@dataclass
class Counts:
    """What came in, and what became of it."""

    deliveries: int = 0
    repeats: int = 0
    posts: int = 0
    turned_away: int = 0
    unsigned: int = 0
    leaks: int = 0
    bytes: int = 0
    acknowledged: int = 0
    refused: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    last_delivery: float = 0.0
    last_acknowledgment: float = 0.0


@dataclass
class Sink:
    """The receiving practice: its secret, where the hub is, its key, and its counts."""

    key: bytes
    hub: int
    token: str
    delay: float = 0.0
    busy: float = 0.0
    counts: Counts = field(default_factory=Counts)
    seen: set[str] = field(default_factory=set)
    queue: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def takes(self, head: dict[str, str], body: bytes) -> bytes:
        """Judge one post and return the answer."""
        self.counts.posts += 1
        if self.busy and self.counts.posts * self.busy % 1 + self.busy >= 1:
            self.counts.turned_away += 1
            return _BUSY
        delivery = head.get("webhook-id", "")
        signed = f"{delivery}.{head.get('webhook-timestamp', '')}.".encode() + body
        wanted = base64.b64encode(hmac.digest(self.key, signed, hashlib.sha256)).decode()
        given = [part.partition(",")[2] for part in head.get("webhook-signature", "").split()]
        if not any(hmac.compare_digest(wanted, one) for one in given):
            self.counts.unsigned += 1
            return _REFUSAL
        if delivery in self.seen:
            self.counts.repeats += 1
            return _ANSWER
        self.seen.add(delivery)
        self.counts.deliveries += 1
        self.counts.bytes += len(body)
        self.counts.leaks += leaks(body)
        self.counts.last_delivery = time.time()
        self.queue.put_nowait(delivery)
        return _ANSWER

    async def acknowledges(self) -> None:
        """Acknowledge delivery after delivery, until cancelled."""
        client = await load.connected("127.0.0.1", self.hub)
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        statuses = self.counts.statuses
        while True:
            delivery = await self.queue.get()
            path = f"/v1/deliveries/{delivery}/acknowledgment"
            wire = load.request("POST", path, b'{"name":"Nadia Brandt RN"}', headers)
            for _ in range(_TRIES):
                try:
                    status, _ = await client.exchange(wire)
                except (OSError, TimeoutError):
                    # whether it was recorded is unknown; the hub's first record is the one kept
                    client, status = await self._again(client), 503
                statuses[str(status)] = statuses.get(str(status), 0) + 1
                if status not in _LATER:
                    break
                await asyncio.sleep(_PAUSE)  # the hub has yet to commit that it was sent
            self.counts.acknowledged += status == 200
            self.counts.refused += status != 200
            self.counts.last_acknowledgment = time.time()

    async def _again(self, client: load.Client) -> load.Client:
        """Return a new connection as soon as the hub listens again."""
        client.close()
        await asyncio.to_thread(load.wait_for, "127.0.0.1", self.hub, 60.0)
        try:
            return await load.connected("127.0.0.1", self.hub)
        except OSError:
            return client


def leaks(body: bytes) -> bool:
    """Say whether a delivered document holds any word that had to be withheld."""
    low = body.lower()
    return any(word.lower() in low for word in SECRET)


class _Receiving(asyncio.Protocol):
    """One connection of the hub's: posts with a content length, one after another."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._got = bytearray()
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._got[:end].decode("latin-1").split("\r\n")
            head = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
            whole = end + 4 + int(head.get("content-length", "0"))
            if len(self._got) < whole:
                return
            body = bytes(self._got[end + 4 : whole])
            del self._got[:whole]
            if first.startswith("GET "):
                self._transport.write(_told(self._sink))
            elif self._sink.delay:
                answer = self._sink.takes(head, body)
                asyncio.get_running_loop().call_later(self._sink.delay, self._answers, answer)
            else:
                self._transport.write(self._sink.takes(head, body))

    def _answers(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _told(sink: Sink) -> bytes:
    body = json.dumps({**asdict(sink.counts), "waiting": sink.queue.qsize()}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body


async def main() -> None:
    """Read {port, hub, secret, token[, delay, busy]} from standard input; receive until ended."""
    given = json.loads(sys.stdin.readline())
    key = base64.b64decode(given["secret"].removeprefix("whsec_"))
    manners = {name: given[name] for name in ("delay", "busy") if name in given}
    sink = Sink(key, given["hub"], given["token"], **manners)
    loop = asyncio.get_running_loop()
    await loop.create_server(lambda: _Receiving(sink), "127.0.0.1", given["port"])
    await asyncio.to_thread(load.wait_for, "127.0.0.1", given["hub"], 60.0)
    await asyncio.gather(*(sink.acknowledges() for _ in range(ACKNOWLEDGERS)))


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
