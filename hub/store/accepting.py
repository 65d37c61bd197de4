"""Acceptance: submissions become rows, many in one transaction, each with its event.

`hub.intake` hands batches in through a group commit. The same bytes from the same sender are one
submission however often and by whatever channel they come; the later ones are rows of their own,
in state `duplicate`, that point to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.canonical import Sealed
from hub.errors import Refused
from hub.ids import new_id
from hub.ports import Accepted
from hub.store import events, work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.ports import Envelope, Stored
    from hub.store.pool import Connection, Database


@dataclass(frozen=True, slots=True, repr=False)
class Arrival(Sealed):
    """Durable bytes and who handed them in."""

    envelope: Envelope
    stored: Stored
    at: datetime


_INSERT = """
insert into submission (id, mco, channel, actor, name, media_type, digest, size, idem_key,
  duplicate_of, received_at, state, due)
select i, m, c, a, n, t, d, z, nullif(k, ''), nullif(f, ''), r,
  case when f = '' then 'received' else 'duplicate' end, case when f = '' then now() end
from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) as x(i, m, c, a, n, t, d, z, k, f, r)
on conflict do nothing returning id
"""

_FIRST = """
select distinct on (mco, digest) id, mco, digest, received_at from submission
join unnest(%s::text[], %s::text[]) as x(m, d) on mco = m and digest = d
where duplicate_of is null
"""

_KEYED = """
select s.id, s.mco, s.idem_key, s.digest, s.size, s.received_at, s.duplicate_of from submission s
join unnest(%s::text[], %s::text[]) as x(m, k) on s.mco = m and s.idem_key = k
"""


async def accept(database: Database, arrivals: Sequence[Arrival]) -> list[Accepted | Exception]:
    """Make rows of arrivals in one transaction and return an acceptance or error for each."""
    async with database.line() as connection:
        answers: list[Accepted | Exception | None] = [None] * len(arrivals)
        await _replays(connection, arrivals, answers)
        for _ in range(3):
            open_ = [i for i, answer in enumerate(answers) if answer is None]
            if not open_:
                break
            await _insert(connection, arrivals, answers, open_)
        await work.wake(connection)
    lost = RuntimeError("a submission could neither be kept nor found")
    return [answer or lost for answer in answers]


async def _replays(
    connection: Connection,
    arrivals: Sequence[Arrival],
    answers: list[Accepted | Exception | None],
) -> None:
    """Answer arrivals whose idempotency key was used before: the first answer, or 422."""
    keyed = [a for a in arrivals if a.envelope.idempotency_key]
    if not keyed:
        return
    cursor = await connection.execute(
        _KEYED,
        (
            [a.envelope.organisation for a in keyed],
            [a.envelope.idempotency_key for a in keyed],
        ),
    )
    known = {(r["mco"], r["idem_key"]): r for r in await cursor.fetchall()}
    for i, arrival in enumerate(arrivals):
        row = known.get((arrival.envelope.organisation, arrival.envelope.idempotency_key))
        if row is not None:
            answers[i] = _replayed(row, arrival)


def _replayed(row: dict[str, Any], arrival: Arrival) -> Accepted | Exception:
    if row["digest"] != arrival.stored.digest:
        return Refused(
            "idempotency_key_reused",
            "this Idempotency-Key was used with other bytes; send a new key",
            status=422,
        )
    return Accepted(
        submission=row["id"],
        digest=row["digest"],
        size=row["size"],
        received_at=row["received_at"],
        duplicate_of=row["duplicate_of"],
        replayed=True,
    )


async def _insert(
    connection: Connection,
    arrivals: Sequence[Arrival],
    answers: list[Accepted | Exception | None],
    open_: list[int],
) -> None:
    """Insert what is still open; rows that meet another's are left open for the next round."""
    batch = [arrivals[i] for i in open_]
    cursor = await connection.execute(
        _FIRST, ([a.envelope.organisation for a in batch], [a.stored.digest for a in batch])
    )
    first = {(r["mco"], r["digest"]): r["id"] for r in await cursor.fetchall()}
    ids = [new_id("sub") for _ in batch]
    firsts = [first.get((a.envelope.organisation, a.stored.digest)) for a in batch]
    columns = (
        ids,
        [a.envelope.organisation for a in batch],
        [a.envelope.channel for a in batch],
        [a.envelope.actor for a in batch],
        [a.envelope.name for a in batch],
        [a.envelope.media_type for a in batch],
        [a.stored.digest for a in batch],
        [a.stored.size for a in batch],
        [a.envelope.idempotency_key or "" for a in batch],
        [first or "" for first in firsts],  # a list of nothing but None is slow to send
        [a.at for a in batch],
    )
    cursor = await connection.execute(_INSERT, columns)
    kept = {r["id"] for r in await cursor.fetchall()}
    made: list[Event] = []
    for i, arrival, id_, duplicate_of in zip(open_, batch, ids, firsts, strict=True):
        if id_ not in kept:
            continue
        answers[i] = Accepted(
            submission=id_,
            digest=arrival.stored.digest,
            size=arrival.stored.size,
            received_at=arrival.at,
            duplicate_of=duplicate_of,
        )
        made.append(_event(id_, arrival, duplicate_of))
    await events.add(connection, made)
    left = [i for i in open_ if answers[i] is None]
    if left:
        again: list[Accepted | Exception | None] = [None] * len(arrivals)
        await _replays(connection, arrivals, again)
        for i in left:
            answers[i] = again[i]


def _event(id_: str, arrival: Arrival, duplicate_of: str | None) -> Event:
    envelope = arrival.envelope
    detail: dict[str, object] = {"channel": envelope.channel, "sha256": arrival.stored.digest}
    if duplicate_of:
        detail["duplicate_of"] = duplicate_of
    return Event(
        kind="submission.duplicate" if duplicate_of else "submission.received",
        noun=id_,
        at=arrival.at,
        organisations=(envelope.organisation,),
        actor=envelope.actor,
        detail=detail,
    )
