"""The store as the pipeline sees it: claims, facts, and outcomes in one transaction each.

Implements `hub.stored.Line`, with `hub.store.sending` for deliveries. A stale fence changes
nothing: a submission's outcome is written only by the node that holds its newest lease, and its
plans only with it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from hub.ports import Binding
from hub.store import events, facts, naming, outcomes, sending, work
from hub.store.arrays import array
from hub.stored import ClaimedPlan, ClaimedSubmission, Documents, Facts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from hub.audit import Event
    from hub.clocks import Limits
    from hub.store.pool import Connection, Database
    from hub.stored import Crowd, Due, PlanOutcome, Sending, SendOutcome, SubmissionOutcome

_PLAN = (
    *("id", "seq", "submission", "mco", "kind", "chain", "version", "state", "digest"),
    *("fence", "attempts", "member", "reason"),
)
_CLAIMED = "t.id, t.seq, t.mco, t.name, t.media_type, t.digest, t.fence, t.attempts, t.channel"
_SUBMISSION = """
update submission s set state = x.state, reader = x.reader, findings = x.findings::jsonb,
  tally = x.tally::jsonb, plans = x.plans, due = null, lease_until = null
from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
  as x(id, fence, state, reader, findings, tally, plans)
where s.id = x.id and s.fence = x.fence and s.state = 'received' returning s.id
"""
_BOUND = """
select organisation, adapter, profile, version from (
  select organisation, position, adapter, profile, version from binding b
  where organisation = any(%s) and not exists (select from profile p
    where p.mco = b.organisation and p.replaces = b.adapter and p.state = 'active')
  union all
  select mco, 1000, maker, text, version from profile where mco = any(%s) and state = 'active') x
order by organisation, position, adapter
"""
# a profile in force stands in for the binding it replaces, and outlives a directory loaded anew


class PostgresLine:
    """The line over one database; `unseal` opens endpoints' secrets, `usual` are the clocks.

    `seal` seals the words that a worklist shows.
    """

    def __init__(
        self,
        database: Database,
        unseal: Callable[[bytes], bytes],
        usual: Limits,
        seal: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._database = database
        self._unseal = unseal
        self._usual = usual
        self._seal = seal

    async def claim_submissions(self, limit: int) -> list[ClaimedSubmission]:
        """Lease submissions that are due."""
        async with self._database.single() as connection:
            rows = await work.claim(connection, "submission", limit, columns=_CLAIMED)
        return [ClaimedSubmission(**row) for row in rows]

    async def claim_plans(self, limit: int) -> list[ClaimedPlan]:
        """Lease plans that have steps left and are due."""
        async with self._database.single() as connection:
            rows = await work.claim(connection, "plan", limit)
        return [ClaimedPlan(**{n: row[n] for n in _PLAN}) for row in rows]

    async def renew(self, claimed: Sequence[ClaimedSubmission]) -> None:
        """Hold on to submissions whose reading takes longer than a lease."""
        async with self._database.single() as connection:
            await work.renew(
                connection, "submission", [c.id for c in claimed], [c.fence for c in claimed]
            )

    async def bindings(self, organisation: str) -> tuple[Binding, ...]:
        """Return the adapters bound to a sender."""
        return (await self.bound({organisation}))[organisation]

    async def bound(self, organisations: Collection[str]) -> dict[str, tuple[Binding, ...]]:
        """Return the adapters bound to each of several senders; to some there may be none."""
        async with self._database.single() as connection:
            cursor = await connection.execute(_BOUND, (list(organisations), list(organisations)))
            rows = await cursor.fetchall()
        bound: dict[str, tuple[Binding, ...]] = dict.fromkeys(organisations, ())
        for row in rows:
            one = Binding(row["adapter"], row["profile"], row["version"])
            bound[row["organisation"]] += (one,)
        return bound

    async def all_bindings(self) -> list[Binding]:
        """Return every adapter that any sender is bound to, once."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select distinct adapter, profile, version from (select adapter, profile, version"
                " from binding union all select maker, text, version from profile"
                " where state = 'active') x order by adapter"
            )
            return [Binding(**row) for row in await cursor.fetchall()]

    async def facts(
        self,
        keys: Collection[tuple[str, str]],
        members: Collection[str],
        chains: Collection[str],
        mcos: Collection[str],
    ) -> Facts:
        """Read what the steps need for members by (mco, member id) or by our own id."""
        async with self._database.line() as connection:
            return await facts.gather(connection, keys, members, chains, mcos, self._unseal)

    async def documents(
        self, names: Collection[tuple[str, str]], withdrawn: Collection[str]
    ) -> Documents:
        """Read which plans use these (mco, name), and what practices had of `withdrawn` chains."""
        async with self._database.line() as connection:
            return await naming.ask(connection, names, withdrawn)

    async def finish(
        self, submissions: Sequence[SubmissionOutcome], plans: Sequence[PlanOutcome]
    ) -> None:
        """Commit outcomes, events and next work in one transaction; nobody is woken by it."""
        words = None
        if self._seal is not None and any(plan.release for plan in plans):
            words = await asyncio.to_thread(outcomes.worded, plans, self._seal)
        async with self._database.line() as connection:
            kept = await _submissions(connection, submissions)
            fresh = [p for p in plans if p.draft.fence is None and p.draft.submission in kept]
            again = [p for p in plans if p.draft.fence is not None]
            made: list[Event] = [e for s in submissions if s.id in kept for e in s.events]
            made += await outcomes.write(connection, fresh, again, words)
            await events.add(connection, made)

    async def begin_sending(
        self,
        limit: int,
        permitted: Callable[[Due], str | None],
        now: datetime,
        crowd: Crowd | None = None,
    ) -> list[Sending]:
        """Lease due deliveries and ask consent again under a lock on each member's consents."""
        async with self._database.line() as connection:
            claim = sending.Claim(limit, crowd)
            return await sending.begin(connection, claim, permitted, now, self._unseal, self._usual)

    async def record(self, sent: Sequence[SendOutcome]) -> None:
        """Commit what attempts came to."""
        async with self._database.single() as connection:
            await sending.record(connection, sent)


async def _submissions(connection: Connection, done: Sequence[SubmissionOutcome]) -> set[str]:
    if not done:
        return set()
    columns = (
        array(s.id for s in done),
        array(s.fence for s in done),
        array(s.state for s in done),
        array(s.reader for s in done),
        array(msgspec.json.encode(s.findings).decode() for s in done),
        array(msgspec.json.encode(s.tally).decode() for s in done),
        array(s.plans for s in done),
    )
    cursor = await connection.execute(_SUBMISSION, columns)
    return {row["id"] for row in await cursor.fetchall()}
