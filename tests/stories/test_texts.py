"""Texts beside mails: to who has a mobile number, one for all that waits, by day, never doubled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import yaml
from simulator import STAFF, play

from hub.errors import Trouble
from hub.main import texting
from hub.store import watching

MOBILE = "+15550100123"
NOON = datetime(2026, 12, 2, 17, tzinfo=UTC)
NIGHT = datetime(2026, 12, 2, 4, tzinfo=UTC)


class Turned:
    """A clock one can turn."""

    at = NOON

    def now(self):
        """Return the instant it was turned to."""
        return self.at


class Gateway:
    """A gateway that keeps texts, or fails as told."""

    def __init__(self, *failures):
        self.taken = []
        self.failures = list(failures)

    async def send(self, to, count, _url):
        """Take a text, or fail."""
        self.taken.append((to, count))
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise Trouble(failure, "told", "told")

    async def close(self):
        """Do nothing."""


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which nobody has taken two plans; their contact has a mobile number."""
    async with play(conninfo, tmp_path) as found:
        known = yaml.safe_load(await found.hub.rosters.dump_directory(STAFF))
        (who,) = (one for one in known["contacts"] if one["id"] == "con-riverbend-1")
        changed = yaml.safe_dump({"contacts": [who | {"mobile": MOBILE}]}).encode()
        await found.hub.rosters.load_directory(STAFF, changed)
        await found.sends_sample("mco-susquehanna", "grant_extract.csv")
        await found.sends_sample("mco-keystone", "delgado_care_plan.xml")
        await found.runs()
        found.hub.clock, found.hub.texter = Turned(), Gateway()
        await found.rows("update delivery set acknowledge_due = %s returning 1", NIGHT)
        yield found


async def waits(stage, at=NOON):
    """Let it be late at an instant, tell whom that tells, and return what was texted."""
    stage.hub.clock.at = at
    await watching.tick(stage.hub.database, at, stage.hub.usual)
    await texting.tick(stage.hub)
    return stage.hub.texter.taken


async def test_one_for_all(stage):
    """Two plans that wait are one text, once, however often the job runs."""
    assert [(MOBILE, 2)] == await waits(stage)
    for _ in range(3):
        assert [(MOBILE, 2)] == await waits(stage, NOON + timedelta(hours=2))


async def test_by_day(stage):
    """What comes at night is texted when the practice opens."""
    assert [] == await waits(stage, NIGHT)
    assert [] == await waits(stage, NIGHT + timedelta(hours=8, minutes=59))
    assert [(MOBILE, 2)] == await waits(stage, NIGHT + timedelta(hours=9, minutes=1))


@pytest.mark.parametrize(
    ("failure", "texts"), [("transient", 2), ("ambiguous", 1), ("permanent", 1)]
)
async def test_failures(stage, failure, texts):
    """Only what surely was not sent is tried again; a text in doubt is never doubled."""
    stage.hub.texter = Gateway(failure)
    for minutes in (0, 10, 20, 30):
        await waits(stage, NOON + timedelta(minutes=minutes))

    assert texts == len(stage.hub.texter.taken)


async def test_settled(stage):
    """What was taken meanwhile is not texted any more."""
    await watching.tick(stage.hub.database, NIGHT, stage.hub.usual)
    await stage.rows("update delivery set state = 'answered' returning 1")

    assert [] == await waits(stage)


async def test_no_number(stage):
    """Who has no mobile number gets no text."""
    await stage.rows("update contact set mobile = '' returning 1")

    assert [] == await waits(stage)
