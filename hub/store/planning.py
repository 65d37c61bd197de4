"""Who may see a plan whole, and what a person may decide about one that left the line.

Implements `hub.asked.Plans`: the sending MCO and the privacy officer read a plan as it was read;
operations name the member of an unmatched plan and let what failed go again. Each is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.asked import Earlier
from hub.audit import Event
from hub.canonical.wire import decode_plan
from hub.errors import Refused
from hub.store import events, work

if TYPE_CHECKING:
    from hub.asked import Actor
    from hub.canonical import Plan
    from hub.ports import Clock, Vault
    from hub.store.pool import Connection, Database

STAFF = "hub"


class PostgresPlans:
    """Plan content for the sending MCO and the privacy officer, and a person's decisions."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def plan(self, actor: Actor, plan: str) -> Plan:
        """Return a plan as it was read; `Refused` 404 when it is not theirs."""
        async with self._database.line() as connection:
            row = await self._row(connection, actor, "plan", plan, ("privacy",))
            await self._note(connection, actor, "plan.viewed", row, {})
        return decode_plan(await self._vault.get(row["digest"]))

    async def earlier(self, actor: Actor, plan: str) -> Earlier | None:
        """Return the version before, as it was read; None for a first one."""
        async with self._database.line() as connection:
            asked = await self._row(connection, actor, "plan", plan, ("privacy",))
            cursor = await connection.execute(
                "select id, version, mco, digest from plan"
                " where chain = %s and mco = %s and seq < %s order by seq desc limit 1",
                (asked["chain"], asked["mco"], asked["seq"]),
            )
            row = await cursor.fetchone()
            if row is None:
                return None
            await self._note(connection, actor, "plan.viewed", row, {})
        return Earlier(decode_plan(await self._vault.get(row["digest"])), row["version"])

    async def source(self, actor: Actor, submission: str) -> bytes:
        """Return the bytes an MCO handed in; `Refused` 404 when they are not theirs."""
        async with self._database.line() as connection:
            row = await self._row(connection, actor, "submission", submission, ())
            await self._note(connection, actor, "submission.fetched", row, {})
        return await self._vault.get(row["digest"])

    async def resolve_member(self, actor: Actor, plan: str, member: str) -> None:
        """Name the member of an UNMATCHED plan; it goes on from there."""
        async with self._database.line() as connection:
            row = await self._row(connection, actor, "plan", plan, ("operations",))
            if "withdraws" in row["reason"]:
                words = "it withdraws a document we have not had, and holds nothing to send"
                raise Refused("nothing_to_send", f"{words}; ask the sender", status=409)
            cursor = await connection.execute(
                "update plan p set state = 'matched', member = m.id, due = now(),"
                " lease_until = null,"
                " fence = fence + 1, reason = '{}' from member m"
                " where p.id = %s and p.state = 'unmatched'"
                " and m.id = %s and m.mco = p.mco returning p.id",
                (plan, member),
            )
            if await cursor.fetchone() is None:
                raise Refused(
                    "not_open", "the plan is not unmatched, or the member not its MCO's", status=409
                )
            await self._note(connection, actor, "plan.matched", row, {"by": "person"})
            await work.wake(connection)

    async def retry(self, actor: Actor, noun: str) -> None:
        """Let a quarantined submission, unroutable plan or undeliverable delivery go again."""
        table, before, after, kind = {
            "sub": ("submission", "quarantined", "received", "submission.requeued"),
            "pln": ("plan", "unroutable", "matched", "plan.matched"),
            "del": ("delivery", "undeliverable", "queued", "delivery.queued"),
        }.get(noun[:3], ("", "", "", ""))
        if not table:
            raise Refused("not_found", "there is no such thing to retry", status=404)
        async with self._database.line() as connection:
            staff = ("operations", "integration")
            row = await self._row(connection, actor, table, noun, staff)
            if table == "delivery":
                await _newest(connection, row["plan"])
            cursor = await connection.execute(
                f"update {table} set state = %s, due = now(), attempts = 0, fence = fence + 1,"  # noqa: S608  # from the literal table above
                " lease_until = null where id = %s and state = %s returning id",
                (after, noun, before),
            )
            if await cursor.fetchone() is None:
                raise Refused("not_open", f"only what is {before} can go again", status=409)
            await self._note(connection, actor, kind, row, {"by": "person"})
            await work.wake(connection)

    async def _row(
        self,
        connection: Connection,
        actor: Actor,
        table: str,
        noun: str,
        roles: tuple[str, ...],
    ) -> dict[str, Any]:
        cursor = await connection.execute(
            f"select * from {table} where id = %s",  # noqa: S608  # table is one of three literals
            (noun,),
        )
        row = await cursor.fetchone()
        staff = actor.organisation == STAFF and bool(set(roles) & set(actor.roles))
        if row is None or not (staff or row["mco"] == actor.organisation):
            raise Refused("not_found", f"there is no such {table}", status=404)
        return row

    async def _note(
        self,
        connection: Connection,
        actor: Actor,
        kind: str,
        row: dict[str, Any],
        detail: dict[str, object],
    ) -> None:
        event = Event(
            kind=kind,
            noun=row["id"],
            at=self._clock.now(),
            organisations=(row["mco"],),
            actor=actor.id,
            detail=detail,
        )
        await events.add(connection, [event])


async def _newest(connection: Connection, plan: str) -> None:
    """Refuse to send an older version again after a newer one."""
    cursor = await connection.execute(
        "select 1 from plan p join plan n on n.chain = p.chain and n.seq > p.seq"
        " and n.state not in ('unmatched', 'unroutable', 'doubtful') where p.id = %s",
        (plan,),
    )
    if await cursor.fetchone() is not None:
        raise Refused("not_newest", "a newer version has taken its place", status=409)
