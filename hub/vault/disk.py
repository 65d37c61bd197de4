"""What a failing disk means to the hub, and how files and folders become durable.

The vaults call it. `Flush` waits for all that was written since it was opened: by one `syncfs`
where the system is known to wait for bytes, names and the disk's own cache and to report every
failed write (Linux from 5.8, on ext4 and XFS), elsewhere by an `fsync` of each file and folder. One
`syncfs` costs no more than one `fsync`, however many files wait. It writes what others left on the
same disk too: give a busy vault a disk of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import platform
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_ABANDONED_SECONDS = 86_400.0
_SYNCERS = 8
_REPORTS = (5, 8)
_WAITING = {0xEF53, 0x58465342}  # the magic numbers of ext4 and XFS


@contextlib.contextmanager
def writable() -> Iterator[None]:
    """Turn an `OSError` inside into `Trouble` transient: full disks and quotas get mended."""
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "EIO")
        raise Trouble(
            "transient", f"vault_disk_{name}", "the vault's disk refused; free or mend it"
        ) from None


class Flush:
    """One wait or several for what is written below `root`; open it before the first write.

    The system tells each open handle of the disk once of every failed write since it was opened, so
    each batch has a `Flush` of its own: one that is shared would tell only one of those who wait.
    """

    __slots__ = ("_root", "_whole")

    def __init__(self, root: str | Path) -> None:
        self._root = os.open(root, os.O_RDONLY)
        self._whole = whole(self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._root)

    def files(self, handles: Sequence[int]) -> None:
        """Wait until the bytes of these open files are on the disk; `OSError` when they can't."""
        if self._whole and handles:
            syncfs(self._root)
        else:
            _sync_all(handles)

    def folders(self, places: Sequence[str]) -> None:
        """Wait until the names in these folders are on the disk; `OSError` when they can't."""
        if self._whole:
            syncfs(self._root)
            return
        handles = [os.open(place, os.O_RDONLY) for place in places]
        try:
            _sync_all(handles)
        finally:
            for handle in handles:
                os.close(handle)


def sync(place: str | Path) -> None:
    """Make a file's bytes, or the names in a folder, durable."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def whole(handle: int) -> bool:
    """Say whether `syncfs` is as good as `fsync` on the disk of an open file or folder."""
    libc = _libc()
    told = ctypes.create_string_buffer(512)
    if libc is None or libc.fstatfs(handle, told) != 0:
        return False
    return ctypes.c_long.from_buffer(told).value in _WAITING


def syncfs(handle: int) -> None:
    """Make everything on the disk of an open file or folder durable."""
    libc = _libc()
    if libc is None or libc.syncfs(handle) != 0:
        raise OSError(ctypes.get_errno() or errno.EIO, "syncfs failed")


@functools.cache
def _libc() -> ctypes.CDLL | None:
    """Return the C library where its `syncfs` reports failed writes; else None."""
    number = re.match(r"(\d+)\.(\d+)", platform.release())
    if platform.system() != "Linux" or not number or tuple(map(int, number.groups())) < _REPORTS:
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    return libc if hasattr(libc, "syncfs") and hasattr(libc, "fstatfs") else None


def _sync_all(handles: Sequence[int]) -> None:
    """Wait for several files at once: the disk joins what it is asked together."""
    shares = [handles[start::_SYNCERS] for start in range(min(_SYNCERS, len(handles)))]
    list(_syncers().map(_sync_each, shares))


@functools.cache
def _syncers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SYNCERS, "vault-sync")


def _sync_each(handles: Sequence[int]) -> None:
    for handle in handles:
        os.fsync(handle)


def sweep(spool: Path) -> int:
    """Delete spooled files that no writer can still be writing; return how many."""
    limit, swept = time.time() - _ABANDONED_SECONDS, 0
    for file in spool.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_mtime < limit:
                file.unlink()
                swept += 1
    return swept
