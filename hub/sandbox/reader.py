"""The hub's side of the sandbox: starts reader children, feeds them documents, buries them.

`main.py` makes a `SandboxReader` (`hub.ports.Reader`), the CLI calls `read_once`. A child reads one
document after another; one that dies, hangs or babbles is replaced, and only the document it was
reading is told so. The hub never parses a document itself, and believes no answer before it is
type-checked.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.canonical import Reading, unreadable
from hub.errors import Trouble
from hub.sandbox import frames
from hub.sandbox.checking import checked
from hub.sandbox.children import Asked, Babble, Child, Dead, Late

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Document
    from hub.ports import Binding

_LARGE = 1024 * 1024
_SLOW_ENDS = (-signal.SIGXCPU, -signal.SIGALRM)


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
        self._waiting: deque[Asked] = deque()
        self._closed = False
        self.guards: tuple[str, ...] = ()

    async def read(self, bindings: Sequence[Binding], document: Document) -> tuple[str, Reading]:
        """Return (the adapter's name@version or "", its reading); never raises for a document.

        `Trouble` transient when no child can be started.
        """
        asked = Asked(bindings, document)
        self._waiting.append(asked)
        self._fill()
        try:
            name, told = await asked.answer
        except asyncio.CancelledError:
            self._given_up(asked)
            raise
        if isinstance(told, Reading):
            return name, told
        return name, await asyncio.to_thread(checked, told)

    async def start(self) -> None:
        """Start a child ahead of the first document, so that a broken sandbox is found at once."""
        slot = self._slots[0]
        if slot.child is None:
            await asyncio.wait([slot.task or self._begin(slot)])
        if slot.child is None:
            raise _not_started()

    async def close(self) -> None:
        """End every child; nothing can be read afterwards."""
        self._closed = True
        tasks = [slot.task for slot in self._slots if slot.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for slot in self._slots:
            heads = [failed.head for failed in slot.failed if failed.head is not None]
            self._waiting.extend(heads)
            for child in (slot.child, slot.spare, *(failed.child for failed in slot.failed)):
                if child is not None:
                    if child.reading is not None:
                        self._waiting.append(child.reading)
                    await child.ended()
            slot.child, slot.spare, slot.failed = None, None, []
        self._refuse(RuntimeError("the reader is closed"))

    def _fill(self) -> None:
        """Give waiting documents to idle children, and start what is missing."""
        if self._closed:
            self._refuse(RuntimeError("the reader is closed"))
        for slot in self._slots:
            child = slot.idle()
            if child is not None and (asked := self._next()) is not None:
                child.ask(asked)
        for slot in [each for each in self._slots if each.child is None][: len(self._waiting)]:
            if slot.task is None:
                self._begin(slot)

    def _next(self) -> Asked | None:
        """Return the next document that somebody still waits for."""
        while self._waiting:
            asked = self._waiting.popleft()
            if not asked.answer.done():
                return asked
        return None

    def _refuse(self, error: Exception) -> None:
        """Tell everybody who waits that there is no reader."""
        while (asked := self._next()) is not None:
            asked.answer.set_exception(error)

    def _answered(self, child: Child, flags: int, name: str, told: memoryview) -> None:
        """Hand the answer to whoever asked, checked; order a successor when the child is tired."""
        asked, child.reading = child.reading, None
        if asked is not None:
            asked.told(name, bytes(told) if len(told) > _LARGE else checked(told))
        slot = self._slot_of(child)
        followed = slot is not None and (slot.spare is not None or flags & frames.TIRED)
        if slot is not None and slot.task is None and followed:
            self._begin(slot)
        self._fill()

    def _failed(self, child: Child, error: Exception) -> None:
        """Bury the child, and see what became of the document it was reading."""
        head, child.reading = child.reading, None
        slot = self._slot_of(child)
        if slot is None:
            return  # it was on its way to a slot: whoever brings it sees that it is gone
        if slot.spare is child:
            slot.spare = None
        else:
            slot.child = None
        slot.failed.append(_Failed(child, head, error))
        if slot.task is None and not self._closed:
            self._begin(slot)

    def _given_up(self, asked: Asked) -> None:
        """End the child that reads for somebody who waits no longer; what only waits is let be."""
        for slot in self._slots:
            child = slot.child
            if child is not None and child.reading is asked:
                child.kill()
                self._failed(child, Late())

    def _slot_of(self, child: Child) -> _Slot | None:
        return next((slot for slot in self._slots if child in (slot.child, slot.spare)), None)

    def _begin(self, slot: _Slot) -> asyncio.Task[None]:
        slot.task = asyncio.create_task(self._tend(slot))
        return slot.task

    async def _tend(self, slot: _Slot) -> None:
        """Bring a slot its next child, and bury the one before."""
        again: Asked | None = None
        try:
            again = await self._buried(slot)
            while (fresh := slot.spare or await self._started()).gone or slot.failed:
                slot.spare = None if fresh.gone else fresh
                again = again or await self._buried(slot)
        except Trouble as trouble:
            slot.task = None
            self._unstarted(again, trouble)
            return
        except BaseException:
            if again is not None:
                self._waiting.appendleft(again)
            raise
        slot.task = None
        before = slot.child
        if before is not None and before.reading is not None:
            slot.spare = fresh  # it gets its turn when the other has answered what it was asked
            return
        slot.child, slot.spare = fresh, None
        if again is not None:
            fresh.ask(again)
        self._fill()
        if before is not None:
            await before.ended()

    async def _buried(self, slot: _Slot) -> Asked | None:
        """End children that failed; return the document to be tried once more, if there is one.

        A child that died in use may have died of an earlier document than the one it was reading.
        """
        again: Asked | None = None
        while slot.failed:
            failed = slot.failed.pop(0)
            late = isinstance(failed.error, Late)
            ended = await failed.child.ended(by_itself=type(failed.error) is Dead)
            if failed.head is None:
                continue
            if failed.child.served and not late and ended not in _SLOW_ENDS:
                again = failed.head
            else:
                failed.head.told("", _told(failed.error, ended))
        return again

    def _unstarted(self, again: Asked | None, trouble: Trouble) -> None:
        """Tell those who wait that no child can be started, unless another is there to read."""
        if again is not None:
            self._waiting.appendleft(again)
        if all(slot.child is None and slot.task is None for slot in self._slots):
            self._refuse(trouble)

    async def _started(self) -> Child:
        """Return a child that has confined itself and waits for documents."""
        try:
            child = Child(self._setup, self._answered, self._failed)
        except OSError:
            raise _not_started() from None
        try:
            self.guards = await child.greeted()
        except (Late, Dead):
            await child.ended()
            raise _not_started() from None
        except BaseException:
            child.kill()
            raise
        return child


@dataclass(frozen=True, slots=True)
class _Failed:
    """A child that failed, the document it was reading, and how it failed."""

    child: Child
    head: Asked | None
    error: Exception


@dataclass(slots=True)
class _Slot:
    """One child's place: who reads now, who is ready to follow, and who is still to be buried."""

    child: Child | None = None
    spare: Child | None = None
    task: asyncio.Task[None] | None = None
    failed: list[_Failed] = field(default_factory=list)

    def idle(self) -> Child | None:
        """Return the child if it may be given a document: it reads none, and nobody follows it."""
        free = self.spare is None and self.child is not None and self.child.reading is None
        return self.child if free else None


def _told(error: Exception, ended: int) -> Reading:
    """Return what a child's failure means for its document."""
    if isinstance(error, Late) or ended in _SLOW_ENDS:
        return unreadable("too_slow", "reading it takes longer than allowed; split it")
    if isinstance(error, Babble):
        return unreadable("reading_off_template", "the answer is no reading, or above 64 MB")
    return unreadable("reader_died", "reading it ended the reader; send it anew")


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
