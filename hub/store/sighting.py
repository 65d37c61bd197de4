"""What the privacy officer looks at: a member's plan for a preview, worklists, disclosures.

Part of `PostgresOfficer`. Reads only, but for the events that say that somebody looked, and the
three ways to resolve a held plan.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.canonical.wire import decode_plan
from hub.errors import Refused
from hub.ids import new_id
from hub.officer import Listed, Sight
from hub.store import desk, events, facts, work
from hub.stored import Due

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.asked import Actor
    from hub.officer import Made
    from hub.ports import Clock, Vault
    from hub.store.pool import Connection, Database

STAFF = "hub"

_PLAN = """
select id, version, chain, state, digest from plan
where member = %s and (%s::text is null or id = %s) and state <> 'doubtful'
order by state in ('superseded', 'recalled'), seq desc limit 1
"""

_QUEUED = """
select d.id, d.plan, d.member, r.decision, d.pcmh, d.contact, d.endpoint
from delivery d join release r on r.id = d.release where d.member = %s and d.state = 'queued'
"""

_HOLD = {
    "again": ("routed", ("held", "denied"), "plan.decided_again"),
    "ask": ("held", ("held",), "plan.consent_asked"),
    "deny": ("denied", ("held",), "plan.denied"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every part of the officer's desk stands on; `seal` keeps people's own words."""

    database: Database
    vault: Vault
    clock: Clock
    seal: Callable[[bytes], bytes]
    unseal: Callable[[bytes], bytes]

    async def note(
        self,
        connection: Connection,
        kind: str,
        noun: str,
        actor: Actor,
        to: tuple[str, ...] = (),
        **detail: object,
    ) -> None:
        """Write an event; `to` are the organisations that may see it besides the hub."""
        made = Event(kind, noun, self.clock.now(), to, actor.id, detail)
        await events.add(connection, [made])

    async def rows(self, query: str, **given: object) -> list[dict[str, Any]]:
        """Return the rows of a named query."""
        async with self.database.line() as connection:
            return await (await connection.execute(desk.queries()[query], given)).fetchall()

    def opened(self, words: object) -> str:
        """Return words that were sealed, or nothing."""
        return self.unseal(bytes(words)).decode() if isinstance(words, (bytes, memoryview)) else ""


class Sights(Desk):
    """Looking at plans, consents and disclosures, and resolving what is held."""

    __slots__ = ()

    async def sight(self, actor: Actor, member: str, plan: str | None = None) -> Sight:
        """Return a member's newest plan, or the one named; recorded as previewed."""
        async with self.database.line() as connection:
            seen, digest = await self._seen(connection, member, plan)
            await self.note(connection, "plan.previewed", seen.id or member, actor)
        return await self._with_plan(seen, digest)

    async def _seen(
        self, connection: Connection, member: str, plan: str | None = None
    ) -> tuple[Sight, str]:
        """Return everything but the plan's content, and its digest."""
        cursor = await connection.execute(_PLAN, (member, plan, plan))
        row = await cursor.fetchone()
        cursor = await connection.execute("select id from organisation")
        every = [one["id"] for one in await cursor.fetchall()]
        chain = [row["chain"]] if row else []
        known = await facts.gather(connection, (), [member], chain, every, self.unseal)
        if member not in known.by_id or (plan is not None and row is None):
            raise Refused("not_found", "there is no such member or plan", status=404)
        person = known.by_id[member]
        consents = known.consents.get(member, ())
        cursor = await connection.execute(_QUEUED, (member,))
        queued = tuple(
            Due(
                delivery=one["id"],
                plan=one["plan"],
                member=member,
                birth_date=person.birth_date,
                decision=one["decision"],
                consents=consents,
                organisations=known.organisations,
                facts=known,
                pcmh=one["pcmh"],
                contact=one["contact"],
                endpoint=one["endpoint"],
            )
            for one in await cursor.fetchall()
        )
        seen = Sight(person, known, consents, queued=queued)
        if row is None:
            return seen, ""
        where = (row["id"], row["version"], row["chain"], row["state"])
        return Sight(person, known, consents, *where, queued=queued), row["digest"]

    async def _with_plan(self, seen: Sight, digest: str) -> Sight:
        if not digest:
            return seen
        plan = decode_plan(await self.vault.get(digest))
        where = (seen.id, seen.version, seen.chain, seen.state)
        return Sight(seen.member, seen.facts, seen.consents, *where, plan, seen.queued)

    async def consents(self, most: int) -> list[Listed]:
        """Return consents that are neither revoked nor superseded, with their members."""
        rows = await self.rows("officer_consents", limit=most)
        return [Listed(facts.as_consent(row), row) for row in rows]

    async def disclosures(self, member: str) -> list[dict[str, Any]]:
        """Return everything that left about a member, oldest first."""
        return await self.rows("officer_disclosures", member=member)

    async def accounted(self, actor: Actor, made: Made) -> str:
        """Record that an accounting was made; return its id."""
        async with self.database.line() as connection:
            cursor = await connection.execute(
                "insert into accounting (id, member, at, actor, name, form, listed, excluded,"
                " digest) select %s, m.id, %s, %s, %s, %s, %s, %s, %s from member m"
                " where m.id = %s returning id",
                (
                    *(new_id("acc"), self.clock.now(), actor.id, actor.name, made.form),
                    *(made.listed, made.excluded, made.digest, made.member),
                ),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Refused("not_found", "there is no such member", status=404)
            await self.note(
                connection,
                "accounting.made",
                row["id"],
                actor,
                member=made.member,
                form=made.form,
                listed=made.listed,
                left_out=made.excluded,
                sha256=made.digest,
            )
        return str(row["id"])

    async def hold(self, actor: Actor, plan: str, how: str, why: str = "") -> None:
        """Resolve a held plan: decide it again, ask its sender, or deny it."""
        after, before, kind = _HOLD[how]
        reason = {"because": why, "rules": []} if how == "deny" else None
        async with self.database.line() as connection:
            cursor = await connection.execute(
                "update plan set state = %s, fence = fence + 1, lease_until = null,"
                " due = case when %s = 'routed' then now() end,"
                " reason = coalesce(%s::jsonb, reason)"
                " where id = %s and state = any(%s) returning id, mco",
                (after, after, None if reason is None else json.dumps(reason), plan, list(before)),
            )
            row = await cursor.fetchone()
            if row is None:
                await self._why_not(connection, plan)
            else:
                await self.note(connection, kind, plan, actor, to=(row["mco"],), because=why)
                await work.wake(connection)

    async def _why_not(self, connection: Connection, plan: str) -> None:
        cursor = await connection.execute("select state from plan where id = %s", (plan,))
        row = await cursor.fetchone()
        if row is None:
            raise Refused("not_found", "there is no such plan", status=404)
        raise Refused("not_open", f"the plan is {row['state']}, no longer held", status=409)

    async def counts(self) -> dict[str, int]:
        """Return how much waits for the officer, by worklist."""
        (row,) = await self.rows("officer_counts")
        return {name: int(found) for name, found in row.items()}

    async def suspects(self, most: int) -> list[dict[str, Any]]:
        """Return deliveries that a practice disputed or couldn't place, without an incident."""
        return await self.rows("officer_suspects", limit=most)
