"""The line in short stories: read these first. Each plays an MCO, a practice and a whole hub."""

from __future__ import annotations

import asyncio

import pytest
from simulator import STAFF, play, practice

from hub import pipeline
from hub.correspondence import Given
from hub.errors import Refused

GRANT = ("mco-susquehanna", "grant_extract.csv")
HALE = ("mco-allegheny", "hale_mdm_t02.hl7")
RIVERBEND, NORTHSIDE = practice("pcmh-riverbend"), practice("pcmh-northside")


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def test_closed_loop(story):
    """A plan handed in is read, matched, routed, released, delivered, taken and answered."""
    await story.sends_sample(*GRANT)
    await story.runs()
    (row,) = await story.rows("select id, pcmh, contact from delivery")
    await story.hub.reception.shown(RIVERBEND, row["id"])
    await story.hub.reception.acknowledge(RIVERBEND, row["id"], "Nadia Brandt RN")
    await story.hub.reception.answer(RIVERBEND, row["id"], Given("accept", "Nadia Brandt RN"))
    (after,) = await story.rows(
        "select transport, person, agreement, acknowledged_by from delivery"
    )

    assert list(after.values()) == ["confirmed", "acknowledged", "accepted", "Nadia Brandt RN"]
    assert (row["pcmh"], row["contact"]) == ("pcmh-riverbend", "con-riverbend-1")


async def test_same_bytes_twice(story):
    """The same bytes make one plan; the second submission points to the first."""
    first = await story.sends_sample(*GRANT)
    second = await story.sends_sample(*GRANT)
    await story.runs()

    assert second.duplicate_of == first.submission
    assert await story.states("plan") == ["released"]


async def test_held_until_consent(story):
    """A Part 2 record waits until the member's consent is on file, and then goes by itself."""
    await story.sends_sample(*HALE)
    await story.runs()
    before = await story.states("plan")
    member = await story.member("mco-allegheny", "AB-77121")
    await story.grants(member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health")
    await story.runs()
    (release,) = await story.rows("select notices from release")

    assert before == ["held"]
    assert await story.states("delivery") == ["sent"]
    assert "part2_2.32_statement1" in release["notices"]


async def test_revoked_while_queued(story):
    """A consent revoked while its delivery is queued stops the delivery; the plan is held again."""
    await story.sends_sample(*HALE)
    member = await story.member("mco-allegheny", "AB-77121")
    consent = await story.grants(
        member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health"
    )
    await story.runs(deliver=False)
    queued = await story.states("delivery")
    await story.revokes(consent)
    await story.runs()

    assert queued == ["queued"]
    assert await story.states("delivery") == ["stopped"]
    assert await story.states("plan") == ["held"]


async def test_revoked_after_delivery(story):
    """After a revocation even the delivered plan can't be opened any more at the portal."""
    await story.sends_sample(*HALE)
    member = await story.member("mco-allegheny", "AB-77121")
    consent = await story.grants(
        member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health"
    )
    await story.runs()
    (row,) = await story.rows("select id from delivery")
    content, _, _ = await story.hub.reception.content(NORTHSIDE, row["id"])
    await story.revokes(consent)

    assert content
    with pytest.raises(Refused) as refused:
        await story.hub.reception.content(NORTHSIDE, row["id"])
    assert refused.value.status == 410


async def test_another_practice(story):
    """A practice that is not the addressee is told there is no such delivery."""
    await story.sends_sample(*GRANT)
    await story.runs()
    (row,) = await story.rows("select id from delivery")
    for ask in (
        story.hub.reception.content(NORTHSIDE, row["id"]),
        story.hub.reception.plan(NORTHSIDE, row["id"]),
        story.hub.reception.acknowledge(NORTHSIDE, row["id"], "Eve"),
    ):
        with pytest.raises(Refused) as refused:
            await ask
        assert refused.value.status == 404


async def test_unknown_member(story):
    """A plan of a member who is not on the sender's roster is nobody's until a person says."""
    content = b"member left"
    rows = await story.rows(
        "update member set active = false where mco = 'mco-susquehanna' returning 1"
    )
    await story.sends_sample(*GRANT)
    await story.runs()
    (plan,) = await story.rows("select state, reason from plan")

    assert rows
    assert content
    assert plan["state"] == "unmatched"
    assert plan["reason"]["conflicts"] == ["not_active"]


async def test_no_contact(story):
    """Without a verified contact a plan is unroutable, and goes on when the directory has one."""
    await story.rows("update contact set verified_on = null returning 1")
    await story.sends_sample(*GRANT)
    await story.runs()
    before = await story.states("plan")
    await story.rows("update contact set verified_on = '2026-01-01' returning 1")
    (plan,) = await story.rows("select id from plan")
    await story.hub.plans.retry(STAFF, plan["id"])
    await story.runs()

    assert before == ["unroutable"]
    assert await story.states("delivery") == ["sent"]


async def test_newer_version_wins(story):
    """A newer version takes the place of an older one that still waits to be sent."""
    first = (await story.hub.vault.get((await story.sends_sample(*GRANT)).digest)) + b"\n"
    await story.runs(deliver=False)
    await story.sends("mco-susquehanna", first, "grant_extract.csv")
    await story.runs()

    assert await story.states("delivery") == ["superseded", "sent"]
    assert await story.states("plan") == ["superseded", "released"]


async def test_node_dies(story):
    """Work of a node that died is done by another when its lease has run out, and only once."""
    await story.sends_sample(*GRANT)
    dead = await story.hub.line.claim_submissions(10)
    await story.runs()
    waiting = await story.states("submission")
    await story.rows("update submission set lease_until = now() - interval '1 s' returning 1")
    await story.runs()

    assert len(dead) == 1
    assert waiting == ["received"]
    assert await story.states("delivery") == ["sent"]


async def test_two_workers(story):
    """Two workers on the same queue make each plan once."""
    await story.sends_sample(*GRANT)
    await story.sends_sample(*HALE)
    engines = [story.hub.engine(), story.hub.engine()]
    await asyncio.gather(*(pipeline.read_batch(e, 1) for e in engines))
    await story.runs()

    assert sorted(await story.states("plan")) == ["held", "released"]


async def test_ledger(story):
    """Every state change is in the ledger, which verifies, and a changed event is found."""
    await story.sends_sample(*GRANT)
    await story.runs()
    await story.hub.seal_ledger()
    kinds = {r["kind"] for r in await story.rows("select kind from event")}
    good = await story.hub.verify_ledger()

    assert good.problems == ()
    assert {
        "submission.received",
        "submission.read",
        "plan.matched",
        "plan.routed",
        "plan.released",
        "delivery.queued",
        "delivery.sending",
        "delivery.sent",
    } <= kinds
