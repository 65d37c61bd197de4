"""One consent by API: its life from the form to its end, and nobody else's to see."""

import pytest
from world import MCO, OTHER_MCO, PCMH, officer

from hub.ids import new_id
from hub.web.guards import Allowed, guard_of, walked

SIGNED = {
    "kind": "specific",
    "disclosers": {"organisations": [MCO]},
    "recipients": {"organisations": [PCMH]},
    "purposes": ["TREAT"],
    "categories": ["sud"],
    "signed_on": "2026-10-30",
    "signed_by": "the member",
    "method": "electronic",
    "expires": {"on": "2027-10-30"},
    "statements": ["patient_name", "right_to_revoke", "redisclosure"],
}
PDF = b"%PDF-1.7 a scan"


async def granted(client, member, **changed):
    answer = await client.post("/v1/consents", json={"member": member, **SIGNED, **changed})
    assert 201 == answer.status_code, answer.text
    return answer.json()


async def test_reads_back(town):
    """A consent is read by its id with its faults and chain, and found by the payer's member id."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = await granted(client, member)
        one = (await client.get(f"/v1/consents/{made['consent']}")).json()
        key = {"mco": MCO, "member_id": "K1"}
        found = (await client.post("/v1/consents/search", json=key)).json()["consents"]
    assert ([], None, [made["consent"]]) == (one["faults"], one["lapse"], one["chain"])
    assert [made["consent"]] == [c["id"] for c in found]


async def test_what_lacks_is_named(town):
    """A form without an expiry is kept with that fault, its clause and what to do."""
    member = await town.member()
    async with town.client(MCO) as client:
        (fault,) = (await granted(client, member, expires={}))["faults"]
    assert ("deficient", "expiry", "42 CFR 2.31(a)(7)") == (
        fault["weight"],
        fault["element"],
        fault["clause"],
    )
    assert "state a day" in fault["todo"]


@pytest.mark.parametrize(
    "changed",
    [
        {"purposes": ["SELLING"]},
        {"categories": ["everything"]},
        {"signed_on": "2026-11-30"},
        {"expires": {"on": "2020-01-01"}},
        {"expires": {"on": "2027-01-01", "never": True}},
    ],
)
async def test_impossible_forms(town, changed):
    """What no form can say is refused with its fault, and nothing is kept."""
    member = await town.member()
    async with town.client(MCO) as client:
        answer = await client.post("/v1/consents", json={"member": member, **SIGNED, **changed})
    assert (422, "no_consent") == (answer.status_code, answer.json()["code"])
    assert "impossible" in {f["weight"] for f in answer.json()["faults"]}
    assert [] == await town.sql("select id from consent")


async def test_check_keeps_nothing(town):
    """A form that is tried out says what it doubles, and isn't recorded."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = await granted(client, member)
        tried = (await client.post("/v1/consents/check", json={"member": member, **SIGNED})).json()
    assert [made["consent"]] == tried["duplicates"]
    assert 1 == len(await town.sql("select id from consent"))


async def test_a_contradiction_is_found(town):
    """A grant signed on the day of a refusal of the same matter is told before it is kept."""
    member = await town.member()
    refusal = {"kind": "refusal", "categories": ["sud"], "expires": {}}
    async with town.client(MCO) as client:
        made = await granted(client, member, **refusal)
        body = {"member": member, **SIGNED}
        tried = (await client.post("/v1/consents/check", json=body)).json()
    assert [made["consent"]] == tried["conflicts"]


async def test_superseded_never_edited(town):
    """A new form ends the old one, which stays as it was; the chain and the history tell it."""
    member = await town.member()
    async with town.client(MCO) as client:
        old = (await granted(client, member))["consent"]
        path = f"/v1/consents/{old}"
        new = (
            await client.post(f"{path}/supersession", json={**SIGNED, "purposes": ["HPAYMT"]})
        ).json()
        again = await client.post(f"{path}/supersession", json=SIGNED)
        first, second = [
            (await client.get(f"/v1/consents/{i}")).json() for i in (old, new["consent"])
        ]
        history = (await client.get(f"{path}/history")).json()["versions"]
    assert (["TREAT"], "superseded", new["consent"]) == (
        first["purposes"],
        first["lapse"],
        first["superseded_by"],
    )
    assert [old, new["consent"]] == first["chain"] == second["chain"]
    assert ["consent.granted", "consent.superseded"] == [v["event"] for v in history]
    assert ["", new["consent"]] == [v["consent"]["superseded_by"] for v in history]
    assert 409 == again.status_code


async def test_a_refusal_is_not_replaced_by_a_grant(town):
    """A refusal ends by revocation, never by a permission that takes its place."""
    member = await town.member()
    async with town.client(MCO) as client:
        old = (await granted(client, member, kind="refusal"))["consent"]
        answer = await client.post(f"/v1/consents/{old}/supersession", json=SIGNED)
    assert (409, "not_alike") == (answer.status_code, answer.json()["code"])


async def test_a_late_smaller_limit_waits(staffed):
    """A back-dated smaller restriction ends the larger only once a second person approved it."""
    member = await staffed.member()
    limit = {"kind": "restriction", "categories": ["sud", "hiv"]}
    late = {**SIGNED, **limit, "categories": ["hiv"], "signed_on": "2026-08-01"}
    async with staffed.client(MCO) as client:
        old = (await granted(client, member, **limit))["consent"]
        new = (await client.post(f"/v1/consents/{old}/supersession", json=late)).json()["consent"]
        before = (await client.get(f"/v1/consents/{old}")).json()["superseded_by"]
    boss = await officer(staffed)
    assert 200 == (await boss.post(f"/v1/consents/{new}/approval")).status_code
    after = (await boss.get(f"/v1/consents/{old}")).json()["superseded_by"]
    assert ("", new) == (before, after)


async def test_an_event_ends_it(town):
    """A consent that ends with an event is over once the event is recorded, and only then."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member, expires={"event": "discharge"}))["consent"]
        plain = (await granted(client, member))["consent"]
        path = f"/v1/consents/{made}"
        before = (await client.get(path)).json()["lapse"]
        answers = [await client.post(f"{path}/event", json={}) for _ in range(2)]
        wrong = await client.post(f"/v1/consents/{plain}/event", json={})
        ahead = await client.post(f"{path}/event", json={"at": "2027-01-01T00:00:00Z"})
        town.clock.turn(minutes=1)
        after = (await client.get(path)).json()["lapse"]
    assert (None, "expired") == (before, after)
    assert [200, 409, 409, 422] == [a.status_code for a in (*answers, wrong, ahead)]


async def test_the_scan(town):
    """A scan is kept in the vault under its digest, once, and only real scans are taken."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member, method="paper"))["consent"]
        path = f"/v1/consents/{made}"
        lacks = [f["element"] for f in (await client.get(path)).json()["faults"]]
        wrong = await client.put(f"{path}/scan", content=b"<html>")
        none = await client.get(f"{path}/scan")
        kept = await client.put(f"{path}/scan", content=PDF)
        again = await client.put(f"{path}/scan", content=PDF + b"2")
        back = await client.get(f"{path}/scan")
        one = (await client.get(path)).json()
    assert (["scan"], [], kept.json()["sha256"]) == (lacks, one["faults"], one["scan"])
    assert [415, 404, 201, 409] == [a.status_code for a in (wrong, none, kept, again)]
    assert (PDF, "application/pdf") == (back.content, back.headers["content-type"])
    assert PDF in town.world.vault.kept.values()


def named(name):
    """Return a recipient of its own."""
    return {"organisations": [name]}


async def test_expiring_soon(town):
    """Grants that end soon are listed, the next first; revoked and later ones are not."""
    member = await town.member()
    async with town.client(MCO) as client:
        ids = [
            (await granted(client, member, recipients=named(day), expires={"on": day}))["consent"]
            for day in ("2026-12-01", "2026-11-20", "2027-06-01", "2026-11-25")
        ]
        await client.post(f"/v1/consents/{ids[3]}/revocation", json={})
        found = (await client.get("/v1/consents/expiring?days=40")).json()["expiring"]
    async with town.client(OTHER_MCO) as other:
        theirs = (await other.get("/v1/consents/expiring?days=40")).json()["expiring"]
    assert ([ids[1], ids[0]], []) == ([one["consent"] for one in found], theirs)


@pytest.mark.parametrize(
    ("query", "words"), [("", b"Your permission"), ("&language=es", b"Su permiso")]
)
async def test_the_members_copy(town, query, words):
    """The member's copy is made in their language, as a page and as PDF, and that is recorded."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member))["consent"]
        page = await client.get(f"/v1/consents/{made}/copy?format=html{query}")
        paper = await client.get(f"/v1/consents/{made}/copy?large=true{query}")
    assert words in page.content
    assert b"Zzy" in page.content
    assert paper.content.startswith(b"%PDF-")
    rows = await town.sql("select noun from event where kind = 'consent.copied'")
    assert [made, made] == [r["noun"] for r in rows]


async def test_reading_is_recorded(town):
    """Each reading of a consent leaves an event that names nobody."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member))["consent"]
        await client.get(f"/v1/consents/{made}")
        await client.get(f"/fhir/Consent/{made.replace('_', '-')}")
    rows = await town.sql(
        "select detail, actor from event where kind = 'consent.viewed' order by id"
    )
    assert [{"part": "record"}, {"part": "fhir"}] == [r["detail"] for r in rows]
    assert {town.key_ids[MCO]} == {r["actor"] for r in rows}


def routes(town):
    """Return (method, path) of every route that names a consent or a file of them."""
    return [
        (method, path)
        for path, route in walked(town.app.routes)
        if path.startswith(("/v1/consents/", "/fhir/Consent/"))
        and "{" in path
        and isinstance(guard_of(route), Allowed)
        for method in sorted(route.methods - {"HEAD"})
    ]


async def test_isolation_of_every_route(town):
    """On every route another's consent is answered like none at all, and stays as it was."""
    member = await town.member()
    async with town.client(MCO) as client:
        made = (await granted(client, member))["consent"]
    before = await town.sql("select * from consent")
    body = {**SIGNED, "how": "written"}
    told = {}
    async with town.client(OTHER_MCO) as other:
        for method, path in routes(town):
            if "approval" in path:
                continue  # no credential of a system gets that far
            for consent in (made, new_id("cns")):
                given = consent.replace("_", "-") if path.startswith("/fhir") else consent
                at = path.replace("{consent}", given).replace("{version}", "1")
                at = at.replace("{batch}", new_id("bat"))
                sends = {"content": PDF} if method == "PUT" else {"json": only(path, body)}
                answer = await other.request(method, at, **(sends if method != "GET" else {}))
                shape = {k: v for k, v in answer.json().items() if k not in {"request", "id"}}
                told.setdefault(path, set()).add((answer.status_code, str(shape)))
    assert {404} == {status for found in told.values() for status, _ in found}
    assert {} == {path: found for path, found in told.items() if len(found) > 1}
    assert before == await town.sql("select * from consent")
    assert len(told) >= 10


def only(path, body):
    """Return a body that fits the route, so that only whose it is can be wrong."""
    if path.endswith(("/revocation", "/event")):
        return {}
    return {k: v for k, v in body.items() if k != "how"}


async def test_no_member_id_in_an_address(town):
    """No route takes a payer's member id in its path or query."""
    names = {
        parameter["name"]
        for path, item in (await described(town))["paths"].items()
        if "consent" in path.lower()
        for operation in item.values()
        for parameter in operation.get("parameters", ())
    }
    assert not names & {"member_id", "name", "birth_date", "medicaid", "patient:identifier"}


async def described(town):
    """Return the OpenAPI description."""
    async with town.client() as client:
        return (await client.get("/v1/openapi.json")).json()
