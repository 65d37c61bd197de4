"""Profiles in force, the ones before them, and submissions to be read again from their bytes.

Implements `hub.stored.Rereads`; the commands `activate`, `rollback` and `renormalise` use it. A
profile's text is configuration and holds no member data. A text that was in force is never changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.errors import Refused
from hub.store import events, naming, outcomes
from hub.stored import SAME_VERSION, Activation, ClaimedSubmission, KeptPlan, StoredReading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.store.pool import Connection, Database
    from hub.stored import PlanOutcome, SubmissionOutcome

_COLUMNS = "id, mco, name, version, digest, text, maker, replaces, state, made_by, made_at"
_ONE = "id, seq, mco, name, media_type, digest, fence, attempts, channel"
_KEPT = """
select p.id, p.seq, p.chain, p.digest, p.state, exists (select from plan n
  where n.chain = p.chain and n.seq > p.seq and n.submission <> p.submission) as overtaken
from plan p where p.submission = %s order by p.seq
"""
# a doubtful plan on which a person has begun to decide, or is done meanwhile, is left alone
_GONE = """
with old as (
  select p.id from plan p join unnest(%s::text[], %s::text[]) as x(id, seen) on p.id = x.id
  where p.state not in ('superseded', 'recalled') and (x.seen <> 'doubtful'
    or (p.state = 'doubtful' and not exists (select from event e where e.noun = p.id
      and e.kind = any(array['plan.confirmed', 'plan.corrected', 'plan.rejected']))))),
gone as (
  update delivery set state = 'superseded', due = null, lease_until = null, fence = fence + 1
  where plan in (select id from old) and state in ('queued', 'undeliverable')
  returning id, mco, pcmh),
done as (
  update plan p set state = 'superseded', due = null, lease_until = null, fence = fence + 1
  from old where p.id = old.id and p.state not in ('superseded', 'recalled')
  returning p.id, p.mco)
select 'delivery' as noun, id, mco, pcmh from gone union all select 'plan', id, mco, null from done
"""
_HOLD = "select from plan where id = any(%s) order by id for no key update"
# a decision that is being written ends first, and the next statement sees its event
_MEANWHILE = "somebody put another version in force or back meanwhile"


class PostgresProfiles:
    """Activated profiles and re-readings over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def versions(self, mco: str | None = None) -> list[Activation]:
        """Return every profile that was ever activated, newest first."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                f"select {_COLUMNS} from profile where %s::text is null or mco = %s"  # noqa: S608  # our own names
                " order by mco, seq desc".encode(),
                (mco, mco),
            )
            return [Activation(**row) for row in await cursor.fetchall()]

    async def bound(self) -> list[tuple[str, str]]:
        """Return (organisation, adapter) of every binding of the directory."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select organisation, adapter from binding order by organisation, position"
            )
            return [(row["organisation"], row["adapter"]) for row in await cursor.fetchall()]

    async def activate(self, one: Activation, counts: Mapping[str, int], before: str) -> None:
        """Put a profile in force in the place of the one before, with its audit event.

        `before` is the digest of the one it was compared with, empty for none; `Refused` 409 when
        another is in force now.
        """
        async with self._database.line() as connection:
            await _lock(connection, one.mco)
            await _unchanged(connection, one, before)
            await connection.execute(
                "update profile set state = 'replaced' where mco = %s and name = %s"
                " and state = 'active'",
                (one.mco, one.name),
            )
            await connection.execute(
                f"insert into profile ({_COLUMNS}, counts)"  # noqa: S608  # our own names
                " values (%s, %s, %s, %s, %s, %s, %s, %s, 'active', %s, %s, %s)".encode(),
                (
                    *(one.id, one.mco, one.name, one.version, one.digest, one.text, one.maker),
                    *(one.replaces, one.made_by, one.made_at, json.dumps(dict(counts))),
                ),
            )
            await _told(connection, "profile.activated", one, one.made_by, one.made_at, counts)

    async def rollback(
        self, mco: str, name: str, by: str, now: datetime, shown: str = ""
    ) -> tuple[Activation, Activation | None]:
        """Return (what was in force, what is now); None: the directory's own adapter is again.

        Where `shown` is given and is not the digest in force, nothing is done: `Refused` 409.
        """
        async with self._database.line() as connection:
            await _lock(connection, mco)
            cursor = await connection.execute(
                f"select {_COLUMNS}, seq from profile where mco = %s and state <> 'rolled_back'"  # noqa: S608  # our own names
                " and (%s = '' or name = %s) order by (state = 'active') desc, seq desc".encode(),
                (mco, name, name),
            )
            rows = await cursor.fetchall()
            if not rows or rows[0]["state"] != "active":
                raise Refused("no_profile", "no activated profile is in force there; see the list")
            now_on = rows[0]
            if shown not in {"", now_on["digest"]}:
                raise Refused("changed_meanwhile", f"{_MEANWHILE}; look again", status=409)
            before = [r for r in rows if r["name"] == now_on["name"] and r["seq"] < now_on["seq"]]
            await _state(connection, now_on["id"], "rolled_back")
            if before:
                await _state(connection, before[0]["id"], "active")
            gone, back = _activation(now_on), _activation(before[0]) if before else None
            to = {"back_to": back.digest if back else "the directory's adapter"}
            await _told(connection, "profile.rolled_back", gone, by, now, to)
        return gone, back

    async def recent(self, mco: str, limit: int) -> list[ClaimedSubmission]:
        """Return a sender's newest documents that were read or quarantined, newest first.

        What was taken by phone is none: no profile reads it.
        """
        async with self._database.line() as connection:
            cursor = await connection.execute(
                f"select {_ONE} from submission where mco = %s and channel <> 'phone'"  # noqa: S608  # our own names
                " and state in ('read', 'quarantined') and duplicate_of is null"
                " order by seq desc limit %s".encode(),
                (mco, limit),
            )
            return [ClaimedSubmission(**row) for row in await cursor.fetchall()]

    async def stored(self, submission: str) -> StoredReading:
        """Return a submission with the plans that were made of it; `Refused` 404 for none."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                f"select {_ONE}, state from submission where id = %s".encode(),  # noqa: S608  # our own names
                (submission,),
            )
            rows = await cursor.fetchall()
            if not rows:
                raise Refused("no_submission", "there is no such submission", status=404)
            found = dict(rows[0])
            state = found.pop("state")
            cursor = await connection.execute(_KEPT, (submission,))
            plans = tuple(KeptPlan(**row) for row in await cursor.fetchall())
        return StoredReading(ClaimedSubmission(**found), state, plans)

    async def finish_again(
        self, read: SubmissionOutcome, fresh: Sequence[PlanOutcome], gone: Sequence[KeptPlan]
    ) -> None:
        """Commit a second reading: new plan versions, and plans that it leaves (`gone`)."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select s.state, coalesce((select max(p.seq) from plan p where p.submission = s.id"
                " and p.seq < (s.seq + 1) * %s), 0) as newest"
                " from submission s where s.id = %s for update",
                (naming.PLANS, read.id),
            )
            (row,) = await cursor.fetchall()
            first = min((p.draft.seq for p in fresh), default=row["newest"] + 1)
            if row["state"] != "read" or first <= row["newest"]:
                raise Refused("read_meanwhile", "somebody else read it meanwhile; look again")
            await connection.execute(
                "update submission set reader = %s, findings = %s, tally = %s, plans = %s"
                " where id = %s",
                (read.reader, _json(read.findings), _json(read.tally), read.plans, read.id),
            )
            made = [*read.events, *await outcomes.write(connection, fresh, [])]
            made += await _gone(connection, gone, read.events[0].at)
            await events.add(connection, made)


def _json(value: Any) -> str:  # noqa: ANN401  # findings or a tally
    return msgspec.json.encode(value).decode()


def _activation(row: Mapping[str, Any]) -> Activation:
    return Activation(**{key: value for key, value in row.items() if key != "seq"})


async def _lock(connection: Connection, mco: str) -> None:
    await connection.execute(
        "select pg_advisory_xact_lock(hashtextextended('profile' || %s, 7))", (mco,)
    )


async def _unchanged(connection: Connection, one: Activation, before: str) -> None:
    """Refuse what is in force already, what was compared with another than is, and a used version.

    The trial looked at all three; meanwhile somebody may have activated and taken back another.
    """
    cursor = await connection.execute(
        "select digest from profile where mco = %s and name = %s and state = 'active'",
        (one.mco, one.name),
    )
    active = [str(row["digest"]) for row in await cursor.fetchall()]
    if one.digest in active:
        raise Refused("in_force", "this very profile is in force already", status=409)
    if active != ([before] if before else []):
        raise Refused("changed_meanwhile", f"{_MEANWHILE}; try it again", status=409)
    cursor = await connection.execute(
        "select 1 from profile where mco = %s and name = %s and version = %s and digest <> %s",
        (one.mco, one.name, one.version, one.digest),
    )
    if await cursor.fetchone():
        raise Refused("same_version", SAME_VERSION, status=409)


async def _state(connection: Connection, profile: str, state: str) -> None:
    await connection.execute("update profile set state = %s where id = %s", (state, profile))


async def _gone(connection: Connection, plans: Sequence[KeptPlan], at: datetime) -> list[Event]:
    if not plans:
        return []
    waiting = [one.id for one in plans if one.state == "doubtful"]
    if waiting:
        await connection.execute(_HOLD, (waiting,))
    seen = ([one.id for one in plans], [one.state for one in plans])
    cursor = await connection.execute(_GONE, seen)
    return [
        Event(
            f"{row['noun']}.superseded",
            row["id"],
            at,
            tuple(filter(None, (row["mco"], row["pcmh"]))),
        )
        for row in await cursor.fetchall()
    ]


async def _told(
    connection: Connection,
    kind: str,
    one: Activation,
    by: str,
    at: datetime,
    detail: Mapping[str, object],
) -> None:
    told = {"profile": one.name, "digest": one.digest, **detail}
    await events.add(connection, [Event(kind, one.id, at, (one.mco,), actor=by, detail=told)])
