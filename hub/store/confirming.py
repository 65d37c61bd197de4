"""Doubtful values before people: what waits, and what each decision makes of the plan.

Implements `hub.asked.Confirming`. Each decision keeps a new draft of the plan in the vault first,
then moves the plan to it, records who decided what and why, and writes its event, in a transaction.
A draft is never sent: with its last doubt settled the plan goes back to the start of the line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from hub import doubting
from hub.asked import Doubtful
from hub.audit import Event
from hub.canonical import Finding
from hub.canonical.check import check
from hub.canonical.wire import decode_plan, encode
from hub.errors import Refused
from hub.store import events, outcomes, work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.asked import Actor, Settled
    from hub.canonical import Plan
    from hub.doubting import Doubt
    from hub.ports import Clock, Stored, Vault
    from hub.store.pool import Connection, Database

_KINDS = {"confirm": "plan.confirmed", "correct": "plan.corrected", "reject": "plan.rejected"}
_ROW = """
select p.id, p.mco, p.digest, p.state, p.reason, p.chain, p.findings, p.submission,
  s.digest as source, s.name, s.media_type
from plan p join submission s on s.id = p.submission where p.id = %s
"""
_MOVE = """
update plan p set digest = %(digest)s, size = %(size)s, reason = %(reason)s::jsonb,
  findings = %(findings)s::jsonb, state = %(state)s, fence = fence + 1, attempts = 0,
  lease_until = null, due = case when %(state)s = 'read' then now() end,
  version = case when p.chain = %(chain)s then p.version else
    (select coalesce(max(o.version), 0) + 1 from plan o where o.chain = %(chain)s) end,
  chain = %(chain)s
where p.id = %(plan)s and p.digest = %(before)s and p.state = 'doubtful'
  and p.reason = %(was)s::jsonb returning p.id
"""
_KEEP = """
insert into settlement
  (plan, mco, pointer, because, decision, reason, actor, name, at, before, after)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


class PostgresConfirming:
    """The confirm queue over one database; `chain_of` says which plans are versions of one."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        chain_of: Callable[[str, Plan], str],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._chain_of = chain_of

    async def doubtful(self, actor: Actor, plan: str) -> Doubtful:
        """Return a plan that waits, recorded as viewed; `Refused` 404 or 409."""
        async with self._database.line() as connection:
            row = await _row(connection, actor, plan)
            await events.add(connection, [self._event(actor, row, "plan.viewed", {})])
        return await self._shown(row)

    async def settle(self, actor: Actor, plan: str, settled: Settled) -> int:
        """Record a decision and return how many doubts are left."""
        async with self._database.line() as connection:
            row = await _row(connection, actor, plan)
        shown = await self._shown(row)
        if settled.digest != shown.digest or settled.number >= len(shown.doubts):
            raise _moved_on()
        doubt = shown.doubts[settled.number]
        after, left = self._decided(shown, doubt, settled)
        (stored,) = await self._vault.put_many([encode(after)])
        async with self._database.line() as connection:
            row["to"] = self._chain(row, shown.plan, after)
            await self._move(connection, row, after, stored, left)
            told = (doubt.pointer, doubt.because, settled.decision, settled.reason)
            who = (actor.id, actor.name, self._clock.now(), shown.digest, stored.digest)
            await connection.execute(_KEEP, (row["id"], row["mco"], *told, *who))
            await events.add(connection, self._told(actor, row, doubt, settled, stored, left))
            if not left:
                await work.wake(connection)
        return len(left)

    async def _shown(self, row: dict[str, Any]) -> Doubtful:
        names = ("id", "mco", "digest", "submission", "source", "name", "media_type")
        return Doubtful(
            plan=decode_plan(await self._vault.get(row["digest"])),
            doubts=tuple(doubting.opened(row["reason"])),
            **{name: row[name] for name in names},
        )

    def _decided(self, shown: Doubtful, doubt: Doubt, settled: Settled) -> tuple[Plan, list[Doubt]]:
        """Return the plan after a decision, and the doubts that are left, where they stand now."""
        after, gone = doubting.settled(
            shown.plan, doubt, settled.decision, settled.value, settled.target
        )
        today = self._clock.now().date()
        pointer = doubt.pointer or settled.target
        if settled.decision == "correct" and doubting.still_failing(after, pointer, today):
            raise Refused("incomplete", "the new value fails a check of its own", status=422)
        others = (one for one in shown.doubts if one is not doubt)
        at = ((one, doubting.moved(one.pointer, gone)) for one in others)
        left = [msgspec.structs.replace(one, pointer=now) for one, now in at if now is not None]
        return after, left

    def _chain(self, row: dict[str, Any], before: Plan, after: Plan) -> str:
        """Return the plan's chain after a decision: another only where what it stands on changed.

        A plan that found the document before it stays in that one's chain.
        """
        now = self._chain_of(row["mco"], after)
        return row["chain"] if now == self._chain_of(row["mco"], before) else now

    async def _move(
        self,
        connection: Connection,
        row: dict[str, Any],
        after: Plan,
        stored: Stored,
        left: list[Doubt],
    ) -> None:
        """Move the plan to its new draft, unless somebody was quicker."""
        chain = row["to"]
        await outcomes.lock_chains(connection, (row["chain"], chain))
        old = msgspec.convert(row["findings"], list[Finding])
        kept = [f for f in old if f.place is None or f.place.rule != "check"]
        fresh = check(after, self._clock.now().date())
        given = {
            "plan": row["id"],
            "before": row["digest"],
            "was": json.dumps(row["reason"]),
            "digest": stored.digest,
            "size": stored.size,
            "reason": json.dumps(doubting.kept(left) if left else {}),
            "findings": msgspec.json.encode([*kept, *fresh]).decode(),
            "state": "doubtful" if left else "read",
            "chain": chain,
        }
        if await (await connection.execute(_MOVE, given)).fetchone() is None:
            raise _moved_on()

    def _told(  # who decided what about which doubt, and what it came to
        self,
        actor: Actor,
        row: dict[str, Any],
        doubt: Doubt,
        settled: Settled,
        stored: Stored,
        left: list[Doubt],
    ) -> list[Event]:
        """Return the events of a decision: pointers, codes and digests only."""
        detail = {"at": doubt.pointer, "because": doubt.because, "sha256": stored.digest}
        told = [self._event(actor, row, _KINDS[settled.decision], detail)]
        if not left:
            told.append(self._event(actor, row, "plan.settled", {"sha256": stored.digest}))
        return told

    def _event(
        self, actor: Actor, row: dict[str, Any], kind: str, detail: Mapping[str, object]
    ) -> Event:
        return Event(kind, row["id"], self._clock.now(), (row["mco"],), actor.id, detail)


async def _row(connection: Connection, actor: Actor, plan: str) -> dict[str, Any]:
    row = await (await connection.execute(_ROW, (plan,))).fetchone()
    staff = actor.organisation == "hub" and "integration" in actor.roles
    own = row is not None and row["mco"] == actor.organisation and "mco" in actor.roles
    if row is None or not (staff or own):
        raise Refused("not_found", "there is no such plan", status=404)
    if row["state"] != "doubtful":
        raise _moved_on()
    return row


def _moved_on() -> Refused:
    return Refused("not_open", "this doubt was settled or replaced meanwhile", status=409)
