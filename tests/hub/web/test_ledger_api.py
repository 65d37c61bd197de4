"""Events and proofs by API: one's own only, and checkable without the hub."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from world import MCO, OTHER_MCO, START

from hub import ledger
from hub.asked import Actor
from hub.store import sealing
from hub.web import api_ledger

ACTOR = Actor(id="somebody", organisation=MCO, name="")
KEY = Ed25519PrivateKey.generate()
VERIFIER = Path(__file__).parents[3] / "deploy" / "verify_receipt.py"


async def seal(town):
    while await sealing.seal_events(town.database, sealing.Signer("k1", KEY.sign), START):
        pass


async def submitted(town, whose=MCO, content=b"x"):
    async with town.client(whose) as client:
        return (await client.post("/v1/submissions", content=content)).json()["submission"]


async def event_of(town, noun):
    async with town.client(MCO) as client:
        page = (await client.get(f"/v1/events?noun={noun}")).json()
    return page["events"][0]["id"]


async def test_events(town):
    """The sender sees what happened to its submission; another sees nothing of it."""
    noun = await submitted(town)
    found = {}
    for whose in (MCO, OTHER_MCO):
        async with town.client(whose) as client:
            found[whose] = (await client.get(f"/v1/events?noun={noun}")).json()["events"]
    assert (["submission.received"], []) == ([e["kind"] for e in found[MCO]], found[OTHER_MCO])


async def test_pages(town):
    """Events are walked page by page, oldest first."""
    ids = await town.delivered()
    for n in range(5):
        await town.world.desk.note(ACTOR, "plan.viewed", ids["pln"], n=n)
    found, path = [], f"/v1/events?noun={ids['pln']}&limit=2"
    async with town.client(MCO) as client:
        while path:
            page = (await client.get(path)).json()
            found += [e["detail"]["n"] for e in page["events"]]
            path = page["next"]
    assert [0, 1, 2, 3, 4] == found


async def test_proof(town, tmp_path):
    """A proof convinces the verifier that knows nothing of the hub."""
    noun = await submitted(town)
    await seal(town)
    event = await event_of(town, noun)
    async with town.client(MCO) as client:
        proof = (await client.get(f"/v1/ledger/events/{event}/proof")).json()
        head = (await client.get("/v1/ledger/head")).json()
    assert head == proof["head"]
    (tmp_path / "receipt.json").write_text(json.dumps(proof))
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(pem)
    said = subprocess.run(  # noqa: ASYNC221, S603  # our own script, and nothing else runs
        [sys.executable, VERIFIER, tmp_path / "receipt.json", tmp_path / "key.pem"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "valid\n" == said.stdout


@pytest.mark.parametrize("more", [0, 2, 3, 4, 7, 8, 20])
async def test_proofs_over_blocks(town, monkeypatch, more):
    """Put together from blocks, every proof is the one over all leaves, cold and warm."""
    monkeypatch.setattr(api_ledger, "WIDTH", 4)
    monkeypatch.setattr(api_ledger, "_BLOCKS_AT_ONCE", 2)
    for n in range(more):
        await town.world.desk.note(ACTOR, "plan.viewed", f"n{n}")
    await seal(town)
    rows = await town.sql("select hash from leaf order by number")
    leaves = [bytes(r["hash"]) for r in rows]
    size, known = len(leaves), {}
    for _ in range(2):
        for index in range(size):
            path = await api_ledger.inclusion(town.world.desk, known, index, size)
            assert ledger.inclusion_proof(leaves, index) == path
    assert size // 4 == len(known)


async def test_not_sealed(town):
    """An event that waits to be sealed has no proof yet."""
    noun = await submitted(town)
    event = await event_of(town, noun)
    async with town.client(MCO) as client:
        answer = await client.get(f"/v1/ledger/events/{event}/proof")
    assert (409, "not_sealed") == (answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("event", ["0", "-1", "999999", "9" * 30])
async def test_isolation(town, event):
    """Another's event and one that isn't there are answered alike."""
    noun = await submitted(town)
    await seal(town)
    mine = await event_of(town, noun)
    async with town.client(OTHER_MCO) as client:
        theirs = await client.get(f"/v1/ledger/events/{mine}/proof")
        nobodys = await client.get(f"/v1/ledger/events/{event}/proof")
    assert {**theirs.json(), "request": ""} == {**nobodys.json(), "request": ""}


async def test_no_head_yet(town):
    """Before anything is sealed there is no head."""
    async with town.client(MCO) as client:
        answer = await client.get("/v1/ledger/head")
    assert 404 == answer.status_code
