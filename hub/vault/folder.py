"""The vault in a folder: one sealed file per digest, `ab/cdef…`, written once.

`opening.py` makes it. A file appears under its name only after its bytes are on the disk: written
to `spool/` under a random name, flushed, renamed, and the folder flushed. A batch waits twice for
the disk, however large it is. A name that has whole bytes is left alone; only twins that race, each
of them durable, may replace one another. Names are plain strings here, since `pathlib` doubled the
time a batch took.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import Trouble
from hub.ports import Stored
from hub.vault.disk import Flush, sweep, sync, writable
from hub.vault.sealing import seal, unseal
from hub.vault.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.vault.keys import KeyProvider

_AT_ONCE = 64
_DIGEST = re.compile("[0-9a-f]{64}")


class FolderVault:
    """A `hub.ports.Vault` in `root`. Safe for several processes on one file system."""

    def __init__(self, root: Path, keys: KeyProvider) -> None:
        self._root = root
        self._keys = keys
        self._spool = root / "spool"
        with writable():
            self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            for number in range(256):
                Path(f"{root}/{number:02x}").mkdir(mode=0o700, exist_ok=True)
            sync(root)
            sweep(self._spool)

    async def put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        """Keep several objects with one wait for the disk; the same bytes twice are kept once."""
        return await asyncio.to_thread(self._put_many, contents)

    async def get(self, digest: str) -> bytes:
        """Return the bytes whose SHA-256 is `digest`, verified; `Trouble` if missing or damaged."""
        return await asyncio.to_thread(self._get, digest)

    def writer(self) -> Writer:
        """Open a streaming write."""
        return Writer(self, self._keys, self._spool)

    def keep(self, spooled: Path, digest: str) -> None:
        """Keep a spooled sealed file under a digest, durably. Blocks."""
        with writable():
            sync(spooled)
            if not self._whole(digest):
                spooled.replace(self._path(digest))
            sync(f"{self._root}/{digest[:2]}")

    def _put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        stored = [Stored(hashlib.sha256(each).hexdigest(), len(each)) for each in contents]
        unique = {each.digest: content for each, content in zip(stored, contents, strict=True)}
        waiting = list(unique.items())
        for start in range(0, len(waiting), _AT_ONCE):
            with writable():
                self._put_batch(waiting[start : start + _AT_ONCE])
        return stored

    def _put_batch(self, batch: Sequence[tuple[str, bytes]]) -> None:
        """Write, wait once for all the bytes, name them, wait once for all the names."""
        spooled: dict[str, tuple[str, int]] = {}
        # a twin's folder too: another process may have named it and not yet made the name durable
        folders = {f"{self._root}/{digest[:2]}" for digest, _ in batch}
        draft = f"{self._root}/spool/{secrets.token_hex(16)}"
        with Flush(self._root) as flush:
            try:
                for number, (digest, content) in enumerate(batch):
                    if not self._whole(digest):
                        name = f"{draft}-{number}"
                        spooled[digest] = name, _written(name, seal(content, digest, self._keys))
                flush.files([handle for _, handle in spooled.values()])
                for digest in list(spooled):
                    name, handle = spooled[digest]
                    os.rename(name, self._path(digest))  # noqa: PTH104  # plain strings, see above
                    os.close(handle)
                    del spooled[digest]
                flush.folders(sorted(folders))
            finally:
                for name, handle in spooled.values():
                    os.close(handle)
                    os.unlink(name)  # noqa: PTH108  # the same

    def _whole(self, digest: str) -> bool:
        """Say whether the object is there and opens; reading it back is what makes a twin safe."""
        if not os.access(self._path(digest), os.F_OK):
            return False
        try:
            self._get(digest)
        except Trouble as trouble:
            if trouble.kind == "transient":
                raise
            return False
        return True

    def _get(self, digest: str) -> bytes:
        try:
            sealed = Path(self._path(digest)).read_bytes()
        except FileNotFoundError:
            raise Trouble(
                "permanent", "vault_object_missing", "an object is not in the vault; restore it"
            ) from None
        except OSError:
            raise Trouble(
                "transient", "vault_disk_EIO", "the vault's disk can't be read; mend it"
            ) from None
        return unseal(sealed, digest, self._keys)

    def _path(self, digest: str) -> str:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a digest is 64 lower-case hex digits")
        return f"{self._root}/{digest[:2]}/{digest[2:]}"


def _written(file: str, sealed: bytes) -> int:
    """Return the open handle of a new file with these bytes; not yet durable."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        left = memoryview(sealed)
        while left:
            left = left[os.write(handle, left) :]
    except OSError:
        os.close(handle)
        os.unlink(file)  # noqa: PTH108  # plain strings, see above
        raise
    return handle
