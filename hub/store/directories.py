"""The directory for the console and the command line, over one database.

Implements `hub.provider_directory.keeping.Directory`. Every change goes by
`hub.store.directory_keeping`, a practice's proposal too once somebody of the hub accepts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.directory import Attribution
from hub.errors import Refused
from hub.ids import new_id
from hub.provider_directory import entries
from hub.provider_directory.keeping import Proposed
from hub.store import directing, directory_keeping, events, facts, planned
from hub.store.directory_keeping import Sealing
from hub.store.planned import Planning
from hub.stored import Facts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from hub.asked import Actor
    from hub.ports import Clock
    from hub.provider_directory.entries import ContactEntry, DirectoryFile, Kind
    from hub.provider_directory.keeping import Asked, Outcome
    from hub.provider_directory.planning import Planned
    from hub.store.pool import Connection, Database

_PROPOSE = """
insert into directory_proposal (id, organisation, contact, seen, proposed, reason, at, actor, name)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_CLEAR = """
insert into bounce_cleared (contact, at, actor, name)
select id, %(at)s, %(actor)s, %(name)s from contact where id = %(contact)s
on conflict (contact) do update set at = excluded.at, actor = excluded.actor, name = excluded.name
returning (select organisation from contact where id = %(contact)s) as organisation
"""

_DECIDED = """
update directory_proposal set verdict = %s, note = %s, decided_at = %s, decided_by = %s,
  decided_name = %s where id = %s
"""


class PostgresDirectory:
    """The directory over one database; `seal` and `unseal` keep endpoints' secrets."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        seal: Callable[[bytes], bytes],
        unseal: Callable[[bytes], bytes],
    ) -> None:
        self._database = database
        self._clock = clock
        self._sealing = Sealing(seal, unseal)
        self._unseal = unseal

    async def standing(self, organisation: str | None = None) -> DirectoryFile:
        """Return the rows as they stand, secrets left out."""
        of = None if organisation is None else (organisation,)
        async with self._database.line() as connection:
            return await directing.standing(connection, of)

    async def seen(self, kind: Kind, noun: str) -> int:
        """Return the newest change of a row, 0 when it never changed."""
        async with self._database.line() as connection:
            known = await directory_keeping.seen(connection, [(kind, noun)])
        return known.get(f"{kind}:{noun}", 0)

    async def try_out(self, proposed: Proposed) -> Outcome:
        """Say what a change would do; nothing is kept."""
        async with self._database.line() as connection:
            await connection.execute("set transaction read only")
            now = self._clock.now()
            return await directory_keeping.weigh(connection, now, proposed, self._sealing)

    async def change(self, actor: Actor, proposed: Proposed) -> Outcome:
        """Change rows, all or none; what was planned until today is made before.

        So a form that did not show a planned change is told that it is stale, and is not undone.
        """
        await planned.tick(self._database, self._clock.now(), self._sealing)
        async with self._database.line() as connection:
            return await self._change(connection, actor, proposed)

    async def _change(self, connection: Connection, actor: Actor, proposed: Proposed) -> Outcome:
        now = self._clock.now()
        given = (connection, actor, now, proposed, self._sealing)
        outcome, _ = await directory_keeping.keep(*given)
        return outcome

    async def plan(self, actor: Actor, proposed: Proposed, starts: date) -> Outcome:
        """Keep changes of organisations and endpoints for a day to come, all or none."""
        async with self._database.line() as connection:
            given = Planning(actor, self._clock.now(), proposed, starts)
            return await planned.plan(connection, given, self._sealing)

    async def planned(self, organisation: str | None) -> tuple[Planned, ...]:
        """Return what is planned, the earliest first; of one organisation what is over too."""
        async with self._database.line() as connection:
            return await planned.listed(connection, organisation)

    async def withdraw(self, actor: Actor, planned_id: str) -> str:
        """Take a planned change back and return whose it was."""
        async with self._database.line() as connection:
            return await planned.withdraw(connection, actor, self._clock.now(), planned_id)

    async def make_planned(self) -> int:
        """Make every planned change whose day has come; the ticker calls it."""
        return await planned.tick(self._database, self._clock.now(), self._sealing)

    async def facts(self, asked: Asked) -> Facts:
        """Return what the line would know of a made-up member at a practice."""
        home, member = asked.pcmh, asked.member
        async with self._database.line() as connection:
            practices = await facts.organisations(connection, [home])
            if home not in practices or practices[home].kind != "pcmh":
                raise Refused("not_found", "there is no such practice", status=404)
            people = await facts.contacts(connection, [home])
            ends = {c.endpoint for c in people.get(home, ()) if c.endpoint}
            return Facts(
                organisations=practices,
                by_id={member.id: member},
                attributions={member.id: (Attribution(member.id, home),)},
                contacts=people,
                endpoints=await facts.endpoints(connection, ends, self._unseal),
                rules=await facts.rules(connection, [home]),
            )

    async def propose(self, actor: Actor, contact: ContactEntry, seen: int, reason: str) -> str:
        """Keep what a practice says of its own contact, for somebody of the hub to decide."""
        made, at = new_id("dpr"), self._clock.now()
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select organisation from contact where id = %s", (contact.id,)
            )
            row = await cursor.fetchone()
            owner = row["organisation"] if row else contact.organisation
            if actor.organisation not in {owner} & {contact.organisation}:
                raise Refused("not_found", "there is no such contact", status=404)
            said = msgspec.json.encode(contact).decode()
            given = (made, owner, contact.id, seen, said, reason, at, actor.id, actor.name)
            await connection.execute(_PROPOSE, given)
            detail = {"contact": contact.id}
            told = Event("directory.proposed", made, at, (owner,), actor.id, detail)
            await events.add(connection, [told])
        return made

    async def decide(self, actor: Actor, proposal: str, *, accept: bool, note: str) -> None:
        """Accept a proposal, which changes the contact, or decline it."""
        at, verdict = self._clock.now(), "accepted" if accept else "declined"
        async with self._database.line() as connection:
            row = await _proposal(connection, proposal)
            if accept:
                await self._change(connection, actor, accepted(row, note))
            given = (verdict, note, at, actor.id, actor.name, proposal)
            await connection.execute(_DECIDED, given)
            owner, detail = (row["organisation"],), {"verdict": verdict, "contact": row["contact"]}
            told = Event("directory.decided", proposal, at, owner, actor.id, detail)
            await events.add(connection, [told])

    async def clear(self, actor: Actor, contact: str) -> None:
        """Take the flag from a contact that bounced."""
        at = self._clock.now()
        given = {"contact": contact, "at": at, "actor": actor.id, "name": actor.name}
        async with self._database.line() as connection:
            row = await (await connection.execute(_CLEAR, given)).fetchone()
            if row is None:
                raise Refused("not_found", "there is no such contact", status=404)
            owner = (row["organisation"],)
            told = Event("directory.cleared", contact, at, owner, actor.id, {})
            await events.add(connection, [told])


async def _proposal(connection: Connection, proposal: str) -> dict[str, Any]:
    cursor = await connection.execute(
        "select * from directory_proposal where id = %s for update", (proposal,)
    )
    row = await cursor.fetchone()
    if row is None:
        raise Refused("not_found", "there is no such proposal", status=404)
    if row["decided_at"] is not None:
        raise Refused("not_open", "this proposal was decided already", status=409)
    return row


def accepted(row: dict[str, Any], note: str) -> Proposed:
    """Return the change that a proposal asks for; what it would strand was on the page."""
    contact = entries.made("contact", row["proposed"])
    words = f"{row['name']}: {row['reason']}" + (f" · {note}" if note else "")
    return Proposed(
        entries.file_of(contact),
        reason=words,
        way="proposal",
        seen={("contact", contact.id): row["seen"]},
        sure=True,
    )
