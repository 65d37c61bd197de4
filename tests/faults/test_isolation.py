"""Two MCOs and two practices on one hub: nobody can see, or tell that there is, another's.

Walks every GET route of the API's own description with ids of the other side, and holds each answer
against the one for an id that nobody has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx2
import pytest

from hub.asked import Actor
from hub.demo import world
from hub.ids import new_id
from hub.main.serving import application
from hub.requests.nouns import Brought, Opening
from hub.web.credentials import issue_key
from tests.simulator import STAFF, Play, play, practice

URL = "http://127.0.0.1:8080"
OWNERS = ("mco-susquehanna", "pcmh-riverbend")
STRANGERS = ("mco-laurel", "pcmh-orchard", "mco-keystone", "pcmh-northside")
MADE_UP = {"event": "999999999999"}
ELSEWHERE = ("/fhir/", "/v1/consents")
"""Held by `tests/hub/web/test_fhir_*.py` and `test_guards.py`, which make what they ask for."""
PREFIXES = {
    "submission": "sub",
    "plan": "pln",
    "delivery": "del",
    "member": "mem",
    "release": "rel",
    "request_id": "rqt",
    "document": "doc",
}


@dataclass
class Street:
    """An open hub with four neighbours: their keys, and the ids that are the first two's."""

    stage: Play
    app: object
    keys: dict[str, str]
    ids: dict[str, str]

    async def asks(self, whose: str, path: str) -> httpx2.Response:
        """Ask for a path with an organisation's key."""
        headers = {"authorization": f"Bearer {self.keys[whose]}"}
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
            return await client.get(path)

    def routes(self) -> list[str]:
        """Return the paths of every GET operation that no other test walks so."""
        paths = self.app.openapi()["paths"].items()
        return [path for path, one in paths if "get" in one and not path.startswith(ELSEWHERE)]


@pytest.fixture
async def street(conninfo, tmp_path):
    """Send a plan from each of two MCOs to another practice."""
    async with play(conninfo, tmp_path) as stage:
        await stage.sends_sample("mco-susquehanna", "grant_extract.csv")
        await stage.sends_sample("mco-laurel", "plans_2026-10.csv")
        await stage.runs()
        await stage.hub.seal_ledger()
        keys = {}
        for name in (*OWNERS, *STRANGERS):
            scopes = world.SCOPES[name.partition("-")[0]]
            keys[name] = (await issue_key(stage.hub.office(), STAFF, name, "k", scopes)).secret
        (row,) = await stage.rows(
            "select p.submission, d.plan, d.id as delivery, d.member, d.release,"
            " (select max(id)::text from event where noun = d.id) as event"
            " from delivery d join plan p on p.id = d.plan where d.mco = 'mco-susquehanna'"
        )
        row |= await _asked(stage, row["member"])
        yield Street(stage, application(stage.hub), keys, row)


async def _asked(stage, member):
    """Let the first MCO ask the first practice for its plan, and the practice give it back."""
    sender, home = Actor("act_mco", OWNERS[0], "Sam", ("mco",)), practice(OWNERS[1])
    wanted = Opening("plan", member, "Sam", "reassessment")
    made = await stage.hub.requests.open(sender, wanted)
    brought = Brought(made, "Nadia", b"%PDF-1.4", "application/pdf")
    return {"request_id": made, "document": await stage.hub.requests.bring(home, brought)}


def _filled(path: str, ids: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: ids[found.group(1)], path)


def _shape(answer: httpx2.Response, ids: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """Return an answer without what differs from one asking to the next: request ids and times."""
    passing = {"x-request-id", "date", "content-length"}
    headers = {k: v for k, v in answer.headers.items() if k.lower() not in passing}
    text = re.sub(r"req_[a-z0-9]+", "req", answer.text)
    for value in ids.values():
        text = text.replace(value, "id")
    return answer.status_code, text, {k: re.sub(r"req_\w+", "req", v) for k, v in headers.items()}


async def test_every_route_with_ids(street):
    """Another's id is answered as an id that nobody has, on every route and for everybody."""
    nobody = {name: new_id(prefix) for name, prefix in PREFIXES.items()} | MADE_UP
    paths = [path for path in street.routes() if "{" in path]
    wrong = []
    for path in paths:
        for whose in STRANGERS:
            theirs = await street.asks(whose, _filled(path, street.ids))
            none = await street.asks(whose, _filled(path, nobody))
            same = _shape(theirs, street.ids) == _shape(none, nobody)
            if theirs.status_code not in {403, 404} or not same:
                wrong.append((whose, path, theirs.status_code, none.status_code))

    assert len(paths) >= 6
    assert [] == wrong


async def test_every_list(street):
    """No list of a stranger names an id of the owners."""
    named = []
    for path in (path for path in street.routes() if "{" not in path):
        for whose in STRANGERS:
            answer = await street.asks(whose, path)
            named += [(whose, path, n) for n, i in street.ids.items() if f'"{i}"' in answer.text]

    assert [] == named


async def test_filters(street):
    """A filter by another's id finds what a filter by nobody's id finds: nothing."""
    found = []
    for whose in STRANGERS:
        for name, prefix in PREFIXES.items():
            for path in (
                "/v1/events?noun={}",
                "/v1/submissions?cursor={}",
                "/v1/deliveries?cursor={}",
                "/v1/requests?cursor={}",
                "/v1/documents?of={}",
            ):
                theirs = await street.asks(whose, path.format(street.ids[name]))
                none = new_id(prefix)
                other = await street.asks(whose, path.format(none))
                ids = {name: street.ids[name]}
                if _shape(theirs, ids) != _shape(other, {name: none}):
                    found.append((whose, path, name))

    assert [] == found


async def test_owners_see(street):
    """The owners do see their own on the same routes, so that the walk above can fail."""
    seen = set()
    for path in (path for path in street.routes() if "{" in path):
        for whose in OWNERS:
            if (await street.asks(whose, _filled(path, street.ids))).status_code == 200:
                seen.add(re.findall(r"{(\w+)}", path)[0])

    assert {"submission", "plan", "delivery", "request_id", "document"} <= seen
