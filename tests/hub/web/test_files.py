"""Rosters and the directory by file."""

import pytest
from world import BOSS, MCO, OTHER_MCO

from hub.web.examples import EXAMPLES

ROSTER = (
    b"member_id,last_name,first_name,dob,practice_id\n"
    b"K1,Zzyzx,Ann,1961-07-19,pcmh-riverbend\n"
    b"K2,Zzyzx,Bob,1962-07-19,pcmh-nowhere\n"
)


async def members(town):
    rows = await town.sql("select mco, member_id from member order by 1, 2")
    return [(r["mco"], r["member_id"]) for r in rows]


async def test_roster(town):
    """A roster's good rows take effect for its sender; the others are named by row and code."""
    async with town.client(MCO) as client:
        answer = await client.post("/v1/rosters/full", content=ROSTER)
    assert (200, 1, [[3, "pcmh_unknown"]]) == (
        answer.status_code,
        answer.json()["added"],
        answer.json()["problems"],
    )
    assert [(MCO, "K1")] == await members(town)


async def test_refused_roster(town):
    """A full roster that would drop too many is refused whole, with the figures."""
    async with town.client(MCO) as client:
        await client.post("/v1/rosters/full", content=ROSTER)
        answer = await client.post(
            "/v1/rosters/full", content=ROSTER.replace(b"K1", b"K9").replace(b"K2", b"K8")
        )
    assert (422, "roster_refused") == (answer.status_code, answer.json()["code"])
    assert [(MCO, "K1")] == await members(town)
    assert "Zzyzx" not in answer.text


async def test_another_senders_roster(town):
    """A sender can't load a roster in another's name."""
    async with town.client(OTHER_MCO) as client:
        answer = await client.post(f"/v1/rosters/full?mco={MCO}", content=ROSTER)
    assert (404, []) == (answer.status_code, await members(town))


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [("half", ROSTER, 422), ("full", b"", 400), ("full", b"a,b\n1,2\n", 422)],
)
async def test_wrong_files(town, kind, content, status):
    """An unknown kind, an empty file and a file without its columns are refused."""
    async with town.client(MCO) as client:
        answer = await client.post(f"/v1/rosters/{kind}", content=content)
    assert status == answer.status_code


async def test_directory(town):
    """The staff's key changes the directory and reads it back."""
    file = b"organisations:\n  - {id: pcmh-new, kind: pcmh, name: New, npi: '1912301953'}\n"
    async with town.client("hub") as client:
        loaded = await client.put("/v1/directory", content=file)
        found = await client.get("/v1/directory")
    assert 200 == loaded.status_code
    assert b"pcmh-new" in found.content


@pytest.mark.parametrize("content", [b"{", b"- 1", b"a: !!python/object/apply:os.system [id]"])
async def test_wrong_directory(town, content):
    """A file that is no directory is refused."""
    async with town.client("hub") as client:
        answer = await client.put("/v1/directory", content=content)
    assert 422 == answer.status_code


async def test_directory_diff(town):
    """What a file would change is told as in the example of the description; nothing is kept."""
    await town.sql("update contact set verified_on = '2026-01-01'")
    ids = await town.delivered()
    file = b"contacts: [{id: con-pcmh-riverbend, organisation: pcmh-riverbend, name: N, roles: []}]"
    async with town.client("hub") as client:
        told = (await client.post("/v1/directory/diff", content=file)).json()
        found = (await client.get("/v1/directory")).content
    example = EXAMPLES["directory_diff"][1]

    assert set(told) == set(example)
    assert set(told["changes"][0]) == set(example["changes"][0])
    assert set(told["stranded"][0]) == set(example["stranded"][0])
    assert told["stranded"][0]["deliveries"] == [ids["del"]]
    assert {one["code"] for one in told["remarks"]} == {"no_role"}
    assert b"Nadia Brandt" in found


async def test_fhir_directory(town):
    """The directory goes out as a FHIR bundle, and comes back in changed."""
    async with town.client("hub") as client:
        bundle = (await client.get("/v1/directory/fhir")).json()
        (nadia,) = [
            one["resource"]
            for one in bundle["entry"]
            if one["resource"]["resourceType"] == "Practitioner"
            and one["resource"]["id"] == "con-pcmh-riverbend"
        ]
        nadia["telecom"] = [{"system": "phone", "value": "555-0100"}]
        told = (await client.put("/v1/directory", json=bundle)).json()
    rows = await town.sql("select phone from contact where id = 'con-pcmh-riverbend'")
    (change,) = await town.sql("select way, actor from directory_change")

    assert set(bundle) == set(EXAMPLES["directory_fhir"][1])
    assert [one["id"] for one in told["changes"]] == ["con-pcmh-riverbend"]
    assert rows[0]["phone"] == "555-0100"
    assert change["way"] == "fhir"


async def test_the_directory_is_the_staffs(town):
    """Even a sender's key with the scope doesn't open the directory."""
    await town.sql(
        "update api_key set scopes = '{directory.read,directory.write}' where organisation = %s",
        MCO,
    )
    async with town.client(MCO) as client:
        answers = [
            await client.get("/v1/directory"),
            await client.put("/v1/directory", content=b"{}"),
            await client.get("/v1/directory/fhir"),
            await client.post("/v1/directory/diff", content=b"{}"),
        ]
    assert [403] * 4 == [a.status_code for a in answers]
    assert BOSS.organisation == "hub"
