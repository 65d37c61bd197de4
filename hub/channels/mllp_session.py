"""One open line of the MLLP server: frames in, each one made durable, its answer out, in order.

`mllp_server` makes one for every connection whose peer is known. A positive answer (AA, CA) leaves
only after the hub's inbox has committed the message; whatever can't be taken is answered with ERR
and nothing of it is kept. Nothing of a message is ever logged: codes, counts and ids we made.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from hub.channels.mllp_frames import Framer, framed
from hub.channels.mllp_headers import Heads, is_answer, key_of, name_of, refusals, told_of
from hub.errors import Refused, Trouble
from hub.ports import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hub.canonical import Finding
    from hub.channels.mllp_server import Hall
    from hub.ports import Accepted, Upload

log = structlog.get_logger(__name__)

_PIECE: Final = 65_536
_STRAY: Final = 4096
_HEAD: Final = 65_536
_POLL_SECONDS: Final = 0.05
_DRAIN_SECONDS: Final = 30.0
_RECHECK_SECONDS: Final = 2.0
_ASKED: Final = {"AL": (True, True), "ER": (False, True), "SU": (True, False)}
"""Table 0155: whether a good and a bad outcome are to be answered; anything else is neither."""


class Message:
    """One frame on its way in; `refused` says why nothing of it will be taken."""

    def __init__(self, hall: Hall, organisation: str) -> None:
        self._hall = hall
        self._organisation = organisation
        self._parts: list[bytes] = []
        self._held = 0
        self._upload: Upload | None = None
        self.heads = Heads()
        self.size = 0
        self.refused: list[Finding] = []

    async def write(self, piece: bytes) -> None:
        """Take the next bytes; after a refusal they are read and forgotten."""
        self.size += len(piece)
        if self.refused:
            return
        try:
            self.heads.feed(piece)
            if self._upload is None:
                self._parts.append(piece)
                self._held += len(piece)
                if self._held > _HEAD:
                    await self._begin()
            else:
                await self._upload.write(piece)
        except Refused as refused:
            await self._refuse(told_of(refused, len(self.heads.messages())))

    async def _begin(self) -> None:
        """Open the upload, once the first header has gone by."""
        found = self.heads.messages()
        key = key_of(found[0]) if found and not self.heads.batch else None
        self._upload = self._hall.inbox.upload(
            Envelope(
                organisation=self._organisation,
                channel="mllp",
                actor=self._organisation,
                name=name_of(found[0] if found else None),
                media_type="x-application/hl7-v2+er7",
                idempotency_key=key,
            )
        )
        parts, self._parts = self._parts, []
        for part in parts:
            await self._upload.write(part)

    async def commit(self) -> Accepted | None:
        """Make the message durable; None when it was refused. `Trouble` when it can't be kept."""
        self.heads.finish()
        if not self.refused and (found := refusals(self.heads)):
            await self._refuse(found)
        if self.refused:
            return None
        try:
            if self._upload is None:
                await self._begin()
            assert self._upload is not None  # noqa: S101  # _begin has just made it
            return await self._upload.commit()
        except Refused as refused:
            await self._refuse(told_of(refused, len(self.heads.messages())))
            return None

    async def _refuse(self, found: list[Finding]) -> None:
        self.refused = found
        await self.abort()

    async def abort(self) -> None:
        """Forget what was written."""
        self._parts.clear()
        if self._upload is not None:
            await self._upload.abort()


class Session:
    """One line: reads frames, answers them in their order, ends itself when it is misused."""

    def __init__(
        self,
        hall: Hall,
        organisation: str,
        line: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        peer: tuple[str, str],
    ) -> None:
        self._hall = hall
        self._organisation = organisation
        self._reader, self._writer = line
        self._peer = peer
        self._framer = Framer()
        self._message: Message | None = None
        self._stray = 0
        self._checked = asyncio.get_running_loop().time()
        self._later: set[asyncio.Task[None]] = set()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Serve the line until it ends, idles too long, or is misused."""
        try:
            while data := await self._read():
                for kind, piece in self._framer.feed(data):
                    if not await self._step(kind, piece):
                        return
        except TimeoutError:
            told = "mllp_frame_unfinished" if self._framer.inside else "mllp_idle"
            log.info(told, organisation=self._organisation)
        finally:
            for task in self._later:
                task.cancel()
            if self._message is not None:
                await self._message.abort()

    async def _read(self) -> bytes:
        """Return the next bytes; a frame once begun has a bounded time for each further piece."""
        limits = self._hall.limits
        seconds = limits.frame_seconds if self._framer.inside else limits.idle_seconds
        async with asyncio.timeout(seconds):
            return await self._reader.read(_PIECE)

    async def _step(self, kind: str, piece: bytes) -> bool:
        """Take one thing the framer saw; False ends the line."""
        if kind == "begin":
            self._message = Message(self._hall, self._organisation)
        elif kind == "bytes" and self._message is not None:
            await self._message.write(piece)
            if self._message.size > 2 * self._hall.limits.file_bytes + _PIECE:
                await self._answer(self._message, self._message.refused)
                return False
        elif kind == "end" and self._message is not None:
            message, self._message = self._message, None
            return await self._take(message)
        elif kind == "stray":
            return await self._astray(piece)
        return True

    async def _astray(self, piece: bytes) -> bool:
        """Bear a little that stands in no frame; much of it means that this isn't MLLP."""
        first, self._stray = self._stray == 0, self._stray + len(piece)
        if first:
            log.warning("mllp_bytes_outside_frame", organisation=self._organisation)
        if self._stray <= _STRAY:
            return True
        nobody = Message(self._hall, self._organisation)
        what = "bytes came outside of a frame; begin each message with 0x0B and end it 0x1C 0x0D"
        await self._answer(nobody, told_of(Refused("bad_framing", what), 1))
        return False

    async def _take(self, message: Message) -> bool:
        """Make one whole frame durable and answer it; False when the peer is no longer let in."""
        if not await self._still_let_in():
            await message.abort()
            return False
        headers = message.heads.messages()
        if headers and is_answer(headers[0]):
            await message.abort()
            return True
        try:
            accepted = await message.commit()
        except asyncio.CancelledError:
            await message.abort()
            raise
        except Exception as error:  # noqa: BLE001  # ours or the world's: the sender keeps it
            log.warning("mllp_not_taken", error=_named(error), organisation=self._organisation)
            await message.abort()
            later = "the hub can't keep it now; send it again later"
            await self._answer(message, told_of(Refused("try_later", later), len(headers)))
            return True
        if accepted is None:
            await self._answer(message, message.refused)
        else:
            await self._accepted(message, accepted)
        return True

    async def _still_let_in(self) -> bool:
        """Ask again, every few seconds, whether the peer is still let in."""
        now = asyncio.get_running_loop().time()
        if now - self._checked < _RECHECK_SECONDS:
            return True
        self._checked = now
        try:
            return await self._hall.inbox.caller(*self._peer) == self._organisation
        except Trouble:
            return True  # nothing can be kept either: the sender is told to come again

    async def _accepted(self, message: Message, accepted: Accepted) -> None:
        """Answer what is durable: at once, or as it was read, or both, as the sender asked."""
        first = accepted.duplicate_of or accepted.submission
        if not _enhanced(message):
            await self._answer(message, await self._read_of(first, self._hall.read_seconds), first)
            return
        await self._answer(message, (), first)
        if _asked(message, 16):
            task = asyncio.create_task(self._answer_as_read(message, first))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _answer_as_read(self, message: Message, submission: str) -> None:
        """Send the application acknowledgement, once the message has been read."""
        seconds = self._hall.limits.application_seconds
        with contextlib.suppress(OSError, TimeoutError):
            found = await self._read_of(submission, seconds)
            await self._answer(message, found, f"{submission}.app", application=True)

    async def _read_of(self, submission: str, seconds: float) -> tuple[Finding, ...]:
        """Return what reading found within so many seconds; nothing when it isn't read by then."""
        found: tuple[Finding, ...] | None = None
        with contextlib.suppress(TimeoutError, Trouble):
            async with asyncio.timeout(seconds):
                while seconds:
                    found = await self._hall.inbox.read_of(submission)
                    if found is not None:
                        break
                    await asyncio.sleep(_POLL_SECONDS)
        return found or ()

    async def _answer(
        self,
        message: Message,
        findings: Sequence[Finding],
        about: str = "",
        *,
        application: bool = False,
    ) -> None:
        """Write the acknowledgement, as far as MSH-15 or MSH-16 asks for one."""
        commit = _enhanced(message) and not application
        good = not any(finding.severity == "error" for finding in findings)
        asked = _asked(message, 16 if application else 15) or (False, False)
        if _enhanced(message) and not asked[0 if good else 1]:
            return
        now = datetime.now(UTC)
        made = self._hall.answers(
            message.heads.skeleton(),
            findings,
            now=now.strftime("%Y%m%d%H%M%S+0000"),
            control_id=hashlib.sha256((about or now.isoformat()).encode()).hexdigest()[:16],
            commit=commit,
        )
        async with self._writing, asyncio.timeout(_DRAIN_SECONDS):
            self._writer.write(b"".join(_frames(made)))
            await self._writer.drain()


def _frames(made: bytes) -> Iterable[bytes]:
    """Return a batch of answers as one frame, and answers side by side as a frame each."""
    if not made.startswith(b"MSH"):
        return [framed(made)]
    first, *others = made.split(b"\rMSH")
    each = [first, *(b"MSH" + one for one in others)]
    return [framed(one.removesuffix(b"\r") + b"\r") for one in each]


def _enhanced(message: Message) -> bool:
    """Say whether the sender works in enhanced mode: MSH-15 or MSH-16 of its first message."""
    headers = message.heads.messages()
    if not headers or message.heads.restarted:
        return False
    return bool(headers[0].at(15) or headers[0].at(16))


def _asked(message: Message, field: int) -> tuple[bool, bool] | None:
    headers = message.heads.messages()
    return _ASKED.get(headers[0].at(field).upper()) if headers else None


def _named(error: Exception) -> str:
    return error.code if isinstance(error, Trouble) else type(error).__name__
