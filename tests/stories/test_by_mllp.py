"""Plans by MLLP, both ways, through a whole hub: answered when durable, taken once, delivered."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys

import pytest
import yaml
from mllp_world import Caller, Deed, Engine, frame, message, told
from simulator import STAFF, play

from hub.channels.mllp_send import MllpSend
from hub.demo import world
from hub.errors import Refused
from hub.main import peer_name
from hub.main.serving import serve_mllp

MCO = "mco-laurel"
PPR = world.sample(world.Sending(MCO, "lindqvist_ppr_pc1.hl7", "", "")).read_bytes()


def moded(raw, accept="", application=""):
    """Return a message with another MSH-15 and MSH-16."""
    first, _, rest = raw.partition(b"\r")
    fields = first.split(b"|")
    fields[14:16] = [accept.encode(), application.encode()]
    return b"|".join(fields) + b"\r" + rest


PLAIN = moded(PPR)
MCO_2 = "mco-allegheny"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage, with an MLLP server that lets Laurel in from this machine."""
    given = {"mllp_port": 0, "mllp_read_seconds": 20.0, "private_networks": True}
    async with play(conninfo, tmp_path, **given) as made:
        await made.hub.mllp_inbox.admit(STAFF, MCO, "127.0.0.1/32", made.hub.clock.now())
        server = await serve_mllp(made.hub)
        made.port = server.port
        yield made
        await server.close()


@contextlib.asynccontextmanager
async def working(story, **how):
    """Walk the line all the while."""

    async def always():
        while True:
            await story.runs(**how)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(always())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_read_and_answered(story):
    """A plan sent by MLLP is answered AA once it was read, and goes the way of every plan."""
    line = await Caller.to(story.port)
    async with working(story, deliver=False):
        assert (await line.ask(PLAIN))[0] == "AA"
    await story.runs()
    (row,) = await story.rows("select mco, channel, state, name, plans from submission")

    assert list(row.values())[:3] == [MCO, "mllp", "read"]
    assert await story.states("delivery") == ["sent"]


async def test_again(story):
    """Sent again, it gets the same answer again, and there is one submission and one plan."""
    line = await Caller.to(story.port)
    async with working(story):
        await line.say(frame(PLAIN))
        first = await line.hear()
        await line.say(frame(PLAIN))
        second = await line.hear()

    assert (told(first), first.split(b"|")[9]) == (told(second), second.split(b"|")[9])
    assert (await story.states("submission"), len(await story.states("plan"))) == (["read"], 1)


async def test_unreadable(story):
    """What can't be read is quarantined, and the sender learns by AE and ERR what to mend."""
    line = await Caller.to(story.port)
    async with working(story):
        code, about, errors = await line.ask(message("M1", body="OBX|1|TX|||hello"))

    assert (code, about, bool(errors)) == ("AE", "M1", True)
    assert await story.states("submission") == ["quarantined"]


async def test_commit_and_application(story):
    """In enhanced mode CA comes when it is durable, AA or AE later, once it was read."""
    line = await Caller.to(story.port)
    assert (await line.ask(moded(PPR, "AL", "AL")))[0] == "CA"
    assert await story.states("submission") == ["received"]
    async with working(story):
        assert told(await line.hear(20))[0] == "AA"


async def test_whose(story):
    """The line decides whose message it is; a peer belongs to one organisation, and is revoked."""
    with pytest.raises(Refused):
        await story.hub.mllp_inbox.admit(STAFF, MCO_2, "127.0.0.1/32", story.hub.clock.now())
    with pytest.raises(Refused):
        await story.hub.mllp_inbox.admit(STAFF, MCO, "my laptop", story.hub.clock.now())
    listed = await story.hub.credentials.listed(MCO)
    assert [(one["kind"], one["id"]) for one in listed] == [("mllp", "127.0.0.1/32")]
    await story.hub.credentials.revoke(STAFF, MCO, "127.0.0.1/32", story.hub.clock.now())
    line = await Caller.to(story.port)
    await line.say(frame(PLAIN))

    assert await line.ended()
    assert await story.states("submission") == []


async def test_certificate_peer(story):
    """A certificate is admitted as openssl prints its digest, and outranks any network."""
    digest = "ab" * 32
    printed = "sha256 Fingerprint=" + ":".join(["AB"] * 32)
    await story.hub.mllp_inbox.admit(STAFF, MCO_2, printed, story.hub.clock.now())
    ask = story.hub.mllp_inbox.caller
    assert peer_name(printed) == digest

    assert await ask(digest, "127.0.0.1") == MCO_2
    assert await ask("cd" * 32, "127.0.0.1") is None
    assert (await ask("", "127.0.0.1"), await ask("", "10.0.0.1")) == (MCO, None)


async def delivering(story, engine, form="hl7v2", **options):
    """Give Laurel's practice an interface engine."""
    known = world.load()
    ends = [
        {**e, "kind": "mllp", "address": engine.address, "format": form, "options": options}
        for e in known["endpoints"]
    ]
    await story.hub.rosters.load_directory(STAFF, yaml.safe_dump({"endpoints": ends}).encode())


async def test_delivered(story):
    """A practice's engine gets the plan as MDM^T02; its AA is transport, nobody has taken it."""
    async with Engine() as engine:
        await delivering(story, engine)
        await story.sends(MCO, PPR)
        await story.runs()
    (row,) = await story.rows("select state, transport, code, person, agreement from delivery")

    assert list(row.values()) == ["sent", "confirmed", "mllp_aa", "none", "none"]
    assert [one.split(b"|")[8] for one in engine.taken] == [b"MDM^T02^MDM_T02"]


async def test_only_hl7(story):
    """An MLLP endpoint that is to take another format is refused with its name, and not kept."""
    async with Engine() as engine:
        with pytest.raises(Refused, match=r"end-riverbend.*hl7v2 or ppr"):
            await delivering(story, engine, "pdf")

    assert await story.rows("select id from endpoint where kind = 'mllp'") == []


async def test_not_delivered(story):
    """A refused message is undeliverable and a named person's turn, with the engine's own code."""
    async with Engine([Deed(code="AE", error="101")]) as engine:
        await delivering(story, engine)
        await story.sends(MCO, PPR)
        await story.runs()
    (row,) = await story.rows("select state, transport, code, owner <> '' as owned from delivery")

    assert list(row.values()) == ["undeliverable", "failed", "mllp_ae_101", True]


async def test_in_doubt(story):
    """An answer lost after the effect is a person's turn; no second message is sent by itself."""
    async with Engine([Deed("cut_after")]) as engine:
        await delivering(story, engine)
        await story.sends(MCO, PPR)
        await story.runs()
        await story.runs()

    assert await story.states("delivery") == ["undeliverable"]
    assert len(engine.taken) == 1


async def test_in_doubt_and_ignored(story):
    """Where the engine drops a second message of one MSH-10, it is sent again: one effect."""
    story.hub.mllp_send = MllpSend(story.hub.sftp_push._pool._guard, out_seconds=0.0)  # noqa: SLF001  # a channel that leaves nobody alone
    story.hub.channels["mllp"] = story.hub.mllp_send
    async with Engine([Deed("cut_after")]) as engine:
        await delivering(story, engine, repeats="ignored")
        await story.sends(MCO, PPR)
        await story.runs()
        await story.rows("update delivery set due = now() returning id")
        await story.runs()

    assert await story.states("delivery") == ["sent"]
    assert (len(engine.taken), len(engine.effects)) == (2, 1)


# a server killed with `kill -9`


async def served(conninfo, folder, port):
    """Run `icp-hub serve` as a process of its own and return it once it listens."""
    environment = {
        **os.environ,
        "ICP_HUB_HOME": str(folder),
        "ICP_HUB_DATABASE_URL": conninfo,
        "ICP_HUB_MLLP_PORT": str(port),
        "ICP_HUB_MLLP_READ_SECONDS": "0",
        "ICP_HUB_HTTP_PORT": "0",
        "ICP_HUB_SFTP_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "serve"), env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    for _ in range(300):
        with contextlib.suppress(OSError):
            (await Caller.to(port)).close()
            return process
        await asyncio.sleep(0.1)
    raise TimeoutError


async def answered(port, content, process):
    """Send one message; None when the line broke before its answer. Maybe kill the server."""
    try:
        line = await Caller.to(port)
        await line.say(frame(content))
        if process:
            await asyncio.sleep(0.002)
            process.kill()
        return told(await line.hear(10))
    except (OSError, asyncio.IncompleteReadError):
        return None


@pytest.mark.slow
async def test_killed(story, conninfo, tmp_path):
    """Killed in the middle: what was answered AA is there, and what is sent again is there once."""
    port = story.port + 1
    process = await served(conninfo, tmp_path, port)
    given = [message(f"K{n}", body=f"PID|1||{n}") for n in range(12)]
    promised, broken = set(), 0
    for number, content in enumerate(given):
        answer = await answered(port, content, process if number % 4 == 3 else None)
        if answer is not None:
            assert answer[:2] == ("AA", f"K{number}")
            promised.add(number)
        if number % 4 == 3:
            await process.wait()
            kept = {row["name"] for row in await story.rows("select name from submission")}
            assert {f"K{n}.hl7" for n in promised} <= kept
            process = await served(conninfo, tmp_path, port)
            if answer is None:
                broken += 1
                assert (await answered(port, content, None))[:2] == ("AA", f"K{number}")
    process.kill()
    await process.wait()

    assert await story.rows("select count(*) as n from submission") == [{"n": 12}]
