"""Does batch after batch until told to stop: reading, walking and delivering, each on its own.

`hub.main.working` calls `run`. The three don't wait for each other, so that a receiver which hangs
keeps no document from being read. Whatever goes wrong is named and tried again; nothing ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

import structlog

from hub.errors import Trouble
from hub.pipeline.batches import deliver_batch, read_batch, walk_batch
from hub.pipeline.engine import named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.pipeline.engine import Engine

log = structlog.get_logger()

POLL_SECONDS = 1.0
GATHER_SECONDS = 0.01
"""How long a wake-up waits for company: larger batches, fewer commits."""
MOST_UNDER_WAY = 256
"""Attempts under way at once in one worker, whoever they are for."""


class Bells:
    """One bell for each kind of work; `hub.main.working` rings them, `run` hears them."""

    def __init__(self) -> None:
        self.submission = asyncio.Event()
        self.plan = asyncio.Event()
        self.delivery = asyncio.Event()
        self._ringing: set[asyncio.Event] = set()

    def ring(self, kind: str = "") -> None:
        """Wake who does this kind of work, soon; an empty or unknown kind wakes everybody."""
        known = {"submission": self.submission, "plan": self.plan, "delivery": self.delivery}
        for bell in [known[kind]] if kind in known else known.values():
            if bell not in self._ringing:
                self._ringing.add(bell)
                asyncio.get_running_loop().call_later(GATHER_SECONDS, self._rung, bell)

    def _rung(self, bell: asyncio.Event) -> None:
        self._ringing.discard(bell)
        bell.set()


async def run(engine: Engine, bells: Bells, stop: asyncio.Event) -> None:
    """Walk the line until `stop`: at once when a bell rings, and once a second in any case.

    What is read or walked here is sent from here: no other node need be told.
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_again(engine, read_batch, (bells.submission, bells.delivery), stop))
        tasks.create_task(_again(engine, walk_batch, (bells.plan, bells.delivery), stop))
        tasks.create_task(_deliver(engine, bells.delivery, stop))


async def _again(
    engine: Engine,
    work: Callable[[Engine], Awaitable[int]],
    bells: tuple[asyncio.Event, asyncio.Event],
    stop: asyncio.Event,
) -> None:
    """Do one kind of work for as long as there is some, and when its bell rings; ring the next."""
    bell, following = bells
    while not stop.is_set():
        bell.clear()
        if await _tried(engine, work):
            following.set()
        else:
            await _rung(bell)


async def _deliver(engine: Engine, bell: asyncio.Event, stop: asyncio.Event) -> None:
    """Deliver batch after batch; a full one, or one whose receiver hangs, is joined by others."""
    under_way: set[asyncio.Task[int]] = set()
    batch = partial(deliver_batch, full=bell.set)
    while not stop.is_set():
        bell.clear()
        if engine.turns.total < MOST_UNDER_WAY:
            under_way.add(asyncio.create_task(_tried(engine, batch)))
        ringing = asyncio.create_task(_rung(bell))
        await asyncio.wait({*under_way, ringing}, return_when=asyncio.FIRST_COMPLETED)
        done = {task for task in under_way if task.done()}
        under_way -= done
        if not any(task.result() for task in done):
            await ringing  # nothing was due: wait for the bell, or a second
        ringing.cancel()
    await asyncio.gather(*under_way)


async def _tried(engine: Engine, work: Callable[[Engine], Awaitable[int]]) -> int:
    """Do one batch; whatever goes wrong is named and counts as nothing done."""
    try:
        return await work(engine)
    except Trouble as trouble:
        log.warning("line.trouble", code=trouble.code)
    except Exception as error:  # noqa: BLE001  # a fault of ours must not end the worker
        log.warning("line.fault", error=named(error))
    return 0


async def _rung(bell: asyncio.Event) -> None:
    """Wait for the bell, or a second."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(bell.wait(), timeout=POLL_SECONDS)
