"""FHIR Organization, Practitioner, Endpoint, AuditEvent: who may see whom, and nothing secret."""

import importlib
import json

import pytest
from world import MCO, OTHER_MCO, OTHER_PCMH, PCMH

KINDS = ("Organization", "Practitioner", "Endpoint", "AuditEvent")


async def found(client, path):
    """Return the resources of a search, each held to fhir.resources' R4 models."""
    answer = await client.get(f"/fhir/{path}")
    assert 200 == answer.status_code, answer.text
    resources = [one["resource"] for one in answer.json().get("entry", ())]
    for one in resources:
        kind = one["resourceType"]
        module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
        getattr(module, kind).model_validate(one)
    return resources


async def test_whom_one_sees(town):
    """An organisation sees itself and those it shares plans with; the hub's staff see all."""
    await town.delivered()
    seen = {}
    for whose in (MCO, PCMH, OTHER_PCMH, "hub"):
        async with town.client(whose) as client:
            seen[whose] = {one["id"] for one in await found(client, "Organization")}
    assert {
        MCO: {MCO, PCMH},
        PCMH: {MCO, PCMH},
        OTHER_PCMH: {OTHER_PCMH},
        "hub": {MCO, OTHER_MCO, PCMH, OTHER_PCMH},
    } == seen


async def test_contacts(town):
    """A sender sees the contact its plan went to, a practice its own; others none of them."""
    await town.delivered()
    seen = {}
    for whose in (MCO, OTHER_MCO, PCMH, OTHER_PCMH):
        async with town.client(whose) as client:
            seen[whose] = [one["id"] for one in await found(client, "Practitioner")]
            named = await found(client, f"Practitioner?organization=Organization/{PCMH}")
            assert len(named) == (whose in {MCO, PCMH})
    theirs = [f"con-{PCMH}"]
    assert {MCO: theirs, OTHER_MCO: [], PCMH: theirs, OTHER_PCMH: [f"con-{OTHER_PCMH}"]} == seen


async def test_endpoints_are_ones_own(town):
    """An endpoint is shown to its own organisation, without secrets and options."""
    await town.delivered()
    await town.sql(
        "update endpoint set address = 'https://ehr.example/r4', kind = 'fhir',"
        " secrets = 'hidden', options = '{\"client_id\": \"hidden\"}'"
    )
    async with town.client(PCMH) as client:
        (own,) = await found(client, "Endpoint")
        other = await client.get(f"/fhir/Endpoint/end-{OTHER_PCMH}")
    async with town.client(MCO) as client:
        assert [] == await found(client, "Endpoint")
    assert (f"end-{PCMH}", "hl7-fhir-rest") == (own["id"], own["connectionType"]["code"])
    assert "hidden" not in json.dumps(own)
    assert 404 == other.status_code


@pytest.mark.parametrize("kind", ["Organization", "Practitioner", "Endpoint"])
async def test_one_by_its_id(town, kind):
    """What a search shows can be read by its id, by the same asker alone."""
    await town.delivered()
    async with town.client(PCMH) as client:
        (*_, one) = await found(client, kind)
        assert [one] == await found(client, f"{kind}?_id={one['id']}")
        read = await client.get(f"/fhir/{kind}/{one['id']}")
    async with town.client(OTHER_MCO) as client:
        other = await client.get(f"/fhir/{kind}/{one['id']}")
    assert (one, 404) == (read.json(), other.status_code)


async def test_pages_of_the_directory(town):
    """A long list comes in pages that hold each once."""
    seen, path = [], "Organization?_count=3"
    async with town.client("hub") as client:
        while path:
            page = (await client.get(f"/fhir/{path}")).json()
            seen += [one["resource"]["id"] for one in page["entry"]]
            following = [one["url"] for one in page["link"] if one["relation"] == "next"]
            path = following[0].partition("/fhir/")[2] if following else ""
    assert [MCO, OTHER_MCO, OTHER_PCMH, PCMH] == seen


async def test_audit_events(town):
    """An organisation reads the events that name it, newest first, and no others."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        await client.get(f"/v1/deliveries/{ids['del']}/content")
        path = f"/v1/deliveries/{ids['del']}/acknowledgment"
        await client.post(path, json={"name": "Nadia Brandt RN"})
        mine = await found(client, f"AuditEvent?entity=urn:icp:noun|{ids['del']}")
        first = await found(client, "AuditEvent?_count=1")
        read = await client.get(f"/fhir/AuditEvent/{mine[0]['id']}")
    async with town.client(OTHER_PCMH) as client:
        assert [] == await found(client, f"AuditEvent?entity={ids['del']}")
        other = await client.get(f"/fhir/AuditEvent/{mine[0]['id']}")
    kinds = [one["subtype"][0]["code"] for one in mine]
    assert (["delivery.acknowledged", "delivery.downloaded"], 1) == (kinds, len(first))
    assert (mine[0], 404) == (read.json(), other.status_code)
    assert "Nadia" not in json.dumps(mine)


@pytest.mark.parametrize(
    "path",
    [
        "Organization?name=x",
        "Organization?_lastUpdated=2026",
        "AuditEvent?_count=x",
        "Endpoint?_id=a&_id=b",
    ],
)
async def test_odd_searches(town, path):
    """What the directory can't be searched by is refused as an OperationOutcome."""
    async with town.client(PCMH) as client:
        answer = await client.get(f"/fhir/{path}")
    assert (400, "OperationOutcome") == (answer.status_code, answer.json()["resourceType"])


@pytest.mark.parametrize("kind", KINDS)
async def test_odd_ids(town, kind):
    """An id that can't be is answered like one that isn't there."""
    async with town.client(PCMH) as client:
        for one in ("-1", "99999999999999999999", "x" * 300, "%00", "a%20b"):
            assert 404 == (await client.get(f"/fhir/{kind}/{one}")).status_code
