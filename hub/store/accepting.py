"""Acceptance: submissions become rows, many in one transaction, each with its event.

`hub.intake` hands documents in one by one; those that come while others are being kept share the
next wait for the disk and the next transaction. The same bytes from the same sender are one
submission however often and by whatever channel they come; the later ones are rows of their own,
in state `duplicate`, that point to the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  # part of public signatures read at run time
from typing import TYPE_CHECKING, Any

import msgspec

from hub.canonical import Sealed
from hub.errors import Refused
from hub.ids import new_id
from hub.ports import Accepted
from hub.store.group import LINGER_SECONDS, Group

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.ports import Clock, Envelope, Stored, Vault
    from hub.store.pool import Database


@dataclass(frozen=True, slots=True, repr=False)
class Arrival(Sealed):
    """Durable bytes and who handed them in."""

    envelope: Envelope
    stored: Stored
    at: datetime


_ACCEPT = """
with x as (
  select * from json_to_recordset(%s::json) as x(o int, id text, mco text, channel text, actor text,
    name text, media_type text, digest text, size bigint, idem_key text, at timestamptz)),
known as (
  select x.o, s.id, s.digest, s.size, s.received_at, s.duplicate_of
  from x join submission s on s.mco = x.mco and s.idem_key = x.idem_key),
kept as (
  insert into submission (id, mco, channel, actor, name, media_type, digest, size, idem_key,
    duplicate_of, received_at, state, due)
  select x.id, x.mco, x.channel, x.actor, x.name, x.media_type, x.digest, x.size, x.idem_key,
    f.id, x.at, case when f.id is null then 'received' else 'duplicate' end,
    case when f.id is null then now() end
  from x left join submission f
    on f.mco = x.mco and f.digest = x.digest and f.duplicate_of is null
  where x.o not in (select o from known) order by x.o
  on conflict do nothing returning id, duplicate_of),
told as (
  insert into event (kind, noun, at, organisations, actor, detail)
  select case when k.duplicate_of is null then 'submission.received'
      else 'submission.duplicate' end,
    k.id, x.at, array[x.mco], x.actor, jsonb_strip_nulls(jsonb_build_object(
      'channel', x.channel, 'sha256', x.digest, 'duplicate_of', k.duplicate_of))
  from kept k join x on x.id = k.id order by x.o)
select x.o, k.id, x.digest, x.size, x.at as received_at, k.duplicate_of, false as replayed,
  pg_notify('icp_work', 'submission') is null as woken
from kept k join x on x.id = k.id
union all select o, id, digest, size, received_at, duplicate_of, true, false from known
"""


class PostgresArrivals:
    """Makes documents durable and accepted, all that came at once together."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._coming: Group[tuple[Envelope, bytes | Stored], Accepted] = Group(
            self._take, linger=LINGER_SECONDS
        )

    async def take(self, envelope: Envelope, content: bytes | Stored) -> Accepted:
        """Accept content, or what a stream has kept already; `Refused` 422 for a misused key."""
        return await self._coming.put((envelope, content))

    async def _take(
        self, brought: Sequence[tuple[Envelope, bytes | Stored]]
    ) -> Sequence[Accepted | Exception]:
        contents = [content for _, content in brought if isinstance(content, bytes)]
        kept = iter(await self._vault.put_many(contents) if contents else ())
        stored = [next(kept) if isinstance(each, bytes) else each for _, each in brought]
        at = self._clock.now()
        envelopes = [envelope for envelope, _ in brought]
        arrivals = [Arrival(e, s, at) for e, s in zip(envelopes, stored, strict=True)]
        return await accept(self._database, arrivals)


async def accept(database: Database, arrivals: Sequence[Arrival]) -> list[Accepted | Exception]:
    """Make rows of arrivals and return an acceptance or error for each.

    One statement, which is one transaction, makes the rows and their events and wakes the workers.
    Rows that meet another's, in this batch or elsewhere, are left to a further one.
    """
    answers: dict[int, Accepted | Exception] = {}
    lost: Exception = RuntimeError("a submission could neither be kept nor found")
    try:
        async with database.single() as connection:
            for _ in range(3):
                left = [i for i in range(len(arrivals)) if i not in answers]
                if not left:
                    break
                cursor = await connection.execute(_ACCEPT, (_rows(arrivals, left),))
                for row in await cursor.fetchall():
                    answers[row["o"]] = _answer(row, arrivals[row["o"]])
    except Exception as error:  # noqa: BLE001  # told to those whose rows are not there yet
        lost = error
    return [answers.get(i, lost) for i in range(len(arrivals))]


def _rows(arrivals: Sequence[Arrival], wanted: Sequence[int]) -> str:
    """Return the arrivals as JSON records: one value to send, where arrays would be eleven."""
    records = [
        {
            "o": i,
            "id": new_id("sub"),
            "mco": arrivals[i].envelope.organisation,
            "channel": arrivals[i].envelope.channel,
            "actor": arrivals[i].envelope.actor,
            "name": arrivals[i].envelope.name,
            "media_type": arrivals[i].envelope.media_type,
            "digest": arrivals[i].stored.digest,
            "size": arrivals[i].stored.size,
            "idem_key": arrivals[i].envelope.idempotency_key,
            "at": arrivals[i].at,
        }
        for i in wanted
    ]
    return msgspec.json.encode(records).decode()


def _answer(row: dict[str, Any], arrival: Arrival) -> Accepted | Exception:
    """Return the acceptance a row stands for; `Refused` 422 for a key used with other bytes."""
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
        replayed=row["replayed"],
    )
