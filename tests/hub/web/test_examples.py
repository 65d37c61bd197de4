"""The description's examples have the shape of real answers; and what the console may add."""

import asyncio
from dataclasses import replace

from fastapi import APIRouter
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.staticfiles import StaticFiles
from world import HUB_URL, MCO, PCMH, START, build, officer
from written import DELGADO

from hub.canonical.wire import encode
from hub.store import sealing
from hub.web import examples_consents
from hub.web.application import Pages
from hub.web.examples import EXAMPLES
from hub.web.guards import Anyone, anyone
from hub.web.smart import ASSERTION

NAME = "Nadia Brandt RN"
SIGNED = {"kind": "specific", "signed_on": "2026-10-30", "purposes": ["TREAT"]}
ROSTER = b"member_id,last_name,first_name,dob,practice_id\nK1,Q,A,1961-07-19,pcmh-riverbend\n"


def shape(value):
    """Return the keys of JSON, level by level; of a list, those of its first entry."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def fits(example, answer):
    """Say whether an answer has the example's keys at every level."""
    if isinstance(example, dict) and isinstance(answer, dict):
        fixed = set(example) - {"detail"}  # an event's detail is as its kind wants it
        return fixed <= set(answer) and all(fits(example[k], answer[k]) for k in fixed)
    if isinstance(example, list) and isinstance(answer, list) and example and answer:
        return fits(example[0], answer[0])
    return True


async def sender(town, ids):
    """Return a sender's answers by the name of their example."""
    async with town.client(MCO) as client:
        got = {}
        got["accepted"] = await client.post("/v1/submissions", content=b"x")
        got["reading"] = await client.post("/v1/submissions?dry_run=true", content=b"x")
        got["submissions"] = await client.get("/v1/submissions")
        got["receipt"] = await client.get(f"/v1/submissions/{ids['sub']}/receipt")
        got["plan"] = await client.get(f"/v1/plans/{ids['pln']}")
        got["labels"] = await client.get(f"/v1/plans/{ids['pln']}/labels")
        seen = got["labels"].json()["elements"][-1]
        wish = {"direction": "raise", "categories": ["hiv"], "reason": "seen by the nurse"}
        wish |= {"element": seen["element"], "digest": seen["digest"]}
        got["label_changed"] = await client.post(f"/v1/plans/{ids['pln']}/labels", json=wish)
        got["plan_changes"] = await client.get(f"/v1/plans/{ids['pln']}/changes")
        made = await client.post(f"/v1/members/{ids['mem']}/consents", json=SIGNED)
        got["granted"] = made
        got["consents"] = await client.get(f"/v1/members/{ids['mem']}/consents")
        revocation = f"/v1/consents/{made.json()['consent']}/revocation"
        got["revoked"] = await client.post(revocation, json={})
        got["roster"] = await client.post("/v1/rosters/delta", content=ROSTER)
        got["events"] = await client.get(f"/v1/events?noun={ids['del']}")
        event = got["events"].json()["events"][0]["id"]
        await sealing.seal_events(town.database, sealing.Signer("k", lambda m: m[:64]), START)
        got["head"] = await client.get("/v1/ledger/head")
        got["proof"] = await client.get(f"/v1/ledger/events/{event}/proof")
        got["health"] = await client.get("/health")
    return got


async def practice(town, ids):
    """Return a practice's answers by the name of their example."""
    path = f"/v1/deliveries/{ids['del']}"
    answer = {"kind": "accept", "name": NAME}
    label = {"element": "/goals/0", "categories": ["hiv"]}
    async with town.client(PCMH) as client:
        return {
            "deliveries": await client.get("/v1/deliveries"),
            "delivery": await client.get(path),
            "decision": await client.get(f"{path}/decision"),
            "changes": await client.get(f"{path}/changes"),
            "acknowledgment": await client.post(f"{path}/acknowledgment", json={"name": NAME}),
            "answer": await client.post(f"{path}/answer", json=answer),
            "returns": await client.post("/v1/returns?name=Ada", content=f"{ids['del']},x,y"),
            "label_raised": await client.post(f"{path}/labels", json=label),
        }


async def consents(town, ids):
    """Return the answers of the consent, decision and FHIR routes by the name of their example."""
    client = await officer(town)
    body = {"member": ids["mem"], **SIGNED, "statements": ["patient_name"]}
    made = await client.post("/v1/consents", json=body)
    consent = made.json()["consent"]
    path, fhir = f"/v1/consents/{consent}", f"/fhir/Consent/{consent.replace('_', '-')}"
    ends = {**body, "expires": {"event": "discharge"}, "signed_by": "she"}
    ending = (await client.post("/v1/consents", json=ends)).json()["consent"]
    soon = {**body, "kind": "roi", "expires": {"on": "2026-11-20"}}
    await client.post("/v1/consents", json=soon)
    key = (await town.sql("select member_id from member where id = %s", ids["mem"]))[0]
    file = f"member_id,kind\n{key['member_id']},hiv\n".encode()
    loaded = await client.post(f"/v1/consents/imports?mco={MCO}", content=file)
    batch = f"/v1/consents/imports/{loaded.json()['batch']}"
    second = await officer(town, "second")
    asked = {"member": ids["mem"], "recipient": {"organisation": PCMH}}
    asked["matters"] = [{"category": "sud", "part2_origin": "yes"}]
    return {
        "granted": made,
        "checked": await client.post("/v1/consents/check", json=body),
        "expiring": await client.get("/v1/consents/expiring"),
        "consent": await client.get(path),
        "history": await client.get(f"{path}/history"),
        "ended": await client.post(f"/v1/consents/{ending}/event", json={}),
        "scanned": await client.put(f"{path}/scan", content=b"%PDF-1.7"),
        "fhir_consent": await client.get(fhir),
        "fhir_bundle": await client.get("/fhir/Consent"),
        "fhir_history": await client.get(f"{fhir}/_history"),
        "fhir_metadata": await client.get("/fhir/metadata"),
        "superseded": await client.post(f"{path}/supersession", json=SIGNED),
        "explanation": await client.post("/v1/decisions", json=asked),
        "import": loaded,
        "batch": await client.get(batch),
        "batch_approved": await second.post(f"{batch}/approval"),
    }


async def token(town):
    """Return the token endpoint's answer."""
    key = ECKey.generate_key("P-384", {"kid": "k"})
    await town.smart_client(MCO, "sys", KeySet([key]).as_dict(private=False), "audit.read")
    claims = {"iss": "sys", "sub": "sys", "aud": f"{HUB_URL}/oauth/token", "jti": "1"}
    claims["exp"] = int(START.timestamp()) + 60
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": jwt.encode({"alg": "ES384", "kid": "k"}, claims, key, ["ES384"]),
        "scope": "audit.read",
    }
    async with town.client() as client:
        return await client.post("/oauth/token", data=form)


async def test_examples_of_consents(staffed):
    """Every key an example of the consent routes shows is in the real answer, at every level."""
    got = await consents(staffed, await staffed.delivered())
    bad = {n: a.text for n, a in got.items() if not a.is_success}
    assert {} == bad
    off = {n: shape(a.json()) for n, a in got.items() if not fits(EXAMPLES[n][1], a.json())}
    assert {} == off
    assert set(examples_consents.EXAMPLES) - set(got) == {"scan", "copy"}


async def changed_since(town, earlier, ids):
    """Make what was delivered first an earlier version of the same plan, with another due date."""
    goals = (replace(DELGADO.goals[0], due="2026-12-31"), *DELGADO.goals[1:])
    (stored,) = await town.world.vault.put_many([encode(replace(DELGADO, goals=goals))])
    await town.sql("update plan set digest = %s where id = %s", stored.digest, earlier["pln"])
    await town.sql(
        "update release set plan_digest = %s where id = %s", stored.digest, earlier["rel"]
    )
    await town.sql("update delivery set sent_at = %s, member = %s", START, ids["mem"])


async def test_examples(town):
    """Every key an example shows is in the real answer, at every level."""
    earlier, ids = await town.delivered(), await town.delivered()
    await changed_since(town, earlier, ids)
    acted = await practice(town, ids)
    got = {**acted, **await sender(town, ids), "token": await token(town)}
    bad = {n: a.status_code for n, a in got.items() if not a.is_success}
    assert {} == bad
    off = {n: shape(a.json()) for n, a in got.items() if not fits(EXAMPLES[n][1], a.json())}
    assert {} == off
    assert got["changes"].json()["changes"][0]["fields"][0]["label"] == "Due"


async def test_probing_is_noted(town):
    """Who asks for what isn't theirs is noted once a minute, not for each guess."""
    ids = await town.delivered()
    async with town.client("mco-laurel") as client:
        await asyncio.gather(*(client.get(f"/v1/submissions/{ids['sub']}") for _ in range(9)))
    rows = await town.sql("select detail->>'code' as code from event where kind = 'access.refused'")
    assert ["not_found"] == [r["code"] for r in rows]


class Open(StaticFiles):
    """Static files for anyone."""

    guard = Anyone()


async def test_static_files(database, tmp_path):
    """The console may mount files that say who may have them, with the same headers."""
    (tmp_path / "a.css").write_text("p{}")
    town = await build(database, Pages(mounts=(("/static", Open(directory=tmp_path)),)))
    async with town.client() as client:
        answer = await client.get("/static/a.css")
    assert (200, "nosniff") == (answer.status_code, answer.headers["x-content-type-options"])


async def test_a_failing_page_of_refusals(database):
    """When the console's own page of refusals fails, the refusal is told as a problem."""

    async def broken(_request, _refused):
        raise ValueError

    router = APIRouter(dependencies=[anyone()])
    town = await build(database, Pages(routers=(router,), refused=broken))
    async with town.client() as client:
        answer = await client.get("/nowhere")
    assert "problem+json" in answer.headers["content-type"]


async def test_refusals_are_described(town):
    """Each operation says what it answers when it refuses: FHIR's an OperationOutcome."""
    async with town.client(MCO) as client:
        paths = (await client.get("/v1/openapi.json")).json()["paths"]
    told = {
        path: set(operation["responses"]["default"]["content"])
        for path, operations in paths.items()
        for operation in operations.values()
    }

    assert {"application/fhir+json"} == told["/fhir/Subscription/{subscription}"]
    assert {"application/problem+json"} == told["/v1/directory/fhir"] == told["/v1/submissions"]
    assert len(told) == len(paths) > 50
