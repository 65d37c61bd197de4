"""One reader child as the hub sees it: its process, the socket to it, and what it was asked.

`reader.py` starts children and gives each one document at a time. Whatever a child says is measured
here and type-checked by `checking`; one that is late, silent or babbles is failed, and so is the
document it was reading. Nothing is written to a child that owes an answer: a hang-up met while
writing would lose it.
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
from typing import TYPE_CHECKING, Any

import msgspec

from hub.sandbox import frames

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.canonical import Document, Reading
    from hub.ports import Binding

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_GRACE = 1.0
_DYING_SECONDS = 0.05
_START_SECONDS = 30.0
_BLOCK = 256 * 1024
_HEAD = frames.LENGTH.size
_ENCODER = msgspec.msgpack.Encoder()


class Late(Exception):
    """The child did not answer in time."""


class Dead(Exception):
    """The child hung up."""


class Babble(Dead):
    """The child's answer is none."""


class Asked:
    """One document on its way through a child: the framed request, and its answer to come."""

    __slots__ = ("answer", "request", "token")

    def __init__(self, bindings: Sequence[Binding], document: Document) -> None:
        self.token = secrets.token_bytes(frames.TOKEN_BYTES)
        self.request = _framed(self.token, bindings, document)
        self.answer: asyncio.Future[tuple[str, Reading | bytes]] = (
            asyncio.get_running_loop().create_future()
        )

    def told(self, name: str, reading: Reading | bytes) -> None:
        """Answer, unless the caller gave up meanwhile."""
        if not self.answer.done():
            self.answer.set_result((name, reading))


class Child(asyncio.BufferedProtocol):
    """One reader process and the socket to it. `failed(child, error)` is called at most once."""

    def __init__(
        self,
        setup: frames.Setup,
        answered: Callable[[Child, int, str, memoryview], None],
        failed: Callable[[Child, Exception], None],
    ) -> None:
        self.reading: Asked | None = None
        self.served = 0
        self._seconds = setup.seconds + _GRACE
        self._answered, self._failed = answered, failed
        self.gone = False
        self._buffer, self._filled = bytearray(_BLOCK), 0
        self._deadline, self._timer = 0.0, None  # type: float, asyncio.TimerHandle | None
        self._transport: asyncio.Transport | None = None
        self._greeting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._socket, theirs = socket.socketpair()
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
        self._socket.send(frames.framed(_ENCODER.encode(setup)))

    async def greeted(self) -> tuple[str, ...]:
        """Return the guards the child says are in force; `Late` or `Dead`."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, sock=self._socket)
            async with asyncio.timeout(_START_SECONDS):
                told = await self._greeting
            return msgspec.msgpack.decode(told, type=tuple[str, ...])
        except TimeoutError:
            raise Late from None
        except (OSError, msgspec.DecodeError):
            raise Dead from None

    def ask(self, asked: Asked) -> None:
        """Send a request; its answer comes to `answered`."""
        self.reading = asked
        self._watch()
        if self._transport is not None:
            self._transport.write(asked.request)

    def _watch(self) -> None:
        """Give the request its time from now on; one timer serves request after request."""
        loop = asyncio.get_running_loop()
        self._deadline = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(self._deadline, self._look)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self.reading is None:
            return
        if loop.time() >= self._deadline:
            self._fail(Late())
        else:
            self._timer = loop.call_at(self._deadline, self._look)

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  # asyncio's own signature
        """Begin to hear the child."""
        self._transport = transport

    def connection_lost(self, _error: Exception | None) -> None:
        """Take it that the child hung up."""
        self._fail(Dead())

    def get_buffer(self, _hint: int) -> memoryview:
        """Return where the next bytes go."""
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, size: int) -> None:
        """Take what came: frames are handed on where they lie, a part of one waits for its rest."""
        self._filled += size
        start, missing = 0, 0
        with memoryview(self._buffer) as view:
            while not missing and not self.gone:
                here = self._filled - start
                size = frames.LENGTH.unpack_from(view, start)[0] if here >= _HEAD else 0
                if size > frames.LARGEST_ANSWER:
                    self._fail(Babble())
                    return
                if here < _HEAD + size or not here:
                    missing = max(_HEAD + size, _BLOCK)
                    continue
                with view[start + _HEAD : start + _HEAD + size] as payload:
                    self._heard(payload)
                start += _HEAD + size
        if not self.gone:
            self._keep(start, missing)

    def _keep(self, start: int, room: int) -> None:
        """Keep what came of a frame that is not whole yet, in a buffer with room for it."""
        rest = self._filled - start
        if room != len(self._buffer):
            kept = bytearray(room)
            kept[:rest] = memoryview(self._buffer)[start : self._filled]
            self._buffer = kept
        elif start and rest:
            self._buffer[:rest] = self._buffer[start : self._filled]
        self._filled = rest

    def _heard(self, payload: memoryview) -> None:
        if not self._greeting.done():
            self._greeting.set_result(bytes(payload))
            return
        if self.reading is None:
            self._fail(Babble())
            return
        try:
            flags, name, told = frames.answered(payload, self.reading.token)
        except (LookupError, ValueError):
            self._fail(Babble())
            return
        self.served += 1
        with told:
            self._answered(self, flags, name, told)

    def _fail(self, error: Exception) -> None:
        if self.gone:
            return
        self.gone = True
        if not self._greeting.done():
            self._greeting.set_exception(OSError())
            return
        self._failed(self, error)

    def kill(self) -> None:
        """End the child and whatever it forked, without waiting; it fails nothing any more."""
        self.gone = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        else:
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


def _framed(token: bytes, bindings: Sequence[Binding], document: Document) -> bytearray:
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
    made = bytearray(_HEAD)
    _ENCODER.encode_into(request, made, _HEAD)
    frames.LENGTH.pack_into(made, 0, len(made) - _HEAD)
    return made


def _clean(text: str) -> str:
    """Return text that can be sent: a file name may hold bytes that are no letters."""
    return text.encode("utf-8", "replace").decode("utf-8")
