"""The MLLP server that interface engines send HL7 v2 to: who is calling, and how much they may.

`hub.main.serving` starts it with `serve` and closes what that returns. A peer is known by its
client certificate, or by the network a plain line comes from; what a message says of its sender
(MSH-3, MSH-4) lets nobody in. Whoever isn't known is cut off and told nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import socket
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from hub.channels.mllp_session import Session
from hub.channels.tls import offered
from hub.errors import Misconfigured, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from hub.canonical import Finding
    from hub.ports import MllpInbox

log = structlog.get_logger(__name__)

_BUFFER: Final = 262_144
_HANDSHAKE_SECONDS: Final = 10.0
_CLOSE_SECONDS: Final = 5.0
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3))


class Answers(Protocol):
    """Writes acknowledgements: the HL7 v2 format's own, found by name in `hub.main`."""

    def __call__(
        self,
        raw: bytes,
        findings: Iterable[Finding],
        *,
        now: str,
        control_id: str,
        commit: bool = False,
    ) -> bytes:
        """Return an ACK for each message of `raw`."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one organisation may: bytes a frame, open lines, seconds idle and within a frame."""

    file_bytes: int = 50_000_000
    connections: int = 8
    idle_seconds: float = 3600.0
    frame_seconds: float = 30.0
    application_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class MllpSettings:
    """Where the server listens and how; `port` 0 takes a free one.

    `certificate` and `key` are PEM files; with `client_ca` every peer must show a certificate.
    `read_seconds` is how long an original-mode answer waits for the message to be read.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    read_seconds: float = 3.0
    limits: Limits = field(default_factory=Limits)
    connections: int = 200


class Hall:
    """What all lines share, and how many each organisation has open."""

    def __init__(self, inbox: MllpInbox, settings: MllpSettings, answers: Answers) -> None:
        self.inbox = inbox
        self.answers = answers
        self.limits = settings.limits
        self.read_seconds = settings.read_seconds
        self._most = settings.connections
        self._lines: Counter[str] = Counter()
        self._callers = 0
        self.open: set[asyncio.Task[None]] = set()

    async def come_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its sign-in to its end."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # the server runs this as a task
        self.open.add(task)
        try:
            if len(self.open) > self._most:
                log.warning("mllp_too_many_connections")
                return
            with contextlib.suppress(ConnectionError, ssl.SSLError, TimeoutError):
                await self._serve(reader, writer)
        except asyncio.CancelledError:  # the server closes; what isn't whole is forgotten
            log.info("mllp_line_closed")
        except Exception as error:  # noqa: BLE001  # one line's fault is nobody else's
            log.warning("mllp_line_failed", error=type(error).__name__)
        finally:
            self.open.discard(task)
            await _closed(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _keep_alive(writer)
        peer = (_certificate(writer), _address(writer))
        try:
            organisation = await self.inbox.caller(*peer)
        except Trouble:
            log.warning("mllp_sign_in_failed")
            return
        if organisation is None:
            log.warning("mllp_unknown_peer", certificate=peer[0], address=peer[1])
            return
        if self._lines[organisation] >= self.limits.connections:
            log.warning("mllp_too_many_connections", organisation=organisation)
            return
        self._lines[organisation] += 1
        try:
            await Session(self, organisation, (reader, writer), peer).run()
        finally:
            self._lines[organisation] -= 1


class MllpServer:
    """A running server: its port, and how to end it."""

    def __init__(self, server: asyncio.Server, hall: Hall) -> None:
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._hall = hall

    async def close(self) -> None:
        """Take no more connections, and end those that are open; what isn't whole is forgotten."""
        self._server.close()
        for task in list(self._hall.open):
            task.cancel()
        await asyncio.gather(*self._hall.open, return_exceptions=True)


async def serve(inbox: MllpInbox, settings: MllpSettings, answers: Answers) -> MllpServer:
    """Start the server; `Misconfigured` for unusable certificates or a taken port."""
    hall = Hall(inbox, settings, answers)
    tls = _tls(settings)
    try:
        server = await asyncio.start_server(
            hall.come_in,
            settings.host,
            settings.port,
            limit=_BUFFER,
            ssl=tls,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS if tls else None,
        )
    except OSError as failure:
        raise Misconfigured(
            "ICP_HUB_MLLP_PORT", f"can't be listened on ({type(failure).__name__})"
        ) from None
    if tls is None:
        log.warning("mllp_without_tls")
    return MllpServer(server, hall)


def _tls(settings: MllpSettings) -> ssl.SSLContext | None:
    """Return the server's TLS, or None for plain lines inside a network that is itself private."""
    if settings.certificate is None or settings.key is None:
        if settings.certificate or settings.key or settings.client_ca:
            raise Misconfigured("ICP_HUB_MLLP_CERTIFICATE", "and ICP_HUB_MLLP_KEY go together")
        return None
    what = "its key or ICP_HUB_MLLP_CLIENT_CA"
    files = (settings.certificate, settings.key)
    return offered(*files, "ICP_HUB_MLLP_CERTIFICATE", what, settings.client_ca)


def _certificate(writer: asyncio.StreamWriter) -> str:
    """Return the SHA-256 of the verified client certificate, in hex; empty without one."""
    tls = writer.get_extra_info("ssl_object")
    shown = tls.getpeercert(binary_form=True) if tls else None
    return hashlib.sha256(shown).hexdigest() if shown else ""


def _address(writer: asyncio.StreamWriter) -> str:
    address = str((writer.get_extra_info("peername") or ("0.0.0.0",))[0])  # noqa: S104  # an unknown peer's
    return address.partition("%")[0].removeprefix("::ffff:")


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """Let the kernel find out that the other end is gone without a word."""
    line = writer.get_extra_info("socket")
    if line is None:
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if hasattr(socket, name):
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await writer.wait_closed()
    writer.transport.abort()
