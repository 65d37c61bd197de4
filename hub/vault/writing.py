"""A streaming write into a vault: small ones stay in memory, large ones go sealed to a file.

Both vaults hand it out as `hub.ports.VaultWriter`. Nothing plain ever touches the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from typing import TYPE_CHECKING, Protocol

from hub.ports import Stored
from hub.vault.disk import writable
from hub.vault.sealing import Sealer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from hub.vault.keys import KeyProvider

_SMALL = 1024 * 1024
_CHUNK = 256 * 1024


class Shelf(Protocol):
    """What a writer needs of the vault it writes into."""

    async def put_many(self, contents: Sequence[bytes]) -> list[Stored]:
        """Keep several objects."""

    def keep(self, spooled: Path, digest: str) -> None:
        """Keep the sealed bytes of a file under a digest, durably. Blocks."""


class Writer:
    """One object on its way in; `spool` is a folder of the vault's own for large ones."""

    def __init__(self, shelf: Shelf, keys: KeyProvider, spool: Path) -> None:
        self._shelf = shelf
        self._keys = keys
        self._path = spool / secrets.token_hex(16)
        self._waiting = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0
        self._sealer: Sealer | None = None
        self._open = True

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._still_open()
        self._size += len(chunk)
        self._waiting += chunk
        if len(self._waiting) >= (_CHUNK if self._sealer else _SMALL):
            await asyncio.to_thread(self._spill)

    async def commit(self) -> Stored:
        """Make everything written durable and return its address."""
        self._still_open()
        self._open = False
        if self._sealer is None:
            (stored,) = await self._shelf.put_many([bytes(self._waiting)])
            return stored
        try:
            return await asyncio.to_thread(self._finish, self._sealer)
        finally:
            await asyncio.to_thread(self._path.unlink, missing_ok=True)

    async def abort(self) -> None:
        """Forget everything written; safe to call twice and after `commit`."""
        if self._open:
            self._open = False
            self._waiting.clear()
            if self._sealer:
                await asyncio.to_thread(self._path.unlink, missing_ok=True)

    def _still_open(self) -> None:
        if not self._open:
            raise RuntimeError("the writer was committed or aborted")

    def _spill(self) -> None:
        """Seal what is waiting into the spool file."""
        if self._sealer is None:
            self._sealer = Sealer(self._keys)
        self._hash.update(self._waiting)
        self._append(self._sealer.add(bytes(self._waiting)))
        self._waiting.clear()

    def _finish(self, sealer: Sealer) -> Stored:
        self._spill()
        digest = self._hash.hexdigest()
        self._append(sealer.end(digest))
        self._shelf.keep(self._path, digest)
        return Stored(digest, self._size)

    def _append(self, sealed: bytes) -> None:
        with writable():
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as sink:
                sink.write(sealed)
