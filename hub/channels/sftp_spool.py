"""The bytes of one SFTP upload until it is complete: in any order, bounded, never in the clear.

The virtual files write into it. A quarter of a megabyte stays in memory; what goes beyond is put,
encrypted under a key that only this process ever holds, into an anonymous file (mode 0600, no
name). An upload that ends halfway is simply dropped: the inbox never heard of it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import IO

RUN_BYTES: Final = 262_144
"""How much is held in memory before it is put away."""

_MAX_PIECES: Final = 10_000
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class _Piece:
    """Where bytes of the upload lie: their offset and length in it, and their place on the disk."""

    start: int
    length: int
    at: int
    sealed: int


class Spool:
    """One upload's bytes, at most `limit`; not safe for use by two tasks at a time."""

    def __init__(self, limit: int, folder: Path | None = None) -> None:
        self.size = 0
        self._limit = limit
        self._folder = folder
        self._run = bytearray()
        self._run_start = 0
        self._pieces: list[_Piece] = []
        self._file: IO[bytes] | None = None
        self._end = 0
        self._cipher = AESGCM(AESGCM.generate_key(128))

    def write(self, offset: int, data: bytes) -> None:
        """Take bytes at an offset; later ones win. `Refused` above the limit or in crumbs."""
        if offset + len(data) > self._limit:
            raise Refused("too_large", f"a file may hold at most {self._limit} bytes", status=413)
        if offset != self._run_start + len(self._run):
            self._put_away()
            self._run_start = offset
        self._run += data
        self.size = max(self.size, offset + len(data))
        if len(self._run) >= RUN_BYTES:
            self._put_away()

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole content in order; `Refused` `incomplete` when a part is missing."""
        if self._is_in_order():
            yield from (self._fetch(number) for number in range(len(self._pieces)))
            if self._run:
                yield bytes(self._run)
            return
        self._put_away()
        whole = self._assembled()
        yield from (whole[at : at + RUN_BYTES] for at in range(0, self.size, RUN_BYTES))

    def drop(self) -> None:
        """Forget everything; safe to call twice."""
        self._run.clear()
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _put_away(self) -> None:
        if not self._run:
            return
        if len(self._pieces) >= _MAX_PIECES:
            raise Refused("too_scattered", "send the file from start to end in larger pieces")
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # closed by drop
        sealed = self._cipher.encrypt(self._nonce(len(self._pieces)), bytes(self._run), None)
        self._file.seek(self._end)
        self._file.write(sealed)
        self._pieces.append(_Piece(self._run_start, len(self._run), self._end, len(sealed)))
        self._end += len(sealed)
        self._run_start += len(self._run)
        self._run.clear()

    def _fetch(self, number: int) -> bytes:
        piece = self._pieces[number]
        if self._file is None:
            raise ValueError("the spool was dropped")
        self._file.seek(piece.at)
        sealed = self._file.read(piece.sealed)
        return self._cipher.decrypt(self._nonce(number), sealed, None)

    def _is_in_order(self) -> bool:
        end = 0
        for piece in self._pieces:
            if piece.start != end:
                return False
            end += piece.length
        return not self._run or self._run_start == end

    def _assembled(self) -> bytes:
        covered = 0
        for start, end in sorted((p.start, p.start + p.length) for p in self._pieces):
            if start > covered:
                break
            covered = max(covered, end)
        if covered < self.size:
            raise Refused("incomplete", "a part of the file is missing; send the whole file")
        whole = bytearray(self.size)
        for number, piece in enumerate(self._pieces):
            whole[piece.start : piece.start + piece.length] = self._fetch(number)
        return bytes(whole)

    @staticmethod
    def _nonce(number: int) -> bytes:
        return number.to_bytes(_NONCE_BYTES, "big")
