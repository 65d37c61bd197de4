"""A whole hub for browser tests: real database, vault, line and console, seeded from the samples.

`Stage` runs it in a thread of its own, so that tests drive a browser like a person would. The
practices take plans in the console; one has an SFTP server that nobody can reach, one member's name
differs on the roster, so that every list has something to show.
"""

from __future__ import annotations

import asyncio
import copy
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvicorn
import yaml

from consent.records import Consent, Expiry, Parties
from hub import pipeline
from hub.asked import Actor
from hub.demo import world
from hub.foreseeing import emergency
from hub.ids import new_id
from hub.intake import VaultUpload
from hub.main import Hub, serving
from hub.officer import Invoked, Reported
from hub.ports import Envelope
from hub.settings import Settings
from hub.store import watching
from hub.web.credentials import NewAccount, Office, open_account

PASSWORD = "plain words for a test"  # noqa: S105  # a test's
TELLER = Actor("stage", "hub", "Stage", ("privacy", "integration", "operations"))
PEOPLE = (
    *world.PEOPLE,
    ("mco-allegheny", "andre", "Andre Bell, care manager", "mco"),
    ("pcmh-northside", "tamika", "Tamika Ross LCSW", "pcmh"),
    ("hub", "paul", "Paul Ito, privacy officer", "privacy"),
)

_MOVING = " union all ".join(
    f"select '{noun}' as noun, id, state from {noun} where due < now() + interval '1 minute'"  # noqa: S608  # our own tables
    for noun in ("submission", "plan", "delivery")
)


@dataclass
class Stage:
    """The running hub: its address, and what was read of the samples."""

    url: str
    home: Any
    read: list[str]
    _loop: asyncio.AbstractEventLoop
    _hub: Hub

    def run(self, job):
        """Run a coroutine function of the hub in its own loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(job(self._hub), self._loop).result(60)

    def sql(self, statement, *given):
        """Return the rows of a statement."""

        async def ask(hub):
            async with hub.database.line() as connection:
                cursor = await connection.execute(statement, given)
                return await cursor.fetchall() if cursor.description else []

        return self.run(ask)

    def settle(self):
        """Walk the line until nothing moves."""
        self.run(_walk)


class Running:
    """Starts the stage in a thread, stops it at the end."""

    def __init__(self, dsn, home):
        self._settings = Settings(
            home=home, database_url=dsn, private_networks=True, max_attempts=1, http_port=0
        )
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.stage: Stage | None = None

    def start(self):
        """Return the stage once it serves."""
        self._thread.start()
        self._ready.wait(120)
        if self._failed is not None:
            raise self._failed
        return self.stage

    def stop(self):
        """Stop the server and close everything."""
        self._server.should_exit = True
        self._thread.join(30)

    def _run(self):
        try:
            asyncio.run(self._live())
        except BaseException as error:  # noqa: BLE001  # handed to the test that waits
            self._failed = error
        finally:
            self._ready.set()

    async def _live(self):
        async with Hub(self._settings) as hub:
            read = await _seeded(hub)
            config = uvicorn.Config(
                serving.application(hub),
                host="127.0.0.1",
                port=0,
                log_level="error",
                lifespan="off",
            )
            self._server = uvicorn.Server(config)
            self._server.install_signal_handlers = lambda: None
            task = asyncio.create_task(self._server.serve())
            while not self._server.started:  # noqa: ASYNC110  # uvicorn offers no event
                await asyncio.sleep(0.02)
            port = self._server.servers[0].sockets[0].getsockname()[1]
            url = f"http://127.0.0.1:{port}"
            loop = asyncio.get_running_loop()
            self.stage = Stage(url, self._settings.home, read, loop, hub)
            self._ready.set()
            await task


async def _seeded(hub):
    known = copy.deepcopy(world.load())
    for member in known["members"]:
        if member["family"] == "Grant":
            member["family"] = "Grantham"
    await hub.rosters.load_directory(TELLER, _directory(known))
    for mco in {m["mco"] for m in known["members"]}:
        await hub.rosters.load_roster(TELLER, mco, "full", world.roster(known, mco))
    office = Office(hub.desk, hub.people, hub.credentials, hub.clock)
    for organisation, login, name, role in PEOPLE:
        await open_account(office, TELLER, NewAccount(organisation, login, name, (role,), PASSWORD))
    read = await _handed_in(hub)
    await _walk(hub)
    await _aged(hub)
    await _privately(hub)
    await hub.seal_ledger()
    return read


async def _handed_in(hub):
    """Hand in every sample that is there, and one document that is none."""
    files = [(one.mco, one.file, world.sample(one).read_bytes()) for one in world.STORY]
    files.append(("mco-keystone", "scan_0042.tif", b"II*\x00 no plan, a scan"))
    for mco, name, content in files:
        upload = VaultUpload(hub.intake, Envelope(mco, "sftp", mco, name))
        await upload.write(content)
        await upload.commit()
    return [name for _, name, _ in files]


async def _walk(hub):
    """Walk the line until nothing on it is due within a minute, on a busy machine too."""
    engine = hub.engine()
    for _ in range(300):
        await pipeline.read_batch(engine)
        await pipeline.walk_batch(engine)
        await pipeline.deliver_batch(engine)
        async with hub.database.line() as connection:
            moving = await (await connection.execute(_MOVING)).fetchall()
        if not moving:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the line did not come to rest: {moving}")


async def _aged(hub):
    """Let the clock of one delivery run out."""
    async with hub.database.line() as connection:
        await connection.execute(
            "update delivery set acknowledge_due = now() - interval '3 hours' where id ="
            " (select d.id from delivery d join member m on m.id = d.member"
            "  where d.state = 'sent' and m.family in ('Okafor') limit 1)"
        )
    await watching.tick(hub.database, hub.clock.now() + timedelta(seconds=1), hub.usual)


async def _privately(hub):
    """Give the privacy officer something in every list: consents, an emergency, an incident."""
    who = await _members(hub)
    now = hub.clock.now()
    grant = _form(who["Lindqvist"], now, expires=Expiry(on=(now + timedelta(days=9)).date()))
    await hub.registry.grant(TELLER, grant)
    await hub.registry.grant(TELLER, _form(who["Lindqvist"], now, kind="refusal"))
    await hub.registry.grant(TELLER, _form(who["Reyes"], now, statements=frozenset()))
    await hub.registry.grant(TELLER, _form(who["Reyes"], now, bulk=True))
    nurse = Actor("act_night", "pcmh-riverbend", "Ines Moya MD", ("pcmh",))
    sight = await hub.officer.sight(TELLER, who["Reyes"])
    said = Invoked("Ines Moya MD", "Riverbend, on call", "emergency", "Brought in by ambulance,"
                   " not able to speak", "Reyes", sight.member.birth_date, "x", medical=True,
                   unobtainable=True)  # fmt: skip
    opened = emergency(sight, nurse, said, now, hub.policy)
    await hub.officer.open_emergency(nurse, sight, said, opened)
    told = Reported(who["Lindqvist"], "pcmh-orchard", None, "other", "A fax went astray", now)
    await hub.officer.open_incident(TELLER, told)


async def _members(hub):
    async with hub.database.line() as connection:
        cursor = await connection.execute("select id, family from member")
        return {row["family"]: row["id"] for row in await cursor.fetchall()}


def _form(member, now, **changed):
    """Return a complete form, but for what is changed."""
    given = {
        "kind": "roi",
        "disclosers": Parties(organisations=frozenset({"mco-laurel"})),
        "recipients": Parties(organisations=frozenset({"pcmh-orchard"})),
        "purposes": frozenset({"TREAT"}),
        "categories": frozenset({"general"}),
        "signed_on": now.date(),
        "signed_by": "the member",
        "expires": Expiry(on=(now + timedelta(days=300)).date()),
        "statements": frozenset({"right_to_revoke", "refusal_consequences", "redisclosure"}),
        "recorded_by": "stage",
    }
    return Consent(id=new_id("cns"), member=member, recorded_at=now, **{**given, **changed})


def _directory(known):
    """Return the directory with every practice in the console but one that can't be reached."""
    ends = []
    for entry in known["endpoints"]:
        end = {**entry, "kind": "mailbox", "format": "pdf"}
        if entry["id"] == "end-orchard":
            end |= {
                "kind": "webhook",
                "format": "ccda",
                "address": "http://127.0.0.1:9/plans",
                "secrets": {"secret": "whsec_bm90IGEgc2VjcmV0LCBvbmx5IGEgdGVzdA=="},
            }
        ends.append(end)
    kept = {name: known[name] for name in ("organisations", "contacts", "bindings")}
    return yaml.safe_dump({**kept, "endpoints": ends}).encode()
