"""The short form of the ten thousand deliveries, and one practice that hangs with a long queue."""

from __future__ import annotations

import asyncio

from hub import pipeline
from hub.pipeline.turns import MOST
from tests.faults import bad_receivers, deliveries, documents, expected, street
from tests.receivers import Answer, HookSink


async def test_every_channel(conninfo, tmp_path):
    """Deliveries over every channel, one in five met by a fault, end taken or on a list."""
    outcome = await deliveries.ordeal(conninfo, tmp_path, 45, 20261122, rate=0.2)

    assert outcome.good, outcome.problems
    assert outcome.told["faults made"] >= 5
    assert 45 == outcome.told["acknowledged"] + outcome.told["on a person's list"]


def test_every_fault_is_expected():
    """Each fault a practice makes has a meaning on its channel that the run holds it to."""
    for name, kinds in street.KINDS.items():
        known = expected.EXPECTED.get(name.partition("-")[0], {})

        assert set(kinds) <= set(known), name


async def test_long_queue_slows_nobody(conninfo, tmp_path):
    """A practice that hangs with hundreds of plans waiting leaves the worker to the others."""
    dead_ones, others = 270, 10
    people = [documents.member(n, bad_receivers.NORTHSIDE) for n in range(dead_ones)]
    people += [documents.member(dead_ones + n) for n in range(others)]
    stage_of = bad_receivers.short_patience(conninfo, tmp_path, people, seconds=30)
    async with stage_of as stage, HookSink([Answer(deed="hang")] * 999) as dead, HookSink() as good:
        await bad_receivers.hook(stage, documents.PCMH, good.url)
        await bad_receivers.hook(stage, bad_receivers.NORTHSIDE, dead.url)
        for start in range(0, len(people), deliveries.PER_FILE):
            group = people[start : start + deliveries.PER_FILE]
            await stage.sends(documents.MCO, deliveries.extracts(group, start), f"{start}.csv")
        await stage.runs(deliver=False)
        stop = asyncio.Event()
        line = asyncio.create_task(pipeline.run(stage.hub.engine(), pipeline.Bells(), stop))
        async with asyncio.timeout(25):
            while (await stage.states("delivery")).count("sent") < others:  # noqa: ASYNC110  # the database tells nobody
                await asyncio.sleep(0.05)
        states = await stage.states("delivery")
        stop.set()
        line.cancel()
        await asyncio.gather(line, return_exceptions=True)

    assert others == states.count("sent")
    assert states.count("sending") <= MOST
