"""Signed HTTP posts over one pool of kept-open connections, and what an answer means.

`webhook` and `notify` call `Poster.post`. Only judged addresses are connected to, redirects are not
followed, proxies of the environment are not used, and nothing of an answer but its status line and
`Retry-After` is believed. It never resends: whoever called decides, with the same webhook-id.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpcore2

from hub.channels import signing
from hub.errors import Trouble
from hub.ports import Proof

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from hub.channels.addresses import Guard
    from hub.ports import Clock, Endpoint

ANSWER_BYTES: Final = 65_536
"""How much of an answer's body is read, so that the connection can be used again."""

_DRAIN_SECONDS: Final = 2.0
_MAX_RETRY_AFTER: Final = 21_600.0
_TRANSIENT: Final = frozenset({408, 409, 425, 429})
_BREAKS: Final = (
    OSError,  # TimeoutError and ssl.SSLError are among them
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
)
_CUT_IN_HANDSHAKE: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(slots=True)
class _Course:
    """How far one post came: whether the whole body left, and the status once it is known."""

    sent: bool = False
    status: int = 0
    retry_after: str = ""

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        self.sent = self.sent or event.endswith("send_request_body.complete")


class _JudgedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects only to addresses the guard has judged; the TLS name stays the URL's host."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception = httpcore2.ConnectError()
        for address in await self._guard.resolve(host, port):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
                failure = failed
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


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
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls or ssl.create_default_context(),
            max_connections=256,
            max_keepalive_connections=128,
            keepalive_expiry=60.0,
            network_backend=_JudgedNetwork(guard),
        )

    async def post(
        self, endpoint: Endpoint, id_: str, headers: Mapping[str, str], body: bytes
    ) -> Proof:
        """Post once; `Proof` confirmed for any 2xx, else `Trouble` with its kind."""
        target = self._guard.target(endpoint.address)
        keys = signing.keys(endpoint.secrets)
        now = self._clock.now()
        every = {
            "user-agent": "icp-hub",
            **headers,
            **signing.headers(keys, id_, int(now.timestamp()), body),
        }
        url = httpcore2.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        course = _Course()
        try:
            async with self._turns[endpoint.id], asyncio.timeout(self._seconds):
                await self._exchange(url, every, body, course)
        except _BREAKS as failure:
            if not course.status:
                raise _broken(failure, course) from None
        return _meaning(course, now)

    async def _exchange(
        self, url: httpcore2.URL, headers: Mapping[str, str], body: bytes, course: _Course
    ) -> None:
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._seconds)
        async with self._pool.stream(
            "POST",
            url,
            headers=list(headers.items()),
            content=body,
            extensions={"trace": course.trace, "timeout": limits},
        ) as response:
            course.retry_after = _header(response.headers, b"retry-after")
            course.status = response.status
            async with asyncio.timeout(_DRAIN_SECONDS):
                await _drain(response.aiter_stream())

    async def close(self) -> None:
        """Close every connection."""
        with contextlib.suppress(httpcore2.NetworkError):
            await self._pool.aclose()


async def _drain(chunks: AsyncIterable[bytes]) -> None:
    """Read a short body to its end; a longer one is left, which closes its connection."""
    read = 0
    async for chunk in chunks:
        read += len(chunk)
        if read > ANSWER_BYTES:
            return


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in headers if k.lower() == name), "")


def _broken(failure: Exception, course: _Course) -> Trouble:
    """Say what a post without an answer means: only one whose body wholly left is in doubt."""
    cause = failure.__cause__ or failure.__context__ or failure
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, _CUT_IN_HANDSHAKE):
        return Trouble("permanent", "certificate", "the endpoint's certificate or TLS is refused")
    slow = isinstance(failure, (TimeoutError, httpcore2.TimeoutException))
    if course.sent:
        code = "no_answer" if slow else "cut_after_body"
        return Trouble("ambiguous", code, "the endpoint took the body and gave no answer")
    code = "timeout" if slow else "not_reached"
    return Trouble("transient", code, "the endpoint could not be reached or take the body")


def _meaning(course: _Course, now: datetime) -> Proof:
    status, code = course.status, f"http_{course.status}"
    if 200 <= status < 300:  # noqa: PLR2004  # HTTP's success class
        return Proof("confirmed", code)
    if 300 <= status < 400:  # noqa: PLR2004  # HTTP's redirection class
        raise Trouble("permanent", "redirected", "the endpoint redirects; give its final address")
    if status == 410:  # noqa: PLR2004  # Gone
        raise Trouble("permanent", "endpoint_gone", "the endpoint says it is gone; disable it")
    if status in _TRANSIENT or status >= 500:  # noqa: PLR2004  # HTTP's server error class
        after = _seconds(course.retry_after, now)
        raise Trouble("transient", code, "the endpoint asks to try later", retry_after=after)
    raise Trouble("permanent", code, "the endpoint refuses what was sent; ask its owner")


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Read `Retry-After` (RFC 9110 section 10.2.3), seconds or a date, bounded to six hours."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:  # noqa: PLR2004  # enough for 30 years
        return min(float(retry_after), _MAX_RETRY_AFTER)
    try:
        wait = (parsedate_to_datetime(retry_after) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), _MAX_RETRY_AFTER)
