"""Planned changes of organisations and endpoints: kept, withdrawn, made on their day.

`hub.store.directories` keeps and withdraws them; `hub.store.laying` lays due ones over what is
read, so that a day's first delivery has them; the ticker makes them rows, with their history.
Days are those of UTC, as everywhere in the directory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hub.asked import Actor
from hub.audit import Event
from hub.errors import Refused
from hub.ids import new_id
from hub.provider_directory import planning
from hub.provider_directory.entries import EndpointEntry, file_of, organisation_of
from hub.provider_directory.keeping import Proposed
from hub.provider_directory.planning import Planned
from hub.store import directing, directory_keeping, events

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from hub.provider_directory.entries import Entry, Kind
    from hub.provider_directory.keeping import Outcome
    from hub.store.directory_keeping import Sealing
    from hub.store.pool import Connection, Database

_SHOWN: Final = 50
_KEEP = """
insert into directory_planned (id, kind, noun, organisation, starts, changed, secrets, reason, at,
  actor, name) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_LISTED = """
select id, kind, noun, organisation, starts, changed, secrets is not null as sealed, reason, at,
  name, state, note, over_at, over_name from directory_planned
where case when %(of)s::text is null then state = 'planned' else organisation = %(of)s end
order by state <> 'planned', case when state = 'planned' then starts end, seq desc limit %(limit)s
"""
_OVER = """
update directory_planned set state = %s, note = %s, over_at = %s, over_name = %s
where id = %s and state = 'planned' returning kind, noun, organisation
"""
_UNTIL = """
select kind, noun, changed from directory_planned where state = 'planned' and starts <= %s
order by starts, seq
"""
_DUE = """
select * from directory_planned where state = 'planned' and starts <= %s
order by starts, seq limit 1 for update skip locked
"""


@dataclass(frozen=True, slots=True)
class Planning:
    """A change somebody plans: who, when, which rows, and the day they change."""

    actor: Actor
    at: datetime
    proposed: Proposed
    starts: date


async def plan(connection: Connection, given: Planning, sealing: Sealing) -> Outcome:
    """Keep changes of rows for a day to come, all or none; return what they will do then."""
    proposed, today = given.proposed, given.at.astimezone(UTC).date()
    if proposed.seen is not None:
        await directory_keeping.fresh(connection, proposed.seen)
    rows = proposed.file.rows()
    known = await _by(connection, given.starts, rows)
    found = planning.checked(known, rows, given.starts, today)
    day = datetime.combine(given.starts, time(), UTC)
    outcome = await directory_keeping.weigh(connection, day, proposed, sealing)
    directory_keeping.refuse(proposed, outcome)
    for key, changed in found.items():
        await _kept(connection, given, key, rows[key], (changed, sealing))
    return outcome


async def _by(
    connection: Connection, day: date, of: Collection[tuple[Kind, str]]
) -> dict[tuple[Kind, str], Entry]:
    """Return all rows; some as they will stand on a day, by what is planned until then."""
    rows = (await directing.standing(connection)).rows()
    for one in await (await connection.execute(_UNTIL, (day,))).fetchall():
        key = one["kind"], one["noun"]
        if key in of:
            rows[key] = planning.laid_over(rows[key], one["changed"])
    return rows


async def _kept(
    connection: Connection,
    given: Planning,
    key: tuple[Kind, str],
    entry: Entry,
    how: tuple[Mapping[str, Any], Sealing],
) -> None:
    (kind, noun), (changed, sealing) = key, how
    made, owner, starts = new_id("dpl"), organisation_of(entry), given.starts
    secrets = entry.secrets if isinstance(entry, EndpointEntry) else {}
    sealed = sealing.seal(msgspec.json.encode(secrets)) if secrets else None
    row = (made, kind, noun, owner, starts, msgspec.json.encode(changed).decode(), sealed)
    who = (given.proposed.reason, given.at, given.actor.id, given.actor.name)
    await connection.execute(_KEEP, (*row, *who))
    detail = {"row": kind, "noun": noun, "from": starts.isoformat(), "fields": sorted(changed)}
    told = Event("directory.planned", made, given.at, (owner,), given.actor.id, detail)
    await events.add(connection, [told])


async def listed(connection: Connection, organisation: str | None) -> tuple[Planned, ...]:
    """Return what is planned, the earliest first, then what is over; None: all that is planned."""
    given = {"of": organisation, "limit": _SHOWN}
    rows = await (await connection.execute(_LISTED, given)).fetchall()
    return tuple(Planned(**row) for row in rows)


async def withdraw(connection: Connection, actor: Actor, at: datetime, planned: str) -> str:
    """Take a planned change back; return whose it was; `Refused` 404 none, 409 over already."""
    cursor = await connection.execute(_OVER, ("withdrawn", "", at, actor.name, planned))
    row = await cursor.fetchone()
    if row is None:
        cursor = await connection.execute("select from directory_planned where id = %s", (planned,))
        if await cursor.fetchone() is None:
            raise Refused("not_found", "there is no such planned change", status=404)
        raise Refused("not_open", "this planned change is over already", status=409)
    owner: str = row["organisation"]
    detail = {"row": row["kind"], "noun": row["noun"]}
    told = Event("directory.withdrawn", planned, at, (owner,), actor.id, detail)
    await events.add(connection, [told])
    return owner


async def tick(database: Database, now: datetime, sealing: Sealing) -> int:
    """Make every change whose day has come, each by itself, with its history; count them."""
    count = 0
    while True:
        async with database.line() as connection:
            cursor = await connection.execute(_DUE, (now.astimezone(UTC).date(),))
            row = await cursor.fetchone()
            if row is None:
                return count
            await _made(connection, row, now, sealing)
        count += 1


async def _made(
    connection: Connection, row: Mapping[str, Any], now: datetime, sealing: Sealing
) -> None:
    """Make one planned change, or say why it can't be made any more."""
    actor = Actor(row["actor"], "hub", row["name"], ("operations",))
    try:
        async with connection.transaction():
            known = await directing.standing(connection)
            standing = known.rows()[row["kind"], row["noun"]]
            entry = planning.laid_over(standing, row["changed"])
            if row["secrets"] is not None and isinstance(entry, EndpointEntry):
                entry = replace(entry, secrets=_opened(row, sealing))
            given = Proposed(
                file_of(entry), reason=row["reason"], way="planned", sure=True, strict=False
            )
            await directory_keeping.keep(connection, actor, now, given, sealing)
    except Refused as refused:
        note = refused.detail or ""
        await connection.execute(_OVER, ("refused", note[:500], now, "the hub", row["id"]))
        detail = {"row": row["kind"], "noun": row["noun"], "code": refused.code}
        owner = (row["organisation"],)
        told = Event("directory.plan_refused", row["id"], now, owner, "hub", detail)
        await events.add(connection, [told])
        return
    await connection.execute(_OVER, ("made", "", now, "the hub", row["id"]))


def _opened(row: Mapping[str, Any], sealing: Sealing) -> dict[str, str]:
    """Return the secrets of a planned change; `Refused` where they can't be opened any more."""
    found: dict[str, str] = {}
    try:
        if sealing.unseal is not None:
            found = msgspec.json.decode(sealing.unseal(bytes(row["secrets"])))
    except Exception:  # noqa: BLE001, S110  # one row's secrets never keep the others from being made
        pass
    if not found:
        what = "its secrets can't be opened any more; plan it again with them"
        raise Refused("secrets_lost", what, status=422)
    return found
