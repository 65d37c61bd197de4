"""Fills in the names of documents of plans that were read before names were kept, once.

The ticker calls `tick`, `icp-hub doctor` `far`. From the newest plan down, a few at a time out of
the vault; where it stopped is a row, so a restart goes on from there. What waited for one of these
documents is woken. When all are done a tick is one look at that row.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from hub import succession
from hub.canonical.wire import decode_plan
from hub.errors import HubError, Trouble
from hub.store import naming, work
from hub.stored import Draft, PlanOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Plan
    from hub.ports import Vault
    from hub.store.pool import Database

log = structlog.get_logger()

BATCH: Final = 50
_BEGIN = """
insert into naming_before (before, whole, ended_at)
select coalesce(max(p.seq), 0) + 1, count(*), case when count(*) = 0 then now() end from plan p
where not exists (select from document_name n where n.plan = p.id) on conflict do nothing
"""
_FAR = "select before, whole, done, lost, ended_at is not null as over from naming_before"
_NEXT = """
select p.id, p.seq, p.submission, p.mco, p.chain, p.version, p.state, p.member, p.reason, p.digest
from plan p where p.seq < %s and not exists (select from document_name n where n.plan = p.id)
order by p.seq desc limit %s
"""
_ON = """
update naming_before set before = %(now)s, done = done + %(done)s, lost = lost + %(lost)s,
  ended_at = case when %(over)s then now() end
where before = %(before)s and ended_at is null returning 1
"""


@dataclass(frozen=True, slots=True)
class Far:
    """How many plans were looked at of how many; `lost` had no bytes that could be read."""

    whole: int
    done: int
    lost: int
    over: bool


async def far(database: Database) -> Far | None:
    """Return how far it is; None before it began."""
    row = await _row(database)
    return Far(row["whole"], row["done"], row["lost"], row["over"]) if row else None


async def tick(database: Database, vault: Vault, limit: int = BATCH) -> int:
    """Fill in the names of the next plans; return how many were looked at, 0 when all are done."""
    row = await _row(database)
    if row is None:
        async with database.line() as connection:
            await connection.execute(_BEGIN)
        row = await _row(database)
    if row is None or row["over"]:
        return 0
    async with database.line() as connection:
        found = await (await connection.execute(_NEXT, (row["before"], limit))).fetchall()
    plans = [await _plan(vault, one) for one in found]
    kept = [one for one in plans if one is not None]
    given = {
        "before": row["before"],
        "now": min((one["seq"] for one in found), default=0),
        "done": len(found),
        "lost": len(found) - len(kept),
        "over": len(found) < limit,
    }
    async with database.line() as connection:
        await naming.lock(connection, kept)
        if await (await connection.execute(_ON, given)).fetchone() is None:
            return 0  # another node was there first
        await naming.keep(connection, kept)
        await naming.wake(connection, kept)
        await work.wake(connection, "plan")
    if given["over"]:
        log.info("names.filled", plans=row["done"] + len(found), lost=row["lost"] + given["lost"])
    return len(found)


def _named(content: bytes) -> Plan:
    """Return the plan in its bytes, once its names were worked out too."""
    plan = decode_plan(content)
    succession.names(plan)
    return plan


def _lost(row: Mapping[str, Any], error: Exception) -> None:
    log.warning("plan.unnamed", plan=row["id"], error=type(error).__name__)


async def _row(database: Database) -> dict[str, Any] | None:
    async with database.line() as connection:
        return await (await connection.execute(_FAR)).fetchone()


async def _plan(vault: Vault, row: Mapping[str, Any]) -> PlanOutcome | None:
    """Return a plan as the line left it; None when its content can't be read any more.

    Bytes that can't be read or named are lost whatever they raise, so that one plan stops no other.
    """
    try:
        content = await vault.get(row["digest"])
    except HubError as error:
        if isinstance(error, Trouble) and error.kind == "transient":
            raise  # the next tick tries again
        _lost(row, error)
        return None
    try:
        plan = await asyncio.to_thread(_named, content)
    except Exception as error:  # noqa: BLE001  # what bytes from before may raise, nobody can list
        _lost(row, error)
        return None
    names = ("id", "seq", "submission", "mco", "chain", "version", "digest")
    draft = Draft(**{name: row[name] for name in names}, plan=plan)
    return PlanOutcome(draft, row["state"], member=row["member"], reason=row["reason"])
