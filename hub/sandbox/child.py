"""The reader child: `python -m hub.sandbox.child`, started by `reader.py`, its socket on fd 0.

It confines itself, says which guards hold, then answers one document after another until the hub
hangs up. Documents of risky kinds are read in a fork of it. It writes nothing, prints nothing, and
never sees a secret.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import sys
import time
from typing import TYPE_CHECKING

import msgspec

from hub.canonical import Document, Reading
from hub.canonical.reading import unreadable
from hub.canonical.wire import frame
from hub.sandbox import confining, frames, guarding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Adapter

_SOCKET = 0
_BLOCK = 1024 * 1024
_GROWTH_MB = 256.0
_OWN = bytes(frames.TOKEN_BYTES)


def main() -> int:
    """Serve until the hub hangs up."""
    setup = msgspec.msgpack.decode(_received(_SOCKET) or b"", type=frames.Setup)
    packages = {"hub", *(prefix.partition(".")[0] for prefix in setup.prefixes)}
    guards = confining.confine(setup.memory_mb, packages)
    _send(_SOCKET, msgspec.msgpack.encode(guards))
    requests = msgspec.msgpack.Decoder(frames.Request)
    served, base = 0, 0.0
    gc.set_threshold(50_000, 50, 100)  # readings are trees of values: the default looks too often
    while (payload := _received(_SOCKET)) is not None:
        request = requests.decode(payload)
        del payload
        confining.allow_seconds(setup.seconds)
        adapter, reading = _read(request, setup)
        served += 1
        if served == 1:
            gc.freeze()
            base = confining.held_mb()
        grown = confining.held_mb() > base + _GROWTH_MB
        flags = frames.TIRED if served >= setup.documents or grown else 0
        _send(_SOCKET, frames.answer(request.token, flags, adapter, reading))
        confining.rest()
    return 0


def _read(request: frames.Request, setup: frames.Setup) -> tuple[str, bytes]:
    """Return (the adapter's name@version or "", the reading's frame)."""
    document = Document(
        request.content, request.name, request.media_type, request.digest, request.sender
    )
    adapters = guarding.bound(request.bindings, setup.prefixes)
    if not isinstance(adapters, list):
        return "", frame(adapters)
    if guarding.wants_fork(adapters, document):
        return _in_a_fork(adapters, document, setup)
    return _here(adapters, document, setup)


def _here(
    adapters: Sequence[Adapter], document: Document, setup: frames.Setup
) -> tuple[str, bytes]:
    """Let the adapters look at the document, in this process."""
    adapter = guarding.chosen(adapters, document, setup.prefixes)
    if isinstance(adapter, Reading):
        return "", frame(adapter)
    return guarding.titled(adapter), _told(guarding.guarded(adapter, document, setup.prefixes))


def _told(reading: Reading) -> bytes:
    """Return the frame of a reading, or of the finding that it can't be told."""
    try:
        told = frame(reading)
    except MemoryError:
        return frame(guarding.too_much_memory())
    except BaseException:  # noqa: BLE001  # an adapter may have put anything into the reading
        return frame(guarding.off_template("the adapter's reading can't be told; mend it"))
    if len(told) > frames.LARGEST_ANSWER - _BLOCK:
        return frame(guarding.off_template("the reading is larger than 64 MB; split the document"))
    return told


def _in_a_fork(
    adapters: Sequence[Adapter], document: Document, setup: frames.Setup
) -> tuple[str, bytes]:
    """Let the adapters look at the document in a process of its own, ended when its time is up."""
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        os.close(_SOCKET)
        confining.allow_seconds(setup.seconds)
        _send(into, frames.answer(_OWN, 0, *_here(adapters, document, setup)))
        os._exit(0)
    os.close(into)
    try:
        told, late = _collected(out, time.monotonic() + setup.seconds)
    finally:
        os.close(out)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if late or ended_by in (signal.SIGXCPU, signal.SIGALRM):
        return "", frame(unreadable("too_slow", "reading it takes longer than allowed; split it"))
    try:
        _, title, reading = frames.answered(told, _OWN)
    except (LookupError, ValueError):
        return "", frame(unreadable("reader_died", "reading it ended the reader; send it anew"))
    return title, bytes(reading)


def _collected(source: int, deadline: float) -> tuple[bytes, bool]:
    """Return (a whole frame from a pipe or nothing, whether the time was up)."""
    parts, size = bytearray(), frames.LENGTH.size
    poll = select.poll()
    poll.register(source, select.POLLIN | select.POLLHUP)
    while len(parts) < size:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            return b"", True
        block = os.read(source, _BLOCK)
        if not block:
            return b"", False
        parts += block
        if size == frames.LENGTH.size and len(parts) >= size:
            size += frames.LENGTH.unpack_from(parts)[0]
            if size > frames.LARGEST_ANSWER:
                return b"", False
    return bytes(parts[frames.LENGTH.size :]), False


def _received(source: int) -> bytes | None:
    """Return the next frame's payload, or None when the other side hung up."""
    head = _exactly(source, frames.LENGTH.size)
    return _exactly(source, frames.LENGTH.unpack(head)[0]) if head else None


def _exactly(source: int, size: int) -> bytes | None:
    block = os.read(source, min(size, _BLOCK))
    if len(block) == size:
        return block
    parts = bytearray(block)
    while block and len(parts) < size:
        block = os.read(source, min(size - len(parts), _BLOCK))
        parts += block
    return bytes(parts) if len(parts) == size else None


def _send(target: int, payload: bytes) -> None:
    left = memoryview(frames.framed(payload))
    while left:
        left = left[os.write(target, left) :]


if __name__ == "__main__":
    sys.exit(main())
