"""The line when things happen at the wrong moment: each story once was a fault."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from simulator import STAFF, play, practice

from hub import pipeline
from hub.delivery import Retry
from hub.errors import Refused, Trouble
from hub.pipeline import batches, steps
from hub.pipeline.batches import send
from hub.ports import Proof
from hub.release import permitted
from hub.store import chasing

GRANT = ("mco-susquehanna", "grant_extract.csv")
REYES = ("mco-susquehanna", "reyes_care_plan.pdf")
HALE = ("mco-allegheny", "hale_mdm_t02.hl7")
LINDQVIST = ("mco-laurel", "lindqvist_ppr_pc1.hl7")
RIVERBEND = practice("pcmh-riverbend")


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def _again(story, of: tuple[str, str], more: bytes = b"\n") -> None:
    """Hand a newer version of a sample in."""
    first = await story.sends_sample(*of)
    content = await story.hub.vault.get(first.digest)
    await story.sends(of[0], content + more, of[1])


def _roster(home: str) -> bytes:
    return (
        "member_id,ma_id,last,first,dob,sex,county,pcmh\n"
        f"000482914,2200582914,Grant,Aisha,1966-03-27,female,Dauphin,{home}\n"
        f"000482913,2200582913,Reyes,Tomas,1972-12-08,male,Dauphin,{home}\n"
    ).encode()


async def test_home_changed_in_queue(story):
    """A plan that waits in the queue does not go to a practice that is no longer the member's."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    loaded = await story.hub.rosters.load_roster(
        STAFF, "mco-susquehanna", "full", _roster("pcmh-northside")
    )
    await story.runs()
    rows = await story.rows("select pcmh from delivery where state = 'sent'")

    assert loaded.refused is None
    assert "pcmh-riverbend" not in [row["pcmh"] for row in rows]


async def test_contact_left_in_queue(story):
    """A plan that waits in the queue does not go to a contact whose time has ended."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    await story.rows(
        "update contact set ends = '2026-01-02' where id = 'con-riverbend-1' returning 1"
    )
    await story.runs()
    rows = await story.rows("select contact from delivery where state = 'sent'")

    assert "con-riverbend-1" not in [row["contact"] for row in rows]


async def test_old_version_tried_again(story):
    """A person can't let an older version go again after a newer one has arrived."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    await story.rows("update delivery set state = 'undeliverable', due = null returning 1")
    await _again(story, GRANT)
    await story.runs()
    (old,) = await story.rows("select id from delivery where state = 'undeliverable'") or [None]
    if old is not None:
        with suppress(Refused):
            await story.hub.plans.retry(STAFF, old["id"])
        await story.runs()

    assert "sent" != (await story.states("delivery"))[0]


async def test_sending_when_superseded(story):
    """An older version whose attempt failed makes way for the newer instead of holding it up."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    hub = story.hub
    begun = await hub.line.begin_sending(9, permitted(hub.clock.now), hub.clock.now())
    await _again(story, GRANT)
    await story.runs(deliver=False)
    retry = Retry(lambda _: 3600.0, 9)
    engine = replace(hub.engine(), retry=retry, channels={"mailbox": Down()})
    await hub.line.record([await send(engine, one) for one in begun])
    await story.runs()

    states = await story.states("delivery")

    assert ("sent", True) == (states[1], states[0] in {"queued", "superseded"})


class Down:
    """A receiver that is down."""

    async def send(self, parcel, endpoint):  # noqa: ARG002  # the channel's signature
        """Fail in the world's way."""
        raise Trouble("transient", "down", "it is down")


async def test_consent_meanwhile(story):
    """A consent recorded while its plan is being walked is not overlooked."""
    await story.sends_sample(*HALE)
    line = story.hub.line
    engine = story.hub.engine()
    member = await story.member("mco-allegheny", "AB-77121")

    class Between:
        """The line, with a grant between the reading of facts and the commit."""

        def __getattr__(self, name):
            return getattr(line, name)

        async def finish(self, submissions, plans):
            await story.grants(
                member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health"
            )
            await line.finish(submissions, plans)

    await pipeline.read_batch(replace(engine, line=Between()))
    await story.runs()

    assert ["held"] != await story.states("plan")


async def test_roster_meanwhile(story):
    """A roster loaded while a plan is being walked is seen when the plan is looked at again."""
    await story.rows("update member set active = false where mco = 'mco-susquehanna' returning 1")
    await story.sends_sample(*GRANT)
    line = story.hub.line

    class Between:
        """The line, with a roster between the reading of facts and the commit."""

        def __getattr__(self, name):
            return getattr(line, name)

        async def finish(self, submissions, plans):
            await story.hub.rosters.load_roster(
                STAFF, "mco-susquehanna", "full", _roster("pcmh-riverbend")
            )
            await line.finish(submissions, plans)

    await pipeline.read_batch(replace(story.hub.engine(), line=Between()))
    await story.runs()
    (plan,) = await story.rows("select due - now() as wait from plan")
    await story.rows("update plan set due = now() returning 1")
    await story.runs()

    assert plan["wait"].total_seconds() < steps.LOOK_AGAIN_SECONDS + 1
    assert ["released"] == await story.states("plan")


async def test_roster_of_unknown_homes(story):
    """A full roster none of whose medical homes is known does not drop every member."""
    result = await story.hub.rosters.load_roster(
        STAFF, "mco-susquehanna", "full", _roster("pcmh-typo")
    )
    (row,) = await story.rows(
        "select count(*) as n from member where mco = 'mco-susquehanna' and active"
    )

    assert (result.refused is not None, row["n"]) == (True, 2)


async def test_secret_that_does_not_open(story):
    """An endpoint whose secret can't be opened holds up nobody else's delivery."""
    await story.sends_sample(*GRANT)
    await story.sends_sample(*REYES)
    await story.runs(deliver=False)
    await story.rows(
        "update endpoint set secrets = '\\x00'::bytea where id = 'end-riverbend' returning 1"
    )
    try:
        await story.runs()
    except Exception as error:  # noqa: BLE001  # what the worker's loop would meet
        told = type(error).__name__
    else:
        told = ""
    rows = await story.rows("select pcmh, state from delivery order by seq")

    assert ("sent", "") == ({row["pcmh"]: row["state"] for row in rows}["pcmh-orchard"], told)


async def test_secret_blocks_reading(story):
    """An endpoint whose secret can't be opened holds up no other practice's plans."""
    await story.rows(
        "update endpoint set secrets = '\\x00'::bytea where id = 'end-riverbend' returning 1"
    )
    await story.sends_sample(*GRANT)
    await story.sends_sample(*REYES)
    try:
        await story.runs()
    except Exception as error:  # noqa: BLE001  # what the worker's loop would meet
        told = type(error).__name__
    else:
        told = ""
    rows = await story.rows("select pcmh from delivery where state = 'sent'")

    assert (["pcmh-orchard"], "") == ([row["pcmh"] for row in rows], told)


class Broken:
    """A channel with a fault of ours."""

    async def send(self, parcel, endpoint):  # noqa: ARG002  # the channel's signature
        """Fail in a way nobody foresaw."""
        raise KeyError("nobody")


async def test_delivery_that_always_breaks(story):
    """A delivery that fails by a fault of ours ends at a named person like any other."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    engine = replace(
        story.hub.engine(), channels={"mailbox": Broken()}, retry=Retry(lambda _: 0.0, 5)
    )
    for _ in range(12):
        await pipeline.deliver_batch(engine)

    assert ["undeliverable"] == await story.states("delivery")


async def test_plan_that_always_breaks(story, monkeypatch):
    """A plan whose step fails again and again ends at a named person."""

    def broken(*_):
        raise KeyError("nobody")

    monkeypatch.setattr(steps, "release", broken)
    await story.sends_sample(*GRANT)
    await story.runs()
    for _ in range(12):
        await story.rows(
            "update plan set due = now() - interval '1 s' where due is not null returning 1"
        )
        await story.runs()

    assert await story.states("plan") in (["held"], ["unroutable"])


async def test_newer_unmatched(story):
    """A newer version whose member nobody knows yet does not take a consented older one away."""
    await story.sends_sample(*HALE)
    await story.runs()
    first = await story.rows("select digest from submission")
    content = await story.hub.vault.get(first[0]["digest"])
    newer = content.replace(b"|19900514", b"|19900515")
    assert newer != content
    await story.sends("mco-allegheny", newer, "hale.hl7")
    await story.runs()
    before = await story.states("plan")
    member = await story.member("mco-allegheny", "AB-77121")
    await story.grants(member, "mco-allegheny", "pcmh-northside", "general", "sud", "mental_health")
    await story.runs()

    assert ["held", "unmatched"] == before
    assert "superseded" != (await story.states("plan"))[0]


async def test_acknowledged_before_recorded(story):
    """The proof of transport is kept when the practice acknowledges before it was written down."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    hub = story.hub
    begun = await hub.line.begin_sending(9, permitted(hub.clock.now), hub.clock.now())
    outcomes = [await send(hub.engine(), one) for one in begun]
    await hub.reception.acknowledge(RIVERBEND, begun[0].id, "Nadia Brandt RN")
    await hub.line.record(outcomes)
    (row,) = await story.rows("select transport, sent_at is not null as sent from delivery")
    kinds = await story.rows("select kind from event where kind = 'delivery.sent'")

    assert ("confirmed", True, 1) == (row["transport"], row["sent"], len(kinds))


async def test_slow_reading(story, monkeypatch):
    """A document over which a node takes longer than its lease stays that node's and is read."""
    monkeypatch.setattr(batches, "RENEW_SECONDS", 0.05)
    await story.sends_sample(*GRANT)
    reader = story.hub.reader

    class Slow:
        """A reader that outlasts the lease its node was given, while another looks for work."""

        async def read(self, bindings, document):
            """Read as slowly as a batch of 64 PDF files with one reader does (here: 1 s for 60)."""
            read = await reader.read(bindings, document)
            (mine,) = await story.rows(
                "update submission set lease_until = now() + interval '0.4 s' returning fence"
            )
            for _ in range(20):
                await asyncio.sleep(0.05)
                if await story.rows("select 1 from submission where fence > %s", mine["fence"]):
                    break
            return read

    engine = replace(story.hub.engine(), reader=Slow())

    async def node():
        for _ in range(100):
            await pipeline.read_batch(engine)
            await asyncio.sleep(0.05)
            if await story.states("submission") != ["received"]:
                return

    await asyncio.gather(node(), node())

    assert ["read"] == await story.states("submission")


class Poisoned:
    """The real reader, but one document's reading holds what the database can't keep."""

    def __init__(self, reader, text: str):
        self._reader = reader
        self._text = text

    async def read(self, bindings, document):
        """Spoil the member id of one document."""
        name, reading = await self._reader.read(bindings, document)
        if "reyes" not in document.name:
            return name, reading
        plans = tuple(
            replace(plan, coverage=replace(plan.coverage, member_id=self._text))
            for plan in reading.plans
        )
        return name, replace(reading, plans=plans)


async def test_poison_reading(story):
    """A reading that can't be kept (NUL in an id) fails nobody else's in its batch."""
    await story.sends_sample(*REYES)
    await story.sends_sample(*GRANT)
    engine = replace(story.hub.engine(), reader=Poisoned(story.hub.reader, "0004\0829"))
    told = []
    for _ in range(7):
        await story.rows("update submission set lease_until = null returning 1")
        try:
            await pipeline.read_batch(engine)
        except Exception as error:  # noqa: BLE001  # what ends the worker's process
            told.append(type(error).__name__)
    rows = await story.rows("select name, state from submission order by seq")

    assert ([], "read") == (told, rows[1]["state"])


async def test_hanging_receiver(story):
    """A receiver that does not answer keeps nobody's document from being read."""
    await story.sends_sample(*GRANT)
    answers, begun = asyncio.Event(), asyncio.Event()

    class Hanging:
        """A channel whose receiver takes its time."""

        async def send(self, parcel, endpoint):  # noqa: ARG002  # the channel's signature
            """Wait."""
            begun.set()
            await answers.wait()
            return Proof("sent", "200")

    stop, wake = asyncio.Event(), pipeline.Bells()
    engine = replace(story.hub.engine(), channels={"mailbox": Hanging()})
    task = asyncio.create_task(pipeline.run(engine, wake, stop))
    await begun.wait()
    await story.sends_sample(*REYES)
    wake.ring()
    for _ in range(60):
        await asyncio.sleep(0.1)
        if await story.states("submission") == ["read", "read"]:
            break
    states = await story.states("submission")
    stop.set()
    answers.set()
    await task

    assert ["read", "read"] == states


async def test_notice_while_paused(story):
    """What happens while a sender's status endpoint is paused is told when it is open again."""
    await story.rows(
        "insert into endpoint (id, organisation, kind, address, paused)"
        " values ('end-status', 'mco-susquehanna', 'status', 'https://x.example', true) returning 1"
    )
    await story.sends_sample(*GRANT)
    await story.runs()
    await story.hub.seal_ledger()
    await chasing.make_notices(story.hub.database)
    await story.rows("update endpoint set paused = false where id = 'end-status' returning 1")
    await chasing.make_notices(story.hub.database)

    assert await story.rows("select 1 from notice")


async def test_neighbour_of_a_slow_receiver(story):
    """A delivery that arrived is recorded at once, though its neighbour's receiver still hangs."""
    await story.sends_sample(*GRANT)
    await story.sends_sample(*REYES)
    await story.runs(deliver=False)
    answers, both = asyncio.Event(), asyncio.Barrier(2)

    class OneSlow:
        """A channel one of whose receivers takes its time."""

        async def send(self, parcel, endpoint):  # noqa: ARG002  # the channel's signature
            """Answer at once, or late."""
            await both.wait()
            if endpoint.id == "end-riverbend":
                await answers.wait()
            return Proof("sent", "200")

    engine = replace(story.hub.engine(), channels={"mailbox": OneSlow()})
    task = asyncio.create_task(pipeline.deliver_batch(engine))
    for _ in range(40):
        await asyncio.sleep(0.05)
        rows = await story.rows("select pcmh, state from delivery")
        states = {row["pcmh"]: row["state"] for row in rows}
        if states["pcmh-orchard"] == "sent":
            break
    answers.set()
    await task

    assert {"pcmh-orchard": "sent", "pcmh-riverbend": "sending"} == states


async def test_each_change_is_told(story):
    """A plan that leaves one waiting place for another has an event for every step between."""
    await story.rows("update member set active = false where mco = 'mco-susquehanna' returning 1")
    await story.sends_sample(*GRANT)
    await story.runs()
    await story.rows("update member set active = true where mco = 'mco-susquehanna' returning 1")
    await story.rows("update contact set verified_on = null returning 1")
    await story.rows("update plan set due = now() returning 1")
    await story.runs()
    rows = await story.rows("select kind from event where kind like 'plan.%%' order by id")

    assert [
        "plan.read",
        "plan.unmatched",
        "plan.matched",
        "plan.unroutable",
    ] == [row["kind"] for row in rows]
