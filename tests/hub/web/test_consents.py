"""Consents by API: a sender reaches its own members' only, and nothing wrong is recorded."""

import pytest
from world import BOSS, MCO, OTHER_MCO, PCMH

from hub.ids import new_id
from hub.web.credentials import issue_key

SIGNED = {
    "kind": "specific",
    "disclosers": {"organisations": [MCO]},
    "recipients": {"organisations": [PCMH]},
    "purposes": ["TREAT"],
    "categories": ["sud"],
    "signed_on": "2026-10-30",
    "signed_by": "the member",
    "expires": {"on": "2027-10-30"},
    "statements": ["patient_name", "right_to_revoke"],
}


async def recorded(client, member, **changed):
    return await client.post(f"/v1/members/{member}/consents", json={**SIGNED, **changed})


async def test_records(town):
    """A recorded consent is listed as it was signed, with what it lacks."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = await recorded(client, member)
        (found,) = (await client.get(f"/v1/members/{member}/consents")).json()["consents"]
    assert 201 == made.status_code
    assert (made.json()["consent"], ["sud"], "2026-10-30", town.key_ids[MCO]) == (
        found["id"],
        found["categories"],
        found["signed_on"],
        found["recorded_by"],
    )


async def test_by_the_payers_id(town):
    """A member is found by the payer's id, which never stands in an address."""
    member = await town.member(MCO, "K 100/7")
    async with town.client(MCO) as client:
        looked = await client.post("/v1/members/lookup", json={"mco": MCO, "member_id": "K 100/7"})
    assert {"member": member} == looked.json()


async def test_revokes(town):
    """A revoked consent says when; it can't be revoked twice."""
    member = await town.member()
    async with town.client(MCO) as client:
        consent = (await recorded(client, member)).json()["consent"]
        path = f"/v1/consents/{consent}/revocation"
        first, again = [await client.post(path, json={}) for _ in range(2)]
        (found,) = (await client.get(f"/v1/members/{member}/consents")).json()["consents"]
    assert (200, 409) == (first.status_code, again.status_code)
    assert found["revoked_at"]


@pytest.mark.parametrize("at", ["2026-11-02T15:30:00Z", "2026-11-02T14:00:00", "soon"])
async def test_revocation_instant(town, at):
    """A revocation in the future, or without a zone, is refused."""
    member = await town.member()
    async with town.client(MCO) as client:
        consent = (await recorded(client, member)).json()["consent"]
        answer = await client.post(f"/v1/consents/{consent}/revocation", json={"at": at})
    assert 422 == answer.status_code


async def test_isolation(town):
    """Another's member and consent are answered like none at all, and stay as they were."""
    member = await town.member()
    async with town.client(MCO) as client:
        consent = (await recorded(client, member)).json()["consent"]
    key = {"mco": MCO, "member_id": "K1"}
    async with town.client(OTHER_MCO) as other:
        answers = [
            await other.get(f"/v1/members/{member}/consents"),
            await other.get(f"/v1/members/{new_id('mem')}/consents"),
            await other.post("/v1/members/lookup", json=key),
            await recorded(other, member),
            await other.post(f"/v1/consents/{consent}/revocation", json={}),
            await other.post(f"/v1/consents/{new_id('cns')}/revocation", json={}),
        ]
    assert 1 == len({str({**a.json(), "request": ""}) for a in answers})
    assert {404} == {a.status_code for a in answers}
    rows = await town.sql("select revoked_at from consent")
    assert [{"revoked_at": None}] == rows


async def test_a_practice_with_a_delivery_sees_no_consents(town):
    """A practice may see the member of a delivery, yet never the member's consents."""
    ids = await town.delivered()
    await town.sql("update api_key set scopes = '{consents.read}' where organisation = %s", PCMH)
    async with town.client(PCMH) as client:
        answer = await client.get(f"/v1/members/{ids['mem']}/consents")
    assert 404 == answer.status_code


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "nonsense"},
        {"approved_by": "me"},
        {"id": "cns_mine"},
        {"recorded_at": "2020-01-01T00:00:00Z"},
        {"signed_on": "30/10/2026"},
        {"purposes": ["a\u0000"]},
        {"purposes": ["x"] * 1 + ["y" * 101]},
        {"method": "telepathy"},
    ],
)
async def test_wrong_consents(town, changed):
    """A consent that can't be, or that says what only the hub says, is refused."""
    member = await town.member()
    async with town.client(MCO) as client:
        answer = await recorded(client, member, **changed)
    assert (422, []) == (answer.status_code, await town.sql("select id from consent"))


async def test_no_key_approves(town):
    """Approval is a second person's: no credential of a system can give it."""
    member = await town.member()
    key = await issue_key(town.office, BOSS, MCO, "n", ["consents.read", "consents.write"])
    async with town.client(MCO) as client:
        consent = (await recorded(client, member)).json()["consent"]
    async with town.client(authorization=f"Bearer {key.secret}") as client:
        answer = await client.post(f"/v1/consents/{consent}/approval")
    assert 403 == answer.status_code
