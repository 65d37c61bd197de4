"""Does batch after batch until told to stop: reading, walking and delivering, each on its own.

`hub.main.working` calls `run`. The three don't wait for each other, so that a receiver which hangs
keeps no document from being read. Whatever goes wrong is named and tried again; nothing ends it.
"""

from __future__ import annotations

import asyncio
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
DELIVERERS = 4


async def run(engine: Engine, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Walk the line until `stop`: at once when woken, and once a second in any case."""
    works = [read_batch, walk_batch, *([deliver_batch] * DELIVERERS)]
    bells = [asyncio.Event() for _ in works]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_ring(wake, bells, stop))
        for work, bell in zip(works, bells, strict=True):
            tasks.create_task(_again(engine, work, bell, stop))


async def _ring(wake: asyncio.Event, bells: list[asyncio.Event], stop: asyncio.Event) -> None:
    """Pass one wake-up on to everybody."""
    while not stop.is_set():
        try:
            await asyncio.wait_for(wake.wait(), timeout=POLL_SECONDS)
        except TimeoutError:
            continue
        wake.clear()
        for bell in bells:
            bell.set()


async def _again(
    engine: Engine,
    work: Callable[[Engine], Awaitable[int]],
    bell: asyncio.Event,
    stop: asyncio.Event,
) -> None:
    while not stop.is_set():
        bell.clear()
        try:
            moved = await work(engine)
        except Trouble as trouble:
            log.warning("line.trouble", code=trouble.code)
            moved = 0
        except Exception as error:  # noqa: BLE001  # a fault of ours must not end the worker
            log.warning("line.fault", error=named(error))
            moved = 0
        if not moved:
            try:
                await asyncio.wait_for(bell.wait(), timeout=POLL_SECONDS)
            except TimeoutError:
                continue
