"""A mail with a link: the contact acknowledges a plan from it, where the practice wants that."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
import yaml
from simulator import STAFF, play

from hub.main import working
from hub.main.serving import application
from hub.store import watching

LATE = timedelta(days=6)


class Letters:
    """A mail server that keeps letters."""

    def __init__(self):
        self.taken = []

    async def post(self, letter, _at):
        """Take a letter."""
        self.taken.append(letter)


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub with mail in which one plan is with its practice."""
    async with play(conninfo, tmp_path) as found:
        found.hub.mailer = Letters()
        await found.sends_sample("mco-susquehanna", "grant_extract.csv")
        await found.runs()
        yield found


async def told(stage):
    """Let nobody take it for days; return the letters and the links in them."""
    now = datetime.now(UTC) + LATE
    await watching.tick(stage.hub.database, now, stage.hub.usual)
    await stage.rows("update nudge set due = now() where due is not null returning 1")
    await working.mail_people(stage.hub)
    letters = stage.hub.mailer.taken
    return letters, re.findall(r"http://127\.0\.0\.1:8080(/received/\S+)", letters[0].text)


async def test_from_the_mail(stage):
    """The contact's mail names sender and reference; its link and a name acknowledge the plan."""
    (letter,), (link,) = await told(stage)
    (row,) = await stage.rows("select id, member from delivery")
    transport = httpx2.ASGITransport(app=application(stage.hub))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        assert row["id"] in (await client.get(link)).text
        await client.post(link, data={"name": "Nadia Brandt RN"})

    assert ["acknowledged"] == await stage.states("delivery")
    assert f"Plan {row['id']} from Susquehanna Choice Plan" in letter.text
    for word in ("Grant", "Aisha", "000482914", row["member"]):
        assert word not in letter.text + letter.subject


async def test_off_for_a_practice(stage):
    """A practice that wants no links gets mails without them."""
    known = yaml.safe_load(await stage.hub.rosters.dump_directory(STAFF))
    (home,) = (one for one in known["organisations"] if one["id"] == "pcmh-riverbend")
    changed = {"organisations": [home | {"links": False}]}
    await stage.hub.rosters.load_directory(STAFF, yaml.safe_dump(changed).encode())
    (letter,), links = await told(stage)

    assert [] == links
    assert "Please sign in" in letter.text
    dumped = yaml.safe_load(await stage.hub.rosters.dump_directory(STAFF))["organisations"]
    assert {"pcmh-riverbend": False} == {o["id"]: o["links"] for o in dumped if "links" in o}
