"""A refusal that a sender's message states reaches the privacy officer before anything goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from simulator import play

import adapters
from hub.adapting import activating, samples

MCO, PRACTICE = "mco-allegheny", "pcmh-riverbend"
PROFILE = (Path(adapters.__file__).parent / "mcos" / "allegheny_hl7v2.yaml").read_text("utf-8")
CONSENTS = (
    "consents: {about: ZCN-2, answer: ZCN-3, signed_on: ZCN-4, refused: [N],"
    " labels: {ROI: general}}\n"
)
MESSAGE = r"""MSH|^~\&|BRIDGECM|ABBH|HUB|PRACTICE|20261104141500-0500||MDM^T02|C7|P|2.5.1
PID|1||AB-77121^^^ABBH||Hale^Marcus||19900514|M
TXA|1|18776-5^Plan of care note^LN|TX|20261104||||||||D7|||||AU
OBX|1|TX|18776-5^Plan of care note^LN||GOALS:||||||F
OBX|2|TX|18776-5^Plan of care note^LN||- Walk to the shop||||||F
ZCN|1|ROI|{answer}|{day}
"""
LONG_AGO = "20200101"


@pytest.fixture
async def story(conninfo, tmp_path):
    """Open the stage, with a profile in force that names the segment of consents."""
    async with play(conninfo, tmp_path) as stage:
        file = tmp_path / "allegheny.yaml"
        text = PROFILE.replace('version: "1"', 'version: "2"') + CONSENTS
        file.write_text(text, encoding="utf-8")
        trial = await activating.tried(stage.hub, MCO, samples.written(file), 50, lambda *_: None)
        await activating.put(stage.hub, trial, "tester")
        yield stage


async def reads(story, answer, day):
    """Hand a message in that states an answer of a day, and walk the line."""
    await story.sends(MCO, MESSAGE.format(answer=answer, day=day).encode(), "plan.hl7")
    await story.runs()
    return await story.rows("select state, reason, member from plan order by seq desc limit 1")


async def test_no_refusal(story):
    """A plan that states none goes its way."""
    (row,) = await reads(story, "NA", LONG_AGO)
    assert row["state"] == "released"


async def test_held_until_somebody_heard(story):
    """A plan that states one waits, and goes by itself when a later consent is on file."""
    (row,) = await reads(story, "N", LONG_AGO)
    assert (row["state"], row["reason"]["held_for"][0]) == ("held", "refusal_stated")

    await story.grants(row["member"], MCO, PRACTICE, "general")
    await story.runs()
    assert await story.states("plan") == ["released"]


async def test_an_older_consent_does_not_answer(story):
    """A consent that was signed before the refusal leaves the plan waiting."""
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"
    (row,) = await reads(story, "N", tomorrow)
    await story.grants(row["member"], MCO, PRACTICE, "general")
    await story.runs()
    assert await story.states("plan") == ["held"]
