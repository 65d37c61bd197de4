"""The outermost layer: request ids, security headers, caps and timeouts on every route.

`application.create` puts it around the application. It reads no body beyond its cap, waits for no
slow sender, and turns whatever escaped every handler into a bare 500: class and line go to the log,
nothing to the caller.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.requests import Request

from hub.errors import Refused
from hub.ids import new_id
from hub.web.problems import problem, refusal, told_in_log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hub.settings import Settings

BODY_BYTES = 262_144
SLACK = 65_536
IDLE_SECONDS = 30.0
ANSWER_SECONDS = 60.0
UPLOAD_SECONDS = 900.0
AT_ONCE = 512
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)
_HEADERS = [
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_HSTS = (b"strict-transport-security", b"max-age=31536000")


_LARGE_ENDS: Final = ("/documents",)
"""Ends of paths that take whole documents, whatever they begin with."""


class Edge:
    """ASGI middleware around everything.

    `large` are path prefixes that take whole documents; `answer` makes the response of a refusal.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: Settings,
        large: tuple[str, ...],
        answer: Callable[[Request, Refused], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._answer = answer
        self._large = large
        self._large_bytes = settings.max_bytes + SLACK
        self._added = [*_HEADERS, *([_HSTS] if settings.secure_cookies else [])]
        self._hosts = _hosts(settings)
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or hand anything else through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        exchange = _Exchange(send, request_id, self._added)
        self._open += 1
        try:
            await self._served(scope, receive, exchange)
        except Exception as error:  # noqa: BLE001  # the last net; nothing of it is told
            await self._failed(error, scope, receive, exchange)
        finally:
            self._open -= 1

    async def _served(self, scope: Scope, receive: Receive, exchange: _Exchange) -> None:
        if self._open > AT_ONCE:
            raise Refused("busy", "the hub is busy; try again", status=503, retry_after=1)
        large = scope["path"].startswith(self._large) or scope["path"].endswith(_LARGE_ENDS)
        cap = self._large_bytes if large else BODY_BYTES
        self._checked(scope, cap)
        async with asyncio.timeout(UPLOAD_SECONDS if large else ANSWER_SECONDS):
            await self._app(scope, _Body(receive, cap).receive, exchange.send)

    def _checked(self, scope: Scope, cap: int) -> None:
        """Refuse what can be refused by its headers alone."""
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or (b"content-length" in headers and _chunked(headers)):
            raise Refused("bad_request", "the length of the body is not clear; send one length")
        if int(length) > cap:
            raise _too_large(cap)
        host = headers.get(b"host", b"").decode("latin-1")
        if self._hosts and scope["path"] != "/health" and _name(host) not in self._hosts:
            raise Refused(
                "other_host", "this host name is not the hub's; see ICP_HUB_PUBLIC_URL", status=421
            )

    async def _failed(
        self, error: Exception, scope: Scope, receive: Receive, exchange: _Exchange
    ) -> None:
        told = refusal(error)
        if isinstance(error, TimeoutError):
            told = Refused("took_too_long", "the answer took too long; try again", status=503)
        elif told.status == 500:  # noqa: PLR2004  # the one status that is ours to mend
            told_in_log(error, exchange.request_id)
        if not exchange.started:
            response = await self._worded(Request(scope), told, exchange.request_id)
            await response(scope, receive, exchange.send)

    async def _worded(self, request: Request, told: Refused, request_id: str) -> Response:
        """Return the response of a refusal; a plain problem when even its page fails."""
        try:
            return await self._answer(request, told)
        except Exception as error:  # noqa: BLE001  # a page that fails must not hide the refusal
            told_in_log(error, request_id)
            return problem(told, request_id)


class _Exchange:
    """The way out: adds the headers every answer has."""

    __slots__ = ("_added", "_send", "request_id", "started")

    def __init__(self, send: Send, request_id: str, added: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._added = added
        self.request_id = request_id
        self.started = False

    async def send(self, message: Message) -> None:
        """Send a message on, with the headers on its start."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = [*message.get("headers", ()), *self._added]
            headers.append((b"x-request-id", self.request_id.encode()))
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await self._send(message)


class _Body:
    """The way in: counts bytes, and gives up on a sender that stalls."""

    __slots__ = ("_cap", "_done", "_receive", "_size")

    def __init__(self, receive: Receive, cap: int) -> None:
        self._receive = receive
        self._cap = cap
        self._size = 0
        self._done = False

    async def receive(self) -> Message:
        """Receive a message; `Refused` 413 above the cap, 408 when nothing comes for 30 s."""
        if self._done:
            return await self._receive()
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise Refused("too_slow", "nothing came for 30 s; send it again", status=408) from None
        self._done = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._cap:
            raise _too_large(self._cap)
        return message


def _too_large(cap: int) -> Refused:
    return Refused("too_large", f"more than {cap} bytes; send less", status=413)


def _chunked(headers: Mapping[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers


def _name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _hosts(settings: Settings) -> frozenset[str]:
    """Return the host names that are ours; empty, and not checked, before there is an https one."""
    public = urlsplit(settings.public_url)
    if public.scheme != "https" or not public.hostname:
        return frozenset()
    return frozenset({public.hostname.lower(), "localhost", "127.0.0.1", "::1"})
