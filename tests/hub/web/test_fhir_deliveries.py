"""FHIR Task, DocumentReference, Binary, CarePlan and Provenance: as their practice and sender."""

import base64
import importlib
import json
from dataclasses import replace

import pytest
from test_examples import fits
from world import MCO, OTHER_MCO, OTHER_PCMH, PCMH, build
from written import DELGADO

from consent.notices import TEXTS
from hub.canonical.wire import encode
from hub.web.examples import EXAMPLES

JSON = {"content-type": "application/fhir+json"}
NAME = "Nadia Brandt RN"
NOTICE = next(iter(TEXTS))
KINDS = ("Task", "DocumentReference", "CarePlan", "Provenance")


@pytest.fixture
async def town(database):
    """Build a town whose releases come with the federal notice."""
    made = await build(database)
    plain = made.delivered

    async def delivered(**given):
        ids = await plain(**given)
        await made.sql("update release set notices = %s where id = %s", [NOTICE], ids["rel"])
        return ids

    made.delivered = delivered
    return made


def valid(resource):
    """Hold a resource to fhir.resources' R4 models, and return it."""
    kind = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    getattr(module, kind).model_validate(resource)
    return resource


def fhir_id(ids, name="del"):
    return ids[name].replace("_", "-")


async def got(client, path, **headers):
    answer = await client.get(f"/fhir/{path}", headers=headers)
    assert 200 == answer.status_code, answer.text
    return valid(answer.json())


async def put(client, task, **changed):
    """Put a Task with changes and a note that names who says it."""
    body = {**task, "note": [{"authorString": NAME, "text": "as discussed"}], **changed}
    headers = {**JSON, **changed.pop("headers", {})}
    body.pop("headers", None)
    return await client.put(f"/fhir/Task/{task['id']}", content=json.dumps(body), headers=headers)


async def test_each_is_valid(town):
    """Every resource of a delivery, alone and in a search, is valid R4 with its version."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        for kind in KINDS:
            answer = await client.get(f"/fhir/{kind}/{fhir_id(ids)}")
            one = valid(answer.json())
            assert f'W/"{one["meta"]["versionId"]}"' == answer.headers["etag"]
            assert "GMT" in answer.headers["last-modified"]
            page = await got(client, kind)
            assert [one] == [entry["resource"] for entry in page["entry"]]
            assert 1 == page["total"]


async def test_it_is_read_once(town):
    """Who has the version already gets 304 and nothing of it."""
    ids = await town.delivered()
    path = f"/fhir/Task/{fhir_id(ids)}"
    async with town.client(PCMH) as client:
        etag = (await client.get(path)).headers["etag"]
        again = await client.get(path, headers={"if-none-match": etag})
    assert (304, b"") == (again.status_code, again.content)


@pytest.mark.parametrize("whose", [OTHER_PCMH, OTHER_MCO])
@pytest.mark.parametrize("kind", [*KINDS, "Binary"])
async def test_others_see_nothing(town, whose, kind):
    """To another practice or sender none of it exists, alone or in a search."""
    ids = await town.delivered()
    async with town.client(whose) as client:
        theirs = await client.get(f"/fhir/{kind}/{fhir_id(ids)}")
        nobodys = await client.get(f"/fhir/{kind}/del-none")
        if kind != "Binary":
            assert "entry" not in await got(client, kind)
            assert "entry" not in await got(client, f"{kind}?_id={fhir_id(ids)}")
    valid(theirs.json())
    assert (404, {**theirs.json(), "id": ""}) == (
        theirs.status_code,
        {**nobodys.json(), "id": ""},
    )


@pytest.mark.parametrize("kind", ["DocumentReference", "CarePlan", "Binary"])
async def test_content_is_the_addressees(town, kind):
    """The sender sees how far its delivery is, and neither document nor plan by this way."""
    ids = await town.delivered()
    async with town.client(MCO) as client:
        assert "requested" == (await got(client, f"Task/{fhir_id(ids)}"))["status"]
        assert 404 == (await client.get(f"/fhir/{kind}/{fhir_id(ids)}")).status_code


async def test_binary(town):
    """The bytes come as they are, or within a Binary where FHIR is asked for; each is recorded."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        reference = await got(client, f"DocumentReference/{fhir_id(ids)}")
        url = reference["content"][0]["attachment"]["url"]
        raw = await client.get(url)
        held = await got(client, f"Binary/{fhir_id(ids)}", accept="application/fhir+json")
    assert (ids["content"], "application/pdf") == (raw.content, raw.headers["content-type"])
    assert ids["content"] == base64.b64decode(held["data"])
    rows = await town.sql("select count(*) as n from event where kind = 'delivery.downloaded'")
    assert 2 == rows[0]["n"]


async def test_consent_is_asked_each_time(town):
    """When consent no longer permits it, neither bytes nor plan are given, and that is recorded."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        await got(client, f"CarePlan/{fhir_id(ids)}")
        town.stops[ids["del"]] = "revoked"
        plan = await client.get(f"/fhir/CarePlan/{fhir_id(ids)}")
        binary = await client.get(f"/fhir/Binary/{fhir_id(ids)}")
        assert "entry" not in await got(client, "CarePlan")
    assert ([410, 410], "no_longer_released") == (
        [plan.status_code, binary.status_code],
        valid(plan.json())["issue"][0]["details"]["coding"][0]["code"],
    )
    rows = await town.sql("select kind from event where noun = %s order by id", ids["del"])
    assert ["plan.viewed", *["access.refused"] * 3] == [r["kind"] for r in rows]


@pytest.mark.parametrize("state", ["stopped", "returned"])
async def test_what_was_taken_back(town, state):
    """Of a delivery taken back no content is given, and its document has no address."""
    ids = await town.delivered(state=state)
    async with town.client(PCMH) as client:
        reference = await got(client, f"DocumentReference/{fhir_id(ids)}")
        plan = await client.get(f"/fhir/CarePlan/{fhir_id(ids)}")
        assert "entry" not in await got(client, "CarePlan")
    assert ("entered-in-error", 410) == (reference["status"], plan.status_code)
    assert "url" not in reference["content"][0]["attachment"]


async def test_a_care_plan_stands_alone(town):
    """All that the CarePlan refers to is in it, each is referred to, and labels are its own."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        plan = await got(client, f"CarePlan/{fhir_id(ids)}")
    held = {f"#{one['id']}" for one in plan["contained"]}
    named = set(references(plan))
    assert held == {one for one in named if one.startswith("#")} - {"#"}
    assert not [one for one in named if one.startswith("urn:")]
    assert not [one for one in plan["contained"] if "security" in one.get("meta", {})]
    assert plan["meta"]["security"]
    told = json.dumps(plan)
    assert all(goal.text in told for goal in DELGADO.goals)


async def test_a_care_plan_carries_its_notices(town):
    """What the law says must accompany the plan stands in the CarePlan; else it isn't given."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        plan = await got(client, f"CarePlan/{fhir_id(ids)}")
        await town.sql("update release set notices = '{some_states_own}'")
        other = await client.get(f"/fhir/CarePlan/{fhir_id(ids)}")
        page = await got(client, "CarePlan")
    assert TEXTS[NOTICE] == plan["note"][0]["text"]
    assert (0, "outcome") == (page["total"], page["entry"][0]["search"]["mode"])
    assert (409, "fetch_the_document") == (
        other.status_code,
        other.json()["issue"][0]["details"]["coding"][0]["code"],
    )


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_no_name_in_a_task(town):
    """Neither Task, DocumentReference nor Provenance names the member."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        for kind in ("Task", "DocumentReference", "Provenance"):
            told = json.dumps(await got(client, f"{kind}/{fhir_id(ids)}"))
            assert not any(word in told for word in ("Zzy", "Delgado", "Rosa")), kind


async def test_acknowledge(town):
    """A Task put as received is an acknowledgment by the person the note names, once."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        task = await got(client, f"Task/{fhir_id(ids)}")
        first = await put(client, task, status="received")
        again = await put(client, task, status="received")
    assert (200, "received", "2") == (
        first.status_code,
        valid(first.json())["status"],
        first.json()["meta"]["versionId"],
    )
    assert first.json() == again.json()
    rows = await town.sql("select state, acknowledged_by, answer from delivery")
    assert ("acknowledged", NAME, None) == tuple(rows[0].values())
    events = await town.sql("select actor from event where kind = 'delivery.acknowledged'")
    assert [town.key_ids[PCMH]] == [row["actor"] for row in events]


@pytest.mark.parametrize(
    ("changed", "kind", "agreement", "status"),
    [
        ({"status": "accepted"}, "accept", "accepted", "accepted"),
        ({"status": "rejected"}, "dispute", "disputed", "rejected"),
        ({"status": "completed"}, "close", "closed", "completed"),
        ({"status": "failed"}, "cannot_reach", "cannot_reach", "failed"),
        ({"status": "on-hold", "said": "meeting"}, "meeting", "meeting_asked", "on-hold"),
        ({"status": "on-hold", "said": "propose"}, "propose", "changes_proposed", "on-hold"),
        ({"status": "rejected", "why": "wrong_practice"}, "return", "returned", "rejected"),
        ({"status": "rejected", "why": "not_our_role"}, "dispute", "disputed", "rejected"),
    ],
    ids=str,
)
async def test_answers(town, changed, kind, agreement, status):
    """Each status is the answer it says, the same as by `/v1`, and comes back as it was put."""
    ids = await town.delivered()
    said, why = changed.get("said"), changed.get("why")
    more = {"status": changed["status"]}
    if said:
        more["businessStatus"] = {"coding": [{"system": "urn:icp:answer", "code": said}]}
    if why:
        more["statusReason"] = {"coding": [{"system": "urn:icp:answer-reason", "code": why}]}
    async with town.client(PCMH) as client:
        task = await got(client, f"Task/{fhir_id(ids)}")
        answer = await put(client, task, **more)
        again = await put(client, task, **more)
        said = (await client.get(f"/v1/deliveries/{ids['del']}/answers")).json()["answers"]
    assert (200, status) == (answer.status_code, valid(answer.json())["status"]), answer.text
    assert (again.status_code, len(said)) == (409 if kind == "return" else 200, 1)
    rows = await town.sql("select answer->>'kind' as kind, agreement from delivery")
    assert (kind, agreement) == (rows[0]["kind"], rows[0]["agreement"])
    assert (kind, NAME, why) == (said[0]["kind"], said[0]["name"], said[0]["code"])


async def test_our_own_words_are_no_answer(town):
    """A Task sent back as it was read, at whatever point, records nothing."""
    ids = await town.delivered()
    counts = []
    async with town.client(PCMH) as client:
        for status in ("requested", "received", "rejected", "accepted"):
            task = await got(client, f"Task/{fhir_id(ids)}")
            await put(client, task, status=status)
            read = await got(client, f"Task/{fhir_id(ids)}")
            await client.put(f"/fhir/Task/{read['id']}", content=json.dumps(read), headers=JSON)
            rows = await town.sql("select count(*) as n from answer")
            counts.append(rows[0]["n"])
    assert [0, 0, 1, 2] == counts


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"status": "received", "note": []}, 422, "name_missing"),
        ({"status": "accepted", "note": [{"text": "ok"}]}, 422, "name_missing"),
        ({"status": "cancelled"}, 422, "status"),
        ({"status": "in-progress"}, 422, "status"),
        ({"status": ["received"]}, 422, "status"),
        ({"status": "rejected", "note": [{"authorString": NAME}]}, 422, "reason_missing"),
        ({"id": "del-other"}, 400, "not_the_task"),
        ({"resourceType": "Patient"}, 400, "not_the_task"),
        ({"headers": {"if-match": 'W/"99"'}}, 412, "changed"),
        ({"headers": {"content-type": "text/plain"}}, 415, "media_type"),
        (
            {"businessStatus": {"coding": [{"system": "urn:icp:answer", "code": "forget"}]}},
            422,
            "answer",
        ),
    ],
    ids=str,
)
async def test_refused_updates(town, changed, status, code):
    """What a practice can't say is refused as an OperationOutcome and changes nothing."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        task = await got(client, f"Task/{fhir_id(ids)}")
        body = {**task, "note": [{"authorString": NAME, "text": "x"}], **changed}
        headers = {**JSON, **body.pop("headers", {})}
        answer = await client.put(
            f"/fhir/Task/{task['id']}", content=json.dumps(body), headers=headers
        )
    told = valid(answer.json())["issue"][0]["details"]["coding"][0]["code"]
    assert (status, code) == (answer.status_code, told)
    assert "sent" == (await town.sql("select state from delivery"))[0]["state"]


@pytest.mark.parametrize("whose", [MCO, OTHER_PCMH])
async def test_only_the_addressee_answers(town, whose):
    """Neither the sender nor another practice can put a Task, whatever their scopes."""
    ids = await town.delivered()
    await town.sql(
        "update api_key set scopes = scopes || '{system/Task.u}' where organisation = %s", whose
    )
    body = {"resourceType": "Task", "id": fhir_id(ids), "status": "received"}
    body["note"] = [{"authorString": "X", "text": "x"}]
    async with town.client(whose) as client:
        answer = await client.put(
            f"/fhir/Task/{fhir_id(ids)}", content=json.dumps(body), headers=JSON
        )
    rows = await town.sql("select state from delivery")
    assert (404, "sent") == (answer.status_code, rows[0]["state"])


async def test_if_match(town):
    """An update of the version that was read is taken."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        task = await got(client, f"Task/{fhir_id(ids)}")
        version = f'W/"{task["meta"]["versionId"]}"'
        answer = await put(client, task, status="received", headers={"if-match": version})
        late = await put(client, task, status="accepted", headers={"if-match": version})
    assert (200, 412) == (answer.status_code, late.status_code)


async def test_pages(town):
    """A long search comes in pages that hold each delivery once."""
    made = {fhir_id(await town.delivered()) for _ in range(5)}
    seen, path = [], "Task?_count=2&status=requested"
    async with town.client(PCMH) as client:
        while path:
            page = await got(client, path)
            seen += [one["resource"]["id"] for one in page["entry"]]
            following = [one["url"] for one in page["link"] if one["relation"] == "next"]
            path = following[0].partition("/fhir/")[2] if following else ""
    assert (5, made) == (len(seen), set(seen))


@pytest.mark.parametrize("kind", ["Task", "DocumentReference", "CarePlan"])
async def test_search_by_member(town, kind):
    """A member is meant by the hub's id, or by the payer's in a form; never in an address."""
    ids = await town.delivered()
    await town.delivered()
    row = (await town.sql("select member_id from member where id = %s", ids["mem"]))[0]
    async with town.client(PCMH) as client:
        by_id = await got(client, f"{kind}?patient=Patient/{fhir_id(ids, 'mem')}")
        form = {"patient:identifier": f"urn:payer|{row['member_id']}", "_count": "1"}
        posted = await client.post(f"/fhir/{kind}/_search", data=form)
        named = await client.get(f"/fhir/{kind}", params=form)
    found = valid(posted.json())
    assert [fhir_id(ids)] == [one["resource"]["id"] for one in by_id["entry"]]
    assert [fhir_id(ids)] == [one["resource"]["id"] for one in found["entry"]]
    assert row["member_id"] not in json.dumps(found["link"])
    assert 400 == named.status_code


async def test_search_by_status(town):
    """Statuses find the Tasks and documents that have them; one that none ever has is refused."""
    sent, gone = await town.delivered(), await town.delivered(state="superseded")
    async with town.client(PCMH) as client:
        asked = await got(client, "Task?status=requested,received")
        old = await got(client, "DocumentReference?status=superseded")
        answer = await client.get("/fhir/Task?status=ready")
    assert [fhir_id(sent)] == [one["resource"]["id"] for one in asked["entry"]]
    assert [fhir_id(gone)] == [one["resource"]["id"] for one in old["entry"]]
    assert 400 == answer.status_code


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ("_lastUpdated=2026-11-02", 1),
        ("_lastUpdated=2026", 1),
        ("_lastUpdated=2026-11", 1),
        ("_lastUpdated=lt2026-11-02", 0),
        ("_lastUpdated=gt2026-11-02", 0),
        ("_lastUpdated=ge2026-11-02T14:30:00Z", 1),
        ("_lastUpdated=ge2026-11-02T09:30:00-05:00", 1),
        ("_lastUpdated=gt2026-11-02T14:30:00Z", 0),
        ("_lastUpdated=ge2026-11-01&_lastUpdated=lt2026-11-03", 1),
        ("_lastUpdated=yesterday", None),
        ("_lastUpdated=ne2026", None),
        ("_lastUpdated=99999", None),
        ("_count=0", None),
        ("_count=999", None),
        ("_sort=date", None),
        ("_id=a&_id=b", None),
        ("_after=..", None),
    ],
)
async def test_spans_and_odd_searches(town, span, found):
    """A span of time means what FHIR says; what isn't known is refused, not passed over."""
    await town.delivered()
    async with town.client(PCMH) as client:
        answer = await client.get(f"/fhir/Task?{span}")
    body = valid(answer.json())
    if found is None:
        assert answer.status_code in {400, 404}
    else:
        assert (200, found) == (answer.status_code, len(body.get("entry", ())))


async def test_a_later_change_shows(town):
    """A Task's version and time follow what happens to the delivery."""
    ids = await town.delivered()
    async with town.client(PCMH) as client:
        before = await got(client, f"Task/{fhir_id(ids)}")
        town.clock.turn(hours=2)
        await put(client, before, status="received")
        after = await got(client, f"Task/{fhir_id(ids)}")
        found = await got(client, f"Task?_lastUpdated=gt{before['meta']['lastUpdated']}")
    assert before["meta"]["lastUpdated"] < after["meta"]["lastUpdated"]
    assert [after] == [one["resource"] for one in found["entry"]]


async def test_another_version_is_another_plan(town):
    """Each delivered version is its own CarePlan, as it was released."""
    first, second = await town.delivered(), await town.delivered()
    changed = replace(DELGADO, header=replace(DELGADO.header, title="Plan of December"))
    (kept,) = await town.world.vault.put_many([encode(changed)])
    await town.sql("update release set plan_digest = %s where id = %s", kept.digest, second["rel"])
    async with town.client(PCMH) as client:
        titles = [(await got(client, f"CarePlan/{fhir_id(i)}"))["title"] for i in (first, second)]
    assert [DELGADO.header.title, "Plan of December"] == titles


async def test_provenance_by_target(town):
    """The Provenance of a document is found by naming it."""
    ids = await town.delivered()
    await town.delivered()
    async with town.client(PCMH) as client:
        page = await got(client, f"Provenance?target=DocumentReference/{fhir_id(ids)}")
    (entry,) = page["entry"]
    assert fhir_id(ids) == entry["resource"]["id"]


async def test_examples(town):
    """Every key an example of the description shows is in the real answer, at every level."""
    ids = await town.delivered()
    single = fhir_id(ids)
    paths = {
        "fhir_task": f"Task/{single}",
        "fhir_tasks": "Task",
        "fhir_document": f"DocumentReference/{single}",
        "fhir_care_plan": f"CarePlan/{single}",
        "fhir_provenance": f"Provenance/{single}",
        "fhir_organization": f"Organization/{MCO}",
        "fhir_practitioner": f"Practitioner/con-{PCMH}",
        "fhir_endpoint": f"Endpoint/end-{PCMH}",
        "fhir_audit_events": "AuditEvent",
    }
    async with town.client(PCMH) as client:
        real = {name: await got(client, path) for name, path in paths.items()}
    assert [] == [name for name, one in real.items() if not fits(EXAMPLES[name][1], one)]
