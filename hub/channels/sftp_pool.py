"""SFTP connections to practices, kept open for a while so that several parcels share one.

The push channel borrows them. A connection is made only to a judged address, only to a server that
shows the pinned host key, and only with the endpoint's own key: nothing of this machine's SSH
configuration, agent or known hosts is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncssh

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.channels.addresses import Guard, Target
    from hub.ports import Endpoint

_VERSION: Final = 3
_OVER: Final = (
    asyncssh.SFTPBadMessage,
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    Trouble,
)


@dataclass(slots=True)
class _Line:
    """One open connection and how many use it now."""

    connection: asyncssh.SSHClientConnection
    client: asyncssh.SFTPClient
    users: int = 0
    over: bool = False
    idle: asyncio.TimerHandle | None = None


class SftpPool:
    """Opens connections, shares them per endpoint and credentials, and closes idle ones."""

    def __init__(self, guard: Guard, *, connect_seconds: float, idle_seconds: float) -> None:
        self._guard = guard
        self._connect_seconds = connect_seconds
        self._idle_seconds = idle_seconds
        self._lines: dict[str, _Line] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        logging.getLogger("asyncssh").setLevel(logging.WARNING)  # below it logs names of files

    @contextlib.asynccontextmanager
    async def client(self, endpoint: Endpoint) -> AsyncIterator[tuple[asyncssh.SFTPClient, Target]]:
        """Lend an SFTP client for the endpoint, and what its address says.

        A connection on which something went wrong is lent to nobody else: its session may be over
        while the line still stands.
        """
        target = self._guard.target(endpoint.address, scheme="sftp")
        line = await self._line(endpoint, target)
        line.users += 1
        if line.idle is not None:
            line.idle.cancel()
        try:
            yield line.client, target
        except (*_OVER, TimeoutError):
            line.over = True
            raise
        finally:
            line.users -= 1
            if not line.users and line.over:
                line.connection.abort()
            elif not line.users:
                loop = asyncio.get_running_loop()
                line.idle = loop.call_later(self._idle_seconds, line.connection.close)

    async def close(self) -> None:
        """Close every connection."""
        lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            if line.idle is not None:
                line.idle.cancel()
            line.connection.abort()
            await line.connection.wait_closed()

    async def _line(self, endpoint: Endpoint, target: Target) -> _Line:
        key = _identity(endpoint)
        async with self._turns[endpoint.id]:
            line = self._lines.get(key)
            if line is None or line.over or line.connection.is_closed():
                self._lines = {k: v for k, v in self._lines.items() if not v.connection.is_closed()}
                line = self._lines[key] = await self._opened(endpoint, target)
            return line

    async def _opened(self, endpoint: Endpoint, target: Target) -> _Line:
        host_keys, own_key = _host_keys(endpoint), _own_key(endpoint)
        failure: Exception = OSError()
        for address in await self._guard.resolve(target.host, target.port):
            try:
                async with asyncio.timeout(self._connect_seconds):
                    return await _connected(address, target, host_keys, own_key)
            except OSError as failed:
                failure = failed
        raise failure


async def _connected(
    address: str, target: Target, host_keys: list[asyncssh.SSHKey], own_key: asyncssh.SSHKey
) -> _Line:
    connection = await asyncssh.connect(
        address,
        target.port,
        username=target.user,
        client_keys=[own_key],
        known_hosts=(host_keys, [], []),
        config=None,
        agent_path=None,
        preferred_auth="publickey",
        compression_algs=["none"],
        keepalive_interval=15,
        keepalive_count_max=2,
        client_version="icp-hub",
    )
    try:
        client = await connection.start_sftp_client(sftp_version=_VERSION)
    except BaseException:
        connection.abort()
        raise
    return _Line(connection, client)


def _identity(endpoint: Endpoint) -> str:
    """Return what must be the same for a connection to be shared; a changed key opens a new one."""
    parts = (endpoint.id, endpoint.address, *sorted(endpoint.secrets.values()))
    pinned = endpoint.options.get("host_key", "")
    return hashlib.sha256("\0".join((*parts, pinned)).encode()).hexdigest()


def _host_keys(endpoint: Endpoint) -> list[asyncssh.SSHKey]:
    """Return the pinned host keys, one on a line (two while the practice changes its own)."""
    lines = endpoint.options.get("host_key", "").splitlines()
    try:
        found = [asyncssh.import_public_key(line) for line in lines if line.strip()]
    except asyncssh.KeyImportError:
        raise Trouble("permanent", "bad_host_key", "write `host_key` as `ssh-…  AAAA…`") from None
    if not found:
        raise Trouble("permanent", "host_key_not_pinned", "give the endpoint the `host_key` to pin")
    return found


def _own_key(endpoint: Endpoint) -> asyncssh.SSHKey:
    text = endpoint.secrets.get("private_key", "")
    try:
        return asyncssh.import_private_key(text)
    except asyncssh.KeyImportError:
        raise Trouble(
            "permanent", "bad_private_key", "give the endpoint an OpenSSH `private_key`"
        ) from None
