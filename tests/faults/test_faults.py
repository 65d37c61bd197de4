"""Small, fast versions of the faults: every `make test` breaks the database and the practices."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from hub import pipeline
from tests.database import Databases
from tests.faults import bad_receivers, database_faults, documents, sftp_kills
from tests.receivers import Answer, HookSink


@pytest.fixture(scope="module")
def own_databases():
    """Start a PostgreSQL that may be broken."""
    server = Databases()
    yield server
    server.stop()


@pytest.mark.parametrize("ways", [["terminate"] * 3, ["kill"]], ids=["terminated", "killed"])
async def test_database_breaks(own_databases, tmp_path, ways):
    """The worker outlives its database's failures, and everything accepted is delivered."""
    _, missing, died = await database_faults.ordeal(own_databases, ways, tmp_path)

    assert not died
    assert [] == missing


@pytest.fixture
async def impatient(conninfo, tmp_path):
    """Open a hub that gives up soon."""
    people = [documents.member(0)]
    async with bad_receivers.short_patience(conninfo, tmp_path, people) as stage:
        yield stage


@pytest.mark.parametrize("case", bad_receivers.CASES)
async def test_bad_receiver(impatient, case):
    """Each misbehaviour of a practice ends as it should: delivered, or a named person's turn."""
    found, _ = await bad_receivers.one(impatient, case)

    assert bad_receivers.CASES[case][1] == found


async def test_down(impatient):
    """A practice whose server is down is given up after the last attempt."""
    await bad_receivers.hook(impatient, documents.PCMH, "http://localhost:1/hook")
    file = documents.extract(documents.member(0), 1)
    await impatient.sends(documents.MCO, file.content, file.name)
    await impatient.runs()
    await bad_receivers.ended(impatient)
    (row,) = await impatient.rows("select state, code, owner, attempts from delivery")

    assert ["undeliverable", "not_reached", "operations", 3] == list(row.values())


async def test_effect_once(impatient):
    """A practice that resets after it took the plan gets the same id and bytes, and keeps one."""
    _, sink = await bad_receivers.one(impatient, "reset after the effect")

    assert 2 == len(sink.taken)
    assert 1 == len(sink.effects)
    assert 1 == len({one.body for one in sink.taken})


async def test_own_fault_ends(impatient):
    """A delivery the hub itself fails at is a named person's turn after the last attempt."""
    impatient.hub.channels.clear()
    file = documents.extract(documents.member(0), 1)
    await impatient.sends(documents.MCO, file.content, file.name)
    await impatient.runs()
    with suppress(TimeoutError):
        await bad_receivers.ended(impatient, 5)
    (row,) = await impatient.rows("select state, owner from delivery")

    assert ["undeliverable", "operations"] == list(row.values())


async def test_dead_receiver_slows_nobody(conninfo, tmp_path):
    """Ninety-nine practices' plans are recorded as sent while a hundredth hangs on its first."""
    people = [documents.member(n) for n in range(99)]
    people.append(documents.member(99, bad_receivers.NORTHSIDE))
    stage_of = bad_receivers.short_patience(conninfo, tmp_path, people, seconds=20)
    async with stage_of as stage, HookSink() as good, HookSink([Answer(deed="hang")] * 9) as dead:
        await bad_receivers.hook(stage, documents.PCMH, good.url)
        await bad_receivers.hook(stage, bad_receivers.NORTHSIDE, dead.url)
        for number, who in enumerate(reversed(people)):
            file = documents.extract(who, number)
            await stage.sends(documents.MCO, file.content, file.name)
        await stage.runs(deliver=False)
        stop = asyncio.Event()
        line = asyncio.create_task(pipeline.run(stage.hub.engine(), pipeline.Bells(), stop))
        async with asyncio.timeout(60):
            while (await stage.states("delivery")).count("sent") < 99:  # noqa: ASYNC110  # the database tells nobody
                await asyncio.sleep(0.05)
        states = await stage.states("delivery")
        stop.set()
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)

    assert ["sending"] == [state for state in states if state != "sent"]
    assert 1 == len(dead.taken)


@pytest.mark.slow
async def test_kills():
    """Two kills while files come in by SFTP lose nothing, double nothing and leak nothing."""
    outcome = await sftp_kills.run(2, 20261122, hurry=True)

    assert outcome.good, outcome.problems
