"""Round trips by MLLP: durable ones, the same server without a disk, and python-hl7's, in one run.

`run` starts each server as a process of its own, one at a time, and asks it in a closed loop from
some connections. Ours is `icp-hub serve` over a PostgreSQL with fsync: every CA it gives is counted
against the submissions it kept, and one that is missing makes the run void. `python -m
benchmarks.channels KIND PORT` is how the other two are started.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import uvloop
import yaml

from adapters.formats.hl7v2.acknowledge import answers
from benchmarks import documents
from benchmarks.report import Figure, set_against
from benchmarks.stage import Void, new_home
from hub.channels import mllp_server
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.ports import Accepted
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

MCO = documents.MCO
CONNECTIONS = 32
_PORT = 33_575
_START_SECONDS = 60.0


class Line(asyncio.Protocol):
    """One connection with one message in flight."""

    def __init__(self) -> None:
        self._got = b""
        self._waiting: asyncio.Future[bytes] | None = None

    def connection_made(self, transport) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer who waits once the frame is whole."""
        self._got += data
        if self._got.endswith(b"\x1c\r") and self._waiting is not None:
            answer, self._got = self._got, b""
            self._waiting.set_result(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(exc or ConnectionResetError("closed"))

    async def ask(self, frame: bytes) -> bytes:
        """Send a frame and return the answer's."""
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(frame)
        return await self._waiting

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()


def run(seconds: float, rounds: int) -> dict[str, Figure]:
    """Return round trips per second of each server, the medians of interleaved rounds."""
    found: dict[str, list[float]] = {"hub": [], "same": [], "python_hl7": []}
    promised = 0
    with installed(_people) as settings:
        for number in range(rounds):
            for kind, rates in found.items():
                with _server(kind, settings):
                    count, rate = uvloop.run(_asked(seconds, number))
                rates.append(rate)
                promised += count if kind == "hub" else 0
        kept = asyncio.run(kept_in(settings))
    if kept < promised:
        raise Void(f"{promised} messages were answered AA or CA and {kept} are kept")
    made = {
        kind: Figure(statistics.median(r), "round trips/s", low=min(r), high=max(r))
        for kind, r in found.items()
    }
    durable = made["hub"]
    return {
        "mllp_not_durable": made["same"],
        "mllp_durable": set_against(durable, "mllp_not_durable", made["same"], ">= 0.15"),
        "mllp_python_hl7": made["python_hl7"],
        "mllp_durable_beside_peer": set_against(durable, "mllp_python_hl7", made["python_hl7"]),
        "mllp_promised": Figure(float(promised), "messages answered CA and kept"),
    }


async def _asked(seconds: float, number: int) -> tuple[int, float]:
    """Ask in a closed loop; return how many were answered AA or CA, and how many a second."""
    loop = asyncio.get_running_loop()
    lines = [
        (await loop.create_connection(Line, "127.0.0.1", _PORT))[1] for _ in range(CONNECTIONS)
    ]
    begun = time.monotonic()
    end = begun + seconds
    whose = documents.person(1)

    async def one(lane: int, line: Line) -> int:
        serial = (number * CONNECTIONS + lane) * 1_000_000
        while time.monotonic() < end:
            serial += 1
            message = documents.mdm(whose, serial)
            answer = await line.ask(b"\x0b" + message + b"\x1c\r")
            if b"\rMSA|AA|" not in answer and b"\rMSA|CA|" not in answer:
                raise Void("a message was not answered AA or CA")
        return serial % 1_000_000

    counts = await asyncio.gather(*(one(lane, line) for lane, line in enumerate(lines)))
    elapsed = time.monotonic() - begun
    for line in lines:
        line.close()
    return sum(counts), sum(counts) / elapsed


@contextmanager
def installed(people: Callable[[Settings], Coroutine[None, None, None]]) -> Iterator[Settings]:
    """Make an installation, let `people` in, and take it down at the end."""
    home = new_home()
    settings = replace(Settings(), home=home)
    try:
        upgrade_database(settings)
        asyncio.run(people(settings))
        yield settings
    finally:
        stop_database(settings)
        shutil.rmtree(home, ignore_errors=True)


async def _people(settings: Settings) -> None:
    """Let this machine send as one MCO."""
    told = {"organisations": [{"id": MCO, "kind": "mco", "name": "Sender"}]}
    async with Hub(settings) as hub:
        await hub.rosters.load_directory(OPERATOR, yaml.safe_dump(told).encode())
        await hub.mllp_inbox.admit(OPERATOR, MCO, "127.0.0.1/32", hub.clock.now())


async def kept_in(settings: Settings) -> int:
    """Return how many submissions an installation keeps."""
    async with Hub(settings) as hub, hub.database.line() as connection:
        cursor = await connection.execute("select count(*) as n from submission")
        return (await cursor.fetchall())[0]["n"]


@contextmanager
def _server(kind: str, settings: Settings) -> Iterator[None]:
    """Run one server as a process until the block ends."""
    environment = {
        **os.environ,
        "ICP_HUB_HOME": str(settings.home),
        "ICP_HUB_MLLP_PORT": str(_PORT),
        "ICP_HUB_MLLP_READ_SECONDS": "0",
        "ICP_HUB_MLLP_CONNECTIONS": str(CONNECTIONS),
        "ICP_HUB_HTTP_PORT": "0",
        "ICP_HUB_SFTP_PORT": "0",
    }
    words = ["hub", "serve"] if kind == "hub" else ["benchmarks.channels", kind, str(_PORT)]
    argv = [sys.executable, "-m", *words]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(argv, env=environment, **quiet)  # noqa: S603  # our own words
    try:
        asyncio.run(_listening())
        yield
    finally:
        process.terminate()
        process.wait()


async def _listening() -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", _PORT)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise Void("a server did not come up")


# the servers ours is held against


class Forgetful:
    """An inbox that lets everybody in and keeps nothing."""

    async def caller(self, _certificate: str, _address: str) -> str:
        """Let everybody in."""
        return MCO

    def upload(self, _envelope: object) -> Forgetful:
        """Begin an upload."""
        return self

    async def write(self, chunk: bytes) -> None:
        """Forget bytes."""

    async def commit(self) -> Accepted:
        """Accept at once."""
        return Accepted("sub_0", "", 0, datetime.now(UTC))

    async def abort(self) -> None:
        """Forget."""

    async def read_of(self, _submission: str) -> None:
        """Never read anything."""


async def _same(port: int) -> None:
    limits = mllp_server.Limits(connections=CONNECTIONS)
    given = mllp_server.MllpSettings(port=port, read_seconds=0.0, limits=limits)
    await mllp_server.serve(Forgetful(), given, answers)
    await asyncio.Event().wait()


async def _python_hl7(port: int) -> None:
    from hl7.mllp import start_hl7_server  # noqa: PLC0415  # only the peer's process needs it

    async def take(reader, writer) -> None:
        while not writer.is_closing():
            try:
                message = await reader.readmessage()
            except asyncio.IncompleteReadError:
                break
            writer.writemessage(message.create_ack())
            await writer.drain()
        writer.close()

    async with await start_hl7_server(take, "127.0.0.1", port, limit=2**20) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run({"same": _same, "python_hl7": _python_hl7}[sys.argv[1]](int(sys.argv[2])))
