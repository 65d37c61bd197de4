"""Deliveries by API: the practice fetches, acknowledges, answers; its sender watches."""

import asyncio
import base64
import hashlib

import pytest
from world import MCO, OTHER_MCO, OTHER_PCMH, PCMH

from hub.ids import new_id

ANSWER = {"kind": "accept", "name": "Nadia Brandt RN"}


async def test_both_sides_see_it(town):
    """The practice and the sender see the delivery; only the practice gets the ways to act."""
    ids = await town.delivered()
    seen = {}
    for whose in (MCO, PCMH):
        async with town.client(whose) as client:
            page = (await client.get("/v1/deliveries")).json()
            single = (await client.get(f"/v1/deliveries/{ids['del']}")).json()
        assert [single] == page["deliveries"]
        seen[whose] = set(single["links"])
    acts = {"self", "content", "changes", "acknowledgment", "answer"}
    assert ({"self"}, acts) == (seen[MCO], seen[PCMH])


@pytest.mark.parametrize("whose", [OTHER_MCO, OTHER_PCMH])
async def test_others_see_nothing(town, whose):
    """To another sender or practice the delivery does not exist."""
    ids = await town.delivered()
    async with town.client(whose) as client:
        page = (await client.get("/v1/deliveries")).json()
        theirs = await client.get(f"/v1/deliveries/{ids['del']}")
        nobodys = await client.get(f"/v1/deliveries/{new_id('del')}")
    assert [] == page["deliveries"]
    assert {**theirs.json(), "request": ""} == {**nobodys.json(), "request": ""}


@pytest.mark.parametrize("whose", [MCO, OTHER_PCMH])
@pytest.mark.parametrize(
    ("method", "tail", "body"),
    [
        ("GET", "content", None),
        ("GET", "changes", None),
        ("POST", "acknowledgment", {"name": "X"}),
        ("POST", "answer", ANSWER),
    ],
)
async def test_only_the_addressee_acts(town, whose, method, tail, body):
    """Neither the sender nor another practice can fetch, acknowledge or answer."""
    ids = await town.delivered()
    await town.sql(
        "update api_key set scopes = scopes || '{deliveries.answer}' where organisation = %s", MCO
    )
    async with town.client(whose) as client:
        answer = await client.request(method, f"/v1/deliveries/{ids['del']}/{tail}", json=body)
    rows = await town.sql("select state from delivery")
    assert (404, "sent") == (answer.status_code, rows[0]["state"])


async def test_content(town):
    """The practice gets exactly the released bytes, as an attachment with their digest."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        answer = await client.get(f"/v1/deliveries/{ids['del']}/content")
    assert (ids["content"], "application/pdf", "no-store") == (
        answer.content,
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    assert answer.headers["content-disposition"].startswith("attachment;")
    digest = base64.b64encode(hashlib.sha256(ids["content"]).digest()).decode()
    assert f"sha-256=:{digest}:" == answer.headers["content-digest"]
    rows = await town.sql("select count(*) as n from event where kind = 'delivery.downloaded'")
    assert 1 == rows[0]["n"]


async def test_content_after_revocation(town):
    """When consent no longer permits it the content is gone."""
    ids = await town.delivered()
    town.stops[ids["del"]] = "revoked"
    async with town.client(PCMH) as client:
        answer = await client.get(f"/v1/deliveries/{ids['del']}/content")
    assert (410, "no_longer_released") == (answer.status_code, answer.json()["code"])


async def test_acknowledges(town):
    """A named person takes it; a second acknowledgment tells the first instant."""
    ids = await town.delivered()
    path = f"/v1/deliveries/{ids['del']}"
    async with town.client(PCMH) as client:
        first = await client.post(f"{path}/acknowledgment", json={"name": "Nadia Brandt RN"})
        town.clock.turn(hours=1)
        again = await client.post(f"{path}/acknowledgment", json={"name": "Owen Pratt"})
    assert first.json() == again.json()
    async with town.client(MCO) as client:
        person = (await client.get(path)).json()["person"]
    assert ("acknowledged", "Nadia Brandt RN") == (person["state"], person["acknowledged_by"])


async def test_those_at_once_are_judged_apart(town):
    """Of acknowledgments that come together, the addressee's counts and a stranger's does not."""
    ids = await town.delivered()
    path = f"/v1/deliveries/{ids['del']}/acknowledgment"
    async with town.client(PCMH) as ours, town.client(OTHER_PCMH) as theirs:
        got = await asyncio.gather(
            *(each.post(path, json={"name": "X"}) for each in (theirs, ours, theirs, ours))
        )
    told = await town.sql("select actor from event where kind = 'delivery.acknowledged'")
    assert ([404, 200, 404, 200], [town.key_ids[PCMH]]) == (
        [each.status_code for each in got],
        [row["actor"] for row in told],
    )


async def test_a_change_in_between_is_judged_again(town):
    """A delivery that changes after it was judged is judged again by what it has become."""
    ids = await town.delivered(state="sending")
    path = f"/v1/deliveries/{ids['del']}/acknowledgment"
    async with town.database.line() as other, town.client(PCMH) as client:
        await other.execute("update delivery set state = 'overdue' where id = %s", (ids["del"],))
        asked = asyncio.create_task(client.post(path, json={"name": "X"}))
        await asyncio.sleep(0.3)
        await other.commit()
        answer = await asked
    told = await town.sql("select detail from event where kind = 'delivery.acknowledged'")
    assert (200, [True]) == (answer.status_code, [row["detail"]["late"] for row in told])


async def test_answers(town):
    """The sender reads what the practice answered."""
    ids = await town.delivered()
    path = f"/v1/deliveries/{ids['del']}"
    body = {"kind": "dispute", "name": "Nadia Brandt RN", "reason": "criteria not met"}
    async with town.client(PCMH) as client:
        answer = await client.post(f"{path}/answer", json=body)
    async with town.client(MCO) as client:
        found = (await client.get(path)).json()
    assert (200, "answered", "criteria not met") == (
        answer.status_code,
        found["state"],
        found["agreement"]["answer"]["reason"],
    )


@pytest.mark.parametrize("kind", ["dispute", "cannot_reach"])
async def test_a_reason_is_needed(town, kind):
    """A dispute without a reason is refused and changes nothing."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        answer = await client.post(
            f"/v1/deliveries/{ids['del']}/answer", json={"kind": kind, "name": "N"}
        )
    rows = await town.sql("select state from delivery")
    assert (422, "sent") == (answer.status_code, rows[0]["state"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"name": ""}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud800"}',
        b'{"name": 7}',
        b'{"name": "Zzyzx", "Zzyzx": 1}',
        b'{"name": "' + b"x" * 201 + b'"}',
        b"\xff\xfe",
    ],
)
async def test_bad_bodies(town, body):
    """A body that doesn't follow the description is refused without repeating any of it."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        answer = await client.post(
            f"/v1/deliveries/{ids['del']}/acknowledgment",
            content=body,
            headers={"content-type": "application/json"},
        )
    assert answer.status_code in {400, 422}
    assert "Zzyzx" not in answer.text
    assert "application/problem+json" == answer.headers["content-type"]
