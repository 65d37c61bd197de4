"""Group commit: who waits for whom, and for how long."""

from __future__ import annotations

import asyncio

from hub.store.group import Group


def group(batches, **pauses):
    """Return a group that notes the batches it is given and answers each item with itself."""

    async def commit(items):
        batches.append(list(items))
        await asyncio.sleep(0.01)
        return list(items)

    return Group(commit, **pauses)


async def test_alone():
    """Whoever comes alone is committed without waiting for company."""
    batches = []
    made = group(batches, linger=30.0)
    async with asyncio.timeout(5):
        answers = [await made.put(one) for one in range(3)]

    assert ([0, 1, 2], [[0], [1], [2]]) == (answers, batches)


async def test_company():
    """Those who come while a commit is under way go together, and the next wait for each other."""
    batches = []
    made = group(batches, linger=0.1)
    first = [asyncio.create_task(made.put(one)) for one in range(4)]
    await asyncio.gather(*first)
    late = []
    for one in range(4, 7):
        late.append(asyncio.create_task(made.put(one)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*late)

    assert [[0, 1, 2, 3], [4, 5, 6]] == batches


async def test_gather():
    """A group that always gathers lets even the first wait for company."""
    batches = []
    made = group(batches, gather=0.1)
    tasks = []
    for one in range(3):
        tasks.append(asyncio.create_task(made.put(one)))
        await asyncio.sleep(0.005)
    await asyncio.gather(*tasks)

    assert [[0, 1, 2]] == batches
