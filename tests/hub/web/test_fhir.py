"""FHIR Consent over HTTP: read, search, create, history, in FHIR's own forms, by SMART scopes."""

import json

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.consent import Consent
from fhir.resources.R4B.operationoutcome import OperationOutcome
from test_registry import granted
from world import MCO, OTHER_MCO, PCMH

JSON = {"content-type": "application/fhir+json"}


def resource(member, **changed):
    """Return a Consent of a member that names everything R4 has an element for."""

    def party(role, kind, name):
        code = {"coding": [{"code": role}]}
        return {"role": code, "reference": {"reference": f"{kind}/{name}"}}

    act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{member}"},
        "dateTime": "2026-10-30",
        "performer": [{"reference": f"Patient/{member}"}],
        "policyRule": {"coding": [{"system": act, "code": "42CFRPart2CD"}]},
        "provision": {
            "type": "permit",
            "period": {"end": "2027-10-30"},
            "actor": [party("CST", "Organization", MCO), party("IRCP", "Organization", PCMH)],
            "purpose": [{"code": "TREAT"}],
            "securityLabel": [{"system": act, "code": "SUD"}],
        },
        **changed,
    }


async def created(client, body, **headers):
    """Post a resource."""
    given = {**JSON, **headers}
    return await client.post("/fhir/Consent", content=json.dumps(body), headers=given)


async def test_create_and_read(town):
    """A created Consent is read back whole, as R4, with its version."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = await created(client, resource(member.replace("_", "-")))
        read = await client.get(f"/fhir/Consent/{made.json()['id']}")
        (row,) = await town.sql("select record from consent")
    assert (201, 'W/"1"') == (made.status_code, made.headers["etag"])
    assert Consent.model_validate(read.json()).provision.purpose[0].code == "TREAT"
    record = row["record"]
    assert ("specific", ["sud"], ["TREAT"], "2027-10-30") == (
        record["kind"],
        record["categories"],
        record["purposes"],
        record["expires"]["on"],
    )
    assert (member, False, town.key_ids[MCO]) == (
        record["member"],
        record["bulk"],
        record["recorded_by"],
    )


async def test_by_the_payers_id(town):
    """The patient may be named by the payer's id, in the resource and in a search by form."""
    member = await town.member(member_id="K77")
    who = {"identifier": {"system": "urn:payer", "value": "K77"}}
    async with town.client(MCO) as client:
        made = await created(client, resource(member, patient=who))
        form = {"patient:identifier": "urn:payer|K77"}
        found = (await client.post("/fhir/Consent/_search", data=form)).json()
        address = await client.get("/fhir/Consent?patient:identifier=urn:payer|K77")
    assert [made.json()["id"]] == [e["resource"]["id"] for e in found["entry"]]
    assert 400 == address.status_code


async def test_what_it_lacks(town):
    """Asked for an OperationOutcome, a create answers with what the form lacks, by clause."""
    member = await town.member()
    async with town.client(MCO) as client:
        answer = await created(client, resource(member), prefer="return=OperationOutcome")
    issues = OperationOutcome.model_validate(answer.json()).issue
    assert any("42 CFR 2.31(a)(6)" in one.diagnostics for one in issues)
    assert {"warning", "information"} >= {one.severity for one in issues}


@pytest.mark.parametrize(
    ("changed", "status", "expression"),
    [
        ({"status": "draft"}, 422, "Consent.status"),
        ({"scope": {}}, 422, "Consent.scope"),
        ({"modifierExtension": [{"url": "http://x"}]}, 422, "Consent.modifierExtension"),
        ({"dateTime": "2027-10-30"}, 422, None),
        ({"provision": {"type": "permit", "data": [{"meaning": "instance"}]}}, 422, None),
        ({"patient": {"reference": "Patient/nobody"}}, 422, None),
        ({"resourceType": "Patient"}, 422, "Consent"),
    ],
)
async def test_refused(town, changed, status, expression):
    """What can't be kept is refused with an OperationOutcome that says where, and isn't kept."""
    member = await town.member()
    async with town.client(MCO) as client:
        answer = await created(client, {**resource(member), **changed})
    assert (status, JSON["content-type"]) == (answer.status_code, answer.headers["content-type"])
    found = OperationOutcome.model_validate(answer.json())
    places = [place for one in found.issue for place in one.expression or ()]
    assert expression is None or expression in places
    assert [] == await town.sql("select id from consent")


async def test_what_was_written_never_comes_back(town):
    """An OperationOutcome holds nothing of what was sent."""
    body = resource("nobody", status="ZZTOP-secret", performer=[{"display": "Rosa Zzy"}])
    async with town.client(MCO) as client:
        answer = await created(client, body)
    assert "ZZTOP" not in answer.text
    assert "Rosa" not in answer.text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/fhir+json", 400),
        (b"[]", "application/fhir+json", 422),
        (b"{}", "text/plain", 415),
        (b"[" * 100_000, "application/json", 400),
    ],
)
async def test_wrong_bodies(town, content, kind, status):
    """A body that is no JSON resource is refused in FHIR's own form."""
    async with town.client(MCO) as client:
        answer = await client.post("/fhir/Consent", content=content, headers={"content-type": kind})
    assert (status, "OperationOutcome") == (answer.status_code, answer.json()["resourceType"])


async def test_the_same_form_again(town):
    """The same form again is a conflict, not a second signature."""
    member = await town.member()
    async with town.client(MCO) as client:
        first, again = [await created(client, resource(member)) for _ in range(2)]
    assert (201, 409) == (first.status_code, again.status_code)
    assert 1 == len(await town.sql("select id from consent"))


async def test_history(town):
    """Each stamp is a version: the first stays active, the revoked one is inactive."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member))["consent"]
        await client.post(f"/v1/consents/{made}/revocation", json={})
        at = f"/fhir/Consent/{made.replace('_', '-')}"
        history = (await client.get(f"{at}/_history")).json()
        versions = [(await client.get(f"{at}/_history/{n}")).status_code for n in (0, 1, 2, 3)]
        first = (await client.get(f"{at}/_history/1")).json()
    Bundle.model_validate(history)
    told = [(e["resource"]["meta"]["versionId"], e["resource"]["status"]) for e in history["entry"]]
    assert [("2", "inactive"), ("1", "active")] == told
    assert ([404, 200, 200, 404], "active") == (versions, first["status"])


async def test_search(town):
    """Search is by patient, id and status, page by page; a wrong parameter is refused."""
    member, other = await town.member(), await town.member(member_id="K2")
    async with town.client(MCO) as client:
        ids = [(await granted(client, one))["consent"] for one in (member, other)]
        await client.post(f"/v1/consents/{ids[1]}/revocation", json={})
        asked = [
            f"patient=Patient/{member.replace('_', '-')}",
            f"_id={ids[1].replace('_', '-')}",
            "status=active",
            "patient=Patient/mem-nobody",
        ]
        found = [(await client.get(f"/fhir/Consent?{one}")).json() for one in asked]
        page = (await client.get("/fhir/Consent?_count=1")).json()
        following = (await client.get(page["link"][0]["url"])).json()
        bad = [
            (await client.get(f"/fhir/Consent?{one}")).status_code
            for one in ("name=Zzy", "_count=0", "_count=x", "status=odd", "_id=a&_id=b")
        ]
    got = [[e["resource"]["id"] for e in one.get("entry", ())] for one in found]
    a, b = (one.replace("_", "-") for one in ids)
    assert [[a], [b], [a], []] == got
    assert {a, b} == {one["entry"][0]["resource"]["id"] for one in (page, following)}
    assert [400] * 5 == bad
    for one in (*found, page):
        Bundle.model_validate(one)


async def test_others_search_finds_nothing(town):
    """Another sender's search is empty, whatever it asks, and as if there were nothing."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member))["consent"]
    async with town.client(OTHER_MCO) as other:
        for query in ("", f"?_id={made.replace('_', '-')}", f"?patient={member.replace('_', '-')}"):
            bundle = (await other.get(f"/fhir/Consent{query}")).json()
            assert "entry" not in bundle


@pytest.mark.parametrize(
    ("scope", "reads", "creates"),
    [
        ("system/Consent.rs", 200, 403),
        ("system/Consent.c", 403, 422),
        ("submissions.read", 403, 403),
    ],
)
async def test_scopes(town, scope, reads, creates):
    """Reading and creating have scopes of their own."""
    key = await town.key(MCO, scope)
    async with town.client(authorization=f"Bearer {key.secret}") as client:
        told = (await client.get("/fhir/Consent")).status_code
        made = (await created(client, resource("nobody"))).status_code
    assert (reads, creates) == (told, made)


async def test_capabilities(town):
    """The CapabilityStatement is for anyone, is valid R4, and promises what there is."""
    async with town.client() as client:
        found = (await client.get("/fhir/metadata")).json()
    statement = CapabilityStatement.model_validate(found)
    does = {r.type: {one.code for one in r.interaction} for r in statement.rest[0].resource}
    assert {"read", "vread", "create", "search-type", "history-instance"} == does["Consent"]
    assert {"read", "update", "search-type"} == does["Task"]
    assert {"read", "create", "delete", "search-type"} == does["Subscription"]
    assert {"read"} == does["Binary"]
