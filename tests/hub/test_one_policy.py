"""One policy everywhere: a switch changes the release, the preview and the API's answer alike."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx2
import pytest
from simulator import STAFF, play

from hub import foreseeing
from hub.asked import Actor
from hub.main.serving import application
from hub.settings import Settings
from hub.web.credentials import NewAccount, open_account

HALE = ("mco-allegheny", "hale_mdm_t02.hl7", "AB-77121")
PETRA = Actor("act_petra", "hub", "Petra Quinn", ("privacy",))
PASSWORD = "a long enough password 1"  # noqa: S105  # of this test only


async def withheld(story, plan, member):
    """Return what release, preview and API keep back, the kept decision, and the API's answer."""
    (kept,) = await story.rows("select decision from release where plan = %s", plan)
    sight = await story.hub.officer.sight(PETRA, member)
    now, policy = datetime.now(UTC), story.hub.policy
    reader = foreseeing.readers(sight, now)[0]
    seen = foreseeing.foresee(sight, reader, sight.consents, now, policy)
    account = NewAccount("hub", "petra", "Petra Quinn", ("privacy",), PASSWORD)
    await open_account(story.hub.office(), STAFF, account)
    door = httpx2.ASGITransport(application(story.hub))
    async with httpx2.AsyncClient(transport=door, base_url="http://127.0.0.1:8080") as client:
        await client.post("/sign-in", data={"login": "petra", "password": PASSWORD})
        page = (await client.get("/account")).text
        token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
        asked = {"plan": plan, "recipient": {"organisation": "pcmh-northside"}}
        answer = await client.post("/v1/decisions", json=asked, headers={"x-csrf-token": token})
    told = answer.json()
    return (
        {matter[0] for matter in kept["decision"]["withheld"]},
        {one.category for one in seen.reasons},
        {one["category"] for one in told["matters"] if not one["goes"]},
        kept["decision"],
        told,
    )


@pytest.mark.parametrize(("off", "stays"), [("", False), ("PA-04", True)])
async def test_a_switch_tells_everywhere(conninfo, tmp_path, off, stays):
    """With Pennsylvania's rule for mental health off, all three keep that content, else none."""
    async with play(conninfo, tmp_path, consent_off=off) as story:
        await story.sends_sample(*HALE[:2])
        member = await story.member(HALE[0], HALE[2])
        await story.grants(member, HALE[0], "pcmh-northside", "general", "sud")
        await story.runs()
        (plan,) = await story.rows("select id from plan")
        released, foreseen, explained, kept, told = await withheld(story, plan["id"], member)

    assert stays is ("mental_health" in released)
    assert released == foreseen == explained
    assert told["consents"] == kept["consents"]
    assert told["notices"] == kept["notices"]


def test_no_page_asks_with_a_policy_of_its_own(request):
    """Only the composition root and defaults of constructors make a policy."""
    folder = request.config.rootpath / "hub"
    makers = {
        str(file.relative_to(folder))
        for file in folder.rglob("*.py")
        if "Policy()" in file.read_text("utf-8")
    }

    assert makers == {"release.py", "reporting.py", "store/consenting.py"}
    assert "consent_off" in Settings.__dataclass_fields__
