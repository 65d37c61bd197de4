"""FHIR Subscription: made, read, deleted; what it tells, signed and with ids alone."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.subscription import Subscription
from world import MCO, OTHER_PCMH, PCMH

from hub.audit import Event
from hub.channels.addresses import Guard
from hub.channels.posting import Poster
from hub.errors import Trouble
from hub.main import working
from hub.store import chasing, events, facts, sealing
from tests.receivers import Answer, HookSink, verifies

JSON = {"content-type": "application/fhir+json"}
HOOK = "https://practice.example/hook"


def wanted(address=HOOK, criteria="Task", **channel):
    given = {"type": "rest-hook", "endpoint": address, **channel}
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "plans",
        "criteria": criteria,
        "channel": given,
    }


async def subscribe(client, body):
    return await client.post("/fhir/Subscription", content=json.dumps(body), headers=JSON)


async def test_made_read_deleted(town):
    """A Subscription is made, shows its secret once, is read without it, and can be deleted."""
    async with town.client(PCMH) as client:
        made = await subscribe(client, wanted(header=["Authorization: Bearer s3cret"]))
        path = made.headers["location"]
        read = await client.get(path)
        listed = await client.get("/fhir/Subscription")
        gone = await client.delete(path)
        after = await client.get(path)
    assert (201, 204, 404) == (made.status_code, gone.status_code, after.status_code)
    assert Subscription.model_validate(made.json()).status == "active"
    (signing,) = made.json()["channel"]["extension"]
    assert signing["valueString"].startswith("whsec_")
    assert "s3cret" not in made.text + read.text + listed.text
    assert signing["valueString"] not in read.text + listed.text
    assert read.json() == listed.json()["entry"][0]["resource"]
    rows = await town.sql("select secrets, paused from endpoint where options ? 'subscription'")
    assert (None, True) == tuple(rows[0].values())


@pytest.mark.parametrize("whose", [OTHER_PCMH, MCO])
async def test_others_have_no_part_in_it(town, whose):
    """Another organisation neither sees nor deletes it."""
    async with town.client(PCMH) as client:
        path = (await subscribe(client, wanted())).headers["location"]
    async with town.client(whose) as client:
        page = (await client.get("/fhir/Subscription")).json()
        read, gone = await client.get(path), await client.delete(path)
    assert (404, 404, 0) == (read.status_code, gone.status_code, page["total"])


@pytest.mark.parametrize(
    "body",
    [
        wanted(criteria="Patient"),
        wanted(criteria="Task?owner=x"),
        wanted(criteria=["Task"]),
        wanted(type="websocket"),
        wanted(payload="application/fhir+json"),
        wanted("http://practice.example/hook"),
        wanted("https://user:word@practice.example/"),
        wanted("https://practice.example/#x"),
        wanted("https://practice.example:99999/"),
        wanted("ftp://practice.example/"),
        wanted("https:///x"),
        wanted(["https://practice.example"]),
        wanted(header=["Host: other"]),
        wanted(header=["webhook-id: x"]),
        wanted(header=["Content-Length: 3"]),
        wanted(header=["X: a\r\nHost: b"]),
        wanted(header=["no colon"]),
        wanted(header=["A: 1", "a: 2"]),
        wanted(header=[f"X-{n}: 1" for n in range(6)]),
        {**wanted(), "channel": None},
        {**wanted(), "resourceType": "Patient"},
    ],
    ids=str,
)
async def test_refused(town, body):
    """What can't be told, or not safely, is refused, and nothing is kept."""
    async with town.client(PCMH) as client:
        answer = await subscribe(client, body)
        page = (await client.get("/fhir/Subscription")).json()
    assert (422, 0) == (answer.status_code, page["total"])


async def test_not_without_end(town):
    """An organisation has at most twenty."""
    async with town.client(PCMH) as client:
        codes = [(await subscribe(client, wanted())).status_code for _ in range(21)]
    assert [201] * 20 + [409] == codes


async def happened(town, *kinds):
    """Write events of a delivery and seal them, as the line does; return the delivery's id."""
    ids = await town.delivered()
    made = [Event(kind, ids["del"], town.clock.now(), (MCO, PCMH)) for kind in kinds]
    async with town.database.line() as connection:
        await events.add(connection, made)
    signer = sealing.Signer("k", lambda message: message[:64])
    await sealing.seal_events(town.database, signer, town.clock.now())
    await chasing.make_notices(town.database)
    return ids["del"]


async def sent(town, *, attempts=6):
    """Send what is due, as the worker does."""
    poster = Poster(Guard(allow_http_private=True), town.clock, seconds=1.0)
    settings = SimpleNamespace(
        public_url="https://hub.example/", max_attempts=attempts, retry_seconds=0.0
    )
    hub = SimpleNamespace(poster=poster, settings=settings, database=town.database)
    claimed = await chasing.claim_notices(town.database, 64, lambda sealed: sealed)
    await asyncio.gather(*(working.notify_one(hub, *one) for one in claimed))
    await poster.close()
    return len(claimed)


async def subscribed(town, sink, criteria="Task", **channel):
    """Subscribe, and let the address be plain http to the sink; return its secret and path."""
    async with town.client(PCMH) as client:
        made = await subscribe(client, wanted(criteria=criteria, **channel))
    await town.sql("update endpoint set address = %s where kind = 'status'", sink.url)
    secret = made.json()["channel"]["extension"][0]["valueString"]
    return secret, made.headers["location"]


async def test_it_is_told(town):
    """A change is told by ids alone, valid, signed, with the subscriber's own header."""
    async with HookSink() as sink:
        secret, path = await subscribed(town, sink, header=["X-Practice: riverbend"])
        delivery = await happened(town, "delivery.queued", "delivery.sent")
        assert 1 == await sent(town)
        (got,) = sink.taken
    told = json.loads(got.body)
    assert Bundle.model_validate(told).type == "history"
    assert verifies(secret, got.headers, got.body)
    assert ("riverbend", "application/fhir+json") == (
        got.headers["x-practice"],
        got.headers["content-type"],
    )
    assert f"Task/{delivery.replace('_', '-')}" == told["entry"][1]["request"]["url"]
    assert path.removeprefix("/fhir/") in got.body.decode()
    assert not any(word in got.body.decode() for word in ("Zzy", "Delgado", "Keystone"))


async def test_it_is_told_again(town):
    """A subscriber that fails is told again under the same id; then its Subscription says so."""
    async with HookSink([Answer(503), Answer(400)]) as sink:
        _, path = await subscribed(town, sink)
        await happened(town, "delivery.sent")
        await sent(town)
        await town.sql("update notice set due = now() where due is not null")
        await sent(town)
        assert 1 == len({one.id for one in sink.taken})
        assert 2 == len(sink.taken)
    async with town.client(PCMH) as client:
        read = (await client.get(path)).json()
    assert ("error", "http_400") == (read["status"], read["error"])


async def test_it_tells_what_was_asked(town):
    """Only events of the criteria's kind are told, and nothing after it was deleted."""
    async with HookSink() as sink:
        _, path = await subscribed(town, sink, "Task?status=received")
        await happened(town, "delivery.sent", "delivery.acknowledged", "delivery.answered")
        await sent(town)
        assert 1 == len(sink.taken)
        await happened(town, "delivery.acknowledged")
        async with town.client(PCMH) as client:
            await client.delete(path)
        await happened(town, "delivery.acknowledged")
        await sent(town)
        assert 1 == len(sink.taken)


async def test_its_address_is_guarded(town):
    """A Subscription can't send the hub to its own insides."""
    async with town.client(PCMH) as client:
        for address in ("https://127.0.0.1/x", "https://169.254.169.254/latest"):
            assert 201 == (await subscribe(client, wanted(address))).status_code
    rows = await town.sql("select * from endpoint where options ? 'subscription'")
    poster = Poster(Guard(), town.clock, seconds=1.0)
    for row in rows:
        given = facts.endpoint(row, lambda sealed: sealed)
        with pytest.raises(Trouble) as raised:
            await poster.post(given, "n", {}, b"{}")
        assert "address_forbidden" == raised.value.code
    await poster.close()


async def test_the_directory_file_leaves_it_out(town):
    """A dump of the directory holds no Subscription, so loading it back revives none."""
    async with town.client(PCMH) as client:
        await subscribe(client, wanted())
    dumped = await town.world.rosters.dump_directory(None)
    assert b"subscription" not in dumped
