"""The hub's side of the sandbox: starts reader children, feeds them documents, buries them.

`main.py` makes a `SandboxReader` (`hub.ports.Reader`), the CLI calls `read_once`. A child gets one
document at a time; one that dies, hangs or babbles is replaced, and only its document is told so.
The hub never parses a document itself, and believes no answer before it is type-checked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from hub.canonical import unreadable
from hub.errors import Trouble
from hub.sandbox import frames
from hub.sandbox.checking import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Document, Reading
    from hub.ports import Binding

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_GRACE = 1.0
_DYING_SECONDS = 0.05
_START_SECONDS = 30.0
_BLOCK = 64 * 1024
_LARGE = 1024 * 1024
_SLOW_ENDS = (-signal.SIGXCPU, -signal.SIGALRM)


class _Late(Exception):
    """The child did not answer in time."""


class _Dead(Exception):
    """The child hung up."""


class _Babble(_Dead):
    """The child's answer is none."""


class SandboxReader:
    """Reads documents in `children` processes, each document within `seconds` and `memory_mb`.

    `prefixes` are the packages adapters may be loaded from, each ending in a dot. A child is
    replaced after `documents` readings, without making anybody wait. Use it in one event loop.
    """

    def __init__(
        self,
        children: int = 1,
        memory_mb: int = 1024,
        seconds: float = 20.0,
        *,
        prefixes: Sequence[str] = (),
        documents: int = 5000,
    ) -> None:
        self._setup = frames.Setup(("adapters.", *prefixes), memory_mb, seconds, documents)
        self._slots = [_Slot() for _ in range(children)]
        self._free: asyncio.LifoQueue[_Slot] = asyncio.LifoQueue()
        for slot in self._slots:
            self._free.put_nowait(slot)
        self._closed = False
        self.guards: tuple[str, ...] = ()

    async def read(self, bindings: Sequence[Binding], document: Document) -> tuple[str, Reading]:
        """Return (the adapter's name@version or "", its reading); never raises for a document.

        `Trouble` transient when no child can be started.
        """
        token = secrets.token_bytes(frames.TOKEN_BYTES)
        request = _framed_request(token, bindings, document)
        slot = await self._free.get()
        try:
            while True:
                child = await self._child_of(slot)
                fresh, child.used = not child.used, True
                try:
                    return await self._asked(slot, child, request, token)
                except (_Late, _Dead) as error:
                    ended = await self._replaced(slot, child, error)
                    # a child that died in use may have died of an earlier document: try once more
                    if fresh or isinstance(error, _Late) or ended in _SLOW_ENDS:
                        return "", _told(error, ended)
        finally:
            self._free.put_nowait(slot)

    async def start(self) -> None:
        """Start a child ahead of the first document, so that a broken sandbox is found at once."""
        slot = await self._free.get()
        try:
            await self._child_of(slot)
        finally:
            self._free.put_nowait(slot)

    async def close(self) -> None:
        """End every child; nothing can be read afterwards."""
        self._closed = True
        for slot in self._slots:
            if slot.spare is not None:
                slot.spare.cancel()
                with contextlib.suppress(asyncio.CancelledError, Trouble):
                    (await slot.spare).kill()
                slot.spare = None
            if slot.child is not None:
                await slot.child.ended()
                slot.child = None

    async def _child_of(self, slot: _Slot) -> _Child:
        """Return the slot's child: the spare once it is ready, or when there is no other."""
        if slot.spare is not None and (slot.child is None or slot.spare.done()):
            spare, slot.spare = slot.spare, None
            with contextlib.suppress(Trouble):
                fresh = await spare
                if slot.child is not None:
                    await slot.child.ended()
                slot.child = fresh
        if slot.child is None:
            slot.child = await self._started()
        return slot.child

    async def _asked(
        self, slot: _Slot, child: _Child, request: bytes, token: bytes
    ) -> tuple[str, Reading]:
        """Return the child's answer to a request, checked; order a successor when it is tired."""
        try:
            payload = await child.exchange(request, self._setup.seconds + _GRACE)
            flags, adapter, told = frames.answered(payload, token)
            large = len(told) > _LARGE
            reading = await asyncio.to_thread(checked, told) if large else checked(told)
        except (LookupError, ValueError):
            raise _Babble from None
        except asyncio.CancelledError:
            slot.child = None
            child.kill()
            raise
        if flags & frames.TIRED and slot.spare is None and not self._closed:
            slot.spare = asyncio.create_task(self._started())
        return adapter, reading

    async def _replaced(self, slot: _Slot, child: _Child, error: Exception) -> int:
        """End a child that failed and order its successor; return its exit status."""
        slot.child = None
        if slot.spare is None and not self._closed:
            slot.spare = asyncio.create_task(self._started())
        return await child.ended(by_itself=type(error) is _Dead)

    async def _started(self) -> _Child:
        """Return a child that has confined itself and waits for documents."""
        if self._closed:
            raise RuntimeError("the reader is closed")
        try:
            child = _Child(self._setup)
        except OSError:
            raise _not_started() from None
        try:
            self.guards = await child.greeted()
        except (_Late, _Dead):
            await child.ended()
            raise _not_started() from None
        except BaseException:
            child.kill()
            raise
        return child


@dataclass(slots=True)
class _Slot:
    """One child's place: who reads now, and who is on the way to replace it."""

    child: _Child | None = None
    spare: asyncio.Task[_Child] | None = None


class _Child:
    """One reader process and the socket to it."""

    def __init__(self, setup: frames.Setup) -> None:
        self._socket, theirs = socket.socketpair()
        self.used = False
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-m", "hub.sandbox.child"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        self._socket.setblocking(False)
        self._socket.send(frames.framed(msgspec.msgpack.encode(setup)))

    async def greeted(self) -> tuple[str, ...]:
        """Return the guards the child says are in force."""
        told = await self.exchange(b"", _START_SECONDS)
        try:
            return msgspec.msgpack.decode(told, type=tuple[str, ...])
        except msgspec.DecodeError:
            raise _Dead from None

    async def exchange(self, request: bytes, seconds: float) -> bytes:
        """Send a framed request and return the answer's payload; `_Late` or `_Dead`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._exchanged(request)
        except TimeoutError:
            raise _Late from None
        except OSError:
            raise _Dead from None

    async def _exchanged(self, request: bytes) -> bytes:
        loop = asyncio.get_running_loop()
        if request:
            await loop.sock_sendall(self._socket, request)
        parts, size = bytearray(), frames.LENGTH.size
        while len(parts) < size:
            block = await loop.sock_recv(self._socket, max(_BLOCK, min(size - len(parts), _LARGE)))
            if not block:
                raise _Dead
            parts += block
            if size == frames.LENGTH.size and len(parts) >= size:
                size += frames.LENGTH.unpack_from(parts)[0]
            if size > frames.LARGEST_ANSWER or len(parts) > size > frames.LENGTH.size:
                raise _Babble
        return bytes(memoryview(parts)[frames.LENGTH.size :])

    def kill(self) -> None:
        """End the child and whatever it forked, without waiting."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._socket.close()

    async def ended(self, *, by_itself: bool = False) -> int:
        """End the child and return its exit status, negative for the signal that ended it.

        A child that seems to be dying `by_itself` gets a moment, so that its own status is seen.
        """
        if by_itself:
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(self._process.wait, _DYING_SECONDS)
        self.kill()
        return await asyncio.to_thread(self._process.wait)


def _told(error: Exception, ended: int) -> Reading:
    """Return what a child's failure means for its document."""
    if isinstance(error, _Late) or ended in _SLOW_ENDS:
        return unreadable("too_slow", "reading it takes longer than allowed; split it")
    if isinstance(error, _Babble):
        return unreadable("reading_off_template", "the answer is no reading, or above 64 MB")
    return unreadable("reader_died", "reading it ended the reader; send it anew")


def _framed_request(token: bytes, bindings: Sequence[Binding], document: Document) -> bytes:
    """Return the frame that asks for a document to be read."""
    request = frames.Request(
        token,
        tuple(frames.Bound(each.adapter, each.profile) for each in bindings),
        document.content,
        _clean(document.name),
        _clean(document.media_type),
        document.digest,
        document.sender,
    )
    return frames.framed(msgspec.msgpack.encode(request))


def _clean(text: str) -> str:
    """Return text that can be sent: a file name may hold bytes that are no letters."""
    return text.encode("utf-8", "replace").decode("utf-8")


def read_once(
    bindings: Sequence[Binding], document: Document, *, prefixes: Sequence[str] = ()
) -> tuple[str, Reading]:
    """Read one document in a child of its own, without an event loop: for the command line."""

    async def reading() -> tuple[str, Reading]:
        reader = SandboxReader(prefixes=prefixes)
        try:
            return await reader.read(bindings, document)
        finally:
            await reader.close()

    return asyncio.run(reading())


def _not_started() -> Trouble:
    return Trouble("transient", "reader_not_started", "no reader child could be started; try again")
