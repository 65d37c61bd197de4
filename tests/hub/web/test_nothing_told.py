"""Nothing a practice can open tells what was withheld from it: no word, no category, no rule.

Every address of the API and of the console that is read is opened as the practice, with the ids of
a plan that went without an element; what comes back is searched with its headers and file names.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re

import pytest
from world import MCO, PASSWORD, PCMH, build
from written import DELGADO

from hub.canonical import Concern
from hub.canonical.wire import encode
from hub.web.guards import walked
from hub.web.pages import console

CANARY = "zqxcanary"
DECISION = {
    "outcome": "permit",
    "purpose": "TREAT",
    "discloser": MCO,
    "recipient": [PCMH, "con-pcmh-riverbend"],
    "released": [["general", "no", "unknown"]],
    "withheld": [["hiv", "no", "unknown"]],
    "reasons": [
        [["general", "no", "unknown"], "HI-01", None, "permit"],
        [["hiv", "no", "unknown"], "PA-06", None, "forbid"],
    ],
    "errors": [],
    "consents": [],
    "policy": "icp-consent/1",
    "at": "2026-11-02T14:30:00+00:00",
}
ABOUT = {"/v1/openapi.json", "/v1/schemas/icp-1"}
"""Addresses that tell of the hub itself and of no plan: they name every category there is."""

TELLING = re.compile(rf"{CANARY}|\bhiv\b|7607|PA-06", re.IGNORECASE)


@pytest.fixture
async def put(database):
    """Build a town whose practice got a plan without one element, and open an account there."""
    town = await build(database, console())
    await town.person(PCMH, "pcmh", ("pcmh",))
    ids = await town.delivered()
    told = Concern(id=f"{CANARY}-1", text=f"{CANARY} HIV infection", labels=("hiv",))
    whole = encode(dataclasses.replace(DELGADO, concerns=(*DELGADO.concerns, told)))
    (kept,) = await town.world.vault.put_many([whole])
    assert kept.digest == hashlib.sha256(whole).hexdigest()
    await town.sql("update plan set digest = %s where id = %s", kept.digest, ids["pln"])
    decision = json.dumps(DECISION)
    await town.sql("update release set decision = %s::jsonb where id = %s", decision, ids["rel"])
    return town, ids


def addresses(town, ids):
    """Return every address that is read, its parameters filled with the ids of the plan."""
    given = {"delivery": ids["del"], "release": ids["rel"], "plan": ids["pln"]}
    given |= {"submission": ids["sub"], "member": ids["mem"]}
    for path, route in walked(town.app.routes):
        if "GET" in (getattr(route, "methods", None) or ()) and path not in ABOUT:
            yield re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: given.get(found[1], "1"), path)


def whole(answer):
    """Return everything an answer says: its headers, file names and content."""
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{heads}\n{answer.text}"


async def opened(client, town, ids):
    """Open every address; return what the answers say, by address."""
    return {path: await client.get(path) for path in dict.fromkeys(addresses(town, ids))}


async def test_api(put):
    """The practice's key finds no withheld word and no category anywhere in the API."""
    town, ids = put
    async with town.client(PCMH) as client:
        answers = await opened(client, town, ids)
    assert answers[f"/v1/deliveries/{ids['del']}"].status_code == 200
    assert answers[f"/v1/deliveries/{ids['del']}/decision"].status_code == 200
    assert {} == {
        at: found[0] for at, one in answers.items() if (found := TELLING.findall(whole(one)))
    }


async def test_console(put):
    """Somebody of the practice who signed in finds none on any page."""
    town, ids = put
    client = town.client()
    await client.post("/sign-in", data={"login": "pcmh", "password": PASSWORD})
    answers = await opened(client, town, ids)
    assert answers["/worklist"].status_code == 200
    form = answers.pop(f"/deliveries/{ids['del']}/sensitive")  # names every category to choose from
    assert CANARY not in whole(form)
    assert {} == {
        at: found[0] for at, one in answers.items() if (found := TELLING.findall(whole(one)))
    }


async def test_search_bites(put):
    """The sender's own receipts tell what the search looks for: it can fail."""
    town, ids = put
    async with town.client(MCO) as client:
        labels = await client.get(f"/v1/plans/{ids['pln']}/labels")
        plan = await client.get(f"/v1/plans/{ids['pln']}")
    assert TELLING.search(whole(labels))
    assert TELLING.search(whole(plan))
