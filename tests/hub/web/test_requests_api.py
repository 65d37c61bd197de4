"""Requests by API over the real store: made, answered, withdrawn; documents given and fetched."""

from __future__ import annotations

import io
import zipfile

import pytest
from consent_world import ALL_STATEMENTS
from test_examples import fits
from world import BOSS, MCO, OTHER_MCO, OTHER_PCMH, PCMH, START, build

from consent import TEXTS, Consent, Expiry, Parties
from consent.notices import PART2_FULL
from hub.ids import new_id
from hub.web.examples_requests import EXAMPLES

SAM, NADIA = "Sam Ortiz", "Nadia Brandt RN"
TRIED = {"on": "2026-11-01", "how": "phone", "came": "no_answer", "words": "rang at noon"}


@pytest.fixture
async def town(database):
    """Build a town in which one plan is with its practice."""
    made = await build(database)
    made.ids = await made.delivered()
    await made.sql("update delivery set sent_at = %s", START)
    await made.sql("update member set birth_date = '1961-07-19'")
    (row,) = await made.sql("select member_id from member where id = %s", made.ids["mem"])
    made.number = row["member_id"]
    return made


def wanted(town, **changed):
    """Return the body of a request for a plan, but for what is changed."""
    key = {"mco": MCO, "member_id": town.number}
    return {
        "kind": "plan",
        "key": key,
        "to": PCMH,
        "reason": "reassessment",
        "name": SAM,
        **changed,
    }


async def test_part_two_comes_with_its_notice(town):
    """A Part 2 document reaches the MCO behind the notice and the consent's scope, unchanged."""
    await town.sql("update organisation set part2_source = 'program' where id = %s", PCMH)
    consent = Consent(
        id=new_id("cns"), member=town.ids["mem"], kind="tpo", signed_by="the member", proven=True,
        disclosers=Parties(organisations=frozenset({PCMH})), recorded_at=START, recorded_by="b",
        recipients=Parties(organisations=frozenset({MCO})), signed_on=START.date(),
        purposes=frozenset({"TREAT", "HPAYMT", "HOPERAT"}), expires=Expiry(never=True),
        categories=frozenset({"general", "sud"}), statements=ALL_STATEMENTS,
    )  # fmt: skip
    assert await town.world.registry.grant(BOSS, consent) == ()
    async with town.client(MCO) as mco, town.client(PCMH) as pcmh:
        made = await mco.post("/v1/requests", json=wanted(town))
        path = f"{made.json()['status_url']}/documents"
        given = await pcmh.post(path, content=b"%PDF-1.4 of a program")
        where = given.json()["content"]
        theirs, own = await mco.get(where), await pcmh.get(where)
        (row,) = (await mco.get("/v1/documents")).json()["documents"]
    with zipfile.ZipFile(io.BytesIO(theirs.content)) as packed:
        words, inside = packed.read("NOTICE.txt").decode(), packed.read(packed.namelist()[1])

    assert (own.content, own.headers["content-type"]) == (inside, "application/pdf")
    assert theirs.headers["content-type"] == "application/zip"
    assert TEXTS[PART2_FULL] in words
    assert f"Disclosed under consent {consent.id}" in words
    assert PART2_FULL in row["notices"]


async def test_whole_round(town):
    """A plan is asked for, promised, given, listed and fetched; every answer is as its example."""
    async with town.client(MCO) as mco, town.client(PCMH) as pcmh:
        got = {"request_made": await mco.post("/v1/requests", json=wanted(town, words="Newest"))}
        path = got["request_made"].json()["status_url"]
        promise = {"kind": "promise", "name": NADIA, "on": "2026-11-20"}
        got["request_step"] = await pcmh.post(f"{path}/answer", json=promise)
        given = {"file": ("Delgado plan.pdf", b"%PDF-1.4 x", "text/html")}
        got["document_made"] = await pcmh.post(
            f"{path}/documents", files=given, data={"name": NADIA}
        )
        got["requests"] = await mco.get("/v1/requests")
        got["request"] = await mco.get(path)
        got["documents"] = await mco.get("/v1/documents")
        content = await mco.get(got["document_made"].json()["content"])

    assert {} == {n: a.text for n, a in got.items() if not a.is_success}
    assert [] == [n for n, a in got.items() if not fits(EXAMPLES[n][1], a.json())]
    assert set(got) == set(EXAMPLES)
    assert (b"%PDF-1.4 x", "application/pdf") == (content.content, content.headers["content-type"])
    assert "Delgado" not in content.headers["content-disposition"]
    assert "answered" == got["request"].json()["state"]
    assert [] == got["request"].json()["steps"]


async def test_others_see_nothing(town):
    """To another MCO and another practice the request and its document are not there."""
    ids = await town.requested(town.ids)
    answers = []
    for whose in (OTHER_MCO, OTHER_PCMH):
        async with town.client(whose) as client:
            path = f"/v1/requests/{ids['rqt']}"
            asked = [
                await client.get(path),
                await client.get(f"/v1/documents/{ids['doc']}"),
                await client.post(f"{path}/withdrawal", json={"name": "X"}),
            ]
            answers += [answer.status_code for answer in asked]
            listed = [(await client.get(p)).json() for p in ("/v1/requests", "/v1/documents")]
            assert [{"requests": [], "next": None}, {"documents": []}] == listed
    assert [404] * 6 == answers


async def test_withdrawn(town):
    """The asker alone takes a request back; then nothing more is done about it."""
    async with town.client(MCO) as mco, town.client(PCMH) as pcmh:
        path = (await mco.post("/v1/requests", json=wanted(town))).json()["status_url"]
        theirs = await pcmh.post(f"{path}/withdrawal", json={"name": NADIA})
        ours = await mco.post(f"{path}/withdrawal", json={"name": SAM})
        late = await pcmh.post(f"{path}/documents", content=b"%PDF-1.4 x")
        again = await mco.post("/v1/requests", json=wanted(town))
    assert [409, 200, 409, 201] == [a.status_code for a in (theirs, ours, late, again)]


async def test_outreach_by_a_practice(town):
    """A practice names the member by the delivery it got; both sides add to one list."""
    body = {
        "kind": "outreach",
        "delivery": town.ids["del"],
        "reason": "unreached",
        "name": NADIA,
        "attempts": [TRIED],
    }
    async with town.client(MCO) as mco, town.client(PCMH) as pcmh:
        await town.sql(
            "insert into contact (id, organisation, name, roles)"
            " values ('con-o', 'mco-keystone', 'Olga', '{owner}')"
        )
        path = (await pcmh.post("/v1/requests", json=body)).json()["status_url"]
        await mco.post(f"{path}/attempts", json={**TRIED, "came": "reached", "name": SAM})
        end = {"kind": "answer", "code": "reached", "name": SAM}
        done = await mco.post(f"{path}/answer", json=end)
        seen = (await pcmh.get(path)).json()
    assert "answered" == done.json()["state"]
    assert ["attempt", "attempt", "answer"] == [one["kind"] for one in seen["done"]]
    assert seen["member"]["member_id"] is None


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"reason": "because"}, 422, "code_unknown"),
        ({"reason": "other"}, 422, "words_missing"),
        ({"due": "2026-10-01"}, 422, "day_wrong"),
        ({"to": "mco-laurel"}, 422, "unknown_party"),
        ({"to": "nobody"}, 422, "unknown_party"),
        ({"field": "phone"}, 422, "correction_wrong"),
        ({"attempts": [TRIED]}, 422, "attempts_wrong"),
        ({"key": {"mco": MCO, "member_id": "nobody"}}, 404, "not_found"),
        ({"key": {"mco": OTHER_MCO, "member_id": "K1"}}, 404, "not_found"),
        ({"words": "relapse of alcohol use disorder"}, 409, "content_withheld"),
        ({"to": ""}, 409, "no_home"),
    ],
)
async def test_refused(town, changed, status, code):
    """What is missing, wrong or not covered is refused with its code, and nothing is kept."""
    async with town.client(MCO) as mco:
        answer = await mco.post("/v1/requests", json=wanted(town, **changed))
    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert [] == await town.sql("select id from request")


async def test_a_practice_asks_for_no_plan(town):
    """Asking for a plan is an MCO's; a practice is told so."""
    body = {"kind": "plan", "delivery": town.ids["del"], "reason": "reassessment", "name": NADIA}
    async with town.client(PCMH) as pcmh:
        assert 422 == (await pcmh.post("/v1/requests", json=body)).status_code


async def test_asked_twice(town):
    """The same asked twice is refused with the id of what is open."""
    async with town.client(MCO) as mco:
        first = await mco.post("/v1/requests", json=wanted(town))
        second = await mco.post("/v1/requests", json=wanted(town))
    assert (409, "asked_before") == (second.status_code, second.json()["code"])
    assert first.json()["request"] in second.json()["detail"]


async def test_scopes(town):
    """A credential without the scope may neither read nor write requests."""
    made = await town.key(MCO, "submissions.read")
    town.keys["narrow"] = made.secret
    async with town.client("narrow") as client:
        read = await client.get("/v1/requests")
        write = await client.post("/v1/requests", json=wanted(town))
    assert [403, 403] == [read.status_code, write.status_code]


async def test_a_reader_looks_at_it(town):
    """A document a reader makes plans of says which reader, and how many plans."""
    async with town.client(PCMH) as pcmh, town.client(MCO) as mco:
        path = f"/v1/deliveries/{town.ids['del']}/documents"
        made = await pcmh.post(path, content=b"<ClinicalDocument/>")
        (row,) = (await mco.get(f"/v1/documents?of={town.ids['pln']}")).json()["documents"]
    assert 201 == made.status_code
    assert ("double@1", 1, "application/xml") == (row["read_by"], row["plans"], row["media_type"])


async def test_size_and_emptiness(town):
    """An empty document and one above the limit are refused; nothing is kept."""
    path = f"/v1/deliveries/{town.ids['del']}/documents"
    async with town.client(PCMH) as pcmh:
        empty = await pcmh.post(path, content=b"")
        large = await pcmh.post(path, content=b"x" * 1_000_001)
    assert [422, 413] == [empty.status_code, large.status_code]
    assert [] == await town.sql("select id from returned_document")
