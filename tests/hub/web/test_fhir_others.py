"""The FHIR API against clients that others wrote, over real HTTP.

`fhirpy` (PyPI: `pip install fhirpy`) and `fhir-kit-client` (npm: `npm install fhir-kit-client@2`;
`ICP_TEST_NODE_MODULES` may name a `node_modules` that has it). Where one is missing its test is
skipped and says so.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from pathlib import Path

import pytest
import uvicorn
from world import PCMH, build

SCRIPT = """
(async () => {
  const found = await import("fhir-kit-client");
  const Made = found.default || found.Client;
  const [base, key, id] = process.argv.slice(2);
  const customHeaders = { authorization: `Bearer ${key}` };
  const fhir = new Made({ baseUrl: base, customHeaders });
  const statement = await fhir.capabilityStatement();
  let page = await fhir.search({ resourceType: "Task", searchParams: { _count: 1 } });
  const seen = [];
  while (page) {
    seen.push(...page.entry.map((one) => one.resource.id));
    page = await fhir.nextPage({ bundle: page });
  }
  const task = await fhir.read({ resourceType: "Task", id });
  const note = [{ authorString: "Nadia Brandt RN", text: "taken" }];
  const body = { ...task, status: "accepted", note };
  const put = await fhir.update({ resourceType: "Task", id, body });
  let refused = 0;
  try { await fhir.read({ resourceType: "CarePlan", id: "del-none" }); }
  catch (error) { refused = error.response.status; }
  const version = statement.fhirVersion;
  console.log(JSON.stringify({ version, seen, status: put.status, refused }));
})().catch((error) => { console.error(String(error)); process.exit(1); });
"""


@pytest.fixture
async def served(database):
    """Serve a town over HTTP; give it with its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    town = await build(database, public_url=address)
    config = uvicorn.Config(town.app, log_level="warning", lifespan="off", loop="none")
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield town, f"{address}/fhir"
    server.should_exit = True
    await running


async def test_fhirpy(served):
    """Fhirpy pages through Tasks, reads a CarePlan and a Binary, and answers by a Task."""
    fhirpy = pytest.importorskip("fhirpy", reason="fhirpy is not installed")
    town, base = served
    made = [await town.delivered() for _ in range(3)]
    await town.sql("update release set notices = '{}'")
    client = fhirpy.AsyncFHIRClient(base, authorization=f"Bearer {town.keys[PCMH]}")
    tasks = await client.resources("Task").search(status="requested").limit(1).fetch_all()
    assert {one["del"].replace("_", "-") for one in made} == {task["id"] for task in tasks}
    plan = await client.reference("CarePlan", tasks[0]["id"]).to_resource()
    assert "CarePlan" == plan["resourceType"]
    task = await client.reference("Task", tasks[0]["id"]).to_resource()
    task["status"] = "accepted"
    task["note"] = [{"authorString": "Nadia Brandt RN", "text": "taken"}]
    await task.save()
    rows = await town.sql("select agreement, count(*) as n from delivery group by 1 order by 1")
    assert [("accepted", 1), ("none", 2)] == [(row["agreement"], row["n"]) for row in rows]


async def test_fhir_kit_client(served, tmp_path):
    """fhir-kit-client reads the statement, pages through Tasks and answers by one."""
    modules = os.environ.get("ICP_TEST_NODE_MODULES", "")
    if not (Path(modules) / "fhir-kit-client").is_dir():
        pytest.skip("ICP_TEST_NODE_MODULES names no node_modules with fhir-kit-client")
    town, base = served
    made = [await town.delivered() for _ in range(3)]
    ids = {one["del"].replace("_", "-") for one in made}
    (tmp_path / "node_modules").symlink_to(modules)
    script = tmp_path / "client.cjs"
    script.write_text(SCRIPT)
    process = await asyncio.create_subprocess_exec(
        *("node", str(script), base, town.keys[PCMH], min(ids)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, problem = await asyncio.wait_for(process.communicate(), 60)
    assert 0 == process.returncode, problem.decode()
    told = json.loads(out)
    assert ("4.0.1", "accepted", 404) == (told["version"], told["status"], told["refused"])
    assert ids == set(told["seen"])
    rows = await town.sql("select count(*) as n from delivery where agreement = 'accepted'")
    assert 1 == rows[0]["n"]
