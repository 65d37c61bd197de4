"""The worker's loops: who is woken for what, and what a batch sets off."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from hub.pipeline import running
from hub.pipeline.turns import FEW, MOST, Turns


class Idle:
    """An engine of which the loops only ask how much is under way."""

    turns = Turns()


@pytest.fixture
def looked(monkeypatch):
    """Count who looks for work; polls are out of the way."""
    counts, left = Counter(), Counter()

    def looks(kind):
        async def batch(_engine, **_):
            counts[kind] += 1
            left[kind] -= left[kind] > 0
            return int(left[kind] > 0)

        return batch

    for kind in ("read", "walk", "deliver"):
        monkeypatch.setattr(running, f"{kind}_batch", looks(kind))
    monkeypatch.setattr(running, "POLL_SECONDS", 0.5)
    return counts, left


async def _woken(looked, bell, *, reads=0):
    """Return who looked for work within a moment of a bell; `reads` batches are waiting."""
    counts, left = looked
    bells, stop = running.Bells(), asyncio.Event()
    line = asyncio.create_task(running.run(Idle(), bells, stop))
    await asyncio.sleep(0.1)
    counts.clear()
    left["read"] = 1 + reads
    bells.ring(bell)
    await asyncio.sleep(0.1)
    found = set(counts)
    stop.set()
    await line
    return found


@pytest.mark.parametrize(
    ("bell", "looking"),
    [
        ("submission", {"read"}),
        ("plan", {"walk"}),
        ("delivery", {"deliver"}),
        ("", {"read", "walk", "deliver"}),
        ("something new", {"read", "walk", "deliver"}),
    ],
)
async def test_woken(looked, bell, looking):
    """A bell wakes who does that kind of work; one that names none wakes them all."""
    assert looking == await _woken(looked, bell)


async def test_released(looked):
    """What a batch released is delivered at once, without anybody's bell."""
    assert {"read", "deliver"} == await _woken(looked, "submission", reads=1)


@pytest.mark.usefixtures("looked")
async def test_joined(monkeypatch):
    """Full batches whose receivers hang are joined at once by the next, not after a poll."""
    begun, held = [], asyncio.Event()

    async def hangs(_engine, full):
        begun.append(1)
        if len(begun) < 4:
            full()
        await held.wait()
        return 0

    monkeypatch.setattr(running, "deliver_batch", hangs)
    monkeypatch.setattr(running, "POLL_SECONDS", 60)
    bells, stop = running.Bells(), asyncio.Event()
    line = asyncio.create_task(running.run(Idle(), bells, stop))
    await asyncio.sleep(0.2)
    found = len(begun)
    stop.set()
    held.set()
    bells.ring()
    await line
    assert found == 4


def test_turns():
    """An endpoint that fails has few turns; each success doubles them; others keep theirs."""

    class Sending:
        class endpoint:  # noqa: N801  # stands in for a value
            id = "end-1"

    class Outcome:
        state = "sent"

    turns, failed = Turns(), None
    assert (MOST, []) == (turns.room("end-1"), turns.full())
    turns.begins(Sending)
    turns.ends(Sending, failed)
    rooms = [turns.room("end-1")]
    for _ in range(5):
        turns.begins(Sending)
        turns.ends(Sending, Outcome)
        rooms.append(turns.room("end-1"))
    turns.begins(Sending)
    turns.ends(Sending, failed)
    for _ in range(FEW):
        turns.begins(Sending)

    assert [FEW, 4, 8, 16, 32, MOST] == rooms
    assert (["end-1"], 0, MOST, FEW) == (
        turns.full(),
        turns.room("end-1"),
        turns.room("end-2"),
        turns.total,
    )
