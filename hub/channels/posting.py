"""Signed HTTP posts over one pool of kept-open connections, and what an answer means.

`webhook` and `notify` call `Poster.post`. Only judged addresses are connected to, redirects are not
followed, proxies of the environment are not used, and nothing of an answer but its status line and
`Retry-After` is believed. It never resends: whoever called decides, with the same webhook-id.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections import defaultdict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from hub.channels import signing
from hub.channels.certificates import shown
from hub.channels.connections import Connections, Course
from hub.errors import Trouble
from hub.ports import Look, Proof

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.channels.addresses import Guard, Target
    from hub.ports import Clock, Endpoint

_MAX_RETRY_AFTER: Final = 21_600.0
_TRANSIENT: Final = frozenset({408, 409, 425, 429})
_CUT_IN_HANDSHAKE: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True)
class _Way:
    """An address taken apart once: where to, and how every request to it begins."""

    target: Target
    begins: str


class Poster:
    """Posts signed bodies to endpoints; keep one open for the process and close it at the end."""

    def __init__(
        self,
        guard: Guard,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None = None,
        seconds: float = 20.0,
        at_once: int = 8,
    ) -> None:
        """`tls`: the system's trust anchors by default; `at_once`: most posts to one endpoint."""
        self._guard = guard
        self._clock = clock
        self._seconds = seconds
        self._turns: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(at_once)
        )
        self._connections = Connections(guard, tls or ssl.create_default_context())
        self._way = functools.lru_cache(maxsize=1024)(self._taken_apart)

    async def post(
        self, endpoint: Endpoint, id_: str, headers: Mapping[str, str], body: bytes
    ) -> Proof:
        """Post once; `Proof` confirmed for any 2xx, else `Trouble` with its kind."""
        return _meaning(await self._posted(endpoint, id_, headers, body), self._clock.now())

    async def ping(
        self, endpoint: Endpoint, id_: str, headers: Mapping[str, str], body: bytes
    ) -> Look:
        """Post once like `post`; return that it works, and the certificate the endpoint showed."""
        course = await self._posted(endpoint, id_, headers, body)
        return Look(_meaning(course, self._clock.now()).code, shown(course.certificate))

    async def _posted(
        self, endpoint: Endpoint, id_: str, headers: Mapping[str, str], body: bytes
    ) -> Course:
        """Post once; return how far it came, with a status, else `Trouble`."""
        way = self._way(endpoint.address)
        keys = signing.keys(endpoint.secrets)
        now = self._clock.now()
        signed = signing.headers(keys, id_, int(now.timestamp()), body)
        head = _head(way, {**headers, **signed}, len(body))
        course = Course()
        try:
            async with self._turns[endpoint.id], asyncio.timeout(self._seconds):
                await self._connections.exchange(way.target, head, body, course)
        except OSError as failure:  # TimeoutError and ssl.SSLError are among them
            if not course.status:
                raise broken(failure, course) from None
        return course

    def _taken_apart(self, address: str) -> _Way:
        target = self._guard.target(address)
        host = f"[{target.host}]" if ":" in target.host else target.host
        usual = {"https": 443, "http": 80}[target.scheme]
        named = host if target.port == usual else f"{host}:{target.port}"
        begins = f"POST {target.path} HTTP/1.1\r\nhost: {named}\r\n"
        if not begins.isascii():
            raise Trouble(
                "permanent", "address_forbidden", "write the endpoint's address in plain letters"
            )
        return _Way(target, begins)

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()


def _head(way: _Way, headers: Mapping[str, str], size: int) -> bytes:
    """Return a request's head; `Trouble` for a name or value that would break out of its line."""
    lines = [f"{name}: {value}" for name, value in headers.items()]
    if not all(line.isascii() and line.isprintable() for line in lines):
        raise Trouble("permanent", "bad_header", "a header can't be sent; ask integration staff")
    lines.append(f"user-agent: icp-hub\r\ncontent-length: {size}\r\n\r\n")
    return (way.begins + "\r\n".join(lines)).encode("ascii")


def broken(failure: OSError, course: Course) -> Trouble:
    """Say what a post without an answer means: only one whose body wholly left is in doubt."""
    if isinstance(failure, ssl.SSLError) and not isinstance(failure, _CUT_IN_HANDSHAKE):
        return Trouble("permanent", "certificate", "the endpoint's certificate or TLS is refused")
    slow = isinstance(failure, TimeoutError)
    if course.sent:
        code = "no_answer" if slow else "cut_after_body"
        return Trouble("ambiguous", code, "the endpoint took the body and gave no answer")
    code = "timeout" if slow else "not_reached"
    return Trouble("transient", code, "the endpoint could not be reached or take the body")


def _meaning(course: Course, now: datetime) -> Proof:
    status, code = course.status, f"http_{course.status}"
    if 200 <= status < 300:  # noqa: PLR2004  # HTTP's success class
        return Proof("confirmed", code)
    if 300 <= status < 400:  # noqa: PLR2004  # HTTP's redirection class
        raise Trouble("permanent", "redirected", "the endpoint redirects; give its final address")
    if status == 410:  # noqa: PLR2004  # Gone
        raise Trouble("permanent", "endpoint_gone", "the endpoint says it is gone; disable it")
    if status in _TRANSIENT or status >= 500:  # noqa: PLR2004  # HTTP's server error class
        after = wait_of(course.retry_after, now)
        raise Trouble("transient", code, "the endpoint asks to try later", retry_after=after)
    raise Trouble("permanent", code, "the endpoint refuses what was sent; ask its owner")


def wait_of(retry_after: str, now: datetime) -> float | None:
    """Read `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, bounded to six hours."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:  # noqa: PLR2004  # enough for 30 years
        return min(float(retry_after), _MAX_RETRY_AFTER)
    try:
        wait = (parsedate_to_datetime(retry_after) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), _MAX_RETRY_AFTER)
