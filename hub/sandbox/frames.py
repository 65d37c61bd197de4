"""What the hub and its reader children say to each other: length-prefixed frames over a socket.

Both sides import this module. A frame is four bytes of length, big-endian, and that many bytes. The
child trusts the hub's frames; the hub trusts nothing in the child's.
"""

from __future__ import annotations

import re
import struct

import msgspec

LARGEST_ANSWER = 64 * 1024 * 1024
LENGTH = struct.Struct(">I")
TIRED = 1
TOKEN_BYTES = 16
_HEAD = struct.Struct(">16sBB")
_NAME = re.compile(r"[\w.@+:/ -]{0,200}", re.ASCII)


class Setup(msgspec.Struct, frozen=True, array_like=True):
    """The first frame to a child. `seconds` and `memory_mb` are per document."""

    prefixes: tuple[str, ...]
    memory_mb: int
    seconds: float
    documents: int


class Bound(msgspec.Struct, frozen=True, array_like=True):
    """A binding as the child needs it: a dotted path `package.module:ATTR`, a profile's text."""

    adapter: str
    profile: str | None


class Request(msgspec.Struct, frozen=True, array_like=True):
    """One document to read, and the adapters that may; the answer repeats `token`."""

    token: bytes
    bindings: tuple[Bound, ...]
    content: bytes
    name: str
    media_type: str
    digest: str
    sender: str


def framed(payload: bytes) -> bytes:
    """Return the payload with its length before it."""
    return LENGTH.pack(len(payload)) + payload


def answer(token: bytes, flags: int, adapter: str, reading: bytes) -> bytes:
    """Return the payload of a child's answer."""
    name = adapter.encode()[:255]
    return _HEAD.pack(token, flags, len(name)) + name + reading


def answered(payload: bytes | memoryview, token: bytes) -> tuple[int, str, memoryview]:
    """Return (flags, the adapter's name@version, the reading's frame).

    `LookupError` if it answers another request than `token`'s, `ValueError` if it is no answer.
    """
    try:
        echoed, flags, size = _HEAD.unpack_from(payload)
    except struct.error:
        raise ValueError("too short") from None
    if echoed != token:
        raise LookupError("stale")
    name = bytes(payload[_HEAD.size : _HEAD.size + size]).decode()
    if not _NAME.fullmatch(name):
        raise ValueError("no name")
    return flags, name, memoryview(payload)[_HEAD.size + size :]
