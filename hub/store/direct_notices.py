"""What practices' systems tell of Direct deliveries, and what that changes: the wire's ledger only.

A notification is kept once for each attempt, then settled: `processed` and `dispatched` confirm the
transport, `failed` gives the delivery up to a named person. Nothing settles while an attempt is
under way, and nothing here touches what a person said (invariants I19, I20). `unheard` gives up
deliveries nobody notified in the technical clock's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.audit import Event
from hub.lifecycle import follow, turn
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from hub.clocks import Limits
    from hub.ports import DirectPartner, DirectReport
    from hub.store.pool import Connection, Database

BATCH: Final = 500
OPEN: Final = frozenset({"sent", "overdue"})
"""The states of a delivery that a notification of failure still changes."""

_KEEP = """
insert into direct_notice (delivery, attempt, disposition, at)
select d.id, d.attempts, %(disposition)s, %(at)s from delivery d
where d.id = %(delivery)s and d.channel = 'direct' and d.endpoint = %(endpoint)s and d.attempts > 0
on conflict do nothing returning delivery
"""
_KNOWN = """
select from delivery where id = %(delivery)s and channel = 'direct' and endpoint = %(endpoint)s
  and attempts > 0
"""
_UNSETTLED = """
select n.delivery, n.attempt, n.disposition, d.state, d.transport, d.code, d.mco, d.pcmh
from direct_notice n join delivery d on d.id = n.delivery
where n.settled_at is null and d.state not in ('queued', 'sending')
order by n.delivery, n.at limit %s for no key update of d skip locked
"""
_SETTLE = """
update direct_notice set settled_at = %s, counted = %s
where delivery = %s and attempt = %s and disposition = %s
"""
_CHANGE = "update delivery set state = %s, transport = %s, code = %s, owner = %s where id = %s"
_GIVE_UP = """
with late as (
  select d.id from delivery d
  join organisation m on m.id = d.mco join organisation p on p.id = d.pcmh
  where d.channel = 'direct' and d.transport = 'sent' and d.state in ('sent', 'overdue')
    and d.sent_at <= %(now)s - make_interval(secs => 3600 *
      coalesce((m.options->'clocks'->>'technical')::float,
        (p.options->'clocks'->>'technical')::float, %(hours)s))
    and not exists (select from direct_notice n where n.delivery = d.id and n.settled_at is null)
  order by d.id for no key update of d skip locked limit %(limit)s)
update delivery d set state = 'undeliverable', transport = 'failed', code = 'direct_unheard',
  owner = %(owner)s from late where d.id = late.id returning d.id, d.mco, d.pcmh
"""


async def keep(
    database: Database, partner: DirectPartner, report: DirectReport, at: datetime
) -> bool:
    """Keep one notification and settle it; False when its delivery never went to this partner."""
    if report.recipient != partner.address:
        return False
    given = {
        "delivery": report.delivery,
        "endpoint": partner.endpoint,
        "disposition": report.disposition,
        "at": at,
    }
    async with database.line() as connection:
        kept = await (await connection.execute(_KEEP, given)).fetchone()
        if kept is None:
            return await (await connection.execute(_KNOWN, given)).fetchone() is not None
    await settle(database, at)
    return True


async def settle(database: Database, now: datetime) -> int:
    """Let kept notifications take effect, each once; return how many were settled."""
    async with database.line() as connection:
        rows = await (await connection.execute(_UNSETTLED, (BATCH,))).fetchall()
        stands: dict[str, dict[str, Any]] = {}
        for row in rows:
            now_row = {**row, **stands.get(row["delivery"], {})}
            stands[row["delivery"]] = await _settle(connection, now_row, now)
        return len(rows)


async def _settle(connection: Connection, row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Settle one notification; return where its delivery stands then."""
    found = effect(row["disposition"], row["state"], row["transport"], row["code"])
    key = (row["delivery"], row["attempt"], row["disposition"])
    await connection.execute(_SETTLE, (now, found is not None, *key))
    told = {"disposition": row["disposition"], "counted": found is not None}
    made = [_event("delivery.notified", row, now, told)]
    state, transport, code = found or (row["state"], row["transport"], row["code"])
    if found is not None:
        lost = state == "undeliverable"
        owner = turn("delivery", "undeliverable") if lost else ""
        await connection.execute(_CHANGE, (state, transport, code, owner, row["delivery"]))
        if lost:
            because = {"kind": "permanent", "code": code}
            made.append(_event("delivery.undeliverable", row, now, because))
    await events.add(connection, made)
    return {"state": state, "transport": transport, "code": code}


def effect(disposition: str, state: str, transport: str, code: str) -> tuple[str, str, str] | None:
    """Return the (state, transport, code) a notification leads to; None when it changes nothing.

    Confirmed stays confirmed, `dispatched` outlasts a later `failed`, and what was given up,
    stopped, replaced or taken by a person is never moved by a machine.
    """
    if disposition == "failed":
        if state not in OPEN or code == "direct_dispatched":
            return None
        return follow("delivery", state, "undeliverable"), "failed", "direct_failed"
    wanted = f"direct_{disposition}"
    if transport == "sent" or (code == "direct_processed" and wanted == "direct_dispatched"):
        return state, "confirmed", wanted
    return None


async def unheard(database: Database, now: datetime, usual: Limits) -> int:
    """Give up deliveries that were sent and never notified in time; return how many."""
    async with database.line() as connection:
        given = {"now": now, "hours": usual.technical, "limit": BATCH}
        given["owner"] = turn("delivery", "undeliverable")
        rows = await (await connection.execute(_GIVE_UP, given)).fetchall()
        because = {"kind": "permanent", "code": "direct_unheard"}
        made = [
            Event("delivery.undeliverable", r["id"], now, (r["mco"], r["pcmh"]), detail=because)
            for r in rows
        ]
        await events.add(connection, made)
        return len(rows)


def _event(kind: str, row: Mapping[str, Any], now: datetime, detail: dict[str, object]) -> Event:
    return Event(kind, row["delivery"], now, (row["mco"], row["pcmh"]), detail=detail)
