"""Rosters, attributions and the directory, loaded from files: all of a file or nothing.

Implements `hub.asked.Rosters`. A roster passes the gates of `hub.roster` against what is in force
under a lock per MCO. Members who left stay as inactive rows, since their plans do.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import yaml

from hub import roster
from hub.asked import RosterResult
from hub.audit import Event
from hub.ids import new_id
from hub.provider_directory import entries
from hub.provider_directory.keeping import Proposed
from hub.store import directing, directory_keeping, events, work
from hub.store.requests.grounds import ask_anew

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from hub.asked import Actor
    from hub.ports import Clock
    from hub.roster import RosterRow
    from hub.store.pool import Connection, Database

_MEMBERS = """
insert into member (id, mco, member_id, medicaid, family, given, birth_date, sex, county,
  line_of_business, program, phone, address, email, language, best_time)
select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[])
on conflict (mco, member_id) do update set medicaid = excluded.medicaid, family = excluded.family,
  given = excluded.given, birth_date = excluded.birth_date, sex = excluded.sex,
  county = excluded.county, line_of_business = excluded.line_of_business,
  program = excluded.program, active = true,
  phone = coalesce(nullif(excluded.phone, ''), member.phone),
  address = coalesce(nullif(excluded.address, ''), member.address),
  email = coalesce(nullif(excluded.email, ''), member.email),
  language = coalesce(nullif(excluded.language, ''), member.language),
  best_time = coalesce(nullif(excluded.best_time, ''), member.best_time)
"""
"""A roster without contact data leaves those of the one before."""

_FIELDS = (
    *("member_id", "medicaid", "family", "given", "birth_date", "sex", "county"),
    *("line_of_business", "program", "phone", "address", "email", "language", "best_time"),
)
_HOMES = """
insert into attribution (member, pcmh, starts, ends, source)
select m.id, o.id, x.starts, x.ends, %s
from unnest(%s::text[], %s::text[], %s::date[], %s::date[]) as x(member_id, pcmh, starts, ends)
join member m on m.mco = %s and m.member_id = x.member_id
join organisation o on o.kind = 'pcmh' and (o.id = x.pcmh or o.npi = x.pcmh)
"""


class PostgresRosters:
    """Rosters and directory over one database.

    `sealing` are (seal, unseal): secrets are opened only to tell whether a file replaces them.
    `confirm` is told of an MCO's new roster: it may say what a correction said.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        max_drop: float,
        sealing: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes] | None],
        confirm: Callable[[Connection, Actor, str], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._max_drop = max_drop
        self._sealing = directory_keeping.Sealing(*sealing)
        self._confirm = confirm

    async def load_roster(
        self, actor: Actor, mco: str, kind: Literal["full", "delta"], content: bytes
    ) -> RosterResult:
        """Load a roster CSV under its sanity gates; all of it or nothing."""
        file = roster.parse(content)
        async with self._database.line() as connection:
            await connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (mco,))
            active = await _active(connection, mco)
            problems = file.problems + await _unknown_homes(connection, file.rows)
            bad = {number for number, _ in problems}
            rows = tuple(row for row in file.rows if row.number not in bad)
            refused = roster.gate(replace(file, rows=rows), kind, active, self._max_drop)
            added = changed = dropped = 0
            if refused is None:
                active -= {row.member_id for row in file.rows if row.number in bad}
                added, changed, dropped = await _load(connection, mco, kind, rows, active)
                if self._confirm is not None:
                    await self._confirm(connection, actor, mco)
            result = RosterResult(
                id=new_id("ros"),
                rows=len(file.rows),
                added=added,
                changed=changed,
                dropped=dropped,
                refused=refused,
                problems=problems,
            )
            await self._record(connection, actor, mco, kind, result)
            if refused is None:
                await ask_anew(connection, [mco])
        return result

    async def _record(
        self, connection: Connection, actor: Actor, mco: str, kind: str, result: RosterResult
    ) -> None:
        counts = (result.rows, result.added, result.changed, result.dropped)
        await connection.execute(
            "insert into roster_load values (%s, %s, %s, now(), %s, %s, %s, %s, %s)",
            (result.id, mco, kind, *counts, result.refused),
        )
        event = Event(
            kind="roster.refused" if result.refused else "roster.loaded",
            noun=result.id,
            at=self._clock.now(),
            organisations=(mco,),
            actor=actor.id,
            detail={"rows": result.rows, "added": result.added, "dropped": result.dropped},
        )
        await events.add(connection, [event])
        await connection.execute(
            "update plan set state = 'matched', due = now(), lease_until = null,"
            " fence = fence + 1 where mco = %s and state = 'unroutable'",
            (mco,),
        )
        await connection.execute(
            "update plan set state = 'read', due = now(), lease_until = null, fence = fence + 1"
            " where mco = %s and state = 'unmatched'",
            (mco,),
        )
        await work.wake(connection, "plan")

    async def load_directory(self, actor: Actor, content: bytes) -> Mapping[str, int]:
        """Load organisations, contacts, endpoints, rules and bindings from YAML; counts by kind."""
        found = entries.parsed(content)
        proposed = Proposed(found, way="file", sure=True, strict=False)
        async with self._database.line() as connection:
            now = self._clock.now()
            _, counts = await directory_keeping.keep(
                connection, actor, now, proposed, self._sealing
            )
        return counts

    async def dump_directory(self, actor: Actor) -> bytes:
        """Return the directory as the same YAML, secrets left out."""
        del actor  # the route asked already; the dump holds no member data
        async with self._database.line() as connection:
            found = await directing.dump(connection)
        found = {name: [_short(row) for row in rows] for name, rows in found.items()}
        return yaml.safe_dump(json.loads(json.dumps(found)), sort_keys=False).encode()


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the dump without a tier that was never set."""
    return {name: value for name, value in row.items() if (name, value) != ("tier", "")}


async def _active(connection: Connection, mco: str) -> set[str]:
    cursor = await connection.execute(
        "select member_id from member where mco = %s and active", (mco,)
    )
    return {row["member_id"] for row in await cursor.fetchall()}


async def _unknown_homes(
    connection: Connection, rows: Sequence[RosterRow]
) -> tuple[tuple[int, str], ...]:
    cursor = await connection.execute("select id, npi from organisation where kind = 'pcmh'")
    known = {name for row in await cursor.fetchall() for name in (row["id"], row["npi"])}
    return tuple((row.number, "pcmh_unknown") for row in rows if row.pcmh not in known)


async def _load(
    connection: Connection, mco: str, kind: str, rows: Sequence[RosterRow], active: set[str]
) -> tuple[int, int, int]:
    """Write members and homes; return (added, changed, dropped)."""
    staying = list({row.member_id: row for row in rows if not row.dropped}.values())
    columns: list[list[Any]] = [
        [new_id("mem") for _ in staying],
        [mco for _ in staying],
        *([getattr(row, field) for row in staying] for field in _FIELDS),
    ]
    await connection.execute(_MEMBERS, columns)
    kept = {row.member_id for row in staying}
    gone = {row.member_id for row in rows if row.dropped} - kept
    if kind == "full":
        gone |= active - kept
    await connection.execute(
        "update member set active = false where mco = %s and member_id = any(%s)",
        (mco, list(gone)),
    )
    await connection.execute(
        "delete from attribution a using member m where a.member = m.id and m.mco = %s"
        " and m.member_id = any(%s)",
        (mco, list(kept | gone)),
    )
    homes = [row for row in rows if not row.dropped]
    await connection.execute(
        _HOMES,
        (
            kind,
            [row.member_id for row in homes],
            [row.pcmh for row in homes],
            [row.starts for row in homes],
            [row.ends for row in homes],
            mco,
        ),
    )
    return len(kept - active), len(kept & active), len(gone & active)
