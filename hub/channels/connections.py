"""A small HTTP/1.1 client for posts: kept-open connections to judged addresses, parsed by llhttp.

`posting` calls it. A connection is opened only to an address the guard has judged just then; TLS is
verified against the URL's host. Of an answer its status and `Retry-After` are kept, and of its body
as much as the caller asks for: else no more is read than lets the connection be used again. It
never resends and follows nothing.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import httptools

from hub.channels.certificates import of_wire

if TYPE_CHECKING:
    from hub.channels.addresses import Guard, Target

ANSWER_BYTES: Final = 65_536
"""How much of an answer's body is read, so that the connection can be used again."""

_HEAD_BYTES: Final = 102_400
_DRAIN_SECONDS: Final = 2.0
_REST_SECONDS: Final = 60.0
_MOST_OPEN: Final = 256
_MOST_AT_REST: Final = 128


@dataclass(slots=True)
class Course:
    """How far one post came: whether the whole body left, and the answer once it is known.

    `most` is how many bytes of the answer's body to wait for and keep; 0: none.
    """

    sent: bool = False
    status: int = 0
    retry_after: str = ""
    most: int = 0
    body: bytearray = field(default_factory=bytearray)
    certificate: bytes = b""
    """What the other side showed, as DER; empty without TLS."""


class Connection(asyncio.Protocol):
    """One connection with at most one post in flight."""

    def __init__(self, among: set[Connection]) -> None:
        self._among = among
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._course = Course()
        self._waiting: asyncio.Future[None] | None = None
        self._drain: asyncio.TimerHandle | None = None
        self._room = 0
        self._alive = self._kept_open = self._whole = self._stuck = False
        self._rests_since = 0.0
        self._certificate = b""

    async def exchange(self, head: bytes, body: bytes, course: Course) -> None:
        """Post once and fill `course`; `OSError` when no answer can come any more."""
        self._course, self._room = course, _HEAD_BYTES
        course.certificate = self._certificate
        self._kept_open = self._whole = False
        self._waiting = self._loop.create_future()
        if not self._alive:
            raise ConnectionResetError
        self._transport.write(head + body)  # writelines pauses nobody before CPython 3.13.2
        course.sent = not self._stuck
        await self._waiting

    def rests(self) -> bool:
        """Say whether the last answer was read to its end and another post may follow."""
        self._waiting = None
        self._rests_since = self._loop.time()
        return self._alive and self._kept_open and self._whole and not self._stuck

    def usable(self) -> bool:
        """Say whether a connection at rest is still good: not old, not closed, nothing said."""
        young = self._loop.time() - self._rests_since < _REST_SECONDS
        return self._alive and young and not self._readable.poll(0)

    def abort(self) -> None:
        """Close at once."""
        self._alive = False
        self._transport.abort()

    # what the event loop calls

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  # a stream's transport
        """Keep the transport, and be told of every byte that has not left."""
        self._transport = transport
        self._alive = True
        self._among.add(self)
        self._certificate = of_wire(transport.get_extra_info("ssl_object"))
        over_tls = transport.get_extra_info("sslcontext") is not None
        self._transport.set_write_buffer_limits(int(over_tls), 0)
        self._readable = select.poll()
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        self._alive = False
        self._among.discard(self)
        self._end(exc or ConnectionResetError())

    def pause_writing(self) -> None:
        """Note that not everything has left."""
        self._stuck = True

    def resume_writing(self) -> None:
        """Note that everything has left."""
        self._stuck = False
        self._course.sent = True

    def data_received(self, data: bytes) -> None:
        """Read on; bytes nobody asked for end the connection."""
        if self._waiting is None:
            self.abort()
            return
        self._room -= len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._kept_open = False
            self._end(ConnectionAbortedError())
        if self._whole or self._room < 0:
            self._end(ConnectionAbortedError())
        elif self._course.most:
            return
        elif self._course.status and self._drain is None and self._waiting is not None:
            self._drain = self._loop.call_later(_DRAIN_SECONDS, self._end, None)

    def _end(self, failure: Exception | None) -> None:
        """End the exchange; a failure counts only while there is no status."""
        waiting, self._waiting = self._waiting, None
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None
        if waiting is None or waiting.done():
            return
        if failure is not None and not self._course.status:
            waiting.set_exception(failure)
        else:
            waiting.set_result(None)

    # what the parser calls

    def on_message_begin(self) -> None:
        """Trust a connection no more that answers what was not asked."""
        if self._course.status:
            self._kept_open = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the first `Retry-After`."""
        if len(name) == 11 and name.lower() == b"retry-after" and not self._course.status:  # noqa: PLR2004  # its length
            self._course.retry_after = self._course.retry_after or value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """Take the status, unless it is an interim one (RFC 9110 section 15.2)."""
        status, course = self._parser.get_status_code(), self._course
        if course.status:
            return
        if status < 100:  # noqa: PLR2004  # HTTP's least status
            raise ValueError
        switches = status == 101  # noqa: PLR2004  # Switching Protocols, which nobody asked for
        if status < 200 and not switches:  # noqa: PLR2004  # HTTP's interim class
            course.retry_after = ""
            return
        course.status = status
        self._room = course.most or ANSWER_BYTES
        self._kept_open = self._parser.should_keep_alive() and not switches

    def on_body(self, data: bytes) -> None:
        """Keep what the caller wants of the answer's body; nothing of what comes after it."""
        if self._course.status and self._course.most and not self._whole:
            self._course.body += data

    def on_message_complete(self) -> None:
        """Note that the answer is whole."""
        self._whole = self._whole or self._course.status > 0


class Connections:
    """All connections of the process; bounded, and each to a judged address."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext) -> None:
        tls.set_alpn_protocols(["http/1.1"])
        self._guard = guard
        self._tls = tls
        self._open: set[Connection] = set()
        self._resting: dict[tuple[str, str, int], list[Connection]] = {}
        self._slots = asyncio.Semaphore(_MOST_OPEN)

    async def exchange(self, target: Target, head: bytes, body: bytes, course: Course) -> None:
        """Post once over a connection to `target`; `OSError` or `Trouble` when it can't be."""
        origin = (target.scheme, target.host, target.port)
        async with self._slots:
            connection = self._rested(origin) or await self._connected(target)
            try:
                await connection.exchange(head, body, course)
            finally:
                if connection.rests() and self._has_room():
                    self._resting.setdefault(origin, []).append(connection)
                else:
                    connection.abort()

    def _has_room(self) -> bool:
        resting = self._resting.values()
        return len(self._open) <= _MOST_AT_REST or sum(map(len, resting)) < _MOST_AT_REST

    def _rested(self, origin: tuple[str, str, int]) -> Connection | None:
        waiting = self._resting.get(origin)
        while waiting:
            connection = waiting.pop()
            if connection.usable():
                return connection
            connection.abort()
        return None

    async def _connected(self, target: Target) -> Connection:
        """Open a connection to the first judged address that takes one."""
        self._sweep()
        tls = self._tls if target.scheme == "https" else None
        name = target.host if tls else None
        loop = asyncio.get_running_loop()
        failure: OSError = ConnectionRefusedError()
        for address in await self._guard.resolve(target.host, target.port):
            try:
                _, connection = await loop.create_connection(
                    lambda: Connection(self._open),
                    address,
                    target.port,
                    ssl=tls,
                    server_hostname=name,
                )
            except ssl.SSLError:
                raise
            except OSError as failed:
                failure = failed
            else:
                return connection
        raise failure

    def _sweep(self) -> None:
        """Close what has rested too long, wherever it goes."""
        for origin, waiting in list(self._resting.items()):
            good = [one for one in waiting if one.usable()]
            for one in set(waiting).difference(good):
                one.abort()
            if good:
                self._resting[origin] = good
            else:
                del self._resting[origin]

    async def close(self) -> None:
        """Close every connection."""
        self._resting.clear()
        for connection in list(self._open):
            connection.abort()
        await asyncio.sleep(0)
