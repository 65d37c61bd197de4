"""Status notices to organisations: what they are told of what became of their plans.

Ticks call these. Each sealed event that concerns an organisation with a `status` endpoint becomes
one notice row, which waits and retries like any other work; it holds ids, states and codes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.store import events, facts, work

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.audit import Event
    from hub.ports import Endpoint
    from hub.store.pool import Database

TOLD = (
    *("submission.received", "submission.read", "submission.quarantined", "submission.duplicate"),
    *("plan.doubtful", "plan.unmatched", "plan.unroutable", "plan.held", "plan.released"),
    *("plan.unchanged", "plan.superseded", "plan.consent_asked", "plan.denied"),
    *("emergency.invoked", "incident.opened", "recall.asked", "delivery.consent_revoked"),
    *("delivery.sent", "delivery.undeliverable", "delivery.stopped", "delivery.overdue"),
    *("delivery.escalated", "delivery.exhausted", "delivery.recovered"),
    *("delivery.acknowledged", "delivery.answered", "delivery.returned", "answer.replied"),
    *("request.asked", "request.promised", "request.overdue", "request.answered"),
    *("request.refused", "request.withdrawn", "request.stopped", "document.returned"),
)
"""The kinds of events an organisation is told of."""

_NOTICES = """
with known as (select coalesce(max(number), -1) as number from noticed),
fresh as (
  select l.number, e.* from leaf l join event e on e.id = l.event, known k
  where l.number > k.number order by l.number limit 2000),
made as (
  insert into notice (id, organisation, event, endpoint, made_at, due)
  select 'ntc_' || f.number || '_' || p.id, p.organisation, f.id, p.id, now(), now()
  from fresh f join endpoint p on p.kind = 'status'
    and p.organisation = any (f.organisations)
    and not p.options ? 'off'
    and (not p.options ? 'subscription' or f.kind like 'delivery.%%')
    and (not p.options ? 'kinds' or f.kind = any (string_to_array(p.options->>'kinds', ',')))
  where f.kind = any (%s) on conflict do nothing returning 1),
mark as (insert into noticed select max(number) from fresh having count(*) > 0 returning 1)
select (select count(*) from made) as made, (select count(*) from fresh) as seen
"""


_OPEN = "and exists (select from endpoint e where e.id = w.endpoint and not e.paused)"


async def make_notices(database: Database) -> int:
    """Turn newly sealed events into notice rows; return how many events were looked at."""
    async with database.line() as connection:
        await connection.execute("select pg_advisory_xact_lock(7304120)")
        cursor = await connection.execute(_NOTICES, (list(TOLD),))
        row = (await cursor.fetchall())[0]
        if row["made"]:
            await work.wake(connection)
    seen: int = row["seen"]
    return seen


async def claim_notices(
    database: Database, limit: int, unseal: Callable[[bytes], bytes]
) -> list[tuple[dict[str, Any], Event, Endpoint]]:
    """Lease notices that are due, each with its event and endpoint."""
    async with database.line() as connection:
        rows = await work.claim(connection, "notice", limit, unless=_OPEN)
        if not rows:
            return []
        cursor = await connection.execute(
            "select * from event where id = any(%s)", ([row["event"] for row in rows],)
        )
        told = {row["id"]: events.as_event(row) for row in await cursor.fetchall()}
        ends = await facts.endpoints(connection, {row["endpoint"] for row in rows}, unseal)
        shut = [row["id"] for row in rows if row["endpoint"] not in ends]
        await connection.execute(
            "update notice set due = now() + interval '10 minutes', lease_until = null,"
            " code = 'endpoint_unusable' where id = any(%s)",
            (shut,),
        )
    return [(r, told[r["event"]], ends[r["endpoint"]]) for r in rows if r["endpoint"] in ends]


async def finish_notice(
    database: Database, row: dict[str, Any], code: str, retry_in: float | None
) -> None:
    """Record what an attempt to notify came to; `retry_in` None: sent or given up."""
    async with database.line() as connection:
        await connection.execute(
            "update notice set code = %s, lease_until = null,"
            " due = now() + make_interval(secs => %s),"
            " sent_at = case when %s = 'sent' then now() end where id = %s and fence = %s",
            (code, retry_in, code, row["id"], row["fence"]),
        )
