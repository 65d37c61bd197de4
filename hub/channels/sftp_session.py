"""One SFTP session on asyncssh: which requests exist at all, and how an abortion is told.

The server's gate opens it for a signed-in connection. It relies on parts of asyncssh that are not
public: `SFTPServerHandler` with `_packet_handlers`, `_extensions`, `_cleanup` and `run`, and the
stream session that feeds it. `tests/hub/channels/test_sftp_internals.py` fails if they change.

asyncssh closes open files when a session ends, by whatever way, exactly as when its client closes
them. Here `abandon` runs first, so that only the client's own CLOSE is a completion. A request
outside the list is unsupported, and no exception's text reaches the client.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import asyncssh
import structlog
from asyncssh.packet import PacketDecodeError
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHServerStreamSession

from hub.errors import Refused, Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncssh.channel import SSHChannel

    from hub.channels.sftp_files import VirtualFiles

_log = structlog.get_logger(__name__)
_VERSION: Final = 3
_REQUESTS: Final = frozenset(
    {
        *("open", "close", "read", "write", "opendir", "readdir", "remove", "rename"),
        *("posix_rename", "realpath", "stat", "lstat", "fstat", "setstat", "fsetstat", "limits"),
    }
)
_EXTENSIONS: Final = frozenset({b"posix-rename@openssh.com", b"limits@openssh.com"})
_PREFIX: Final = "_process_"


def _guarded(handle: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Wrap a request's handler so that only words of ours reach the client."""

    @functools.wraps(handle)
    async def guarded(self: Handler, packet: object) -> object:
        try:
            return await handle(self, packet)
        except (asyncssh.SFTPError, PacketDecodeError):
            raise
        except Refused as refused:
            raise asyncssh.SFTPFailure(refused.detail) from None
        except Trouble as trouble:
            _log.warning("sftp_request_failed", request=handle.__name__, code=trouble.code)
            raise asyncssh.SFTPFailure("the hub can't take it now; try again later") from None
        except Exception as failure:  # noqa: BLE001  # its text could hold anything
            error = type(failure).__name__
            _log.error("sftp_request_failed", request=handle.__name__, error=error)
            raise asyncssh.SFTPFailure("the hub failed; try again later") from None

    return guarded


class Handler(SFTPServerHandler):
    """asyncssh's handler with fewer requests, and with abortions told apart."""

    _packet_handlers = {  # noqa: RUF012  # the library's own declaration
        key: _guarded(handle)
        for key, handle in SFTPServerHandler._packet_handlers.items()  # noqa: SLF001  # see the module's docstring
        if handle is not None and handle.__name__.removeprefix(_PREFIX) in _REQUESTS
    }
    _extensions = [e for e in SFTPServerHandler._extensions if e[0] in _EXTENSIONS]  # noqa: SLF001, RUF012  # see the module's docstring

    def __init__(
        self,
        files: VirtualFiles,
        reader: asyncssh.SSHReader[bytes],
        writer: asyncssh.SSHWriter[bytes],
    ) -> None:
        super().__init__(files, reader, writer, _VERSION)
        self._files = files

    async def run(self) -> None:
        """Serve until the session ends; then nothing stays open, whatever ended it."""
        try:
            await super().run()
        finally:
            self._files.abandon()

    async def _cleanup(self, exc: Exception | None) -> None:
        self._files.abandon()
        await super()._cleanup(exc)


class Session(SSHServerStreamSession[bytes]):
    """A channel that is for SFTP or for nothing: no shell, no command, no terminal."""

    def __init__(
        self,
        begin: Callable[[asyncssh.SSHServerChannel[bytes]], VirtualFiles],
        ended: Callable[[], None],
    ) -> None:
        super().__init__(None)
        self._begin = begin
        self._ended = ended
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None

    def connection_made(self, chan: SSHChannel[bytes]) -> None:
        """Keep the channel."""
        super().connection_made(chan)
        if isinstance(chan, asyncssh.SSHServerChannel):
            self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the channel is closed."""
        super().connection_lost(exc)
        self._ended()

    def subsystem_requested(self, subsystem: str) -> bool:
        """Allow SFTP only."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Serve the virtual files on this channel."""
        if self._channel is None:
            raise RuntimeError("the channel is not asyncssh's own; keep its line editor off")
        reader = asyncssh.SSHReader[bytes](self, self._channel)
        writer = asyncssh.SSHWriter[bytes](self, self._channel)
        handler = Handler(self._begin(self._channel), reader, writer)
        self._channel.get_connection().create_task(handler.run())
