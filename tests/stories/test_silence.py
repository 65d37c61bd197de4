"""Silence, over sixty days: each step once, on business days, until somebody answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from simulator import STAFF, play, practice

from hub.correspondence import Given
from hub.store import mailing, watching

HOME = ZoneInfo("America/New_York")
NURSE = practice("pcmh-riverbend")

PEOPLE = [
    {"id": "con-manager", "organisation": "pcmh-riverbend", "name": "M", "roles": ["manager"]},
    {"id": "con-owner", "organisation": "mco-susquehanna", "name": "O", "roles": ["owner"]},
    {"id": "con-chief", "organisation": "mco-susquehanna", "name": "S", "roles": ["supervisor"]},
    {"id": "con-desk", "organisation": "hub", "name": "D", "roles": ["operations"]},
]


@pytest.fixture
async def stage(conninfo, tmp_path):
    """Give a hub in which one plan is with its practice, and people stand on every step."""
    async with play(conninfo, tmp_path) as found:
        people = [one | {"email": f"{one['id']}@example.org"} for one in PEOPLE]
        await found.hub.rosters.load_directory(STAFF, yaml.safe_dump({"contacts": people}).encode())
        await found.sends_sample("mco-susquehanna", "grant_extract.csv")
        yield found


async def travels(stage, days, since):
    """Let time pass in steps of six hours, and return when each person was told what."""
    for step in range(days * 4):
        await watching.tick(stage.hub.database, since + timedelta(hours=6 * step), stage.hub.usual)
    return await told(stage)


async def told(stage):
    """Return what was told, in order: (clock, kind, step, person, when)."""
    rows = await stage.rows("select * from nudge order by at, id")
    return [(r["clock"], r["kind"], r["step"], r["contact"], r["at"]) for r in rows]


async def test_nobody_takes_it(stage):
    """Nobody takes a plan for sixty days: five people are told, once each, on business days."""
    await stage.runs()
    found = await travels(stage, 60, datetime.now(UTC))

    assert [(clock, kind, who) for clock, kind, _, who, _ in found] == [
        ("person", "silent", "con-riverbend-1"),
        ("person", "silent", "con-riverbend-2"),
        ("person", "silent", "con-manager"),
        ("person", "silent", "con-owner"),
        ("person", "silent", "con-chief"),
    ]
    assert all(at.astimezone(HOME).weekday() < 5 for *_, at in found)
    rows = await stage.rows("select state, owner from delivery")
    assert rows == [{"state": "overdue", "owner": "con-chief"}]
    kinds = await stage.rows(
        "select kind, count(*) as n from event where kind in"
        " ('delivery.overdue', 'delivery.escalated', 'delivery.exhausted') group by 1 order by 1"
    )
    assert [(row["kind"], row["n"]) for row in kinds] == [
        ("delivery.escalated", 5),
        ("delivery.exhausted", 1),
        ("delivery.overdue", 1),
    ]


async def test_taken_in_the_middle(stage):
    """Who was told of a silence is told of its end, once; the next clock begins."""
    await stage.runs()
    now = datetime.now(UTC)
    await travels(stage, 7, now)
    mails = await mailing.claim(stage.hub.database, now + timedelta(days=8), timedelta(0))
    for one in mails:
        await mailing.finish(stage.hub.database, one, now + timedelta(days=8), "sent")
    before = await told(stage)
    delivery = (await stage.rows("select id from delivery"))[0]["id"]
    await stage.hub.reception.acknowledge(NURSE, delivery, "Nadia Brandt RN")
    after = (await travels(stage, 60, now + timedelta(days=9)))[len(before) :]

    calm = sorted(
        who for clock, kind, _, who, _ in after if (clock, kind) == ("person", "recovered")
    )
    assert calm == sorted({who for *_, who, _ in before})
    assert [
        who for clock, kind, _, who, _ in after if (clock, kind) == ("agreement", "silent")
    ] == [
        "con-riverbend-1",
        "con-manager",
        "con-owner",
        "con-chief",
    ]
    assert not [one for one in after if one[:2] == ("person", "silent")]


async def test_answered_in_time(stage):
    """An answer in time disturbs nobody, and a settled plan is never chased again."""
    await stage.runs()
    delivery = (await stage.rows("select id from delivery"))[0]["id"]
    await stage.hub.reception.answer(NURSE, delivery, Given("accept", "Nadia Brandt RN"))

    assert await travels(stage, 60, datetime.now(UTC)) == []


async def test_wire_does_not_take_it(stage):
    """A delivery that can't be sent is operations' turn after an hour, and calm when it is sent."""
    await stage.runs(deliver=False)
    await stage.rows("update endpoint set paused = true returning 1")
    now = datetime.now(UTC)
    early = await watching.tick(stage.hub.database, now + timedelta(minutes=50), stage.hub.usual)
    late = await watching.tick(stage.hub.database, now + timedelta(minutes=61), stage.hub.usual)
    mails = await mailing.claim(stage.hub.database, now + timedelta(hours=2), timedelta(0))
    for one in mails:
        await mailing.finish(stage.hub.database, one, now + timedelta(hours=2), "sent")
    await stage.rows("update endpoint set paused = false returning 1")
    await stage.runs()
    await watching.tick(stage.hub.database, now + timedelta(hours=3), stage.hub.usual)

    assert (early, late) == (0, 1)
    assert [one[:4] for one in await told(stage)] == [
        ("technical", "silent", 1, "con-desk"),
        ("technical", "recovered", 0, "con-desk"),
    ]


async def test_own_clocks(stage):
    """A sender that asks for a shorter clock gets it, by the practice's own business hours."""
    mine = {
        "id": "mco-susquehanna",
        "kind": "mco",
        "name": "Susquehanna Choice Plan",
        "clocks": {"person": 1},
    }
    theirs = {
        "id": "pcmh-riverbend",
        "kind": "pcmh",
        "name": "Riverbend Family Medicine",
        "hours": {"days": ["wed"], "opens": "10:00:00"},
    }
    text = yaml.safe_dump({"organisations": [mine, theirs]}).encode()
    await stage.hub.rosters.load_directory(STAFF, text)
    await stage.runs()

    row = (await stage.rows("select sent_at, acknowledge_due from delivery"))[0]
    due = row["acknowledge_due"].astimezone(HOME)
    assert due.weekday() == 2
    assert timedelta(0) < row["acknowledge_due"] - row["sent_at"] <= timedelta(days=14)


async def test_one_mail(stage):
    """Several silences of one person are one mail; the next waits for the gap between mails."""
    other = (await stage.rows("select id from member where member_id = '000482914'"))[0]["id"]
    assert other
    await stage.runs()
    delivery = (await stage.rows("select id from delivery"))[0]["id"]
    now = datetime.now(UTC)
    for number in range(3):
        await stage.rows(
            "insert into nudge (contact, delivery, clock, step, kind, at, due)"
            " values ('con-owner', %s, 'person', %s, 'silent', %s, %s) returning 1",
            delivery,
            number,
            now,
            now,
        )
    hour = timedelta(hours=1)
    first = await mailing.claim(stage.hub.database, now, hour)
    await mailing.finish(stage.hub.database, first[0], now, "sent")
    await stage.rows(
        "insert into nudge (contact, delivery, clock, step, kind, at, due)"
        " values ('con-owner', %s, 'person', 9, 'silent', %s, %s) returning 1",
        delivery,
        now,
        now,
    )
    soon = await mailing.claim(stage.hub.database, now + hour / 2, hour)
    later = await mailing.claim(stage.hub.database, now + hour, hour)

    assert [one.silent for one in first] == [{"person": 3}]
    assert soon == []
    assert [one.silent for one in later] == [{"person": 1}]


async def test_paused(stage):
    """A plan for a paused practice waits for its channel, and goes when that is open again."""
    await stage.rows("update endpoint set paused = true returning 1")
    await stage.runs()
    before = await stage.states("delivery")
    await stage.rows("update endpoint set paused = false returning 1")
    await stage.runs()

    assert (before, await stage.states("delivery")) == (["queued"], ["sent"])


async def test_given_up(stage):
    """A delivery that was given up is told at once to a named person, who then has it."""
    await stage.runs(deliver=False)
    await stage.rows("update delivery set state = 'undeliverable', due = null returning 1")
    await watching.tick(stage.hub.database, datetime.now(UTC), stage.hub.usual)

    assert [one[:4] for one in await told(stage)] == [("technical", "silent", 1, "con-desk")]
    assert await stage.rows("select owner from delivery") == [{"owner": "con-desk"}]
