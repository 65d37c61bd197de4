"""The SFTP push channel: one delivery as one file in a practice's folder, complete or not there.

`main.py` binds it for endpoints of kind `sftp`. A parcel is written as `NAME.part`, made durable if
the server can, measured and only then renamed, so that the practice never picks up half of it.
NAME holds the delivery id: a file of that name is this very delivery, so an attempt whose answer
was lost is made good by the next one without a second file.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import posixpath
import re
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import unquote

import asyncssh

from hub.channels.sftp_pool import SftpPool
from hub.errors import Kind, Trouble
from hub.ports import Look, Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.channels.addresses import Guard
    from hub.ports import Endpoint, Parcel

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_MAX_NAME: Final = 180
_BREAKS: Final = (asyncssh.Error, OSError)
_MEANINGS: Final[tuple[tuple[type[Exception], Kind, str, str], ...]] = (
    (asyncssh.HostKeyNotVerifiable, "permanent", "host_key_mismatch", "it has another host key"),
    (asyncssh.PermissionDenied, "permanent", "auth_failed", "the server refuses our key"),
    (asyncssh.KeyExchangeFailed, "permanent", "no_common_algorithm", "no algorithm in common"),
    (asyncssh.ChannelOpenError, "transient", "no_session", "the server opens no session now"),
    (asyncssh.SFTPPermissionDenied, "permanent", "permission_denied", "the folder refuses us"),
    (asyncssh.SFTPNoSuchFile, "permanent", "no_such_folder", "the folder is not there"),
    (asyncssh.SFTPNoSuchPath, "permanent", "no_such_folder", "the folder is not there"),
    (asyncssh.SFTPNoSpaceOnFilesystem, "transient", "disk_full", "the server's disk is full"),
    (asyncssh.SFTPQuotaExceeded, "transient", "disk_full", "our quota on the server is used up"),
    (asyncssh.SFTPConnectionLost, "transient", "connection_lost", "the connection was lost"),
    (asyncssh.SFTPNoConnection, "transient", "connection_lost", "the connection was lost"),
    (asyncssh.SFTPError, "transient", "server_failed", "the server failed; look at its log"),
    (TimeoutError, "transient", "timeout", "the server is too slow"),
    (asyncssh.Error, "transient", "connection_lost", "the connection was lost"),
    (OSError, "transient", "not_reached", "the server can't be reached"),
)
"""What each failure means before the file has its name, the first that fits."""


_DOUBT: Final = "the file was renamed or not; the next attempt looks"


class SftpPush:
    """The `Channel` of endpoints of kind `sftp`.

    The address is `sftp://user@host:port/folder` (`/~/folder` begins at the user's home); the
    option `host_key` pins the server's key, the secret `private_key` (no passphrase) is ours.
    With the option `sidecar` = `sha256`, `NAME.sha256` is put beside each file, before it appears;
    so is `NAME.notice.txt` where the file must travel with notices that it can't show by itself.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        seconds: float = 120.0,
        connect_seconds: float = 15.0,
        operation_seconds: float = 30.0,
        idle_seconds: float = 60.0,
    ) -> None:
        """Take the time for a push, for connecting, for one operation, and for idle connections."""
        self._seconds = seconds
        self._operation_seconds = operation_seconds
        self._pool = SftpPool(guard, connect_seconds=connect_seconds, idle_seconds=idle_seconds)

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Push once; `Proof` confirmed when the whole file is there, else `Trouble`."""
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._pool.client(endpoint) as (client, target),
            ):
                path = _path(target.path, parcel)
                push = _Push(client, self._operation_seconds)
                if await push.is_there(path, parcel):
                    return Proof("confirmed", "sftp_already_there")
                if endpoint.options.get("sidecar") == "sha256":
                    await push.put(f"{path}.sha256", _sidecar(path, parcel))
                if parcel.notice:
                    await push.put(f"{path}.notice.txt", parcel.notice.encode())
                return await push.put(path, parcel.content)
        except _BREAKS as failure:
            raise _meaning(failure) from None

    async def probe(self, endpoint: Endpoint) -> Look:
        """Sign in and look into the folder; nothing is written."""
        try:
            async with (
                asyncio.timeout(self._operation_seconds),
                self._pool.client(endpoint) as (client, target),
            ):
                async for _ in client.scandir(_folder(target.path) or "."):
                    break
        except _BREAKS as failure:
            raise _meaning(failure) from None
        return Look("sftp_listed")

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


class _Push:
    """The operations of one push, each with its own time."""

    def __init__(self, client: asyncssh.SFTPClient, seconds: float) -> None:
        self._client = client
        self._seconds = seconds

    async def size(self, path: str) -> int | None:
        """Return a file's size, or None when it is not there."""
        try:
            async with asyncio.timeout(self._seconds):
                return (await self._client.stat(path)).size
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None

    async def is_there(self, path: str, parcel: Parcel) -> bool:
        """Say whether this delivery's file is there already; another content is for a person."""
        size = await self.size(path)
        if size is None:
            return False
        known = (None, parcel.digest)
        if size == len(parcel.content) and await self._digest(path, size) in known:
            return True
        raise Trouble(
            "permanent", "target_differs", "the delivery's file is there with other content"
        )

    async def put(self, path: str, content: bytes) -> Proof:
        """Write, sync, measure, rename, and measure again."""
        part = f"{path}.part"
        await self._write(part, content)
        if await self.size(part) != len(content):
            raise Trouble("transient", "size_differs", "the server did not keep the whole file")
        with _in_doubt():
            await self._rename(part, path)
            size = await self.size(path)
        if size is None:  # it was whole and renamed: the practice has taken it already
            return Proof("confirmed", "sftp_picked_up")
        if size != len(content):
            raise Trouble("transient", "size_differs", "the server did not keep the whole file")
        return Proof("confirmed", "sftp_renamed")

    async def _write(self, path: str, content: bytes) -> None:
        async with asyncio.timeout(self._seconds):
            file = await self._client.open(path, "wb")
        try:
            async with asyncio.timeout(self._seconds + len(content) / 100_000):
                await file.write(content)
                with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()
        finally:
            async with asyncio.timeout(self._seconds):
                await file.close()

    async def _rename(self, part: str, path: str) -> None:
        async with asyncio.timeout(self._seconds):
            try:
                await self._client.posix_rename(part, path)
            except asyncssh.SFTPOpUnsupported:
                await self._client.rename(part, path)
            except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                raise Trouble(
                    "transient", "part_taken", "somebody took the unfinished file away"
                ) from None

    async def _digest(self, path: str, size: int) -> str | None:
        """Return what a file holds as SHA-256, or None when the server lets nobody read it.

        No more is read than a file of that size has: a server may say more, and go on saying it.
        """
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.open(path, "rb", encoding=None) as file,
            ):
                content = cast("bytes", await file.read(size + 1))
        except asyncssh.SFTPPermissionDenied:
            return None
        return hashlib.sha256(content).hexdigest()


@contextlib.contextmanager
def _in_doubt() -> Iterator[None]:
    """Turn a line that breaks or falls silent into `ambiguous`: the file may have its name by now.

    The next attempt looks before it writes, so that trying again is safe.
    """
    try:
        yield
    except TimeoutError:
        raise Trouble("ambiguous", "sftp_no_answer", f"sftp push: {_DOUBT}") from None
    except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, ConnectionError):
        raise Trouble("ambiguous", "sftp_cut", f"sftp push: {_DOUBT}") from None
    except asyncssh.SFTPBadMessage:
        raise Trouble("ambiguous", "sftp_wrong_answer", f"sftp push: {_DOUBT}") from None
    except (asyncssh.DisconnectError, asyncssh.ChannelOpenError):
        raise Trouble("ambiguous", "sftp_cut", f"sftp push: {_DOUBT}") from None


def _path(folder: str, parcel: Parcel) -> str:
    """Return where the parcel goes; its name always holds the delivery id."""
    name = _UNSAFE.sub("_", parcel.file_name)[-_MAX_NAME:].lstrip(".")
    if parcel.delivery not in name:
        name = f"{parcel.delivery}-{name}"
    return posixpath.join(_folder(folder), name)


def _folder(path: str) -> str:
    """Return the folder of an address; `/~/` begins at the user's home."""
    return unquote(path).removeprefix("/~/")


def _sidecar(path: str, parcel: Parcel) -> bytes:
    return f"{parcel.digest}  {posixpath.basename(path)}\n".encode()


def _meaning(failure: Exception) -> Trouble:
    for kind_of, kind, code, detail in _MEANINGS:
        if isinstance(failure, kind_of):
            return Trouble(kind, code, f"sftp push: {detail}")
    raise failure
