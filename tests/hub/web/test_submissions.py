"""Handing documents in and seeing what became of them, as two MCOs and nobody."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from world import MCO, OTHER_MCO

from hub.ids import new_id

PLAN = b"<ClinicalDocument/>"


async def post(client, content=PLAN, path="/v1/submissions", **headers):
    return await client.post(path, content=content, headers=headers)


async def count(town):
    rows = await town.sql("select count(*) as n from submission")
    return rows[0]["n"]


async def test_accepts(town):
    """A document is answered 202 with its id, digest, size and where to look."""
    async with town.client(MCO) as client:
        answer = await post(client, **{"content-type": "text/xml"})
        body = answer.json()
        assert (202, hashlib.sha256(PLAN).hexdigest(), len(PLAN), None) == (
            answer.status_code,
            body["sha256"],
            body["bytes"],
            body["duplicate_of"],
        )
        assert answer.headers["location"] == body["status_url"]
        status = (await client.get(body["status_url"])).json()
    assert ("received", "the hub", "text/xml", None) == (
        status["state"],
        status["turn"],
        status["media_type"],
        status["name"],
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="plan 7.xml"', "plan 7.xml"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ("attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "résumé.pdf"),
        ("attachment", None),
    ],
)
async def test_name(town, disposition, name):
    """The sender's file name is kept without its folders."""
    async with town.client(MCO) as client:
        answer = await post(client, **{"content-disposition": disposition})
        status = (await client.get(answer.json()["status_url"])).json()
    assert name == status["name"]


async def test_multipart(town):
    """The one file of a form is the document."""
    async with town.client(MCO) as client:
        files = {"file": ("plan.xml", PLAN, "text/xml")}
        body = (await client.post("/v1/submissions", files=files)).json()
        status = (await client.get(body["status_url"])).json()
    assert (hashlib.sha256(PLAN).hexdigest(), "plan.xml", "text/xml") == (
        body["sha256"],
        status["name"],
        status["media_type"],
    )


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"files": [("a", ("a", b"1")), ("b", ("b", b"2"))]}, "one_file_only"),
        ({"files": {"a": (None, b"1")}}, "no_file"),
        ({"files": {"a": ("a.xml", b"")}}, "empty"),
        ({"content": b"--x\r\nbroken"}, "multipart_unreadable"),
        ({"content": b""}, "multipart_unreadable"),
        ({"files": {"a": (None, b"1" * 9000)}}, "field_too_large"),
    ],
)
async def test_bad_multipart(town, form, code):
    """A form without exactly one file is refused and nothing is kept."""
    headers = {"content-type": "multipart/form-data; boundary=x"} if "content" in form else {}
    async with town.client(MCO) as client:
        answer = await client.post("/v1/submissions", headers=headers, **form)
    assert (400, code) == (answer.status_code, answer.json()["code"])
    assert await count(town) == 0


async def test_empty(town):
    """A document without bytes is refused."""
    async with town.client(MCO) as client:
        answer = await post(client, b"")
    assert (400, "empty") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("declared", [True, False])
async def test_oversized(town, declared):
    """A document above the limit is refused, whether or not it says how long it is."""

    async def pieces():
        for _ in range(120):
            yield b"x" * 10_000

    content = b"x" * 1_000_001 if declared else pieces()
    async with town.client(MCO) as client:
        answer = await post(client, content)
    assert (413, "too_large") == (answer.status_code, answer.json()["code"])
    assert await count(town) == 0


async def test_large(town):
    """A document that has to be streamed arrives whole."""
    content = bytes(range(256)) * 3_000
    async with town.client(MCO) as client:
        body = (await post(client, content)).json()
    assert hashlib.sha256(content).hexdigest() == body["sha256"]


@pytest.mark.parametrize("encoding", ["gzip", "br"])
async def test_encoded(town, encoding):
    """An encoded body is refused instead of kept as it isn't."""
    async with town.client(MCO) as client:
        answer = await post(client, **{"content-encoding": encoding})
    assert 415 == answer.status_code


@pytest.mark.parametrize("key", ['"k-1"', "k-1"])
async def test_idempotent(town, key):
    """The same key and bytes get the first answer again, quoted or bare."""
    async with town.client(MCO) as client:
        first = await post(client, **{"idempotency-key": '"k-1"'})
        town.clock.turn(seconds=9)
        again = await post(client, **{"idempotency-key": key})
    assert (first.json(), "true") == (again.json(), again.headers["idempotency-replayed"])
    assert await count(town) == 1


async def test_key_reused(town):
    """The same key with other bytes is refused and changes nothing."""
    async with town.client(MCO) as client:
        await post(client, **{"idempotency-key": '"k"'})
        answer = await post(client, b"other", **{"idempotency-key": '"k"'})
    assert (422, "idempotency_key_reused") == (answer.status_code, answer.json()["code"])
    assert await count(town) == 1


async def test_key_of_another(town):
    """Two organisations' equal keys have nothing to do with each other."""
    async with town.client(MCO) as one, town.client(OTHER_MCO) as other:
        first = await post(one, **{"idempotency-key": '"k"'})
        second = await post(other, b"other", **{"idempotency-key": '"k"'})
    assert (202, 202) == (first.status_code, second.status_code)


async def test_twenty_at_once(town):
    """Twenty requests at once under one key are one submission with one answer."""
    async with town.client(MCO) as client:
        answers = await asyncio.gather(
            *(post(client, **{"idempotency-key": '"k"'}) for _ in range(20))
        )
    assert {202} == {a.status_code for a in answers}
    assert 1 == len({a.content for a in answers})
    assert await count(town) == 1


@pytest.mark.parametrize("key", ['""', '"a', "ké", "a" * 256, '"tab\\x"', "a b"])
async def test_bad_key(town, key):
    """A key that is no structured-field string nor a bare word is refused."""
    async with town.client(MCO) as client:
        answer = await client.post(
            "/v1/submissions", content=PLAN, headers=[(b"idempotency-key", key.encode("latin-1"))]
        )
    assert (400, "idempotency_key_invalid") == (answer.status_code, answer.json()["code"])


async def test_duplicate(town):
    """The same bytes again are a duplicate whose receipt shows what became of the first."""
    async with town.client(MCO) as client:
        first = (await post(client)).json()
        again = (await post(client)).json()
        status = (await client.get(again["status_url"])).json()
    assert first["submission"] == again["duplicate_of"] == status["duplicate_of"]
    assert "duplicate" == status["state"]


async def test_same_bytes_of_another(town):
    """Another organisation's same bytes are no duplicate."""
    async with town.client(MCO) as one, town.client(OTHER_MCO) as other:
        await post(one)
        answer = (await post(other)).json()
    assert answer["duplicate_of"] is None


async def test_dry_run(town):
    """A dry run says what would be read, under the sender's bindings, and keeps nothing."""
    async with town.client(MCO) as client:
        body = (await post(client, path="/v1/submissions?dry_run=true")).json()
    assert ("double@1", 1, 1.0, "goal_without_concern") == (
        body["reader"],
        body["plans"],
        body["coverage"]["kept"],
        body["findings"][0]["code"],
    )
    (bindings, document), *_ = town.reader.asked
    assert ("adapters.mcos.mco-keystone", PLAN) == (bindings[0].adapter, document.content)
    assert (0, {}) == (await count(town), town.world.vault.kept)


async def test_dry_run_plans(town):
    """A dry run returns the plans when asked to."""
    async with town.client(MCO) as client:
        body = (await post(client, path="/v1/submissions?dry_run=true&plans=true")).json()
    assert ["icp/1"] == [plan["schema"] for plan in body["plans"]]


@pytest.mark.parametrize("query", ["dryrun=true", "dry_run=maybe", "dry_run", "x=true", "%ff=1"])
async def test_misspelt(town, query):
    """A misspelt flag is refused, lest a dry run be kept."""
    async with town.client(MCO) as client:
        answer = await post(client, path=f"/v1/submissions?{query}")
    assert (400, 0) == (answer.status_code, await count(town))


async def test_pages(town):
    """The list is walked page by page, newest first, without the other organisation's."""
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        sent = []
        for n in range(5):
            sent.append((await post(client, b"%d" % n)).json()["submission"])
            await post(other, b"%d" % n)
        found, path = [], "/v1/submissions?limit=2&state=received"
        while path:
            page = (await client.get(path)).json()
            found += [s["submission"] for s in page["submissions"]]
            path = page["next"]
    assert sent[::-1] == found


@pytest.mark.parametrize(
    "query", ["state=nonsense", "limit=0", "limit=9999", "limit=x", "state=%00"]
)
async def test_bad_filter(town, query):
    """A filter that can't be is refused."""
    async with town.client(MCO) as client:
        answer = await client.get(f"/v1/submissions?{query}")
    assert 422 == answer.status_code


async def test_foreign_cursor(town):
    """Another's submission as cursor shows nothing."""
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        theirs = (await post(other)).json()["submission"]
        await post(client)
        page = (await client.get(f"/v1/submissions?cursor={theirs}")).json()
    assert {"submissions": [], "next": None} == page


@pytest.mark.parametrize("tail", ["", "/receipt"])
async def test_isolation(town, tail):
    """Another's submission and a made-up one are refused in the same words."""
    ids = await town.delivered()
    async with town.client(OTHER_MCO) as client:
        theirs = await client.get(f"/v1/submissions/{ids['sub']}{tail}")
        nobodys = await client.get(f"/v1/submissions/{new_id('sub')}{tail}")
        odd = await client.get(f"/v1/submissions/%00{tail}")
    told = [{**a.json(), "request": ""} for a in (theirs, nobodys, odd)]
    assert [404, 404, 404] == [a["status"] for a in told]
    assert told[0] == told[1] == told[2]


async def test_receipt(town):
    """The receipt shows each plan and the three ledgers of its delivery, and no member."""
    ids = await town.delivered(state="acknowledged")
    async with town.client(MCO) as client:
        answer = await client.get(f"/v1/submissions/{ids['sub']}/receipt")
    (plan,) = answer.json()["plans"]
    (delivery,) = plan["deliveries"]
    assert (ids["pln"], 1, ids["del"], "Nadia Brandt RN", True) == (
        plan["plan"],
        plan["version"],
        delivery["delivery"],
        delivery["contact"],
        delivery["withheld"],
    )
    assert {"transport", "person", "agreement"} <= set(delivery)
    assert "Zzy" not in answer.text


async def test_plan_changes(town):
    """Of a first version there is nothing to compare; to another sender it does not exist."""
    ids = await town.delivered()
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        mine = await client.get(f"/v1/plans/{ids['pln']}/changes")
        theirs = await other.get(f"/v1/plans/{ids['pln']}/changes")
    assert {"plan": ids["pln"], "since": None, "changes": []} == mine.json()
    assert 404 == theirs.status_code


async def test_plan(town):
    """The sender reads its own plan as icp/1; to another it does not exist."""
    ids = await town.delivered()
    async with town.client(MCO) as client, town.client(OTHER_MCO) as other:
        mine = await client.get(f"/v1/plans/{ids['pln']}")
        theirs = await other.get(f"/v1/plans/{ids['pln']}")
    assert ("icp/1", 404) == (mine.json()["schema"], theirs.status_code)
