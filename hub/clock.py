"""Time: the present instant, and the ticker that wakes what must happen again and again.

The ticker is APScheduler under a PostgreSQL advisory lock: one node at a time ticks, the next takes
over when its connection goes. A tick only calls an idempotent function; the work itself is rows in
the store, so a missed tick delays and never loses. Only `main.py` uses this.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from hub.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

log = structlog.get_logger()

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # `_guarded` says what failed

_LEADER = 7_304_117
PROBE_SECONDS = 1.0


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)


class Ticker:
    """Calls each job every so many seconds while this node is the leader."""

    def __init__(
        self, conninfo: str, jobs: Mapping[str, tuple[float, Callable[[], Awaitable[object]]]]
    ) -> None:
        self._conninfo = conninfo
        self._jobs = jobs

    async def run(self, stop: asyncio.Event) -> None:
        """Try to lead, tick while leading, and try again, until `stop`."""
        while not stop.is_set():
            try:
                await self._lead(stop)
            except psycopg.Error as error:
                log.warning("ticker.connection_lost", error=type(error).__name__)
            await _sleep(stop, PROBE_SECONDS)

    async def _lead(self, stop: asyncio.Event) -> None:
        connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        async with connection:
            cursor = await connection.execute("select pg_try_advisory_lock(%s)", (_LEADER,))
            row = await cursor.fetchone()
            if row is None or not row[0]:
                return
            scheduler = self._scheduler()
            scheduler.start()
            try:
                while not stop.is_set():
                    await connection.execute("select 1")
                    await _sleep(stop, PROBE_SECONDS)
            finally:
                scheduler.shutdown(wait=False)

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone=UTC)
        for name, (seconds, job) in self._jobs.items():
            scheduler.add_job(
                _guarded,
                "interval",
                args=(name, job),
                seconds=seconds,
                id=name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=60,
            )
        return scheduler


async def _guarded(name: str, job: Callable[[], Awaitable[object]]) -> None:
    """Run one tick; its failure is logged by name and the next tick comes all the same."""
    try:
        await job()
    except (HubError, psycopg.Error, OSError) as error:
        log.warning("tick.failed", job=name, error=type(error).__name__)


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
