"""Changes the directory's rows: weighs a change, writes the rows, their history and the events.

`hub.store.rosters` calls `keep` for a file, `hub.store.directories` for the console. Changes of the
directory are ordered by one lock, so that what was weighed is what is written.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.errors import Refused
from hub.provider_directory import checking, comparing, reverifying, stranding
from hub.provider_directory.keeping import Outcome
from hub.store import directing, events, work
from hub.store.requests.grounds import ask_anew

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from hub.asked import Actor
    from hub.provider_directory.checking import Remark
    from hub.provider_directory.comparing import Change
    from hub.provider_directory.entries import DirectoryFile, Kind
    from hub.provider_directory.keeping import Proposed
    from hub.provider_directory.stranding import Stranded
    from hub.store.pool import Connection

_LOCK = "select pg_advisory_xact_lock(7304131)"
_FEW = 200
"""Up to so many organisations in one change only theirs are read, else the whole directory."""
_NAMED = 20
_SAID = 200

_HISTORY = """
insert into directory_change (kind, noun, organisation, at, actor, name, way, reason, before, after)
select kind, noun, organisation, at, actor, name, way, reason, before, after
from json_to_recordset(%s::json) as x(kind text, noun text, organisation text, at timestamptz,
  actor text, name text, way text, reason text, before jsonb, after jsonb)
returning id, kind, noun
"""

_SEEN = """
select kind, noun, max(id) as id from directory_change
where (kind, noun) in (select * from unnest(%s::text[], %s::text[])) group by kind, noun
"""

_OPEN = """
select id, pcmh from delivery where pcmh = any(%s)
  and state in ('queued', 'sending', 'sent', 'overdue', 'undeliverable') order by seq
"""

_WAKE = """
update plan set state = 'matched', due = now(), lease_until = null, fence = fence + 1
where state = 'unroutable'
"""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What closes endpoints' secrets, and opens them to tell whether they were replaced."""

    seal: Callable[[bytes], bytes]
    unseal: Callable[[bytes], bytes] | None = None


async def weigh(
    connection: Connection, at: datetime, proposed: Proposed, sealing: Sealing
) -> Outcome:
    """Return what a change would do; `Refused` 422 when a row names what isn't there."""
    owners = await directing.owners(connection, proposed.file)
    of = owners if len(owners) <= _FEW else None
    before = await directing.standing(connection, of)
    rows = comparing.merged(before, proposed.file)
    numbers = await _numbers(connection, proposed.file)
    told = checking.remarks(rows, proposed.file.rows(), numbers)
    told += reverifying.moved(before.rows(), rows)
    missing = [one for one in told if one.weight == "missing"]
    if missing:
        raise Refused("directory_wrong", words(missing), status=422)
    secrets = await _secrets(connection, proposed.file, sealing)
    found = comparing.changes(before, proposed.file, secrets)
    lost = stranding.stranded(before.rows(), rows, at.date())
    return Outcome(found, told, await _open(connection, lost))


async def keep(
    connection: Connection, actor: Actor, at: datetime, proposed: Proposed, sealing: Sealing
) -> tuple[Outcome, Mapping[str, int]]:
    """Change rows, all or none; return what was changed, and the file's counts by kind."""
    await connection.execute(_LOCK)
    if proposed.seen is not None:
        await fresh(connection, proposed.seen)
    outcome = await weigh(connection, at, proposed, sealing)
    refuse(proposed, outcome)
    counts = await directing.load(connection, proposed.file, sealing.seal)
    numbers = await _history(connection, actor, at, proposed, outcome.changes)
    made = [_event(one, numbers[one.kind, one.id], actor, at) for one in outcome.changes]
    if proposed.seen is None:
        told = {**counts, "changed": len(outcome.changes)}
        made.append(Event("directory.changed", "directory", at, (), actor.id, told))
    await events.add(connection, made)
    await connection.execute(_WAKE)
    await work.wake(connection)
    await ask_anew(connection, {one.organisation for one in outcome.changes})
    return outcome, counts


def refuse(proposed: Proposed, outcome: Outcome) -> None:
    """Refuse what is wrong, and what wants a second look unless it is meant."""
    wrong = [one for one in outcome.remarks if one.weight == "error"]
    if proposed.strict and wrong:
        raise Refused("directory_wrong", words(wrong), status=422)
    asks = [one for one in outcome.remarks if one.weight == "ask"]
    if not proposed.sure and (asks or outcome.stranded):
        what = "look at what the change would do, and say that it is meant"
        raise Refused("would_strand", what, status=409, outcome=outcome)


def words(told: Sequence[Remark]) -> str:
    """Return remarks as one line, at most a few of them."""
    shown = "; ".join(f"{one.kind} `{one.id}`: {one.says}" for one in told[:5])
    return shown if len(told) <= 5 else f"{shown}; and {len(told) - 5} more"  # noqa: PLR2004  # as many as are shown


async def seen(connection: Connection, keys: Collection[tuple[Kind, str]]) -> dict[str, int]:
    """Return the newest change of rows, by `kind:id`; a row that never changed is not in it."""
    cursor = await connection.execute(_SEEN, ([k for k, _ in keys], [i for _, i in keys]))
    return {f"{row['kind']}:{row['noun']}": row["id"] for row in await cursor.fetchall()}


async def fresh(connection: Connection, given: Mapping[tuple[Kind, str], int]) -> None:
    """Refuse a form, 409 `stale`, when a row changed since it was seen."""
    known = await seen(connection, list(given))
    if any(known.get(f"{kind}:{noun}", 0) != number for (kind, noun), number in given.items()):
        what = "somebody changed this meanwhile; look at what it says now and change it again"
        raise Refused("stale", what, status=409)


async def _numbers(connection: Connection, found: DirectoryFile) -> dict[str, set[str]]:
    """Return the organisations that have each NPI of a file, as they would stand."""
    wanted = {one.npi for one in found.organisations if one.npi}
    named = {one.id for one in found.organisations}
    numbers: dict[str, set[str]] = defaultdict(set)
    if wanted:
        cursor = await connection.execute(
            "select id, npi from organisation where npi = any(%s)", (list(wanted),)
        )
        for row in await cursor.fetchall():
            if row["id"] not in named:
                numbers[row["npi"]].add(row["id"])
        for one in found.organisations:
            numbers[one.npi].add(one.id)
    return numbers


async def _secrets(
    connection: Connection, found: DirectoryFile, sealing: Sealing
) -> dict[str, dict[str, str]]:
    """Return the secrets of endpoints a file gives secrets for, where they can be opened."""
    given = [one.id for one in found.endpoints if one.secrets]
    if not given or sealing.unseal is None:
        return {}
    cursor = await connection.execute(
        "select id, secrets from endpoint where id = any(%s) and secrets is not null", (given,)
    )
    known: dict[str, dict[str, str]] = {}
    for row in await cursor.fetchall():
        try:
            known[row["id"]] = msgspec.json.decode(sealing.unseal(bytes(row["secrets"])))
        except Exception:  # noqa: BLE001, S112  # what can't be opened any more is being replaced
            continue
    return known


async def _open(connection: Connection, lost: Sequence[Stranded]) -> tuple[Stranded, ...]:
    """Add what is on its way to each stranded practice; that hangs on its contact for plans."""
    practices = {one.organisation for one in lost if one.purpose == "plan"}
    if not practices:
        return tuple(lost)
    found: dict[str, list[str]] = defaultdict(list)
    for row in await (await connection.execute(_OPEN, (list(practices),))).fetchall():
        found[row["pcmh"]].append(row["id"])
    return tuple(
        replace(one, open=len(ids), deliveries=tuple(ids[:_NAMED]))
        if one.purpose == "plan" and (ids := found.get(one.organisation))
        else one
        for one in lost
    )


async def _history(
    connection: Connection,
    actor: Actor,
    at: datetime,
    proposed: Proposed,
    found: Sequence[Change],
) -> dict[tuple[str, str], int]:
    """Write one row for each change; return their numbers."""
    if not found:
        return {}
    rows: list[dict[str, Any]] = [
        {
            "kind": one.kind,
            "noun": one.id,
            "organisation": one.organisation,
            "at": at,
            "actor": actor.id,
            "name": actor.name[:_SAID],
            "way": proposed.way,
            "reason": proposed.reason,
            "before": one.before,
            "after": one.after,
        }
        for one in found
    ]
    cursor = await connection.execute(_HISTORY, (events.as_json(rows),))
    return {(row["kind"], row["noun"]): row["id"] for row in await cursor.fetchall()}


def _event(one: Change, number: int, actor: Actor, at: datetime) -> Event:
    """Return the event of a change: which row and which fields, never what stands in them."""
    detail = {"row": one.kind, "fields": list(one.fields), "change": number}
    detail |= {"new": True} if one.before is None else {}
    return Event("directory.changed", one.id, at, (one.organisation,), actor.id, detail)
