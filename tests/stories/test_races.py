"""Consent against everything that happens at the same time; `make faults` plays it a thousandfold.

Nothing may leave after the revocation that covers it was committed, whoever was first elsewhere.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Refused
from hub.release import permitted
from hub.store import sending
from tests.faults import documents
from tests.faults.consent_races import (
    NURSE,
    Race,
    arena,
    backwards,
    unannounced,
    uncovered,
    unexplained,
)
from tests.simulator import STAFF

CATEGORIES = ("general", "sud", "mental_health")


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Open a hub whose sender's every record needs a consent."""
    async with arena(conninfo, tmp_path) as opened:
        yield opened


@pytest.fixture
async def race(stage):
    """Play eight histories."""
    played = Race(stage, random.Random(20261122))  # noqa: S311  # a repeatable order, no secret
    await played.run(8)
    return played


async def test_histories(race):
    """In eight histories at once nothing leaves uncovered, unsaid or backwards; stops say why."""
    sent = race.recorder.sent
    wrong = [
        *await uncovered(race.stage),
        *await unannounced(race.stage, sent),
        *await backwards(race.stage, sent),
        *await unexplained(race.stage),
    ]

    assert sent
    assert [] == wrong


async def _queued(stage) -> tuple[str, str]:
    """Bring a plan as far as the queue; return (its member, the consent it relies on)."""
    who = documents.member(0)
    member = await stage.member(documents.MCO, who.member_id)
    granted = await _grant(stage, member)
    file = documents.extract(who, 1)
    await stage.sends(documents.MCO, file.content, file.name)
    await stage.runs(deliver=False)
    assert ["queued"] == await stage.states("delivery")
    return member, granted


async def _grant(stage, member: str) -> str:
    race = Race(stage, random.Random(5))  # noqa: S311  # as above
    race.rng.choice = lambda _: ""  # a consent without an end
    return await race._grants(member)  # noqa: SLF001  # one complete consent, as the races give


async def _blocked(stage) -> None:
    """Wait until somebody waits for a lock."""
    async with asyncio.timeout(10):
        while not await stage.rows(  # noqa: ASYNC110  # the database tells nobody
            "select 1 from pg_locks where not granted"
        ):
            await asyncio.sleep(0.01)


async def test_revocation_first(stage):
    """A send that waits for a revocation under way is stopped by it."""
    member, consent = await _queued(stage)
    line = stage.hub.line
    async with stage.hub.database.line() as revoking:
        await sending.lock_heads(revoking, [member])
        begun = asyncio.create_task(
            line.begin_sending(9, permitted(stage.hub.clock.now), stage.hub.clock.now())
        )
        await _blocked(stage)
        await revoking.execute("update consent set revoked_at = now() where id = %s", (consent,))

    assert [] == await begun
    assert ["stopped"] == await stage.states("delivery")


async def test_no_deadlock(stage):
    """A revocation and a send of the same member that meet half-way both come to an end."""
    member, consent = await _queued(stage)
    hub = stage.hub
    async with hub.database.line() as revoking:
        await sending.lock_heads(revoking, [member])
        begun = asyncio.create_task(
            hub.line.begin_sending(9, permitted(hub.clock.now), hub.clock.now())
        )
        await _blocked(stage)
        who = {"id": member, "mco": documents.MCO}
        await hub.registry._changed(revoking, STAFF, "consent.revoked", consent, who, {})  # noqa: SLF001  # its half after the lock

    assert 1 == len(await begun)


async def test_clocks_apart(stage):
    """A revocation that was committed stops a node whose clock is behind, too."""
    _, consent = await _queued(stage)
    await stage.rows(
        "update consent set record = jsonb_set(record, '{recorded_at}',"
        " to_jsonb('2026-11-01T00:00:00+00:00'::text)) returning 1"
    )
    await stage.revokes(consent)
    behind = stage.hub.clock.now() - timedelta(seconds=3)

    assert [] == await stage.hub.line.begin_sending(9, permitted(lambda: behind), behind)


async def test_expired_in_the_queue(stage):
    """A consent that ended while its delivery was queued stops it."""
    await _queued(stage)
    later = datetime.now(UTC) + timedelta(days=1)
    until = datetime.now(UTC).isoformat()
    await stage.rows(
        "update consent set record = jsonb_set(record, '{expires}',"
        " jsonb_build_object('at', %s::text)) returning 1",
        until,
    )

    assert [] == await stage.hub.line.begin_sending(9, permitted(lambda: later), later)


async def test_download_after(stage):
    """What was delivered can't be downloaded once its consent is revoked, and the attempt shows."""
    _, consent = await _queued(stage)
    await stage.runs()
    (row,) = await stage.rows("select id from delivery")
    await stage.revokes(consent)
    with pytest.raises(Refused):
        await stage.hub.reception.content(NURSE, row["id"])

    assert await stage.rows("select 1 from event where kind = 'access.refused'")


async def test_resend_asks_again(stage):
    """A delivery whose node died while sending is asked again before it is sent again."""
    _, consent = await _queued(stage)
    dead = await stage.hub.line.begin_sending(
        9, permitted(stage.hub.clock.now), stage.hub.clock.now()
    )
    await stage.revokes(consent)
    await stage.rows("update delivery set lease_until = now() - interval '1 s' returning 1")
    await stage.runs()

    assert 1 == len(dead)
    assert ["stopped"] == await stage.states("delivery")
