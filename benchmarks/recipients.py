"""Webhook deliveries to 1,000 recipients, of which ten are dead: what that costs the other 990.

`run` opens an installation with a PostgreSQL that syncs, lets a plan for each practice wait, then
starts `hub work` and lets all go at once. The pace is taken from the database's own times of the
healthy 990, with all well and with ten that take connections and never answer. Beside it stand the
hub's own poster and httpx2 with the same bodies and nothing kept. A delivery missing at the
practices makes the run void. `python -m benchmarks.recipients PORT PORT` are the practices.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import shutil
import statistics
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import httpx2
import uvloop
import yaml

from benchmarks import documents, load
from benchmarks.documents import MCO
from benchmarks.report import Figure, set_against
from benchmarks.stage import Running, Void, new_home
from hub import pipeline
from hub.channels.addresses import Guard
from hub.channels.posting import Poster
from hub.clock import SystemClock
from hub.intake import VaultUpload
from hub.main import OPERATOR, Hub, stop_database, upgrade_database
from hub.ports import Endpoint, Envelope
from hub.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RECIPIENTS = 1000
DEAD = 10
AT_ONCE = 256
"""Posts under way at once for those that keep nothing: as many as one worker has."""
_ALIVE, _DEAF = 33_580, 33_581
_SECRET = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
_WAIT_SECONDS = 120.0
_SENT = """
with sent as (
  select sent_at, min(sent_at) over () as first from delivery
  where state = 'sent' and made_at >= %s and pcmh >= %s)
select count(*) as n, count(*) filter (where sent_at > first) as later,
  extract(epoch from max(sent_at) - min(sent_at))::float8 as seconds
from sent
"""
# deliveries recorded together have one time: those of the first were under way before it


@dataclass
class _Street:
    """An installation with a thousand practices, and the serial of the newest plan."""

    hub: Hub
    settings: Settings
    serial: int = 0


def run(rounds: int) -> dict[str, Figure]:
    """Return deliveries a second, medians of interleaved rounds."""
    found = uvloop.run(_measured(rounds))
    made = {
        name: Figure(statistics.median(r), "deliveries/s", low=min(r), high=max(r))
        for name, r in found.items()
    }
    well, dead = made["well"], made["dead"]
    return {
        "webhook_not_durable": made["poster"],
        "webhook_httpx2": made["httpx2"],
        "webhook_durable": set_against(well, "webhook_not_durable", made["poster"]),
        "webhook_durable_beside_peer": set_against(well, "webhook_httpx2", made["httpx2"]),
        "webhook_ten_dead": set_against(dead, "webhook_durable", well, ">= 0.8"),
    }


async def _measured(rounds: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"well": [], "dead": [], "poster": [], "httpx2": []}
    async with _opened() as street:
        for _ in range(rounds):
            found["well"].append(await _delivered(street, 0))
            found["dead"].append(await _delivered(street, DEAD))
            body = documents.care_plan(documents.person(1), street.serial)
            found["poster"].append(await _by_poster(body))
            found["httpx2"].append(await _by_httpx(body))
    return found


@contextlib.asynccontextmanager
async def _opened() -> AsyncIterator[_Street]:
    home = new_home()
    settings = replace(Settings(), home=home, private_networks=True)
    argv = ["benchmarks.recipients", str(_ALIVE), str(_DEAF)]
    try:
        upgrade_database(settings)
        with Running(argv, dict(os.environ)):
            await asyncio.to_thread(load.wait_for, "127.0.0.1", _DEAF, 30.0)
            async with Hub(settings) as hub:
                await hub.rosters.load_directory(OPERATOR, _directory(0))
                await hub.rosters.load_roster(OPERATOR, MCO, "full", _roster())
                yield _Street(hub, settings)
    finally:
        stop_database(settings)
        shutil.rmtree(home, ignore_errors=True)


async def _delivered(street: _Street, dead: int) -> float:
    """Let a plan for every practice wait, send them, return the pace of the healthy ones."""
    hub = street.hub
    await hub.rosters.load_directory(OPERATOR, _directory(dead))
    since = hub.clock.now()
    await _sql(hub, "update endpoint set paused = true")
    await _waiting(street)
    words = {"ICP_HUB_HOME": str(street.settings.home), "ICP_HUB_PRIVATE_NETWORKS": "yes"}
    with Running(["hub", "work"], {**os.environ, **words}):
        await asyncio.sleep(3.0)  # started, its code loaded, nothing to do
        await _sql(hub, "update endpoint set paused = false")
        end = time.monotonic() + _WAIT_SECONDS
        row = {"n": 0}
        while row["n"] < RECIPIENTS - DEAD:
            if time.monotonic() > end:
                raise Void(f"{row['n']} of {RECIPIENTS - DEAD} deliveries left")
            await asyncio.sleep(0.2)
            (row,) = await _sql(hub, _SENT, since, _practice(DEAD))
    return row["later"] / row["seconds"]


async def _waiting(street: _Street) -> None:
    """Hand in a new version of every member's plan and walk it to its paused endpoint."""
    hub = street.hub
    turns = asyncio.Semaphore(32)

    async def hand_in(number: int) -> None:
        async with turns:
            serial = street.serial + number + 1
            envelope = Envelope(MCO, "api", "bench", f"plan-{serial}.xml")
            upload = VaultUpload(hub.intake, envelope)
            await upload.write(documents.care_plan(documents.person(number), serial))
            await upload.commit()

    await asyncio.gather(*map(hand_in, range(RECIPIENTS)))
    street.serial += RECIPIENTS
    engine = hub.engine()
    while await pipeline.read_batch(engine) or await pipeline.walk_batch(engine):
        pass
    (row,) = await _sql(hub, "select count(*) as n from delivery where state = 'queued'")
    if row["n"] < RECIPIENTS - DEAD:
        raise Void(f"{row['n']} deliveries wait where {RECIPIENTS} plans were handed in")


async def _sql(hub: Hub, statement: str, *given: object) -> list[dict[str, float]]:
    async with hub.database.line() as connection:
        cursor = await connection.execute(statement, given)
        return await cursor.fetchall() if cursor.description else []


def _practice(number: int) -> str:
    return f"pcmh-{number:04d}"


def _roster() -> bytes:
    head, *rows = documents.roster(RECIPIENTS).decode().splitlines()
    homes = [f"{row.rpartition(',')[0]},{_practice(n)}" for n, row in enumerate(rows)]
    return "\n".join([head, *homes, ""]).encode()


def _directory(dead: int) -> bytes:
    """Return a thousand practices with a webhook each; the first `dead` never answer."""
    organisations = [{"id": MCO, "kind": "mco", "name": "Bench Health Plan"}]
    contacts, endpoints = [], []
    for number in range(RECIPIENTS):
        name = _practice(number)
        port = _DEAF if number < dead else _ALIVE
        organisations.append({"id": name, "kind": "pcmh", "name": f"Practice {number}"})
        contacts.append(
            {"id": f"con-{number}", "organisation": name, "name": "N", "roles": ["plan"],
             "endpoint": f"end-{number}", "from": "2026-01-01", "verified_on": "2026-01-01"}
        )  # fmt: skip
        endpoints.append(
            {"id": f"end-{number}", "organisation": name, "kind": "webhook", "format": "ccda",
             "address": f"http://127.0.0.1:{port}/{number}", "secrets": {"secret": _SECRET}}
        )  # fmt: skip
    bindings = [{"organisation": MCO, "adapters": ["adapters.formats.ccda:ADAPTER"]}]
    parts = {"organisations": organisations, "contacts": contacts, "endpoints": endpoints}
    return yaml.safe_dump({**parts, "bindings": bindings}).encode()


# the same posts, with nothing kept


async def _by_poster(body: bytes) -> float:
    poster = Poster(Guard(allow_http_private=True), SystemClock())

    async def post(number: int) -> None:
        address = f"http://127.0.0.1:{_ALIVE}/{number}"
        end = Endpoint(f"e{number}", "p", "webhook", address, "ccda", secrets={"secret": _SECRET})
        await poster.post(end, f"del_{number}", {"content-type": "application/xml"}, body)

    try:
        return await _paced(post)
    finally:
        await poster.close()


async def _by_httpx(body: bytes) -> float:
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:

        async def post(number: int) -> None:
            answer = await client.post(f"http://127.0.0.1:{_ALIVE}/{number}", content=body)
            answer.raise_for_status()

        return await _paced(post)


async def _paced(post) -> float:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await post(number)

    begun = time.monotonic()
    await asyncio.gather(*map(one, range(RECIPIENTS)))
    return RECIPIENTS / (time.monotonic() - begun)


class _Taking(asyncio.Protocol):
    """A practice that takes what it is sent: 200 to every post with a length."""

    def connection_made(self, transport) -> None:
        self._transport, self._got = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        self._got += data
        while (end := self._got.find(b"\r\n\r\n")) >= 0:
            head = self._got[:end].decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
            if len(self._got) < end + 4 + length:
                return
            del self._got[: end + 4 + length]
            self._transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")


async def _practices(alive: int, deaf: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_server(_Taking, "127.0.0.1", alive, backlog=2048)
    await loop.create_server(asyncio.Protocol, "127.0.0.1", deaf, backlog=2048)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_practices(int(sys.argv[1]), int(sys.argv[2])))
