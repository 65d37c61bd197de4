"""One session's uploads: from open to a durable acceptance, or to nothing at all.

The virtual files hand every change of the inbox on to here. A file closed under a final name, or
renamed to one, goes to the hub's inbox whole, and the call returns after its commit; whatever the
client leaves open is dropped and the hub's inbox never hears of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncssh
import structlog
from asyncssh import SFTPFailure, SFTPNoSuchFile, SFTPOpUnsupported, SFTPPermissionDenied

from hub.canonical import Sealed
from hub.channels.sftp_names import SIDECAR, is_final
from hub.channels.sftp_spool import Spool
from hub.errors import Refused
from hub.ports import Envelope

if TYPE_CHECKING:
    from hub.channels.sftp_tenants import Tenant
    from hub.ports import Inbox

_log = structlog.get_logger(__name__)
_RECEIVED_SECONDS: Final = 300.0
_RECEIVED_NAMES: Final = 1000
_SIDECAR_BYTES: Final = 4096
_DIGEST: Final = re.compile(rb"[0-9a-fA-F]{64}(?=\s|$)")


class Incoming(Sealed):
    """A file being uploaded; `spoilt` once a write of it was refused."""

    def __init__(self, name: str, spool: Spool) -> None:
        self.name = name
        self.spool = spool
        self.spoilt = False


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file accepted in this session, so that its client may still look at its size."""

    size: int
    digest: str
    until: float


class Uploads:
    """What one session of a user is uploading, and what the hub took of it lately."""

    def __init__(self, inbox: Inbox, tenant: Tenant, user: str) -> None:
        self._inbox = inbox
        self._tenant = tenant
        self._user = user
        self._open: set[Incoming] = set()
        self._taken: dict[str, _Taken] = {}

    def sizes(self) -> dict[str, int]:
        """Return the sizes of what is on its way, staged, or lately taken, by name."""
        now = asyncio.get_running_loop().time()
        taken = {name: file.size for name, file in self._taken.items() if file.until > now}
        coming = {file.name: file.spool.size for file in self._open}
        return {**taken, **self._tenant.staged(), **coming}

    def open(self, name: str, pflags: int) -> Incoming:
        """Begin an upload; whole files only."""
        if not pflags & asyncssh.FXF_WRITE:
            raise SFTPPermissionDenied("the inbox takes uploads only")
        if pflags & asyncssh.FXF_APPEND:
            raise SFTPOpUnsupported("appending and resuming are refused; send the whole file")
        known = self.sizes()
        if name in known and pflags & asyncssh.FXF_EXCL:
            raise SFTPFailure("a file of this name is there already")
        if name not in known and not pflags & asyncssh.FXF_CREAT:
            raise SFTPNoSuchFile("no such file")
        self._tenant.take_slot()
        limits = self._tenant.limits
        file = Incoming(name, Spool(limits.file_bytes, limits.spool))
        self._open.add(file)
        return file

    def write(self, file: Incoming, offset: int, data: bytes) -> None:
        """Take bytes; after one refusal the whole upload is spoilt and nothing of it is taken."""
        if file.spoilt:
            raise SFTPFailure("an earlier part was refused; send the whole file again")
        try:
            file.spool.write(offset, data)
        except BaseException:
            file.spoilt = True
            file.spool.drop()
            raise

    async def close(self, file: Incoming) -> None:
        """Hand a complete file in, or stage it; a file that was abandoned is not known here."""
        if file not in self._open:
            return
        if not is_final(file.name) and not file.spoilt:
            self._open.discard(file)
            self._tenant.stage(file.name, file.spool)
            return
        try:
            if file.spoilt:
                raise SFTPFailure("the upload was refused; nothing was taken")
            await self._hand_in(file.name, file.spool)
        finally:
            self._forget(file)

    async def rename(self, source: str, target: str) -> None:
        """Rename what is staged; to a final name, hand it in."""
        if target in self.sizes():
            raise SFTPFailure("the new name is taken; use another")
        spool = self._tenant.unstage(source)
        if spool is None:
            raise self._not_staged(source, "renamed")
        if not is_final(target):
            self._tenant.stage(target, spool)
            return
        try:
            await self._hand_in(target, spool)
        except BaseException:
            self._tenant.stage(source, spool)
            raise
        spool.drop()
        self._tenant.free_slot()

    def remove(self, name: str) -> None:
        """Forget what is staged; what was received stays."""
        if not self._tenant.discard(name):
            raise self._not_staged(name, "removed")

    def abandon(self) -> None:
        """Forget every upload the client did not close."""
        for file in list(self._open):
            _log.info("sftp_upload_aborted", organisation=self._tenant.organisation)
            self._forget(file)

    def _forget(self, file: Incoming) -> None:
        self._open.discard(file)
        file.spool.drop()
        self._tenant.free_slot()

    def _not_staged(self, name: str, deed: str) -> asyncssh.SFTPError:
        if name in self.sizes():
            return SFTPPermissionDenied(f"only what is closed and not yet received can be {deed}")
        return SFTPNoSuchFile("no such file")

    async def _hand_in(self, name: str, spool: Spool) -> None:
        """Give a complete file to the hub; a sidecar's digest is kept, or compared, instead."""
        if name.endswith(SIDECAR):
            self._announce(name.removesuffix(SIDECAR), spool)
            return
        announced = self._tenant.announced(name)
        digest = hashlib.sha256()
        envelope = Envelope(self._tenant.organisation, "sftp", actor=self._user, name=name)
        upload = self._inbox.upload(envelope)
        try:
            for chunk in spool.chunks():
                digest.update(chunk)
                await upload.write(chunk)
            _compare(announced, digest.hexdigest())
            accepted = await upload.commit()
        except BaseException:
            await upload.abort()
            raise
        until = asyncio.get_running_loop().time() + _RECEIVED_SECONDS
        self._taken[name] = _Taken(accepted.size, digest.hexdigest(), until)
        while len(self._taken) > _RECEIVED_NAMES:
            del self._taken[next(iter(self._taken))]

    def _announce(self, name: str, spool: Spool) -> None:
        text = b"" if spool.size > _SIDECAR_BYTES else b"".join(spool.chunks())
        found = _DIGEST.match(text)
        if found is None:
            raise SFTPFailure("a .sha256 file holds 64 hexadecimal digits first")
        digest, taken = found.group().decode().lower(), self._taken.get(name)
        if taken is None:
            self._tenant.announce(name, digest)
        else:
            _compare(digest, taken.digest)


def _compare(announced: str | None, digest: str) -> None:
    if announced and announced != digest:
        raise Refused("digest_differs", "the file's SHA-256 is not the one in its .sha256 file")
