"""The SMTP listener that Direct mails come in by: size, time and number bounded, TLS where set.

`hub.main.serving` starts it with `serve` and closes what that returns. It takes mail for our one
address and gives 250 only for what is durable or settled; every distrusted mail gets the same 554,
so that nothing can be learnt from it. aiosmtpd speaks the protocol; no other module knows it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from aiosmtpd.smtp import SMTP

from hub.channels.tls import offered
from hub.errors import Misconfigured, Refused, Trouble, Unreadable

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from aiosmtpd.smtp import Envelope, Session

    from hub.channels.direct_taking import Taker

log = structlog.get_logger(__name__)

_TAKEN: Final = "250 2.0.0 taken"
_DISTRUSTED: Final = "554 5.7.1 the message is not signed and encrypted as agreed"
_LATER: Final = "451 4.3.0 it can't be kept now; send it again"
_TWICE_BASE64: Final = 2
"""A document is base64 twice in a mail: (4/3)² and line ends come to less than this."""


@dataclass(frozen=True, slots=True)
class DirectSettings:
    """Where the server listens and how; `port` 0 takes a free one; bytes of one document.

    `certificate` and `key` are PEM files for STARTTLS. Seconds: idle, and for a whole line.
    """

    host: str = "127.0.0.1"
    port: int = 25
    certificate: Path | None = None
    key: Path | None = None
    file_bytes: int = 50_000_000
    connections: int = 20
    idle_seconds: float = 60.0
    line_seconds: float = 600.0


class _Handler:
    """What aiosmtpd asks of us; its names are the library's."""

    def __init__(self, taker: Taker, address: str) -> None:
        self._taker = taker
        self._address = address

    async def handle_RCPT(  # noqa: N802  # the library's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take mail for our own address only."""
        if address.lower() != self._address:
            return "550 5.1.1 no such address here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one mail and say what became of it."""
        raw = envelope.content
        if not isinstance(raw, bytes):
            return _DISTRUSTED
        try:
            await self._taker.take(raw)
        except (Unreadable, Refused) as fault:
            log.warning("direct_distrusted", code=fault.code)
            return _DISTRUSTED
        except Trouble as trouble:
            log.warning("direct_trouble", code=trouble.code)
            return _LATER
        except Exception as error:  # noqa: BLE001  # one mail's fault is nobody else's
            log.warning("direct_failed", error=type(error).__name__)
            return _LATER
        return _TAKEN


class _Line(SMTP):
    """One connection that ends after its time, whatever it does."""

    def __init__(self, hall: Hall, handler: _Handler, **how: Any) -> None:  # noqa: ANN401  # the library's settings
        super().__init__(handler, **how)
        self._hall = hall
        self._wire: asyncio.BaseTransport | None = None
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count the line in, once, and cut it off when there are too many."""
        if self._wire is None:
            self._wire = transport
            self._hall.open.add(self)
            self._end = self.loop.call_later(self._hall.line_seconds, self.cut)
        super().connection_made(transport)
        if len(self._hall.open) > self._hall.most:
            log.warning("direct_too_many_connections")
            self.cut()

    def connection_lost(self, error: Exception | None) -> None:
        """Count the line out."""
        self._hall.open.discard(self)
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(error)

    def cut(self) -> None:
        """End the line at once; a mail that isn't whole is forgotten."""
        if isinstance(self._wire, asyncio.WriteTransport):
            self._wire.abort()


class Hall:
    """The lines that are open, and how many and how long they may be."""

    def __init__(self, most: int, line_seconds: float) -> None:
        self.most = most
        self.line_seconds = line_seconds
        self.open: set[_Line] = set()


class DirectServer:
    """A running server: its port, and how to end it."""

    def __init__(self, server: asyncio.Server, hall: Hall) -> None:
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._hall = hall

    async def close(self) -> None:
        """Take no more connections, and end those that are open."""
        self._server.close()
        for line in list(self._hall.open):
            line.cut()
        await asyncio.sleep(0)


async def serve(taker: Taker, address: str, settings: DirectSettings) -> DirectServer:
    """Start the server; `Misconfigured` for unusable certificates or a taken port."""
    hall = Hall(settings.connections, settings.line_seconds)
    handler, tls = _Handler(taker, address.lower()), _tls(settings)
    loop = asyncio.get_running_loop()

    def line() -> _Line:
        return _Line(
            hall,
            handler,
            data_size_limit=settings.file_bytes * _TWICE_BASE64 + 65_536,
            hostname=address.rpartition("@")[2],
            ident="ICP hub",
            tls_context=tls,
            timeout=settings.idle_seconds,
            loop=loop,
        )

    try:
        server = await loop.create_server(line, settings.host, settings.port)
    except OSError as failure:
        raise Misconfigured(
            "ICP_HUB_DIRECT_PORT", f"can't be listened on ({type(failure).__name__})"
        ) from None
    return DirectServer(server, hall)


def _tls(settings: DirectSettings) -> ssl.SSLContext | None:
    """Return what STARTTLS is offered with, or None."""
    if settings.certificate is None or settings.key is None:
        if settings.certificate or settings.key:
            what = "and ICP_HUB_DIRECT_TLS_KEY go together"
            raise Misconfigured("ICP_HUB_DIRECT_TLS_CERTIFICATE", what)
        return None
    what = "or its key"
    return offered(settings.certificate, settings.key, "ICP_HUB_DIRECT_TLS_CERTIFICATE", what)
