"""Rosters and the directory by file."""

import pytest
from world import BOSS, MCO, OTHER_MCO

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
        ]
    assert [403, 403] == [a.status_code for a in answers]
    assert BOSS.organisation == "hub"
