"""A web application over the real stores, for tests: a clock one can turn, a small vault, a reader.

`Town` holds two MCOs, two practices, credentials for each, and helpers that put rows on the line.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from written import DELGADO

from consent.records import Policy
from hub.asked import Actor, Issued
from hub.canonical import Finding, Reading, Tally
from hub.canonical.wire import encode
from hub.errors import Trouble
from hub.ids import new_id
from hub.intake import Desk
from hub.normalize import chain_of
from hub.ports import Binding, Stored
from hub.questioning import telling
from hub.requests.nouns import Brought, Opening
from hub.settings import Settings
from hub.store.accepting import PostgresArrivals
from hub.store.answering import PostgresReception
from hub.store.confirming import PostgresConfirming
from hub.store.credentials import PostgresCredentials
from hub.store.desk import PostgresDesk
from hub.store.directories import PostgresDirectory
from hub.store.labels import PostgresLabels
from hub.store.linking import PostgresLinking
from hub.store.officing import PostgresOfficer
from hub.store.people import PostgresPeople
from hub.store.planning import PostgresPlans
from hub.store.registering import PostgresConsents
from hub.store.requests.board import PostgresRequests
from hub.store.returning import PostgresReturning
from hub.store.rosters import PostgresRosters
from hub.store.subscribing import PostgresSubscriptions
from hub.store.treating import PostgresTreating
from hub.store.worklisting import PostgresWorklist
from hub.web.application import World, create
from hub.web.credentials import NewAccount, Office, issue_key, open_account, register_client
from hub.web.limits import Limits
from hub.web.scopes import FOR_KIND

START = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)
BOSS = Actor(id="cli", organisation="hub", name="command line")
MCO, OTHER_MCO = "mco-keystone", "mco-laurel"
PCMH, OTHER_PCMH = "pcmh-riverbend", "pcmh-orchard"
PASSWORD = "correct horse battery"  # noqa: S105  # a test's
TALLY = '{"source_items": 4, "mapped": 3, "residue": 1, "ignored": 0}'
HUB_URL = "http://127.0.0.1:8080"


KEY = Ed25519PrivateKey.generate()


def verified(message, signature):
    """Say whether our key made a signature."""
    try:
        KEY.public_key().verify(signature, message)
    except InvalidSignature:
        return False
    return True


class TurnedClock:
    """A clock that stands still until it is turned."""

    def __init__(self):
        self.at = START

    def now(self):
        """Return the instant it was turned to."""
        return self.at

    def turn(self, **by):
        """Turn it on."""
        self.at += timedelta(**by)


class Shelf:
    """A vault in memory."""

    def __init__(self):
        self.kept: dict[str, bytes] = {}

    async def put_many(self, contents):
        """Keep contents."""
        stored = [Stored(hashlib.sha256(c).hexdigest(), len(c)) for c in contents]
        self.kept.update({s.digest: c for s, c in zip(stored, contents, strict=True)})
        return stored

    async def get(self, digest):
        """Return what is kept."""
        if digest not in self.kept:
            raise Trouble("permanent", "missing", "the bytes are missing")
        return self.kept[digest]

    def writer(self):
        """Open a streaming write."""
        return ShelfWriter(self)


class ShelfWriter:
    """A streaming write into the shelf."""

    def __init__(self, shelf):
        self._shelf = shelf
        self._parts = []

    async def write(self, chunk):
        """Take bytes."""
        self._parts.append(chunk)

    async def commit(self):
        """Keep what was written."""
        return (await self._shelf.put_many([b"".join(self._parts)]))[0]

    async def abort(self):
        """Forget what was written."""
        self._parts.clear()


class OnePlanReader:
    """Reads every document as the same plan, and remembers what it was asked."""

    def __init__(self):
        self.asked = []

    async def read(self, bindings, document):
        """Return the one plan."""
        self.asked.append((bindings, document))
        finding = Finding("warning", "goal_without_concern", "name the concern")
        reading = Reading((DELGADO,), (finding,), Tally(4, 3, 1, 0))
        return "double@1", reading


@dataclass
class Town:
    """Everything a web test needs."""

    world: World
    app: object
    database: object
    clock: TurnedClock
    reader: OnePlanReader
    keys: dict[str, str]
    key_ids: dict[str, str]
    stops: dict[str, str]

    @property
    def office(self):
        """Return what issuing needs."""
        return Office(self.world.desk, self.world.people, self.world.credentials, self.world.clock)

    def client(self, whose=None, **headers):
        """Return an HTTP client, with an organisation's API key where one is named."""
        if whose is not None:
            headers["authorization"] = f"Bearer {self.keys[whose]}"
        transport = httpx2.ASGITransport(app=self.app)
        return httpx2.AsyncClient(transport=transport, base_url=HUB_URL, headers=headers)

    async def key(self, organisation, *scopes):
        """Issue an API key."""
        return await issue_key(self.office, BOSS, organisation, "a test's key", scopes)

    async def person(self, organisation, login, roles, totp=""):
        """Open an account."""
        new = NewAccount(organisation, login, f"Person {login}", roles, PASSWORD, totp)
        return await open_account(self.office, BOSS, new)

    async def smart_client(self, organisation, client, jwks, *scopes):
        """Register an OAuth client."""
        issued = Issued(client, organisation, "a test's system", scopes)
        return await register_client(self.office, BOSS, issued, json.dumps(jwks))

    async def sql(self, statement, *given):
        """Run SQL as the hub's own role."""
        async with self.database.line() as connection:
            cursor = await connection.execute(statement, given)
            return await cursor.fetchall() if cursor.description else []

    async def member(self, mco=MCO, member_id="K1"):
        """Add a member and return the hub's id."""
        made = new_id("mem")
        await self.sql(
            "insert into member (id, mco, member_id, family, given)"
            " values (%s, %s, %s, 'Zzy', 'Q')",
            *(made, mco, member_id),
        )
        return made

    async def delivered(self, mco=MCO, pcmh=PCMH, state="sent"):
        """Put a submission, its plan, a release and a delivery on the line; return the ids."""
        content = encode(DELGADO)
        released = b"%PDF released " + new_id("x").encode()
        (raw, plan_bytes, out) = await self.world.vault.put_many(
            [new_id("b").encode(), content, released]
        )
        ids = {n: new_id(n) for n in ("sub", "pln", "rel", "del")}
        ids["mem"] = await self.member(mco, new_id("k"))
        await self.sql(
            "insert into submission (id, mco, channel, actor, name, media_type, digest, size,"
            " received_at, state, plans, tally) values (%s, %s, 'api', 'a', 'plan.xml', 'text/xml',"
            " %s, 9, %s, 'read', 1, %s)",
            *(ids["sub"], mco, raw.digest, START, TALLY),
        )
        await self.sql(
            "insert into plan (id, seq, submission, mco, kind, chain, version, member, state,"
            " digest, size, made_at) select %s, seq * 100000, id, mco, 'icp', 'c', 1, %s,"
            " 'released', %s, 1, %s from submission where id = %s",
            *(ids["pln"], ids["mem"], plan_bytes.digest, START, ids["sub"]),
        )
        await self.sql(
            "insert into release values (%s, %s, %s, %s, %s, %s, %s, '{}', 2, '{part2}', %s, %s,"
            " %s, 'application/pdf', 'icp.pdf', 'pdf')",
            *(ids["rel"], ids["pln"], mco, pcmh, f"con-{pcmh}", ids["mem"], START),
            *(plan_bytes.digest, out.digest, out.size),
        )
        await self.sql(
            "insert into delivery (id, release, plan, mco, pcmh, member, contact, endpoint,"
            " channel, state, made_at) values (%s, %s, %s, %s, %s, %s, %s, %s, 'mailbox', %s, %s)",
            *(ids["del"], ids["rel"], ids["pln"], mco, pcmh, ids["mem"], f"con-{pcmh}"),
            *(f"end-{pcmh}", state, START),
        )
        ids["content"] = released
        return ids

    async def requested(self, ids):
        """Let the sender ask the practice for its plan, which comes back; add both ids."""
        await self.sql(
            "update delivery set sent_at = coalesce(sent_at, %s) where id = %s", START, ids["del"]
        )
        await self.sql(
            "update member set birth_date = '1961-07-19', phone = '717-555-0100' where id = %s",
            ids["mem"],
        )
        (row,) = await self.sql("select mco, pcmh from delivery where id = %s", ids["del"])
        asked = Opening("plan", ids["mem"], "Sam Ortiz", "reassessment", to=row["pcmh"])
        rqt = await self.world.requests.open(sender_of(row["mco"]), asked)
        given = Brought(rqt, "Nadia Brandt RN", b"%PDF-1.4 own plan", "application/pdf")
        doc = await self.world.requests.bring(nurse_of(row["pcmh"]), given)
        return {**ids, "rqt": rqt, "doc": doc}


def sender_of(mco=MCO):
    """Return a person of an MCO."""
    return Actor("act_sender", mco, "Sam Ortiz", ("mco",))


def nurse_of(pcmh=PCMH):
    """Return a person of a practice."""
    return Actor("act_nurse", pcmh, "Nadia Brandt RN", ("pcmh",))


async def officer(town, login="privacy", role="privacy"):
    """Return the client of a signed-in member of the hub's staff; the town must have a console."""
    await town.person("hub", login, (role,))
    client = town.client()
    await client.post("/sign-in", data={"login": login, "password": PASSWORD})
    page = (await client.get("/account")).text
    client.headers["x-csrf-token"] = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    return client


_FOLK = """
insert into organisation (id, kind, name) values ('hub', 'other', 'The hub'),
  ('mco-keystone', 'mco', 'Keystone'), ('mco-laurel', 'mco', 'Laurel'),
  ('pcmh-riverbend', 'pcmh', 'Riverbend'), ('pcmh-orchard', 'pcmh', 'Orchard')
  on conflict do nothing;
insert into endpoint (id, organisation, kind) values
  ('end-pcmh-riverbend', 'pcmh-riverbend', 'mailbox'),
  ('end-pcmh-orchard', 'pcmh-orchard', 'mailbox');
insert into contact (id, organisation, name, roles, endpoint) values
  ('con-pcmh-riverbend', 'pcmh-riverbend', 'Nadia Brandt RN', '{plan}', 'end-pcmh-riverbend'),
  ('con-pcmh-orchard', 'pcmh-orchard', 'Peter Lam MD', '{plan}', 'end-pcmh-orchard');
"""


async def build(database, pages=None, limits=None, **changed):
    """Return a town over a fresh database; `changed` are settings."""
    async with database.line() as connection:
        await connection.execute(_FOLK)
    clock, shelf, reader = TurnedClock(), Shelf(), OnePlanReader()
    stops: dict[str, str] = {}
    settings = Settings(**{"max_bytes": 1_000_000, **changed})

    async def bindings(organisation):
        return (Binding(f"adapters.mcos.{organisation}"),)

    world = World(
        settings=settings,
        clock=clock,
        inbox=Desk(shelf, PostgresArrivals(database, shelf, clock).take, settings.max_bytes),
        desk=PostgresDesk(database, clock),
        people=PostgresPeople(database, lambda b: b"sealed " + b, lambda b: b[7:]),
        credentials=PostgresCredentials(database),
        reception=PostgresReception(
            database,
            shelf,
            clock,
            lambda due: stops.get(due.delivery),
            lambda b: b"sealed " + b[::-1],
        ),
        plans=PostgresPlans(database, shelf, clock),
        confirming=PostgresConfirming(database, shelf, clock, chain_of),
        registry=PostgresConsents(database, clock),
        rosters=PostgresRosters(database, clock, settings.roster_max_drop, (lambda b: b, None)),
        reader=reader,
        vault=shelf,
        bindings=bindings,
        officer=PostgresOfficer(
            database, shelf, clock, lambda b: b"sealed " + b[::-1], lambda b: b[7:][::-1]
        ),
        limits=limits or Limits(),
        labels=PostgresLabels(database, shelf, clock),
        worklist=PostgresWorklist(
            database,
            shelf,
            clock,
            lambda due: stops.get(due.delivery),
            (lambda b: b"sealed " + b, lambda b: b[7:]),
        ),
        returning=PostgresReturning(database, clock),
        requests=PostgresRequests(
            database,
            shelf,
            clock,
            (lambda b: b"sealed " + b[::-1], lambda b: b[7:][::-1]),
            telling(clock.now, Policy()),
        ),
        linking=PostgresLinking(database, clock, KEY.sign, verified),
        subscriptions=PostgresSubscriptions(database, clock, lambda b: b),
        treating=PostgresTreating(database, clock),
        directory=PostgresDirectory(database, clock, lambda b: b, lambda b: b),
    )
    town = Town(world, create(world, pages), database, clock, reader, {}, {}, stops)
    kinds = {MCO: "mco", OTHER_MCO: "mco", PCMH: "pcmh", OTHER_PCMH: "pcmh", "hub": "hub"}
    for organisation, kind in kinds.items():
        made = await town.key(organisation, *sorted(FOR_KIND[kind]))
        town.keys[organisation], town.key_ids[organisation] = made.secret, made.id
    return town
