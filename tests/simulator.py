"""An MCO, a medical home and a whole hub in one process, for stories.

`Play` opens a real hub over a test database: real store, vault, sandboxed readers, pipeline; only
the world outside is played. `mco.sends(file)` hands bytes in, `play.runs()` walks the line until
nothing is due, `practice.sees()` is the mailbox. Every step is what a channel, a worker or a page
would do; nothing reaches past the ports.
"""

from __future__ import annotations

import functools
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import yaml

from consent.records import Consent, Expiry, Parties
from hub import pipeline
from hub.asked import Actor
from hub.demo import world
from hub.ids import new_id
from hub.intake import VaultUpload
from hub.main import Hub
from hub.ports import Envelope
from hub.settings import Settings

STAFF = Actor("act_staff", "hub", "Staff", ("privacy", "operations", "integration"))


@dataclass
class Play:
    """A hub and those who use it."""

    hub: Hub

    async def sends(self, mco: str, content: bytes, name: str = "plan", key: str | None = None):
        """Hand bytes in as an MCO and return the acceptance."""
        upload = VaultUpload(self.hub.intake, Envelope(mco, "api", "act_mco", name, "", key))
        await upload.write(content)
        return await upload.commit()

    async def sends_sample(self, mco: str, file: str):
        """Hand a shipped sample in."""
        sending = world.Sending(mco, file, "api", "")
        return await self.sends(mco, world.sample(sending).read_bytes(), file)

    async def runs(self, *, deliver: bool = True) -> None:
        """Walk the line until nothing is due."""
        engine = self.hub.engine()
        steps = [pipeline.read_batch, pipeline.walk_batch]
        steps += [pipeline.deliver_batch] if deliver else []
        idle = 0
        for _ in range(40):
            moved = sum([await step(engine) for step in steps])
            idle = 0 if moved else idle + 1
            if idle == 2:  # a stopped delivery lets its plan be decided anew one round later
                return

    async def rows(self, statement: str, *given: object) -> list[dict]:
        """Look into the database, as a test may."""
        async with self.hub.database.line() as connection:
            return await (await connection.execute(statement, given)).fetchall()

    async def states(self, noun: str) -> list[str]:
        """Return the states of all plans, submissions or deliveries, in order."""
        rows = await self.rows(f"select state from {noun} order by seq")  # noqa: S608  # a literal of ours
        return [row["state"] for row in rows]

    async def member(self, mco: str, member_id: str) -> str:
        """Return our id of a member."""
        rows = await self.rows(
            "select id from member where mco = %s and member_id = %s", mco, member_id
        )
        return rows[0]["id"]

    async def grants(self, member: str, mco: str, recipient: str, *categories: str) -> str:
        """Record a complete TPO consent and return its id."""
        consent = Consent(
            id=new_id("con"),
            member=member,
            kind="tpo",
            disclosers=Parties(organisations=frozenset({mco})),
            recipients=Parties(
                organisations=frozenset({recipient}), classes=frozenset({"treating_provider"})
            ),
            purposes=frozenset({"TREAT", "HPAYMT", "HOPERAT"}),
            categories=frozenset(categories),
            signed_on=(datetime.now(UTC) - timedelta(days=1)).date(),
            signed_by="the member",
            proven=True,
            expires=Expiry(never=True),
            statements=frozenset(
                {"patient_name", "right_to_revoke", "redisclosure", "refusal_consequences"}
            ),
            recorded_at=datetime.now(UTC),
            recorded_by="act_staff",
        )
        assert await self.hub.registry.grant(STAFF, consent) == ()
        return consent.id

    async def revokes(self, consent: str) -> None:
        """Revoke a consent now."""
        await self.hub.registry.revoke(STAFF, consent, datetime.now(UTC), "written")


def practice(organisation: str) -> Actor:
    """Return a person of a practice."""
    return Actor("act_nurse", organisation, "Nadia Brandt RN", ("pcmh",))


@asynccontextmanager
async def play(conninfo: str, folder, **changes):
    """Open a hub with the demo's world, every practice on a mailbox."""
    settings = Settings(home=folder, database_url=conninfo, **changes)
    known = _world()
    async with Hub(settings) as hub:
        await hub.rosters.load_directory(STAFF, _directory(changes.get("format", "json")))
        for entry in known["organisations"]:
            if entry["kind"] == "mco":
                roster = world.roster(known, entry["id"])
                await hub.rosters.load_roster(STAFF, entry["id"], "full", roster)
        yield Play(hub)


@functools.cache
def _world():
    """Return the demo's world, read once; nobody changes it."""
    return world.load()


@functools.cache
def _directory(form: str) -> bytes:
    """Return the world's directory as YAML, every endpoint a mailbox of this format."""
    known = _world()
    ends = [{**one, "kind": "mailbox", "format": form} for one in known["endpoints"]]
    directory = {k: known[k] for k in ("organisations", "contacts", "bindings")}
    return yaml.safe_dump(directory | {"endpoints": ends}).encode()
