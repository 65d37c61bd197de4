"""What a reviewer found on the line after its first repair: each story fails while it is so."""

from __future__ import annotations

import asyncio

import pytest
from simulator import STAFF, play

from hub import pipeline
from hub.release import permitted
from hub.store import outcomes

GRANT = ("mco-susquehanna", "grant_extract.csv")
HALE = ("mco-allegheny", "hale_mdm_t02.hl7")


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def test_plan_whose_bytes_are_none(story):
    """A kept plan that can't be read any more fails no neighbour of its batch."""
    await story.sends_sample(*HALE)
    await story.runs()
    (kept,) = await story.hub.vault.put_many([b"not a plan"])
    await story.rows(
        "update plan set digest = %s, state = 'routed', due = now() returning 1", kept.digest
    )
    await story.rows("update contact set verified_on = null returning 1")
    await story.sends_sample(*GRANT)
    await pipeline.read_batch(story.hub.engine())
    await story.rows("update contact set verified_on = '2026-01-01' returning 1")
    told = []
    for _ in range(3):
        await story.rows(
            "update plan set due = now(), lease_until = null,"
            " state = case state when 'unroutable' then 'matched' else state end"
            " where state <> 'released' returning 1"
        )
        try:
            await pipeline.walk_batch(story.hub.engine())
        except Exception as error:  # noqa: BLE001  # what the worker's loop would meet
            told.append(type(error).__name__)
    rows = await story.rows("select mco, state from plan")
    states = {row["mco"]: row["state"] for row in rows}

    assert ([], "released") == (told, states["mco-susquehanna"])


async def test_plan_whose_bytes_are_gone(story):
    """A plan whose bytes are lost for good becomes a named person's turn."""
    await story.sends_sample(*HALE)
    await story.runs()
    await story.rows(
        "update plan set digest = %s, state = 'routed', due = now() returning 1", "0" * 64
    )
    for _ in range(12):
        await story.rows("update plan set due = now(), lease_until = null returning 1")
        await pipeline.walk_batch(story.hub.engine())

    assert "routed" not in await story.states("plan")


async def test_lease_outlasts_sending(story):
    """A delivery's lease is longer than the slowest channel may take for one attempt."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    hub = story.hub
    await hub.line.begin_sending(9, permitted(hub.clock.now), hub.clock.now())
    (row,) = await story.rows(
        "select extract(epoch from lease_until - now())::int as left_ from delivery"
    )

    assert row["left_"] > hub.sftp_push._seconds  # noqa: SLF001  # the longest any channel waits


async def test_first_consent_meanwhile(story, monkeypatch):
    """A member's first consent, committed just before a held plan is, is not overlooked."""
    member = await story.member("mco-allegheny", "AB-77121")
    await story.sends_sample(*HALE)
    insert = outcomes._insert  # noqa: SLF001  # the moment after the heads were looked at
    granting: list[asyncio.Task] = []

    async def late(connection, settled):
        granting.append(
            asyncio.create_task(
                story.grants(
                    member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health"
                )
            )
        )
        await asyncio.wait(granting, timeout=1.0)  # done by then, or waiting for our lock
        await insert(connection, settled)

    monkeypatch.setattr(outcomes, "_insert", late)
    await pipeline.read_batch(story.hub.engine())
    await asyncio.gather(*granting)
    await story.runs()

    assert ["held"] != await story.states("plan")


async def test_names_of_a_roster(story):
    """A roster cell the database can't keep is that row's problem, not a fault of the hub."""
    content = (
        b"member_id,last,first,dob,pcmh\n"
        b"000482914,Gr\x00ant,Aisha,1966-03-27,pcmh-riverbend\n"
        b"000482913,Reyes,Tomas,1972-12-08,pcmh-orchard\n"
    )
    result = await story.hub.rosters.load_roster(STAFF, "mco-susquehanna", "delta", content)

    assert [2] == [number for number, _ in result.problems]
