"""Treating relationships as rows: an MCO's file, a person's form, and who treats whom on a day.

Implements `hub.treating.Treating`. The same member, organisation and first day is one row, which a
later word corrects; nothing is deleted, and no file corrects what a person recorded. An event says
that one was recorded, and never with whom.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.audit import Event
from hub.errors import Refused
from hub.ids import new_id
from hub.store import events
from hub.store.requests.grounds import ask_anew
from hub.treating import Claim, Loaded, Relationship, checked, parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from hub.asked import Actor
    from hub.ports import Clock
    from hub.store.pool import Connection, Database

_KEEP = """
insert into treating (id, member, organisation, starts, ends, source, way, at, actor, name)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (member, organisation, starts) do update set ends = excluded.ends,
  source = excluded.source, way = excluded.way, at = excluded.at, actor = excluded.actor,
  name = excluded.name
  where not (treating.way = 'console' and excluded.way = 'api')
returning id
"""
_KNOWN = """
select o.id, o.npi from organisation o
where o.kind in ('pcmh', 'other') and o.id <> 'hub' and (o.id = any(%(names)s)
  or (o.npi <> '' and o.npi = any(%(names)s)))
"""
_OF = """
select t.id, t.organisation, o.name as organisation_name, t.starts, t.ends, t.source, t.way, t.at,
  t.name from treating t join organisation o on o.id = t.organisation
where t.member = %s order by t.ends is not null, t.starts desc, t.seq desc limit 200
"""
_HOLDING = """
select member, organisation from treating where member = any(%(ids)s) and starts <= %(on)s
  and (ends is null or ends >= %(on)s)
"""


async def holding(
    connection: Connection, members: Collection[str], on: date
) -> frozenset[tuple[str, str]]:
    """Return (member, organisation) of every relationship in force on a day."""
    cursor = await connection.execute(_HOLDING, {"ids": list(members), "on": on})
    return frozenset((row["member"], row["organisation"]) for row in await cursor.fetchall())


class PostgresTreating:
    """Treating relationships over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def load(self, actor: Actor, mco: str, content: bytes) -> Loaded:
        """Keep the good rows of a CSV about an MCO's members."""
        claims, problems = parse(content)
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select id, member_id from member where mco = %s and member_id = any(%s)",
                (mco, [one.member for one in claims]),
            )
            members = {row["member_id"]: row["id"] for row in await cursor.fetchall()}
            known = await _known(connection, {one.organisation for one in claims})
            kept = 0
            for one in claims:
                if one.member not in members:
                    problems.append((one.number, "member_unknown"))
                elif one.organisation not in known:
                    problems.append((one.number, "organisation_unknown"))
                else:
                    whose, member = known[one.organisation], members[one.member]
                    done = await self._keep(connection, actor, (mco, member, whose, "api"), one)
                    kept += done is not None
                    problems += [] if done else [(one.number, "recorded_by_officer")]
            await ask_anew(connection, members=members.values())
        return Loaded(kept, tuple(sorted(problems)))

    async def record(self, actor: Actor, claim: Claim) -> str:
        """Keep one about a member by our id."""
        checked(claim, self._clock.now().date())
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select mco from member where id = %s", (claim.member,)
            )
            row = await cursor.fetchone()
            if row is None:
                raise Refused("not_found", "there is no such member", status=404)
            known = await _known(connection, {claim.organisation})
            if claim.organisation not in known:
                what = "choose a practice or provider of the directory"
                raise Refused("organisation_unknown", what, status=422)
            whose = (row["mco"], claim.member, known[claim.organisation], "console")
            done = await self._keep(connection, actor, whose, claim)
            await ask_anew(connection, members=[claim.member])
            assert done is not None, "a person corrects whatever stands"  # noqa: S101  # for the type checker
            return done

    async def of_member(self, member: str) -> tuple[Relationship, ...]:
        """Return everything kept about a member, those that are over too."""
        async with self._database.line() as connection:
            rows = await (await connection.execute(_OF, (member,))).fetchall()
        return tuple(Relationship(**row) for row in rows)

    async def _keep(
        self,
        connection: Connection,
        actor: Actor,
        whose: tuple[str, str, str, str],
        claim: Claim,
    ) -> str | None:
        """Keep one; None where a person's word stands that a file may not correct."""
        (mco, member, organisation, way), at = whose, self._clock.now()
        given = (new_id("trt"), member, organisation, claim.starts, claim.ends, claim.source, way)
        cursor = await connection.execute(_KEEP, (*given, at, actor.id, actor.name))
        row = await cursor.fetchone()
        if row is None:
            return None
        kept: str = row["id"]
        detail = {"source": claim.source, "way": way, "ended": claim.ends is not None}
        told = Event("treating.recorded", kept, at, (mco,), actor.id, detail)
        await events.add(connection, [told])
        return kept


async def _known(connection: Connection, names: Collection[str]) -> Mapping[str, str]:
    """Return the ids of practices and providers by id or NPI; an NPI of two is nobody's."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    cursor = await connection.execute(_KNOWN, {"names": list(names)})
    for row in await cursor.fetchall():
        found[row["id"]] = row["id"]
        if row["npi"]:
            twice |= {row["npi"]} & found.keys()
            found[row["npi"]] = row["id"]
    return {name: whose for name, whose in found.items() if name not in twice}
