"""A notice or a refusal printed in a plan holds it before a person, whatever else is on file."""

from __future__ import annotations

import json

import pytest
from simulator import STAFF, play, world

from hub.labels.asking import LabelWish

MCO = "mco-susquehanna"
NOTICE = b"42 CFR Part 2 prohibits unauthorized use or disclosure"
REFUSED = b"ROI-SUD: N"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage."""
    async with play(conninfo, tmp_path) as open_stage:
        yield open_stage


async def sends(story, said):
    """Send the sample with other words in its unmapped column; return the plan's row."""
    sample = world.sample(world.Sending(MCO, "grant_extract.csv", "api", "")).read_bytes()
    await story.sends(MCO, sample.replace(b"South Central", said), "grant_extract.csv")
    await story.runs()
    return await plan_of(story)


async def plan_of(story):
    """Return the newest plan's id, state, reason and member."""
    asked = "select id, state, reason, member from plan order by seq desc limit 1"
    row = dict((await story.rows(asked))[0])
    row["reason"] = row["reason"] if isinstance(row["reason"], dict) else json.loads(row["reason"])
    return row


async def lowers(story, plan):
    """Lower the label of every word without a field that shows substance use, as the officer."""
    shown = await story.hub.labels.of_plan(STAFF, plan)
    for one in shown:
        if one.element.startswith("/residue/") and "sud" in one.categories:
            wish = LabelWish("lower", one.element, one.digest, ("sud",), "boilerplate of its form")
            await story.hub.labels.change(STAFF, plan, wish)
    await story.runs()


async def test_notice_holds(story):
    """A printed notice holds an ordinary sender's plan, and says why; nothing is sent."""
    row = await sends(story, NOTICE)
    sent = await story.rows("select id from release")

    assert (row["state"], sent) == ("held", [])
    assert row["reason"]["held_for"] == ["consent:sud", "notice_printed"]


async def test_consent_opens_notice(story):
    """A consent for the member's substance use records lets a plan with the notice go."""
    row = await sends(story, NOTICE)
    await story.grants(row["member"], MCO, "pcmh-riverbend", "general", "sud")
    await story.runs()

    assert (await plan_of(story))["state"] != "held"


async def test_boilerplate(story):
    """A privacy officer who finds the notice to be boilerplate lowers it, and the plan goes."""
    row = await sends(story, NOTICE)
    await lowers(story, row["id"])

    assert (await plan_of(story))["state"] != "held"


async def test_refusal_beats_consent(story):
    """What the document says the member refuses waits for a person, though a consent covers it."""
    await sends(story, b"South Central")
    plan = await plan_of(story)
    await story.grants(plan["member"], MCO, "pcmh-riverbend", "general", "sud")
    row = await sends(story, REFUSED + b" alcohol")

    assert row["state"] == "held"
    assert "refusal_stated" in row["reason"]["held_for"]
    await lowers(story, row["id"])
    assert (await plan_of(story))["state"] != "held"


async def test_refusal_without_protected_content(story):
    """A refusal holds nothing where nothing it is about would go."""
    row = await sends(story, REFUSED)

    assert row["state"] != "held"
