"""Seals bytes for storage and opens them again: compressed, encrypted, and bound to their digest.

The vaults call it. A sealed object is a header (magic, flags, key id, wrapped key) and segments of
64 KiB, each AES-256-GCM under a key of this object's own, in the STREAM construction (Hoang,
Reyhanitabar, Rogaway, Vizár 2015): the nonce is the segment's number and a mark on the last one, so
that cut, swapped or doubled segments fail. The header is authenticated with every segment, the
plain bytes' SHA-256 with the last. Nothing here does I/O, and nothing plain is ever returned before
it was verified whole.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
from typing import TYPE_CHECKING

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.vault.keys import KeyProvider

SEGMENT = 64 * 1024
_TAG = 16
_MAGIC = b"ICPV\x01"
_PLAIN, _ZSTD = 0, 1
_WORTH = 0.95
_LOCAL = threading.local()


def seal(content: bytes, digest: str, keys: KeyProvider) -> bytes:
    """Return `content` sealed; `digest` is its SHA-256 in hex, which the caller has at hand."""
    packed = _compressor().compress(content)
    worth = len(packed) < len(content) * _WORTH
    sealer = _Cipher(keys, _ZSTD if worth else _PLAIN)
    parts = [sealer.header]
    body = memoryview(packed if worth else content)
    last = max(0, len(body) - 1) // SEGMENT
    for number in range(last + 1):
        part = body[number * SEGMENT : (number + 1) * SEGMENT]
        parts.append(sealer.segment(part, digest if number == last else None))
    return b"".join(parts)


def unseal(sealed: bytes, digest: str, keys: KeyProvider) -> bytes:
    """Return the content whose SHA-256 is `digest`; `Trouble` permanent if anything is amiss."""
    content = b"".join(_plain_parts(sealed, digest, keys))
    if hashlib.sha256(content).hexdigest() != digest:
        raise _damaged()
    return content


class Sealer:
    """Seals a stream whose digest is known at its end only. Not thread-safe."""

    def __init__(self, keys: KeyProvider) -> None:
        self._keys = keys
        self._waiting = bytearray()
        self._cipher: _Cipher | None = None
        self._packer: zstandard.ZstdCompressionObj | None = None

    def add(self, chunk: bytes) -> bytes:
        """Take the next bytes of any length; return what is sealed so far and not yet returned."""
        head = b""
        if self._cipher is None:
            head = self._begin(chunk)
        self._waiting += self._packer.compress(chunk) if self._packer else chunk
        return head + b"".join(self._full_segments())

    def end(self, digest: str) -> bytes:
        """Return the rest; `digest` is the SHA-256 of everything added, in hex."""
        head = b"" if self._cipher else self._begin(b"")
        if self._packer:
            self._waiting += self._packer.flush()
        parts = [head, *self._full_segments()]
        assert self._cipher is not None  # noqa: S101  # _begin has made it
        return b"".join([*parts, self._cipher.segment(bytes(self._waiting), digest)])

    def _begin(self, sample: bytes) -> bytes:
        """Decide by the first bytes whether compressing is worth it."""
        packed = _compressor().compress(sample[:SEGMENT])
        worth = len(packed) < len(sample[:SEGMENT]) * _WORTH
        if worth:
            self._packer = zstandard.ZstdCompressor(level=1).compressobj()
        self._cipher = _Cipher(self._keys, _ZSTD if worth else _PLAIN)
        return self._cipher.header

    def _full_segments(self) -> Iterator[bytes]:
        """Seal whole segments while at least one byte is left for the last one."""
        assert self._cipher is not None  # noqa: S101  # only called after _begin
        start = 0
        while len(self._waiting) - start > SEGMENT:
            yield self._cipher.segment(bytes(self._waiting[start : start + SEGMENT]), None)
            start += SEGMENT
        del self._waiting[:start]


class _Cipher:
    """One object's key and segment counter."""

    def __init__(self, keys: KeyProvider, flags: int) -> None:
        key = os.urandom(32)
        key_id, wrapped = keys.wrap(key)
        name = key_id.encode()
        lengths = struct.pack(">BHH", flags, len(name), len(wrapped))
        self.header = b"".join((_MAGIC, lengths, name, wrapped))
        self._gcm = AESGCM(key)
        self._number = 0

    def segment(self, part: bytes | memoryview, digest: str | None) -> bytes:
        """Return the next segment; with the digest it is the last one."""
        nonce = _nonce(self._number, last=digest is not None)
        self._number += 1
        return self._gcm.encrypt(nonce, part, _bound(self.header, digest))


def _plain_parts(sealed: bytes, digest: str, keys: KeyProvider) -> list[bytes]:
    """Return the content in parts, each authenticated, decompressed where it was compressed."""
    try:
        flags, key_id, wrapped, start = _parsed(sealed)
    except (struct.error, UnicodeDecodeError, ValueError):
        raise _damaged() from None
    gcm, header = AESGCM(keys.unwrap(key_id, wrapped)), sealed[:start]
    body = memoryview(sealed)[start:]
    step = SEGMENT + _TAG
    last = max(0, len(body) - 1) // step
    try:
        parts = [
            gcm.decrypt(
                _nonce(number, last=number == last),
                body[number * step : (number + 1) * step],
                _bound(header, digest if number == last else None),
            )
            for number in range(last + 1)
        ]
        if flags == _ZSTD:
            return [_decompressor().decompressobj().decompress(b"".join(parts))]
    except (InvalidTag, ValueError, zstandard.ZstdError):
        raise _damaged() from None
    return parts


def _parsed(sealed: bytes) -> tuple[int, str, bytes, int]:
    if sealed[: len(_MAGIC)] != _MAGIC:
        raise ValueError
    flags, name, wrapped = struct.unpack_from(">BHH", sealed, len(_MAGIC))
    start = len(_MAGIC) + 5
    if flags not in (_PLAIN, _ZSTD):
        raise ValueError
    key_id = sealed[start : start + name].decode()
    start += name
    return flags, key_id, sealed[start : start + wrapped], start + wrapped


def _nonce(number: int, *, last: bool) -> bytes:
    """Return the segment's nonce; the key is this object's only, so counting from 0 is unique."""
    return struct.pack(">7xIB", number, last)


def _bound(header: bytes, digest: str | None) -> bytes:
    return header if digest is None else header + bytes.fromhex(digest)


def _compressor() -> zstandard.ZstdCompressor:
    """Return this thread's compressor: one is not safe in two threads, and slow to make."""
    if not hasattr(_LOCAL, "compressor"):
        _LOCAL.compressor = zstandard.ZstdCompressor(level=1)
    found: zstandard.ZstdCompressor = _LOCAL.compressor
    return found


def _decompressor() -> zstandard.ZstdDecompressor:
    """Return this thread's decompressor, for the same reasons."""
    if not hasattr(_LOCAL, "decompressor"):
        _LOCAL.decompressor = zstandard.ZstdDecompressor()
    found: zstandard.ZstdDecompressor = _LOCAL.decompressor
    return found


def _damaged() -> Trouble:
    return Trouble(
        "permanent", "vault_object_damaged", "an object in the vault is damaged; restore it"
    )
