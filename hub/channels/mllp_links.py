"""Connections to practices' interface engines: opened to judged addresses, kept, one message each.

`mllp_send` borrows them. A frame's end is sent only after everything before it has left: a link
that breaks earlier has delivered nothing, one that breaks later is in doubt, and `Course` says
which. Of an answer at most 64 KB are read. It never resends.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.channels.certificates import of_wire
from hub.channels.mllp_frames import END, VT, Framer
from hub.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.channels.addresses import Guard, Target
    from hub.ports import Endpoint

ANSWER_BYTES: Final = 65_536
_CLOSE_SECONDS: Final = 2.0
_SETTLE_SECONDS: Final = 0.1


@dataclass(slots=True)
class Course:
    """How far one exchange came: whether the whole frame has left."""

    sent: bool = False


class Link:
    """One connection with at most one message in flight."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.rests_since = asyncio.get_running_loop().time()
        # over TLS asyncio never resumes from a limit of 0
        writer.transport.set_write_buffer_limits(
            int(writer.get_extra_info("sslcontext") is not None)
        )

    async def exchange(self, content: bytes, course: Course) -> bytes:
        """Send one message and return its answer; `OSError` when none can come any more."""
        self._writer.write(VT + content)  # writelines pauses nobody before CPython 3.13.2
        await self._writer.drain()
        course.sent = True
        self._writer.write(END)
        await self._writer.drain()
        framer, answer, room = Framer(), b"", ANSWER_BYTES
        while True:
            data = await self._reader.read(ANSWER_BYTES)
            if not data:
                raise ConnectionResetError
            room -= len(data)
            for kind, piece in framer.feed(data):
                if kind == "end":
                    self.rests_since = asyncio.get_running_loop().time()
                    return answer
                answer += piece if kind == "bytes" else b""
            if room < 0:
                raise ConnectionAbortedError

    @property
    def certificate(self) -> bytes:
        """What the engine showed, as DER; empty without TLS."""
        return of_wire(self._writer.get_extra_info("ssl_object"))

    async def quiet(self) -> bool:
        """Say whether a link at rest is still good: not closed, and nothing said meanwhile."""
        try:
            async with asyncio.timeout(0):
                await self._reader.read(1)
        except TimeoutError:
            return True
        except OSError:
            return False
        return False

    async def settle(self) -> None:
        """Give a peer a moment to refuse our certificate, which TLS 1.3 lets it do afterwards."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_SECONDS):
                await self._reader.read(1)
            raise ConnectionResetError

    async def close(self) -> None:
        """Close now."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._writer.wait_closed()
        self._writer.transport.abort()


async def opened(guard: Guard, endpoint: Endpoint, target: Target, seconds: float) -> Link:
    """Open a link to the first judged address that takes one; `OSError` when none does."""
    tls = _tls(endpoint) if target.scheme == "mllps" else None
    name = (endpoint.options.get("server_name") or target.host) if tls else None
    failure: OSError = ConnectionRefusedError()
    for address in await guard.resolve(target.host, target.port):
        try:
            async with asyncio.timeout(seconds):
                streams = await asyncio.open_connection(
                    address, target.port, ssl=tls, server_hostname=name, limit=ANSWER_BYTES
                )
        except ssl.SSLError:
            raise
        except OSError as failed:
            failure = failed
        else:
            return Link(*streams)
    raise failure


def identity(endpoint: Endpoint) -> str:
    """Return what must be the same for a link to be used again; a changed key opens a new one."""
    options = (f"{name}={value}" for name, value in sorted(endpoint.options.items()))
    parts = (endpoint.address, *options, *sorted(endpoint.secrets.values()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Return the endpoint's TLS: its own CA or the system's, and our certificate where it has one.

    `Trouble` permanent when one of them can't be used.
    """
    try:
        context = ssl.create_default_context(cadata=endpoint.options.get("ca") or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate = endpoint.secrets.get("certificate")
        if certificate:
            with _file(f"{certificate}\n{endpoint.secrets.get('private_key', '')}") as path:
                context.load_cert_chain(path)
    except (ssl.SSLError, ValueError):
        raise Trouble(
            "permanent",
            "bad_certificate",
            "give the endpoint PEM: option `ca`, secrets `certificate` and `private_key`",
        ) from None
    return context


@contextlib.contextmanager
def _file(text: str) -> Iterator[str]:
    """Give a text a name for as long as OpenSSL needs one: in memory, where the system can."""
    if hasattr(os, "memfd_create"):
        number = os.memfd_create("icp-hub")
        try:
            os.write(number, text.encode())
            yield f"/proc/self/fd/{number}"
        finally:
            os.close(number)
        return
    with tempfile.NamedTemporaryFile() as file:  # mode 0600
        Path(file.name).write_text(text)
        yield file.name
