"""Does batch after batch until told to stop: reading, walking and delivering, each on its own.

`hub.main.working` calls `run`. The three don't wait for each other, so that a receiver which hangs
keeps no document from being read. Whatever goes wrong is named and tried again; nothing ends it.
"""

from __future__ import annotations

import asyncio
import contextlib
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
DELIVERERS = 4


async def run(
    engine: Engine,
    wake: asyncio.Event,
    stop: asyncio.Event,
    arrived: asyncio.Event | None = None,
) -> None:
    """Walk the line until `stop`: at once when woken, and once a second in any case.

    `wake` is for whatever came due, `arrived` for submissions only: what has nothing to do is not
    asked, since asking costs a transaction.
    """
    reading, walking, delivering = bells = [asyncio.Event() for _ in range(3)]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_ring(wake, bells, stop))
        tasks.create_task(_ring(arrived or asyncio.Event(), [reading], stop))
        tasks.create_task(_again(engine, read_batch, reading, delivering, stop))
        tasks.create_task(_again(engine, walk_batch, walking, delivering, stop))
        tasks.create_task(_deliver(engine, delivering, stop))


async def _ring(wake: asyncio.Event, bells: list[asyncio.Event], stop: asyncio.Event) -> None:
    """Pass one wake-up on to all it concerns."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(wake.wait(), timeout=POLL_SECONDS)
        except TimeoutError:
            continue
        await asyncio.sleep(GATHER_SECONDS)
        wake.clear()
        for bell in bells:
            bell.set()


async def _again(
    engine: Engine,
    work: Callable[[Engine], Awaitable[int]],
    bell: asyncio.Event,
    released: asyncio.Event,
    stop: asyncio.Event,
) -> None:
    """Do one kind of work for as long as there is some, and when the bell rings.

    What a batch released is delivered by the same node at once, and by any other's poll.
    """
    while not stop.is_set():
        bell.clear()
        if await _tried(engine, work):
            released.set()
        else:
            await _rung(bell)


async def _deliver(engine: Engine, bell: asyncio.Event, stop: asyncio.Event) -> None:
    """Deliver batch after batch; one whose receiver hangs is joined by others, up to a few."""
    under_way: set[asyncio.Task[int]] = set()
    while not stop.is_set():
        bell.clear()
        if len(under_way) < DELIVERERS:
            under_way.add(asyncio.create_task(_tried(engine, deliver_batch)))
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
