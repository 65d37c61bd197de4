"""Acceptance: one submission for the same bytes, one answer for the same key, under any race."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from hub.errors import Refused
from hub.ports import Envelope, Stored
from hub.store.accepting import Arrival, accept

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
async def senders(database):
    """Give a database with two senders."""
    async with database.line() as connection:
        await connection.execute(
            "insert into organisation (id, kind, name) values ('mco-a', 'mco', 'A'),"
            " ('mco-b', 'mco', 'B')"
        )
    return database


def _arrival(digest, mco="mco-a", key=None):
    return Arrival(Envelope(mco, "api", "act", "f", "", key), Stored(digest, 3), NOW)


async def test_twice_in_one_batch(senders):
    """The same bytes twice in one batch are one submission and one duplicate of it."""
    first, second = await accept(senders, [_arrival("aa"), _arrival("aa")])

    assert second.duplicate_of == first.submission


async def test_other_sender(senders):
    """The same bytes from another sender are a submission of their own."""
    first, second = await accept(senders, [_arrival("aa"), _arrival("aa", "mco-b")])

    assert (first.duplicate_of, second.duplicate_of) == (None, None)


async def test_key_replays(senders):
    """A key used again with the same bytes gets the first answer."""
    (first,) = await accept(senders, [_arrival("aa", key="k")])
    (again,) = await accept(senders, [_arrival("aa", key="k")])

    assert (again.submission, again.replayed) == (first.submission, True)


async def test_key_reused(senders):
    """A key used with other bytes is refused and changes nothing."""
    await accept(senders, [_arrival("aa", key="k")])
    (refused,) = await accept(senders, [_arrival("bb", key="k")])

    assert isinstance(refused, Refused)
    assert refused.status == 422


async def test_twenty_at_once(senders):
    """Twenty concurrent arrivals under one key and bytes are one submission."""
    answers = await asyncio.gather(*(accept(senders, [_arrival("aa", key="k")]) for _ in range(20)))

    assert len({answer.submission for (answer,) in answers}) == 1


async def test_events(senders):
    """Each acceptance has exactly one event in its transaction."""
    await accept(senders, [_arrival("aa"), _arrival("aa"), _arrival("bb")])
    async with senders.line() as connection:
        cursor = await connection.execute("select kind from event order by id")
        kinds = [row["kind"] for row in await cursor.fetchall()]

    assert sorted(kinds) == [
        "submission.duplicate",
        "submission.received",
        "submission.received",
    ]
