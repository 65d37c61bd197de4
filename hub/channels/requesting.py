"""One HTTP request whose answer is read: to judged addresses, bounded in time and size.

`fhir_send` and `fhir_tokens` call it. Like `posting` it connects only to what the guard has judged,
follows no redirect, uses no proxy of the environment and never repeats. The answer's body is an
outside party's: the callers read codes from it and nothing else.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from hub.channels.connections import Connections, Course
from hub.channels.posting import broken
from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.channels.addresses import Guard, Target, Way

ANSWER_BYTES: Final = 4_000_000
"""The most that is read of an answer; a longer one is cut and doesn't parse."""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """What to ask: `turn` names whose turn it takes (an endpoint's id), `url` where."""

    turn: str
    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """An answer's status, `Retry-After` and body (cut at `ANSWER_BYTES`).

    `certificate` is what the server showed, as DER; empty without TLS.
    """

    status: int
    retry_after: str
    body: bytes
    certificate: bytes = b""


class Requester:
    """Asks servers; keep one open for the process and close it at the end."""

    def __init__(
        self,
        guard: Guard,
        *,
        tls: ssl.SSLContext | None = None,
        seconds: float = 30.0,
        at_once: int = 4,
        way: Way = "web",
    ) -> None:
        """`seconds` for a whole exchange; `at_once`: most requests in one turn's name."""
        self._guard = guard
        self._way: Way = way
        self._seconds = seconds
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(at_once)
        )
        self._connections = Connections(guard, tls or ssl.create_default_context())

    async def ask(self, request: Request) -> Answer:
        """Ask once; `Trouble` transient or ambiguous when no status came."""
        target = self._guard.target(request.url, scheme=self._way)
        head = _head(target, request)
        course = Course(most=ANSWER_BYTES)
        try:
            async with self._turns[request.turn], asyncio.timeout(self._seconds):
                await self._connections.exchange(target, head, request.body, course)
        except OSError as failure:  # TimeoutError and ssl.SSLError are among them
            if not course.status:
                raise broken(failure, course) from None
        return Answer(course.status, course.retry_after, bytes(course.body), course.certificate)

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()


def _head(target: Target, request: Request) -> bytes:
    """Return a request's head; `Trouble` for a part that would break out of its line."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"https": 443, "http": 80}[target.scheme]
    named = host if target.port == usual else f"{host}:{target.port}"
    lines = [f"{request.method} {target.path} HTTP/1.1", f"host: {named}", "user-agent: icp-hub"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.method == "POST":
        lines.append(f"content-length: {len(request.body)}")
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise Trouble("permanent", "bad_header", "a header can't be sent; ask integration staff")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
