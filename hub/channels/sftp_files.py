"""The virtual files an SFTP client sees: /inbox to write, /receipts and /outbox to read.

One object serves one session. There is no file system behind it: all methods of asyncssh's
`SFTPServer` are refused, then the few the hub offers are allowed; a name is only ever a key. Links,
folders, reading the inbox, appending and renaming over something stay refused.
"""

from __future__ import annotations

import asyncio
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

import asyncssh
from asyncssh import (
    SFTPAttrs,
    SFTPFailure,
    SFTPName,
    SFTPNoSuchFile,
    SFTPOpUnsupported,
    SFTPPermissionDenied,
)

from hub.canonical import Sealed
from hub.channels.sftp_names import FOLDERS, INBOX, Spot, absolute, inbox_name, spot
from hub.channels.sftp_uploads import Incoming, Uploads
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hub.channels.sftp_tenants import Tenant
    from hub.ports import Folder, Inbox, OutFile

_LISTING_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class _Outgoing(Sealed):
    """A file being fetched."""

    content: bytes


def _refuse(*_anything: object) -> NoReturn:
    raise SFTPOpUnsupported("the hub takes and gives plain files only")


class Nothing(asyncssh.SFTPServer):
    """An SFTP server that refuses everything, so that what is allowed has to be written down."""

    _no: Any = _refuse  # stands in for methods of many signatures
    open = open56 = close = read = write = lstat = fstat = stat = setstat = lsetstat = _no
    fsetstat = scandir = remove = mkdir = rmdir = realpath = rename = readlink = _no
    symlink = link = lock = unlock = posix_rename = statvfs = fstatvfs = fsync = _no
    map_path = reverse_map_path = _no


class VirtualFiles(Nothing):
    """One session's view of the hub, as the user of one organisation."""

    def __init__(
        self, channel: asyncssh.SSHServerChannel[bytes], inbox: Inbox, tenant: Tenant, user: str
    ) -> None:
        super().__init__(channel)
        self._inbox = inbox
        self._tenant = tenant
        self._uploads = Uploads(inbox, tenant, user)
        self._reading: set[_Outgoing] = set()
        self._listings: dict[str, tuple[float, dict[str, OutFile]]] = {}

    def abandon(self) -> None:
        """Forget every file the client did not close: the session ended, by whatever way.

        The session calls this before asyncssh closes what was left open, so that `close` can tell
        the client's own close from a clean-up.
        """
        self._uploads.abandon()
        for _ in self._reading:
            self._tenant.free_slot()
        self._reading.clear()

    def exit(self) -> None:
        """Do as `abandon` does."""
        self.abandon()

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:  # noqa: ARG002  # attributes are ignored
        """Open a file to upload into the inbox, or to fetch from the other folders."""
        place = spot(path)
        if place.folder == INBOX or pflags & asyncssh.FXF_WRITE:
            return self._uploads.open(inbox_name(path), pflags)
        if not place.name:
            raise SFTPFailure("that is a folder")
        self._tenant.take_slot()
        try:
            file = _Outgoing(await self._fetch(place))
        except BaseException:
            self._tenant.free_slot()
            raise
        self._reading.add(file)
        return file

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Take bytes of an upload."""
        self._uploads.write(_incoming(file_obj), offset, data)
        return len(data)

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Return bytes of a fetched file; an upload can't be read back."""
        if not isinstance(file_obj, _Outgoing):
            raise SFTPPermissionDenied("the inbox can't be read")
        return file_obj.content[offset : offset + size]

    async def close(self, file_obj: object) -> None:
        """Close; for an upload under a final name the OK means that it is durable."""
        if isinstance(file_obj, Incoming):
            await self._uploads.close(file_obj)
        elif isinstance(file_obj, _Outgoing) and file_obj in self._reading:
            self._reading.remove(file_obj)
            self._tenant.free_slot()

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename what is staged; to a final name the OK means that it is durable."""
        await self._uploads.rename(inbox_name(oldpath), inbox_name(newpath))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Do as `rename` does: nothing is ever replaced."""
        await self.rename(oldpath, newpath)

    def remove(self, path: bytes) -> None:
        """Forget what is staged; what was received stays."""
        self._uploads.remove(inbox_name(path))

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Accept and ignore times and modes (`put -p`); refuse a change of size."""
        _refuse_new_size(attrs, self._inbox_size(inbox_name(path)))

    def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Do as `setstat` does."""
        self.setstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        """Accept and ignore times and modes; refuse a change of size."""
        _refuse_new_size(attrs, _incoming(file_obj).spool.size)

    def realpath(self, path: bytes) -> bytes:
        """Return the absolute form of a path."""
        return absolute(path)

    async def stat(self, path: bytes) -> SFTPAttrs:
        """Return type and size of a folder or file."""
        place = spot(path)
        if not place.name:
            return _folder_attributes(place.folder)
        if place.folder == INBOX:
            return _file_attributes(self._inbox_size(place.name), 0o200)
        file = (await self._listing(place.folder)).get(place.name)
        if file is None:  # older than the listing reaches, or just made
            return _file_attributes(len(await self._fetch(place)), 0o400)
        return _attributes_of(file)

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """Return the same as `stat`: there are no links."""
        return await self.stat(path)

    def fstat(self, file_obj: object) -> SFTPAttrs:
        """Return the size an open file has so far."""
        if isinstance(file_obj, _Outgoing):
            return _file_attributes(len(file_obj.content), 0o400)
        return _file_attributes(_incoming(file_obj).spool.size, 0o200)

    async def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """List a folder; of the inbox, what is on its way or was taken in this session."""
        place = spot(path)
        if place.name:
            raise SFTPFailure("that is no folder")
        for name in (b".", b".."):
            yield SFTPName(name, attrs=_folder_attributes(place.folder))
        if not place.folder:
            for folder in FOLDERS:
                yield SFTPName(folder.encode(), attrs=_folder_attributes(folder))
        elif place.folder == INBOX:
            for name_, size in sorted(self._uploads.sizes().items()):
                yield SFTPName(name_.encode(), attrs=_file_attributes(size, 0o200))
        else:
            for file in (await self._listing(place.folder)).values():
                yield SFTPName(file.name.encode(), attrs=_attributes_of(file))

    def format_user(self, uid: int | None) -> str:  # noqa: ARG002  # the library's signature
        """Return the same word for everybody: the server's accounts are nobody's business."""
        return "hub"

    def format_group(self, gid: int | None) -> str:  # noqa: ARG002  # the library's signature
        """Return the same word for everybody."""
        return "hub"

    def _inbox_size(self, name: str) -> int:
        size = self._uploads.sizes().get(name)
        if size is None:
            raise SFTPNoSuchFile("no such file")
        return size

    async def _listing(self, folder: str) -> dict[str, OutFile]:
        now = asyncio.get_running_loop().time()
        at, files = self._listings.get(folder, (0.0, {}))
        if not files or now - at > _LISTING_SECONDS:
            found = await self._inbox.files(self._tenant.organisation, _shown(folder))
            files = {file.name: file for file in found}
            self._listings[folder] = (now, files)
        return files

    async def _fetch(self, place: Spot) -> bytes:
        try:
            return await self._inbox.file(
                self._tenant.organisation, _shown(place.folder), place.name
            )
        except Refused:
            raise SFTPNoSuchFile("no such file") from None


def _incoming(file_obj: object) -> Incoming:
    if not isinstance(file_obj, Incoming):
        raise SFTPPermissionDenied("this file is for reading")
    return file_obj


def _shown(folder: str) -> Folder:
    return "receipts" if folder == "receipts" else "outbox"


def _folder_attributes(folder: str) -> SFTPAttrs:
    mode = 0o700 if folder == INBOX else 0o500
    return SFTPAttrs(permissions=stat.S_IFDIR | mode, size=0, uid=0, gid=0, atime=0, mtime=0)


def _file_attributes(size: int, mode: int, at: int = 0) -> SFTPAttrs:
    return SFTPAttrs(permissions=stat.S_IFREG | mode, size=size, uid=0, gid=0, atime=at, mtime=at)


def _attributes_of(file: OutFile) -> SFTPAttrs:
    return _file_attributes(file.size, 0o400, int(file.at.timestamp()))


def _refuse_new_size(attrs: SFTPAttrs, size: int) -> None:
    if attrs.size is not None and attrs.size != size:
        raise SFTPOpUnsupported("cutting and extending are refused; send the whole file")
