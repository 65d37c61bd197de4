"""Connections by night: a practice's system goes down; its owner hears of it, and of the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from simulator import STAFF, play

from hub.channels.mail import of_connections
from hub.errors import Refused
from hub.main import probing
from hub.ports import Look
from tests.faults.bad_receivers import hook
from tests.receivers import Answer, HookSink

NORTHSIDE = "pcmh-northside"
TECHNICAL = {
    "id": "con-tech",
    "organisation": NORTHSIDE,
    "name": "T",
    "roles": ["technical"],
    "email": "tech@example.org",
}


class Turned:
    """A clock one can turn."""

    def __init__(self):
        self.at = datetime.now(UTC)

    def now(self):
        """Return the instant it was turned to."""
        return self.at


class Letters:
    """A mail server that keeps letters."""

    def __init__(self):
        self.taken = []

    async def post(self, letter, _at):
        """Take a letter."""
        self.taken.append(letter)

    async def probe(self):
        """Say that it works."""
        return Look("smtp_ready")


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub with a clock one can turn, mail, and a technical contact at one practice."""
    async with play(conninfo, tmp_path, private_networks=True) as found:
        found.hub.clock = Turned()
        found.hub.mailer = Letters()
        await found.hub.rosters.load_directory(
            STAFF, yaml.safe_dump({"contacts": [TECHNICAL]}).encode()
        )
        yield found


async def nights(stage, hours):
    """Let so many hours pass, a tick every ten minutes."""
    for _ in range(hours * 6):
        await probing.tick(stage.hub)
        stage.hub.clock.at += timedelta(minutes=10)


async def test_down_and_up_again(stage):
    """A practice that is down for days is told once when it fails and once when it works."""
    async with HookSink([Answer(503)] * 30) as sink:
        await hook(stage, NORTHSIDE, sink.url)
        await nights(stage, 60)
    (row,) = await stage.rows("select * from probe where organisation = %s", NORTHSIDE)
    told = [(one.to, one.subject) for one in stage.hub.mailer.taken]

    assert (row["ok"], row["code"]) == (True, "http_204")
    assert told == [
        ("tech@example.org", "1 connection failing"),
        ("tech@example.org", "1 working again"),
    ]
    kinds = await stage.rows("select kind from event where kind like 'connection.%%' order by id")
    assert ["connection.fails", "connection.works"] == [one["kind"] for one in kinds]


async def test_each_night_once(stage):
    """What works is looked at once a night, mailboxes and the mail server too."""
    async with HookSink() as sink:
        await hook(stage, NORTHSIDE, sink.url)
        await nights(stage, 72)
    rows = await stage.rows("select endpoint, ok from probe order by 1")

    assert 3 == len(sink.taken)
    assert all(row["ok"] for row in rows)
    assert {"hub-mail", "end-riverbend"} <= {row["endpoint"] for row in rows}
    assert [] == stage.hub.mailer.taken


async def test_nobody_to_tell(stage):
    """Trouble of a connection without a person is still an event and a row for operations."""
    await stage.rows("update contact set roles = '{plan}' where id = 'con-tech' returning 1")
    await hook(stage, NORTHSIDE, "http://localhost:1/hook")
    await nights(stage, 30)
    (row,) = await stage.hub.desk.ask("connections_told", None)

    assert ("", "fails") == (row["name"], row["what"])
    assert [] == stage.hub.mailer.taken


async def test_paused(stage):
    """An endpoint that operations paused is left alone."""
    await hook(stage, NORTHSIDE, "http://localhost:1/hook")
    await stage.rows(
        "update endpoint set paused = true where organisation = %s returning 1", NORTHSIDE
    )
    await nights(stage, 30)
    (row,) = await stage.rows("select at from probe where organisation = %s", NORTHSIDE)

    assert row["at"] is None


async def test_by_hand(stage):
    """`icp-hub probe` looks now, at one endpoint or all; an unknown id is told."""
    found = await probing.look(stage.hub)
    one = await probing.look(stage.hub, "end-riverbend")

    assert {"end-riverbend", "end-northside", "end-orchard", "hub-mail"} == set(found)
    assert one["end-riverbend"].ok
    with pytest.raises(Refused, match="no-such"):
        await probing.look(stage.hub, "no-such")


async def test_whose_health(stage):
    """An organisation sees its own connections and those its plans go by, and no others."""
    await stage.sends_sample("mco-susquehanna", "grant_extract.csv")
    await stage.runs()
    await probing.look(stage.hub)

    async def sees(whose):
        return {row["endpoint"] for row in await stage.hub.desk.ask("connections", whose)}

    assert {"end-riverbend"} == await sees("mco-susquehanna")
    assert set() == await sees("mco-laurel")
    assert {"end-northside"} == await sees(NORTHSIDE)


def test_words():
    """The mail names endpoints, codes and times, and holds no secret or address."""
    at = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
    told = [("end-a", "fails", "http_503", at), ("end-b", "works", "sftp_listed", at)]
    subject, text = of_connections(told, "https://hub.example")

    assert subject == "1 connection failing, 1 working again"
    assert "- end-a: fails since 2026-11-22 07:05 UTC (http_503)" in text
    assert "https://hub.example" in text
