"""The consent registry in PostgreSQL: grants, revocations, approvals; nothing is ever edited.

Implements `hub.asked.Registry`. Every change takes the lock on the member's consent head that
`hub.store.sending` takes to send, so a revocation is wholly before or wholly after each send. A
change lets the member's held plans be decided again, and queued deliveries be asked again at once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from consent.forms import deficiencies
from hub.audit import Event
from hub.errors import Refused
from hub.store import events, facts, sending, telling, work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consent.records import Consent
    from hub.asked import Actor
    from hub.ports import Clock
    from hub.store.pool import Connection, Database


class PostgresRegistry:
    """Consents over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_member(self, member: str) -> tuple[Consent, ...]:
        """Return a member's consents, those no longer in force too."""
        async with self._database.line() as connection:
            return (await facts.consents(connection, [member])).get(member, ())

    async def grant(self, actor: Actor, consent: Consent) -> tuple[str, ...]:
        """Record a consent; return its deficiencies. Held plans go again."""
        async with self._database.line() as connection:
            member = await _member(connection, consent.member)
            await sending.lock_heads(connection, [consent.member])
            await kept(connection, [consent])
            detail = {"kind": consent.kind, "method": consent.method}
            await self._changed(connection, actor, "consent.granted", consent.id, member, detail)
        return deficiencies(consent)

    async def revoke(self, actor: Actor, consent: str, at: datetime, how: str) -> None:
        """Revoke; stops what is queued. `Refused` 404: none; 409: already revoked."""
        async with self._database.line() as connection:
            row = await self._stamped(connection, consent)
            if row["revoked_at"] is not None:
                raise Refused("already_revoked", "this consent was revoked before", status=409)
            await connection.execute(
                "update consent set revoked_at = least(%s, now()) where id = %s", (at, consent)
            )
            member = await _member(connection, row["member"])
            detail = {"how": how}
            await self._changed(connection, actor, "consent.revoked", consent, member, detail)
            await telling.revoked(connection, consent, self._clock.now())

    async def approve(self, actor: Actor, consent: str) -> None:
        """Approve a back-dated or bulk grant as a second person (HR-20)."""
        async with self._database.line() as connection:
            row = await self._stamped(connection, consent)
            if row["record"]["recorded_by"] == actor.id:
                raise Refused(
                    "second_person_needed", "who recorded a consent can't approve it", status=409
                )
            if row["approved_by"]:
                raise Refused("already_approved", "this consent was approved before", status=409)
            await connection.execute(
                "update consent set approved_by = %s where id = %s", (actor.id, consent)
            )
            member = await _member(connection, row["member"])
            await self._changed(connection, actor, "consent.approved", consent, member, {})
            for ended in await replaced(connection, [consent]):
                detail = {"by": consent}
                await self._changed(connection, actor, "consent.superseded", ended, member, detail)

    async def _stamped(self, connection: Connection, consent: str) -> dict[str, Any]:
        """Return a consent's row after locking its member's head."""
        cursor = await connection.execute("select member from consent where id = %s", (consent,))
        found = await cursor.fetchone()
        if found is None:
            raise Refused("not_found", "there is no such consent", status=404)
        await sending.lock_heads(connection, [found["member"]])
        cursor = await connection.execute("select * from consent where id = %s", (consent,))
        row = await cursor.fetchone()
        return row or {}

    async def _changed(
        self,
        connection: Connection,
        actor: Actor,
        kind: str,
        consent: str,
        member: dict[str, Any],
        detail: Mapping[str, object],
    ) -> None:
        """Let what hangs on a consent be asked again, and write the event."""
        event = Event(
            kind=kind,
            noun=consent,
            at=self._clock.now(),
            organisations=(member["mco"],),
            actor=actor.id,
            detail=detail,
        )
        await changed(connection, [member["id"]], [event])


async def changed(connection: Connection, members: Sequence[str], told: Sequence[Event]) -> None:
    """Raise the heads' versions, let plans and deliveries be asked again, write the events.

    The members' heads must be locked by this transaction.
    """
    given = (list(members),)
    await connection.execute(
        "update consent_head set version = version + 1 where member = any(%s)", given
    )
    await connection.execute(
        "update plan set state = 'routed', due = now(), lease_until = null, fence = fence + 1"
        " where id in (select id from plan where member = any(%s) and state = 'held'"
        " for no key update skip locked)",
        given,  # a locked one is being walked just now and will meet our head
    )
    await connection.execute(
        "update delivery set due = now() where id in (select id from delivery"
        " where member = any(%s) and state = 'queued' for update skip locked)",
        given,  # a locked row is being asked just now and waits for our head
    )
    await events.add(connection, told)
    await work.wake(connection)


async def kept(connection: Connection, consents: Sequence[Consent], batch: str = "") -> None:
    """Keep records; nothing of them is ever changed afterwards."""
    rows = [
        (o.id, o.member, json.dumps(msgspec.to_builtins(o)), o.recorded_at, o.supersedes, batch)
        for o in consents
    ]
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into consent (id, member, record, recorded_at, supersedes, batch)"
            " values (%s, %s, %s, %s, nullif(%s, ''), nullif(%s, ''))",
            rows,
        )


async def replaced(connection: Connection, consents: Sequence[str]) -> list[str]:
    """End what these consents replace; return the ids of those that ended now."""
    cursor = await connection.execute(
        "update consent o set superseded_by = n.id from consent n"
        " where n.id = any(%s) and o.id = n.supersedes and o.superseded_by is null returning o.id",
        (list(consents),),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def _member(connection: Connection, member: str) -> dict[str, Any]:
    cursor = await connection.execute("select id, mco from member where id = %s", (member,))
    row = await cursor.fetchone()
    if row is None:
        raise Refused("not_found", "there is no such member", status=404)
    return row
