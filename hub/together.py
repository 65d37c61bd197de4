"""Everything on one machine: the database, one server process and the workers, kept alive.

`icp-hub up` and the demo call `run_all`. Each child is a process of its own, so a worker that dies
takes nothing with it: its leases run out and the others go on. A child that ends is started again.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import structlog

from hub.main import stop_database, upgrade_database

if TYPE_CHECKING:
    from pathlib import Path

    from hub.settings import Settings

log = structlog.get_logger()

RESTART_SECONDS = 1.0
GRACE_SECONDS = 20.0


async def run_all(settings: Settings, stop: asyncio.Event, logs: Path | None = None) -> None:
    """Upgrade the database, run the children until `stop`, then end them and the database.

    What the children log goes to the file `logs`, or where our own goes.
    """
    revision = await asyncio.to_thread(upgrade_database, settings)
    log.info("hub.starting", schema=revision, workers=settings.workers)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_keep_alive("serve", stop, logs))
            for _ in range(settings.workers):
                tasks.create_task(_keep_alive("work", stop, logs))
    finally:
        await asyncio.to_thread(stop_database, settings)


async def _keep_alive(command: str, stop: asyncio.Event, logs: Path | None) -> None:
    """Run one child until `stop`; start it again when it ends by itself."""
    while not stop.is_set():
        child = await _begun(command, logs)
        ended = asyncio.create_task(child.wait())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:  # a neighbour that failed cancels this: no child is left behind
            stopped.cancel()
            if not ended.done():
                await _end(child, ended)
        if stop.is_set():
            return
        log.warning("child.ended", command=command, code=child.returncode)
        if child.returncode == 4:  # noqa: PLR2004  # misconfigured: starting it again mends nothing
            stop.set()
            return
        await asyncio.sleep(RESTART_SECONDS)


async def _begun(command: str, logs: Path | None) -> asyncio.subprocess.Process:
    words = (sys.executable, "-m", "hub", command)
    if logs is None:
        return await asyncio.create_subprocess_exec(*words)
    with logs.open("ab") as file:
        return await asyncio.create_subprocess_exec(*words, stderr=file)


async def _end(child: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    child.terminate()
    try:
        await asyncio.wait_for(asyncio.shield(ended), GRACE_SECONDS)
    except TimeoutError:
        child.kill()
        await ended
