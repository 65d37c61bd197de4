"""The directory while the line runs: who a plan goes to follows what people keep there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from simulator import STAFF, play

from hub.errors import Refused
from hub.hours import day_of
from hub.provider_directory.entries import RuleEntry, file_of
from hub.provider_directory.keeping import Proposed

GRANT = ("mco-susquehanna", "grant_extract.csv")
DAUPHIN = RuleEntry(
    "rul-1", "pcmh-riverbend", "con-riverbend-2", position=10, county="dauphin county"
)


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def _row(story, kind, noun):
    rows = (await story.hub.directory.standing()).rows()
    return rows[kind, noun]


async def _changes(story, *rows, **more):
    proposed = Proposed(file_of(*rows), reason="a story", **more)
    return await story.hub.directory.change(STAFF, proposed)


async def _contacts(story):
    return [r["contact"] for r in await story.rows("select contact from delivery order by seq")]


async def test_by_county(story):
    """A rule sends one county's plans to its own contact; another's go where they went."""
    await _changes(story, DAUPHIN)
    await story.sends_sample(*GRANT)
    await story.sends_sample("mco-keystone", "delgado_care_plan.xml")
    await story.runs()

    assert await _contacts(story) == ["con-riverbend-2", "con-riverbend-1"]


async def test_changed_while_queued(story):
    """A delivery that waits when its contact ends goes to the backup instead, never to both."""
    await story.sends_sample(*GRANT)
    await story.runs(deliver=False)
    nadia = await _row(story, "contact", "con-riverbend-1")
    yesterday = day_of(story.hub.clock.now()) - timedelta(days=1)
    await _changes(story, msgspec.structs.replace(nadia, ends=yesterday))
    await story.runs()
    rows = await story.rows("select contact, state from delivery order by seq")

    assert [tuple(r.values()) for r in rows] == [
        ("con-riverbend-1", "stopped"),
        ("con-riverbend-2", "sent"),
    ]


async def test_paused_and_resumed(story):
    """A paused endpoint holds what is queued; resumed, it goes."""
    end = await _row(story, "endpoint", "end-riverbend")
    await _changes(story, replace(end, paused=True), sure=True)
    await story.sends_sample(*GRANT)
    await story.runs()
    waiting = await story.states("delivery")
    await _changes(story, replace(end, paused=False))
    await story.runs()

    assert (waiting, await story.states("delivery")) == (["queued"], ["sent"])


async def test_unroutable_until_mended(story):
    """A rule that names nobody who serves holds a plan with its reason; mended, it goes."""
    roi = await _row(story, "contact", "con-riverbend-roi")
    day = day_of(story.hub.clock.now())
    away = msgspec.structs.replace(roi, roles=("plan", "consent"), ends=day - timedelta(days=1))
    await _changes(story, away, replace_rule(contact=away.id), sure=True)
    await story.sends_sample(*GRANT)
    await story.runs()
    (row,) = await story.rows("select state, reason from plan")
    await _changes(story, DAUPHIN)
    await story.runs()

    assert (row["state"], row["reason"]["because"]) == ("unroutable", "rule_unserved")
    assert await _contacts(story) == ["con-riverbend-2"]


def replace_rule(**changed):
    """Return the rule with some fields changed."""
    return msgspec.structs.replace(DAUPHIN, **changed)


async def test_nothing_half(story):
    """A change that is refused for one row keeps none of the others, and no history."""
    before = await story.rows("select count(*) as n from directory_change")
    nadia = await _row(story, "contact", "con-riverbend-1")
    good = msgspec.structs.replace(nadia, phone="1")
    wrong = msgspec.structs.replace(nadia, id="con-x", backup="con-nobody")
    with pytest.raises(Refused):
        await _changes(story, good, wrong)
    phone = (await _row(story, "contact", "con-riverbend-1")).phone

    assert phone == nadia.phone
    assert await story.rows("select count(*) as n from directory_change") == before


async def test_the_ledger_tells(story):
    """Every change of a row is an event with its fields, and the ledger verifies with it."""
    nadia = await _row(story, "contact", "con-riverbend-1")
    await _changes(story, msgspec.structs.replace(nadia, phone="1"))
    await story.hub.seal_ledger()
    rows = await story.rows(
        "select detail, organisations from event where kind = 'directory.changed'"
        " and noun = 'con-riverbend-1' order by id"
    )
    verdict = await story.hub.verify_ledger()

    assert rows[-1]["detail"]["fields"] == ["phone"]
    assert rows[-1]["organisations"] == ["pcmh-riverbend"]
    assert rows[0]["detail"]["new"] is True
    assert verdict.problems == ()


async def test_secret_rotated(story):
    """A secret that a file brings anew is told as replaced, the same one again is no change."""
    end = await _row(story, "endpoint", "end-riverbend")
    first = await _changes(story, replace(end, secrets={"secret": "one"}), sure=True)
    same = await _changes(story, replace(end, secrets={"secret": "one"}), sure=True)
    (row,) = await story.rows("select after::text as after from directory_change order by id desc"
                              " limit 1")  # fmt: skip

    assert [one.fields for one in first.changes] == [("secrets",)]
    assert same.changes == ()
    assert '"one"' not in row["after"]
