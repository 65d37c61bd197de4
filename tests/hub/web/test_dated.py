"""What begins on a day: treating relationships by API and page, planned changes by page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import MCO, OTHER_MCO, OTHER_PCMH, PCMH, START, build, officer

from hub.web.examples import EXAMPLES
from hub.web.pages import console

DAY = START.date().isoformat()
FILE = f"member_id,organisation,from,to,source\nK1,{OTHER_PCMH},{DAY},,claims\n".encode()
END = f"/directory/organisations/{PCMH}/endpoint/end-{PCMH}"
ROW = {"kind": "mailbox", "format": "html", "address": "", "reason": "they move", "seen": "0"}


@pytest.fixture
async def town(database):
    """Build a town with the console and a member."""
    made = await build(database, console())
    await made.member()
    return made


async def test_loaded_by_api(town):
    """An MCO's rows are kept for its own members; the answer has the shape of its example."""
    async with town.client(MCO) as client:
        good = await client.post("/v1/treating", content=FILE)
        other = await client.post(f"/v1/treating?mco={OTHER_MCO}", content=FILE)
    async with town.client(OTHER_MCO) as client:
        stranger = await client.post("/v1/treating", content=FILE)
    rows = await town.sql("select organisation, way from treating")

    assert (200, {"kept": 1, "problems": []}) == (good.status_code, good.json())
    assert EXAMPLES["treating"][1].keys() == good.json().keys()
    assert 404 == other.status_code
    assert {"kept": 0, "problems": [[2, "member_unknown"]]} == stranger.json()
    assert [{"organisation": OTHER_PCMH, "way": "api"}] == [dict(row) for row in rows]


async def test_a_practice_loads_nothing(town):
    """A practice can't say by API whom it treats."""
    async with town.client(PCMH) as client:
        answer = await client.post("/v1/treating", content=FILE)

    assert 403 == answer.status_code
    assert [] == await town.sql("select id from treating")


async def test_recorded_on_the_page(town):
    """The privacy officer records one; what can't be meant is said and what stands stays."""
    (row,) = await town.sql("select id from member")
    path = f"/privacy/members/{row['id']}/treating"
    given = {"organisation": OTHER_PCMH, "from": DAY, "to": "", "source": "member"}
    client = await officer(town)
    kept = await client.post(path, data=given)
    wrong = [
        await client.post(path, data={**given, **one})
        for one in ({"from": ""}, {"source": "x"}, {"organisation": MCO}, {"to": "2001-01-01"})
    ]
    shown = await client.get(f"/privacy/members/{row['id']}")
    stranger = await officer(town, "ops", "operations")
    refused = await stranger.post(path, data=given)

    assert (303, [422] * 4, 403) == (
        kept.status_code,
        [one.status_code for one in wrong],
        refused.status_code,
    )
    assert "the member says so" in shown.text
    assert 1 == len(await town.sql("select id from treating"))


async def test_planned_on_the_page(town):
    """A form with a day to come changes nothing today; one with a past day says why not."""
    starts = (START.date() + timedelta(days=3)).isoformat()
    client = await officer(town, "ops", "operations")
    past = await client.post(END, data={**ROW, "planned-from": DAY, "sure": "yes"})
    planned = await client.post(END, data={**ROW, "planned-from": starts, "sure": "yes"})
    (row,) = await town.sql("select id, changed from directory_planned")
    shown = await client.get(f"/directory/organisations/{PCMH}")
    back = [
        await client.post(f"/directory/planned/{noun}/withdrawal")
        for noun in (row["id"], row["id"], "dpl_none", "con_x")
    ]
    (end,) = await town.sql("select format from endpoint where id = %s", f"end-{PCMH}")

    assert (422, 303) == (past.status_code, planned.status_code)
    assert "a day to come" in past.text
    assert "html" == row["changed"]["format"]
    assert "Take back" in shown.text
    assert [303, 303, 404, 404] == [one.status_code for one in back]
    assert "html" != end["format"]


async def test_only_operations_plan(town):
    """The privacy officer reads what is planned, and plans and takes back nothing."""
    client = await officer(town)
    plan = await client.post(END, data={**ROW, "planned-from": "2030-01-01"})
    back = await client.post("/directory/planned/dpl_x/withdrawal")

    assert (403, 403) == (plan.status_code, back.status_code)
    assert [] == await town.sql("select id from directory_planned")
