"""Decision receipts and labels over HTTP: who may see which edition, and who may change a label."""

from __future__ import annotations

import json

import pypdfium2
import pytest
from world import MCO, OTHER_MCO, OTHER_PCMH, PASSWORD, PCMH, build

from hub.web.pages import console

DECISION = {
    "outcome": "permit",
    "purpose": "TREAT",
    "discloser": MCO,
    "recipient": [PCMH, "con-pcmh-riverbend"],
    "released": [["general", "no", "unknown"]],
    "withheld": [["hiv", "no", "unknown"]],
    "reasons": [
        [["general", "no", "unknown"], "HI-01", None, "permit"],
        [["hiv", "unknown", "unknown"], "PA-06", None, "forbid"],
    ],
    "errors": [],
    "consents": [],
    "policy": "icp-consent/1",
    "at": "2026-11-02T14:30:00+00:00",
}


async def put(town):
    """Put a delivery with a decision on the line."""
    ids = await town.delivered()
    await town.sql(
        "update release set decision = %s::jsonb where id = %s", json.dumps(DECISION), ids["rel"]
    )
    return ids


@pytest.mark.parametrize("whose", [PCMH, MCO])
async def test_theirs(town, whose):
    """Recipient and sender get an edition that names nothing of what was withheld."""
    ids = await put(town)
    async with town.client(whose) as client:
        answer = await client.get(f"/v1/deliveries/{ids['del']}/decision")
    told = answer.json()
    assert ("recipient", True) == (
        told["receipt"]["edition"],
        told["receipt"]["something_withheld"],
    )
    assert [one["rule"] for one in told["receipt"]["reasons"]] == ["HI-01"]
    assert "hiv" not in answer.text.lower()
    assert "PA-06" not in answer.text


@pytest.mark.parametrize("whose", [OTHER_PCMH, OTHER_MCO])
async def test_not_theirs(town, whose):
    """Another organisation is told that there is nothing."""
    ids = await put(town)
    async with town.client(whose) as client:
        answer = await client.get(f"/v1/deliveries/{ids['del']}/decision")
    assert answer.status_code == 404


@pytest.mark.parametrize("whose", [PCMH, MCO])
async def test_officers_edition(town, whose):
    """The whole receipt is for a privacy officer who signed in, not for a key."""
    ids = await put(town)
    async with town.client(whose) as client:
        answer = await client.get(f"/v1/releases/{ids['rel']}/decision")
    assert answer.status_code == 403


async def test_no_count_for_anyone(town):
    """No list or receipt says how many parts were withheld; yes or no is all."""
    ids = await put(town)
    async with town.client(PCMH) as client:
        listed = await client.get("/v1/deliveries")
        single = await client.get(f"/v1/deliveries/{ids['del']}")
    async with town.client(MCO) as client:
        receipt = await client.get(f"/v1/submissions/{ids['sub']}/receipt")
    found = [
        listed.json()["deliveries"][0]["withheld"],
        single.json()["withheld"],
        receipt.json()["plans"][0]["deliveries"][0]["withheld"],
    ]
    assert all(one is True for one in found)


async def test_labels_of_ones_own(town):
    """A sender sees and raises labels of its own plans, lowers none; a practice sees none."""
    ids = await town.delivered()
    path = f"/v1/plans/{ids['pln']}/labels"
    async with town.client(MCO) as client:
        seen = (await client.get(path)).json()["elements"]
        one = next(each for each in seen if each["element"].startswith("/goals/"))
        wish = {"element": one["element"], "digest": one["digest"], "categories": ["hiv"]}
        raised = await client.post(path, json={**wish, "direction": "raise"})
        lowered = await client.post(path, json={**wish, "direction": "lower", "reason": "no"})
        after = (await client.get(path)).json()["elements"]
    async with town.client(OTHER_MCO) as client:
        foreign = await client.post(path, json={**wish, "direction": "raise"})
    async with town.client(PCMH) as client:
        practice = await client.get(path)
    assert (200, 403, 404, 403) == (
        raised.status_code,
        lowered.status_code,
        foreign.status_code,
        practice.status_code,
    )
    changed = next(each for each in after if each["element"] == one["element"])
    assert "hiv" in changed["categories"]
    assert "raised:hiv" in changed["because"]


@pytest.fixture
async def paged(database):
    """Build a town with the console and two people."""
    town = await build(database, console())
    await town.person(PCMH, "pcmh", ("pcmh",))
    await town.person("hub", "privacy", ("privacy",))
    return town


async def shown(town, login, path):
    """Return a page as a signed-in person sees it."""
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    return (await client.get(path)).text


async def test_pages(paged):
    """The practice's page names nothing of what was withheld; the officer's names it and why."""
    ids = await put(paged)
    theirs = await shown(paged, "pcmh", f"/deliveries/{ids['del']}/decision")
    whole = await shown(paged, "privacy", f"/privacy/releases/{ids['rel']}/decision")
    assert ("HI-01" in theirs, "PA-06" in theirs, "HIV" in theirs) == (True, False, False)
    assert "Part of the plan was withheld" in theirs
    assert ("PA-06" in whole, "HIV" in whole, "none on file" in whole) == (True, True, True)


async def paper(town, login, path):
    """Return a PDF's words as a signed-in person gets it, each line break a blank."""
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    answer = await client.get(path)
    assert answer.headers["content-type"] == "application/pdf"
    document = pypdfium2.PdfDocument(answer.content)
    pages = (document[number] for number in range(len(document)))
    return " ".join(" ".join(one.get_textpage().get_text_bounded() for one in pages).split())


async def test_the_receipt_on_paper(paged):
    """The PDF says what the page says; the practice's names nothing that was withheld."""
    ids = await put(paged)
    theirs = await paper(paged, "pcmh", f"/deliveries/{ids['del']}/decision/paper")
    whole = await paper(paged, "privacy", f"/privacy/releases/{ids['rel']}/decision/paper")
    assert "HI-01" in theirs
    assert ("PA-06" in theirs, "HIV" in theirs) == (False, False)
    assert "PA-06" in whole
    assert "went without: HIV" in whole
    assert ("origin unknown" in whole, "origin unknown" in theirs) == (True, False)
