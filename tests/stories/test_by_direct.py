"""Plans by Direct, both ways, through a whole hub; openssl and SMTP servers are the others."""

from __future__ import annotations

import asyncio
import os
import smtplib
import subprocess
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import yaml
from direct_world import (
    HUB,
    NOW,
    OPENSSL,
    PRACTICE,
    Authority,
    Office,
    Partner,
    Post,
    hand_in,
    letter,
    pem,
    private,
    report,
)
from simulator import STAFF, play, practice

from hub.channels.direct_identity import take_in
from hub.channels.direct_notices import parsed, read
from hub.demo import world
from hub.errors import Misconfigured, Trouble
from hub.main import Hub, directing
from hub.main.serving import serve_direct
from hub.settings import Settings
from hub.store import watching

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="no openssl program here")

MCO = "mco-keystone"
SENDER = "plans@direct.keystone.example"
CA = Authority("Anchor")
THEIR_CA = Authority("Practices' anchor")
OTHER = Authority("Other anchor")
OURS = CA.leaf(HUB)
XDM = world.sample(world.Sending(MCO, "delgado_xdm.zip", "", "")).read_bytes()
PLAN = world.sample(world.Sending(MCO, "delgado_care_plan.xml", "", "")).read_bytes()
FINAL = "X-DIRECT-FINAL-DESTINATION-DELIVERY"


class Stage:
    """A hub with a Direct address, its MCO and its practice as Direct partners."""

    def __init__(self, story, post, mco, home) -> None:
        self.story, self.post, self.mco, self.home = story, post, mco, home
        self.hub = story.hub
        self.port = 0

    async def mail(self, message, partner=None, **how):
        """Hand a mail of a partner's in; return the SMTP answer's code."""
        given = await asyncio.to_thread((partner or self.mco).writes, message, OURS[0], **how)
        return (await hand_in(self.port, given))[0]

    async def told(self, disposition, *, original="", recipient="", partner=None, **fields):
        """Let the practice's system send a notification; return the SMTP answer's code."""
        (row,) = await self.story.rows("select id from delivery order by seq desc limit 1")
        original = original or f"<{row['id']}@direct.hub.example>"
        made = report(PRACTICE, original, disposition, recipient, **fields)
        return await self.mail(made, partner or self.home)

    async def delivered(self):
        """Send one plan in and out and return its delivery's row."""
        await self.story.sends(MCO, XDM)
        await self.story.runs()
        return await self.row()

    async def row(self):
        """Return the delivery's ledgers."""
        return (
            await self.story.rows(
                "select state, transport, code, person, agreement from delivery"
                " order by seq desc limit 1"
            )
        )[0]

    async def answers(self):
        """Let what we owe go out; return what openssl of the MCO reads of it."""
        self.post.taken.clear()
        await directing.tick(self.hub)
        found = [self.mco.reads(mail, CA.certificate) for mail in self.post.taken]
        return [read(parsed(one.partition(b"\r\n\r\n")[2])) for one in found]


@asynccontextmanager
async def staged(conninfo, folder):
    """Open the stage."""
    office, post = Office(), Post()
    take_in(folder / "keys" / "direct", HUB, pem(OURS[0]).encode(), NOW, private(OURS[1]))
    given = {"direct_address": HUB, "direct_port": 0, "direct_relay": office.opens(post)}
    mco = Partner(folder / "m", SENDER, CA.leaf(SENDER), CA)
    home = Partner(folder / "p", PRACTICE, THEIR_CA.leaf(PRACTICE), THEIR_CA)
    async with play(conninfo, folder, **given) as story:
        ends = [
            {"id": "end-riverbend", "organisation": "pcmh-riverbend", "address": PRACTICE},
            {"id": "end-mco", "organisation": MCO, "address": SENDER},
        ]
        options = (home.options(), mco.options())
        loaded = [
            {**end, "kind": "direct", "format": "ccda", "options": given}
            for end, given in zip(ends, options, strict=True)
        ]
        file = yaml.safe_dump({"endpoints": loaded}).encode()
        await story.hub.rosters.load_directory(STAFF, file)
        stage = Stage(story, post, mco, home)
        server = await serve_direct(story.hub)
        stage.port = server.port
        yield stage
        await server.close()
        office.close()


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give the stage."""
    async with staged(conninfo, tmp_path) as made:
        yield made


# in: an MCO's documents


async def test_xdm_in(stage):
    """An XDM zip by Direct becomes a plan, and the MCO is told processed and dispatched, once."""
    asked = {"Disposition_Notification_Options": f"{FINAL}=optional,true"}
    message = letter(SENDER, (XDM, "application/zip", "Rosa_Delgado.zip"), **asked)
    assert await stage.mail(message) == 250
    (row,) = await stage.story.rows("select mco, channel, state, name, media_type from submission")
    assert list(row.values())[:3] == [MCO, "direct", "received"]
    assert ("Delgado" in row["name"], row["name"][-4:]) == (False, ".zip")
    await stage.story.runs(deliver=False)
    assert await stage.story.states("submission") == ["read"]
    assert await stage.story.states("plan") != []

    answers = await stage.answers()
    assert [(one.original, one.recipient, one.disposition) for one in answers] == [
        ("<m1@mco.example>", HUB, "processed"),
        ("<m1@mco.example>", HUB, "dispatched"),
    ]
    assert await stage.answers() == []


async def test_plain_in(stage):
    """Plain attachments are documents each; without a request there is no dispatched."""
    two = ((PLAN, "text/xml", "a.xml"), (XDM, "application/zip", "b.zip"))
    assert await stage.mail(letter(SENDER, *two)) == 250

    assert await stage.story.states("submission") == ["received", "received"]
    assert [one.disposition for one in await stage.answers()] == ["processed"]


async def test_words_only(stage):
    """A mail with words and no document is kept and shown to integration staff, not lost."""
    assert await stage.mail(letter(SENDER)) == 250
    await stage.story.runs(deliver=False)

    assert await stage.story.states("submission") == ["quarantined"]


async def test_the_same_again(stage):
    """The same mail again is the same submission, and is answered again."""
    message = letter(SENDER, (XDM, "application/zip", "b.zip"))
    for _ in range(2):
        assert await stage.mail(message) == 250

    assert await stage.story.states("submission") == ["received"]
    assert [one.disposition for one in await stage.answers()] == ["processed", "processed"]


async def test_same_id_other_content(stage):
    """Another document under a used Message-ID is not taken and the MCO is told failed."""
    await stage.mail(letter(SENDER, (XDM, "application/zip", "b.zip")))
    await stage.mail(letter(SENDER, (PLAN, "text/xml", "b.xml")))

    assert await stage.story.states("submission") == ["received"]
    assert [one.disposition for one in await stage.answers()] == ["processed", "failed"]


async def test_distrusted(stage, tmp_path):
    """What is tampered, of another anchor, expired, unknown or disguised gets one same 554."""
    message = letter(SENDER, (XDM, "application/zip", "b.zip"))
    forger = Partner(tmp_path / "f", SENDER, OTHER.leaf(SENDER), OTHER)
    late = CA.leaf(SENDER, ends=NOW - timedelta(hours=1))
    stranger = Partner(tmp_path / "s", "a@b.example", CA.leaf("a@b.example"), CA)
    answers = [
        await stage.mail(message, change=lambda raw: raw.replace(b"Attached", b"Detached")),
        await stage.mail(message, forger),
        await stage.mail(message, Partner(tmp_path / "l", SENDER, late, CA)),
        await stage.mail(letter("a@b.example"), stranger),
        await stage.mail(message, stranger),
        (await hand_in(stage.port, b"From: x@y.example\r\n\r\nhello"))[0],
    ]

    assert answers == [554] * 6
    assert await stage.story.states("submission") == []
    assert await stage.answers() == []


async def test_only_our_address(stage):
    """Mail for another address is refused before its content is sent."""
    assert (await hand_in(stage.port, b"x", to="boss@direct.hub.example"))[0] == 550


async def test_practice_sends_document(stage):
    """A document from a practice's address is no submission; it is told failed."""
    made = letter(PRACTICE, (XDM, "application/zip", "b.zip"))
    assert await stage.mail(made, stage.home) == 250

    assert await stage.story.states("submission") == []
    rows = await stage.story.rows("select disposition from direct_answer")
    assert [row["disposition"] for row in rows] == ["failed"]


async def test_store_out(stage, monkeypatch):
    """While it can't be kept the sender is told to come again, and nothing is owed."""

    async def down(*_):
        raise Trouble("transient", "database_down", "x")

    message = letter(SENDER, (XDM, "application/zip", "b.zip"))
    with monkeypatch.context() as patched:
        patched.setattr("hub.intake.VaultUpload.commit", down)
        assert await stage.mail(message) == 451
    assert await stage.story.rows("select id from direct_answer") == []
    assert await stage.mail(message) == 250


async def test_too_big(stage):
    """A mail above the limit is refused by its size, and the next one is taken."""
    limit = stage.hub.settings.max_bytes * 2 + 65_536

    def asks():
        with smtplib.SMTP("127.0.0.1", stage.port) as client:
            client.ehlo()
            return client.docmd("MAIL", f"FROM:<a@b.example> SIZE={limit + 1}")[0]

    assert await asyncio.to_thread(asks) == 552
    assert await stage.mail(letter(SENDER, (XDM, "application/zip", "b.zip"))) == 250


async def test_answer_refused(stage):
    """A notification the server refuses is tried again, and one it never takes is given up."""
    await stage.mail(letter(SENDER, (XDM, "application/zip", "b.zip")))
    stage.post.answer = "451 later"
    await directing.tick(stage.hub)
    (row,) = await stage.story.rows("select code, sent_at, due > now() as later from direct_answer")
    assert row == {"code": "smtp_451", "sent_at": None, "later": True}
    stage.post.answer = "250 OK"
    await stage.story.rows("update direct_answer set due = now() returning id")

    assert [one.disposition for one in await stage.answers()] == ["processed"]


# out: to a practice, and what its system tells


async def test_out(stage):
    """A plan goes out as sent; processed confirms the wire, dispatched is noted, nobody has it."""
    assert await stage.delivered() == {
        "state": "sent",
        "transport": "sent",
        "code": "direct_sent",
        "person": "none",
        "agreement": "none",
    }
    assert b"Delgado" not in stage.post.taken[0]
    assert b"Delgado" not in stage.home.reads(stage.post.taken[0], CA.certificate)[:2000]
    assert await stage.told("processed") == 250
    row = await stage.row()
    assert list(row.values()) == ["sent", "confirmed", "direct_processed", "none", "none"]
    assert await stage.told("dispatched", X_DIRECT_FINAL_DESTINATION_DELIVERY="true") == 250

    assert (await stage.row())["code"] == "direct_dispatched"
    assert (await stage.row())["person"] == "none"
    assert await stage.answers() == []  # a notification is never answered


async def test_failed(stage):
    """Failed after processed gives the delivery up to a named person, with its own code."""
    await stage.delivered()
    await stage.told("processed")
    await stage.told("failed")
    (row,) = await stage.story.rows("select state, transport, code, owner from delivery")

    assert list(row.values()) == ["undeliverable", "failed", "direct_failed", "operations"]


async def test_duplicates_and_late_ones(stage):
    """Told twice is told once; failed after dispatched, and what comes late, move nothing."""
    await stage.delivered()
    for _ in range(3):
        await stage.told("processed")
    await stage.told("dispatched", X_DIRECT_FINAL_DESTINATION_DELIVERY="true")
    before = await stage.row()
    await stage.told("failed")
    await stage.told("processed")

    assert await stage.row() == before
    rows = await stage.story.rows(
        "select detail->>'disposition' as what, detail->'counted' as counted from event"
        " where kind = 'delivery.notified' order by id"
    )
    assert [list(row.values()) for row in rows] == [
        ["processed", True],
        ["dispatched", True],
        ["failed", False],
    ]


async def test_forged(stage, tmp_path):
    """Notifications by another key, anchor, partner, or for another recipient change nothing."""
    await stage.delivered()
    before = await stage.row()
    forger = Partner(tmp_path / "f", PRACTICE, OTHER.leaf(PRACTICE), OTHER)
    assert await stage.told("processed", partner=forger) == 554
    assert await stage.told("failed", recipient="someone@direct.orchard.example") == 250
    (row,) = await stage.story.rows("select id from delivery")
    of_the_mco = report(SENDER, f"<{row['id']}@direct.hub.example>", "failed", PRACTICE)
    assert await stage.mail(of_the_mco) == 250
    assert await stage.mail(of_the_mco.replace(PRACTICE.encode(), SENDER.encode())) == 250
    assert await stage.told("failed", original="<dlv_none@direct.hub.example>") == 250
    assert await stage.told("failed", original=f"<{row['id']}@other.example>") == 250
    plain = report(PRACTICE, f"<{row['id']}@direct.hub.example>", "failed")
    assert (await hand_in(stage.port, plain))[0] == 554

    assert await stage.row() == before
    assert await stage.story.rows("select delivery from direct_notice") == []


async def test_before_the_answer(stage):
    """A notification that outruns our own record of the attempt waits for it and then counts."""
    await stage.delivered()
    await stage.story.rows("update delivery set state = 'sending' returning id")
    await stage.told("processed")
    assert (await stage.row())["transport"] == "sent"
    await stage.story.rows("update delivery set state = 'sent' returning id")
    await directing.tick(stage.hub)

    assert (await stage.row())["transport"] == "confirmed"


async def test_silence(stage):
    """Without a notification within the technical clock it is a named person's turn."""
    await stage.delivered()
    await directing.tick(stage.hub)
    assert (await stage.row())["state"] == "sent"
    await stage.story.rows("update delivery set sent_at = now() - interval '61 min' returning id")
    await directing.tick(stage.hub)
    row = await stage.row()
    assert list(row.values())[:3] == ["undeliverable", "failed", "direct_unheard"]
    await watching.tick(stage.hub.database, stage.hub.clock.now(), stage.hub.usual)
    watches = await stage.story.rows("select clock, ended_at from watch")
    assert watches == [{"clock": "technical", "ended_at": None}]
    await stage.told("processed")  # too late: a person has it now

    assert (await stage.row()) == row


async def test_person_first(stage):
    """Once a person took it no notification, and no silence, moves that."""
    await stage.delivered()
    (row,) = await stage.story.rows("select id, pcmh from delivery")
    nurse = practice(row["pcmh"])
    await stage.hub.reception.acknowledge(nurse, row["id"], "Nadia Brandt RN")
    await stage.told("failed")
    await stage.story.rows("update delivery set sent_at = now() - interval '61 min' returning id")
    await directing.tick(stage.hub)

    assert (await stage.row())["state"] == "acknowledged"


async def test_sent_again(stage):
    """Given up and sent again by a person, it is the same message, and is confirmed anew."""
    await stage.delivered()
    await stage.told("failed")
    (row,) = await stage.story.rows("select id from delivery")
    await stage.hub.plans.retry(STAFF, row["id"])
    await stage.story.runs()
    await stage.told("processed")
    ids = {
        stage.home.reads(mail, CA.certificate).partition(b"Message-ID: ")[2].split(b"\r\n")[0]
        for mail in stage.post.taken
    }

    assert ids == {f"<{row['id']}@direct.hub.example>".encode()}
    assert list((await stage.row()).values())[:2] == ["sent", "confirmed"]


async def test_cut_after_data(stage):
    """A server that took the mail and said nothing gets the same message again: no loss."""
    stage.post.answer = "cut"
    row = await stage.delivered()
    assert (row["state"], row["code"]) == ("queued", "smtp_cut")
    await stage.told("processed")
    assert (await stage.row())["state"] == "queued"
    stage.post.answer = "250 OK"
    await stage.story.rows("update delivery set due = now() returning id")
    await stage.story.runs()
    await directing.tick(stage.hub)

    assert list((await stage.row()).values())[:2] == ["sent", "confirmed"]


async def test_start_without_certificate(conninfo, tmp_path):
    """A hub with an address and no certificate does not start and says what to do."""
    given = Settings(
        home=tmp_path, database_url=conninfo, direct_address=HUB, direct_relay="smtp://x:1"
    )
    with pytest.raises(Misconfigured, match="icp-hub direct make"):
        async with Hub(given):
            pass


def test_verbs(tmp_path):
    """The command line makes a certificate, shows it, and never prints the key."""

    def run(*words):
        environment = {**os.environ, "ICP_HUB_HOME": str(tmp_path), "ICP_HUB_DIRECT_ADDRESS": HUB}
        return subprocess.run(  # noqa: S603  # our own command line
            [sys.executable, "-m", "hub", "direct", *words],
            env=environment,
            capture_output=True,
            check=False,
            text=True,
        )

    assert run("show").returncode == 4
    asked = run("make", HUB)
    assert "BEGIN CERTIFICATE REQUEST" in asked.stdout
    made = run("make", HUB, "--self-signed")
    assert made.stdout.count("BEGIN CERTIFICATE-----") == 2
    assert run("show").stdout == made.stdout
    assert "PRIVATE" not in asked.stdout + made.stdout
