"""The two addresses that are served without the framework's layers behave like all the others."""

from __future__ import annotations

import pytest
from world import MCO, PCMH

TAKE = "/v1/deliveries/{}/acknowledgment"


@pytest.mark.parametrize(
    ("whose", "path", "route"),
    [
        (PCMH, "/v1/submissions", "/v1/submissions"),
        (MCO, TAKE.format("del_1"), TAKE.format("{delivery}")),
    ],
)
async def test_refusals_name_the_route(town, whose, path, route):
    """A refusal is recorded under the route's path, never under what was asked."""
    async with town.client(whose) as client:
        answer = await client.post(path, json={"name": "X"})
    rows = await town.sql("select detail from event where kind = 'access.refused'")
    assert (403, [route]) == (answer.status_code, [row["detail"]["at"] for row in rows])


async def test_nothing_there_is_recorded(town):
    """Asking for what isn't one's own is told as nothing, and recorded."""
    async with town.client(PCMH) as client:
        answer = await client.post(TAKE.format("del_1"), json={"name": "X"})
    rows = await town.sql("select detail from event where kind = 'access.refused'")
    assert (404, ["not_found"]) == (answer.status_code, [row["detail"]["code"] for row in rows])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_other_methods(town, method):
    """Another method than POST is the framework's to answer."""
    async with town.client(PCMH) as client:
        answer = await client.request(method, TAKE.format("del_1"))
    assert (405, "method_not_allowed") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("delivery", ["", "a/b", "/"])
async def test_other_paths(town, delivery):
    """An address that only looks like one of the two is no address."""
    async with town.client(PCMH) as client:
        answer = await client.post(TAKE.format(delivery), json={"name": "X"})
    assert 404 == answer.status_code


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b'{"name": "X"', "application/json", "json_invalid"),
        (b'{"name": ""}', "application/json", "string_too_short"),
        (b'{"name": "X", "more": 1}', "application/json", "extra_forbidden"),
        (b"", "application/json", "missing"),
        (b'{"name": "X"}', "text/plain", "model_attributes_type"),
    ],
)
async def test_a_wrong_body_is_the_routes_to_answer(town, body, kind, code):
    """A body that is not plainly right gets the answer that the described route gives."""
    async with town.client(PCMH) as client:
        answer = await client.post(
            TAKE.format("del_1"), content=body, headers={"content-type": kind}
        )
    assert (422, [code]) == (answer.status_code, [e["code"] for e in answer.json()["errors"]])
