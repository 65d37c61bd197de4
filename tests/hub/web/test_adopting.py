"""From the workbench into force over HTTP: nothing goes live or back that was not shown."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from test_pages import sent, signed_in
from test_workbench import CSV, on_bench
from world import OTHER_MCO, build

import adapters
from hub.adopting import trying, working
from hub.adopting.written import loaded, workshop
from hub.ports import Binding
from hub.sandbox.reader import SandboxReader
from hub.store.activating import PostgresProfiles
from hub.store.trials import PostgresTrials
from hub.web.pages import console

NAME = "laurel-csv"
TEXT = (Path(adapters.__file__).parent / "mcos/laurel_csv.yaml").read_text("utf-8")
PROFILES = "/integration/profiles"


def written(version):
    """Return the sender's profile under another version."""
    return loaded(TEXT.replace('version: "1"', f'version: "{version}"', 1), "the profile")


@pytest.fixture
async def shop(database):
    """Build a town where profiles can be tried and put in force."""
    town = await build(database, console())
    reader = SandboxReader()

    async def bindings(_mco):
        return (Binding("adapters.mcos.laurel_csv:ADAPTER"),)

    hub = SimpleNamespace(
        profiles=PostgresProfiles(database),
        trials=PostgresTrials(database),
        line=SimpleNamespace(bindings=bindings),
        vault=town.world.vault,
        reader=reader,
        clock=town.clock,
    )
    world = dataclasses.replace(town.world, reader=reader, bindings=bindings, adopting=hub)
    town.app.state.world = town.world = world
    await town.person("hub", "integration", ("integration",))
    yield town
    await reader.close()


async def tried(shop, version):
    """Try a version of the sender's profile."""
    hub = shop.world.adopting
    return await trying.tried(hub, OTHER_MCO, written(version), 1, lambda *_: None)


async def put(shop, version):
    """Put a version of the sender's profile in force; return its digest."""
    await trying.put(shop.world.adopting, await tried(shop, version), "tester")
    return written(version).digest


async def on_trial(client, version, **form):
    """Ask for a trial of a version at the workbench; return where its page is."""
    at = await on_bench(client, content=CSV, sender=OTHER_MCO)
    answer = await sent(client, f"{at}/trial", profile=written(version).text, **form)
    assert answer.status_code == 303
    return answer.headers["location"]


async def in_force(shop):
    """Return the digests in force."""
    rows = await shop.sql("select digest from profile where state = 'active'")
    return [row["digest"] for row in rows]


async def test_nothing_to_propose(shop):
    """A sample that nothing can be proposed from is refused in plain words."""
    client = await signed_in(shop, "integration")
    at = await on_bench(client, content=b"%PDF-1.7\nbroken", sender=OTHER_MCO)
    answer = await sent(client, f"{at}/proposal")
    assert (422, True) == (answer.status_code, "opened, send it again" in answer.text)


@pytest.mark.parametrize(
    ("last", "asked"), [("0", 1), ("9" * 5000, 200), ("7", 7), ("", 50), ("-1", 50)]
)
async def test_how_many(shop, last, asked, monkeypatch):
    """A trial reads one stored document at least and never more than the most."""
    told = []

    async def recent(_mco, limit):
        told.append(limit)
        return []

    monkeypatch.setattr(shop.world.adopting.profiles, "recent", recent, raising=False)
    client = await signed_in(shop, "integration")
    await on_trial(client, "2", last=last)
    assert (True, [asked]) == (await working.work(shop.world.adopting), told)


async def test_checked_beside(shop, monkeypatch):
    """A profile in the form is checked beside the loop that serves everybody."""
    told = []

    def checked(text, name):
        told.append(threading.current_thread() is threading.main_thread())
        return loaded(text, name)

    monkeypatch.setattr(working, "loaded", checked)
    client = await signed_in(shop, "integration")
    at = await on_bench(client, content=CSV, sender=OTHER_MCO)
    await sent(client, f"{at}/trial", profile=written("2").text)
    assert [False] == told


async def test_activated_meanwhile(shop):
    """What was tried is not put in force in the place of what it was not compared with."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "3")
    await working.work(shop.world.adopting)
    digest = await put(shop, "2")
    answer = await sent(client, f"{at}/activation", digest=written("3").digest)
    assert (409, [digest]) == (answer.status_code, await in_force(shop))


async def test_twice(shop):
    """Two people's trials of one profile put it in force once."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "2")
    await working.work(shop.world.adopting)
    await put(shop, "2")
    answer = await sent(client, f"{at}/activation", digest=written("2").digest)
    rows = await shop.sql("select state from profile")
    assert (409, ["active"]) == (answer.status_code, [row["state"] for row in rows])


async def test_how_far(shop):
    """The page of a trial says that it waits, then how far it is, and can be looked at again."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "2")
    waits = (await client.get(at)).text
    trials = shop.world.adopting.trials
    await trials.renew(await trials.claim(), 3, 7)
    reads = (await client.get(at)).text
    assert "It waits for a worker." in waits
    assert ("Reading: 3 of 7 documents." in reads, f'href="{at}">Look again' in reads) == (
        True,
        True,
    )
    assert "3 of 7 read" in (await client.get(PROFILES)).text
    early = await sent(client, f"{at}/activation", digest=written("2").digest)
    assert (409, []) == (early.status_code, await in_force(shop))


async def test_after_a_restart(shop):
    """A trial whose node died is done by the next one, which alone has the last word."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "2")
    hub = shop.world.adopting
    dead = await hub.trials.claim()
    early = await working.work(hub)
    await shop.sql("update profile_trial set lease_until = now() - interval '1 second' returning 1")
    late = await working.work(hub)
    await hub.trials.end(dataclasses.replace(dead, state="failed", says="too late"))
    page = (await client.get(at)).text
    answer = await sent(client, f"{at}/activation", digest=written("2").digest)
    assert (False, True) == (early, late)
    assert "This sender has sent nothing yet" in page
    assert (303, [written("2").digest]) == (answer.status_code, await in_force(shop))


async def test_never_ends(shop):
    """A trial that was begun again and again is given up, and its page says so."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "2")
    await shop.sql("update profile_trial set attempts = 3 returning 1")
    await working.work(shop.world.adopting)
    assert "never ended; try it on fewer documents" in (await client.get(at)).text


async def test_refused_at_once(shop):
    """What would be refused anyway is refused on the form, and nothing waits for a worker."""
    client = await signed_in(shop, "integration")
    await put(shop, "2")
    at = await on_bench(client, content=CSV, sender=OTHER_MCO)
    answer = await sent(client, f"{at}/trial", profile=written("2").text)
    assert (422, True) == (answer.status_code, "in force already" in answer.text)
    assert not await working.work(shop.world.adopting)


async def test_refused_meanwhile(shop):
    """A trial of what was put in force meanwhile ends with the reason on its page."""
    client = await signed_in(shop, "integration")
    at = await on_trial(client, "2")
    await put(shop, "2")
    await working.work(shop.world.adopting)
    assert "in force already" in (await client.get(at)).text


async def test_listed_beside(shop, monkeypatch):
    """The list of profiles loads them beside the loop that serves everybody."""
    await put(shop, "2")
    told, live = [], workshop("live")
    adapter = live.adapter

    def loads(text):
        told.append(threading.current_thread() is threading.main_thread())
        return adapter(text)

    monkeypatch.setattr(live, "adapter", loads)
    client = await signed_in(shop, "integration")
    assert NAME in (await client.get(PROFILES)).text
    assert [False] == told


async def test_rolled_back_meanwhile(shop):
    """A roll back takes back what was shown, and nothing that came or went meanwhile."""
    client = await signed_in(shop, "integration")
    first, second = [await put(shop, version) for version in ("2", "3")]
    shown = (await client.get(PROFILES)).text
    form = {"mco": OTHER_MCO, "profile": NAME, "digest": second}
    statuses = [(await sent(client, PROFILES, **form)).status_code for _ in range(2)]
    assert (True, [303, 409], [first]) == (second in shown, statuses, await in_force(shop))


@pytest.mark.parametrize("lacking", ["mco", "profile", "digest"])
async def test_roll_back_of_what(shop, lacking):
    """A roll back names the sender, the profile and the version that was shown."""
    client = await signed_in(shop, "integration")
    digest = await put(shop, "2")
    form = {"mco": OTHER_MCO, "profile": NAME, "digest": digest, lacking: ""}
    answer = await sent(client, PROFILES, **form)
    assert (422, [digest]) == (answer.status_code, await in_force(shop))
