"""Fault: backends terminated and the postmaster killed under a hub that works, in one process.

`test_faults.py` and `python -m tests.faults database` use it. The worker must come back by itself:
nobody starts it again here. What was accepted before, between and after must all be delivered.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from hub.errors import Trouble
from tests.database import Databases
from tests.faults import documents
from tests.faults.outcome import Outcome, console
from tests.simulator import STAFF, Play, play

if TYPE_CHECKING:
    from hub.store.embedded import EmbeddedPostgres

_TERMINATE = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity"
    " where pid <> pg_backend_pid() and datname is not null"
)


def terminate(server: EmbeddedPostgres) -> None:
    """End every session of the server but our own."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(_TERMINATE)


def kill(server: EmbeddedPostgres, root: Path) -> None:
    """`kill -9` the postmaster and start the server again."""
    pid = int((root / "pgdata/postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    server.ensure()


class Ordeal:
    """A worker under faults, and a sender that repeats what was not answered."""

    def __init__(self, stage: Play, server: EmbeddedPostgres, root: Path) -> None:
        self.stage = stage
        self.server = server
        self.root = root
        self.accepted: list[str] = []
        self._stop = asyncio.Event()
        self._work = asyncio.create_task(stage.hub.work(self._stop))

    async def sends(self, number: int) -> None:
        """Hand one plan in, again and again until it is accepted."""
        file = documents.extract(documents.member(number % 8), number)
        async with asyncio.timeout(60):
            while True:
                try:
                    await self.stage.sends(documents.MCO, file.content, file.name)
                except (Trouble, psycopg.Error):
                    await asyncio.sleep(0.05)
                else:
                    self.accepted.append(file.digest)
                    return

    async def breaks(self, way: str) -> None:
        """Break the database in one way."""
        if way == "terminate":
            await asyncio.to_thread(terminate, self.server)
        else:
            await asyncio.to_thread(kill, self.server, self.root)

    async def delivered(self, seconds: float = 90.0) -> list[str]:
        """Wait until everything accepted is sent; return the digests that are not.

        A transaction cut half-way leaves a lease; its end is brought about, not waited for.
        """
        for _ in range(int(seconds / 0.3)):
            await asyncio.sleep(0.3)
            missing = await self._missing()
            if not missing or self.died:
                break
            await self._expire()
        return missing

    @property
    def died(self) -> bool:
        """Say whether the worker ended."""
        return self._work.done()

    async def ends(self) -> None:
        """Stop the worker."""
        self._stop.set()
        await asyncio.gather(self._work, return_exceptions=True)

    async def _missing(self) -> list[str]:
        try:
            rows = await self.stage.rows(
                "select s.digest from submission s join plan p on p.submission = s.id"
                " join delivery d on d.plan = p.id where d.state = 'sent'"
            )
        except (Trouble, psycopg.Error):
            return self.accepted
        sent = {row["digest"] for row in rows}
        return [digest for digest in self.accepted if digest not in sent]

    async def _expire(self) -> None:
        for table in ("submission", "plan", "delivery"):
            await self.stage.rows(
                f"update {table} set lease_until = least(lease_until, now() + interval '2 s')"  # noqa: S608  # a literal of ours
                " where due is not null returning 1"
            )


async def ordeal(
    databases: Databases, ways: list[str], folder: Path
) -> tuple[int, list[str], bool]:
    """Break the database in each way; return (accepted, digests not delivered, worker died)."""
    _, conninfo = databases.fresh()
    server = databases._server  # noqa: SLF001  # the session's own server, which nobody else may break
    root = databases._folder / "pg"  # noqa: SLF001  # as above
    async with play(conninfo, folder, roster_max_drop=1.0, retry_seconds=0.05) as stage:
        people = [documents.member(number) for number in range(8)]
        await stage.hub.rosters.load_roster(STAFF, documents.MCO, "full", documents.roster(people))
        await stage.rows("delete from binding where organisation <> %s returning 1", documents.MCO)
        under = Ordeal(stage, server, root)
        number = 0
        await under.sends(number)
        await under.delivered()  # the worker has started: what a start meets is another matter
        for way in ways:
            for _ in range(3):
                number += 1
                await under.sends(number)
            await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311  # where it hits, no secret
            await under.breaks(way)
        await under.sends(number + 1)
        missing, died = await under.delivered(), under.died
        await under.ends()
    return len(under.accepted), missing, died


async def run(runs: int, seed: int) -> Outcome:
    """Break the database `runs` times, mostly by terminating, every fourth time by kill -9."""
    random.seed(seed)
    ways = ["kill" if number % 4 == 3 else "terminate" for number in range(runs)]
    databases = Databases()
    try:
        with tempfile.TemporaryDirectory() as folder, console.status("breaking the database…"):
            accepted, missing, died = await ordeal(databases, ways, Path(folder))
    finally:
        databases.stop()
    outcome = Outcome("database", runs, seed, lost=len(missing))
    outcome.told = {"accepted": accepted, "kill -9": ways.count("kill")}
    if died:
        outcome.problems.append("the worker ended and would have to be started again")
    return outcome
