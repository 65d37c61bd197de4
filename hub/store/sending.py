"""Deliveries: consent is asked again in the transaction that makes them `sending`.

`begin` locks the consent head of every member concerned before it reads their consents; a grant or
revocation takes the same lock to write. Each send is therefore wholly before or wholly after each
revocation (invariants I13, I14). `record` writes what attempts came to, under the fence.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.clocks import limits
from hub.store import events, facts
from hub.stored import Due, Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.clocks import Limits
    from hub.store.pool import Connection
    from hub.stored import Crowd, Facts, SendOutcome

LEASE_SECONDS = 180.0
"""Longer than the slowest channel may take for one attempt."""

_DUE = """
with w as materialized (
  select id, seq, plan, release, mco, pcmh, member, contact, endpoint, fence, attempts
  from delivery w where due <= now() and (lease_until is null or lease_until < now())
    and not exists (select from delivery o where o.member = w.member and o.pcmh = w.pcmh
      and o.seq < w.seq and o.state in ('queued', 'sending'))
    and w.endpoint <> all(%s::text[])
    and exists (select from endpoint e where e.id = w.endpoint and not e.paused)
    and not exists (select from incident i where i.member = w.member and i.pcmh = w.pcmh
      and i.lifted_at is null)
  order by due, seq limit %s for update skip locked)
select w.id, w.plan, w.release, w.mco, w.pcmh, w.member, w.contact, w.endpoint,
  w.fence + 1 as fence, w.attempts + 1 as attempts, p.state = 'superseded' as old,
  r.decision, r.digest, r.media_type, r.file_name,
  (select count(*) from label_change c where c.chain = p.chain) as labels
from w join plan p on p.id = w.plan join release r on r.id = w.release order by w.seq
"""
# locked until the transaction ends; whatever becomes of a row raises its fence and its attempts

_SUPERSEDE = """
update delivery set state = 'superseded', due = null, lease_until = null, fence = fence + 1,
  attempts = attempts + 1 where id = any(%s)
"""

_HEADS = "select member from consent_head where member = any(%s) order by member for update"

_GO = """
with gone as (
  update delivery set state = 'sending', transport = 'sending', fence = fence + 1,
    attempts = attempts + 1, lease_until = now() + make_interval(secs => %s) where id = any(%s))
insert into event (kind, noun, at, organisations, actor, detail)
select kind, noun, at, organisations, actor, detail from json_to_recordset(%s::json)
  as x(kind text, noun text, at timestamptz, organisations text[], actor text, detail jsonb)
"""

_STOP = """
update delivery d set state = 'stopped', transport = 'stopped', code = x.code, due = null,
  lease_until = null, fence = d.fence + 1, attempts = d.attempts + 1
from unnest(%s::text[], %s::text[]) as x(id, code) where d.id = x.id
returning d.id, d.plan, d.mco, d.pcmh
"""

_RECORD = """
with x as (
  select * from json_to_recordset(%s::json) as x(id text, fence bigint, attempt int, state text,
    transport text, code text, owner text, retry_in float, events json,
    acknowledge_due timestamptz)),
older as (
  select e.id, e.newer from x join earlier_delivery e on e.newer = x.id and x.state = 'sent'
    and e.state in ('sent', 'overdue')),
held as (
  select d.id from delivery d where d.id in (select id from x union all select id from older)
  order by d.id for no key update),
kept as (
  update delivery d set
    state = case when d.state <> 'sending' then d.state
      when x.state = 'queued' and p.state = 'superseded' then 'superseded' else x.state end,
    transport = x.transport, code = x.code, owner = x.owner,
    due = case when x.retry_in >= 0 and p.state <> 'superseded' and d.state = 'sending'
      then now() + make_interval(secs => x.retry_in) end,
    lease_until = null,
    sent_at = case when x.state = 'sent' then now() else d.sent_at end,
    acknowledge_due = case when x.state = 'sent' then x.acknowledge_due end
  from x, held, plan p
  where d.id = x.id and held.id = x.id and d.fence = x.fence and p.id = d.plan
    and (d.state = 'sending' or (d.state in ('acknowledged', 'answered') and x.state = 'sent'))
  returning d.id),
gone as (
  update delivery d set state = 'superseded', due = null, lease_until = null, fence = d.fence + 1
  from older o, held, kept where d.id = o.id and held.id = o.id and kept.id = o.newer
    and d.state in ('sent', 'overdue')
  returning d.id, d.mco, d.pcmh),
tried as (
  insert into attempt (delivery, number, at, outcome, code)
  select x.id, x.attempt, now(), x.transport, x.code from x join kept on kept.id = x.id
  on conflict do nothing)
insert into event (kind, noun, at, organisations, actor, detail)
select e.kind, e.noun, e.at, e.organisations, e.actor, e.detail
from x join kept on kept.id = x.id cross join lateral json_to_recordset(x.events)
  as e(kind text, noun text, at timestamptz, organisations text[], actor text, detail jsonb)
union all
select 'delivery.superseded', g.id, now(), array[g.mco, g.pcmh], 'hub', '{}' from gone g
"""
# once a newer version is with the practice, what nobody there took of an older one is replaced


@dataclass(frozen=True, slots=True)
class Claim:
    """How many deliveries to take at most, and how many more each endpoint may have."""

    limit: int
    crowd: Crowd | None = None

    @property
    def full(self) -> list[str]:
        """The endpoints to leave alone."""
        return self.crowd.full() if self.crowd else []

    def seated(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the rows there is room for; the others stay due."""
        crowd = self.crowd
        if crowd is None:
            return list(rows)
        taken: Counter[str] = Counter()
        kept = []
        for row in rows:
            if taken[row["endpoint"]] < crowd.room(row["endpoint"]):
                taken[row["endpoint"]] += 1
                kept.append(row)
        return kept


async def begin(
    connection: Connection,
    claim: Claim,
    permitted: Callable[[Due], str | None],
    now: datetime,
    unseal: Callable[[bytes], bytes],
    usual: Limits,
) -> list[Sending]:
    """Lease due deliveries, ask `permitted` for each, and make `sending` those it lets go."""
    cursor = await connection.execute(_DUE, (claim.full, claim.limit))
    leased = claim.seated(await cursor.fetchall())
    rows = await _current(connection, leased, now) if leased else []
    if not rows:
        return []
    members = sorted({row["member"] for row in rows})
    await lock_heads(connection, members)
    parties = {p for row in rows for p in (row["mco"], row["pcmh"])}
    known = await facts.gather(connection, (), members, (), parties, unseal)
    stops: dict[str, str] = {}
    for row in rows:
        due = Due(
            delivery=row["id"],
            plan=row["plan"],
            member=row["member"],
            birth_date=known.by_id[row["member"]].birth_date,
            decision=row["decision"],
            consents=known.consents.get(row["member"], ()),
            organisations=known.organisations,
            facts=known,
            pcmh=row["pcmh"],
            contact=row["contact"],
            endpoint=row["endpoint"],
            labels=row["labels"],
        )
        reason = permitted(due)
        if reason is None and row["endpoint"] not in known.endpoints:
            reason = "route_changed"
        if reason is not None:
            stops[row["id"]] = reason
    await _stop(connection, stops, now)
    going = [row for row in rows if row["id"] not in stops]
    await _go(connection, going, now)
    return [_sending(row, known, usual) for row in going]


async def _current(
    connection: Connection, rows: Sequence[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Drop deliveries whose plan a newer version replaced while an attempt was under way."""
    gone = [row for row in rows if row["old"]]
    if not gone:
        return list(rows)
    await connection.execute(_SUPERSEDE, ([row["id"] for row in gone],))
    made = [Event("delivery.superseded", r["id"], now, (r["mco"], r["pcmh"])) for r in gone]
    await events.add(connection, made)
    return [row for row in rows if not row["old"]]


async def lock_heads(connection: Connection, members: Sequence[str]) -> None:
    """Lock the consent heads of members, in order, until the transaction ends."""
    cursor = await connection.execute(_HEADS, (list(members),))
    missing = set(members) - {row["member"] for row in await cursor.fetchall()}
    if not missing:
        return
    await connection.execute(
        "insert into consent_head select m, 0 from unnest(%s::text[]) m on conflict do nothing",
        (sorted(missing),),
    )
    await connection.execute(_HEADS, (list(members),))


async def birth_dates(connection: Connection, members: Sequence[str]) -> dict[str, str]:
    """Return the birth dates the roster has for members."""
    cursor = await connection.execute(
        "select id, birth_date from member where id = any(%s)", (list(members),)
    )
    return {row["id"]: row["birth_date"] for row in await cursor.fetchall()}


async def _stop(connection: Connection, stops: dict[str, str], now: datetime) -> None:
    """Record stopped deliveries and let their plans be decided anew."""
    if not stops:
        return
    cursor = await connection.execute(_STOP, (list(stops), list(stops.values())))
    rows = await cursor.fetchall()
    await connection.execute(
        "update plan set state = 'routed', due = now(), lease_until = null"
        " where id = any(%s) and state = 'released'",
        ([row["plan"] for row in rows],),
    )
    made = [
        Event(
            kind="delivery.stopped",
            noun=row["id"],
            at=now,
            organisations=(row["mco"],),
            detail={"because": stops[row["id"]]},
        )
        for row in rows
    ]
    await events.add(connection, made)


async def _go(connection: Connection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    if not rows:
        return
    made = [
        Event(
            kind="delivery.sending",
            noun=row["id"],
            at=now,
            organisations=(row["mco"], row["pcmh"]),
            detail={"attempt": row["attempts"]},
        )
        for row in rows
    ]
    ids = [row["id"] for row in rows]
    await connection.execute(_GO, (LEASE_SECONDS, ids, events.records(made)))


def _sending(row: dict[str, Any], known: Facts, usual: Limits) -> Sending:
    sender, practice = known.organisations[row["mco"]], known.organisations[row["pcmh"]]
    return Sending(
        id=row["id"],
        plan=row["plan"],
        release=row["release"],
        mco=row["mco"],
        pcmh=row["pcmh"],
        endpoint=known.endpoints[row["endpoint"]],
        digest=row["digest"],
        media_type=row["media_type"],
        file_name=row["file_name"],
        fence=row["fence"],
        attempts=row["attempts"],
        hours=practice.hours,
        person_days=limits(usual, sender.clocks, practice.clocks).person,
    )


async def record(connection: Connection, sent: Sequence[SendOutcome]) -> None:
    """Write outcomes of attempts."""
    if sent:
        await connection.execute(_RECORD, (msgspec.json.encode(sent).decode(),))
