"""Deliveries: consent is asked again in the transaction that makes them `sending`.

`begin` locks the consent head of every member concerned before it reads their consents; a grant or
revocation takes the same lock to write. Each send is therefore wholly before or wholly after each
revocation (invariants I13, I14). `record` writes what attempts came to, under the fence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.store import events, facts, work
from hub.stored import Due, Sending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from hub.store.pool import Connection
    from hub.stored import SendOutcome

LEASE_SECONDS = 180.0
"""Longer than the slowest channel may take for one attempt."""

_IN_ORDER = (
    "and not exists (select from delivery o where o.member = w.member and o.pcmh = w.pcmh"
    " and o.seq < w.seq and o.state in ('queued', 'sending'))"
    " and exists (select from endpoint e where e.id = w.endpoint and not e.paused)"
)

_STOP = """
update delivery d set state = 'stopped', transport = 'stopped', code = x.code, due = null,
  lease_until = null from unnest(%s::text[], %s::text[]) as x(id, code) where d.id = x.id
returning d.id, d.plan, d.mco, d.pcmh
"""

_RECORD = """
update delivery d set
  state = case when d.state <> 'sending' then d.state
    when x.state = 'queued' and p.state = 'superseded' then 'superseded' else x.state end,
  transport = x.transport, code = x.code, owner = x.owner,
  due = case when x.retry >= 0 and p.state <> 'superseded' and d.state = 'sending'
    then now() + make_interval(secs => x.retry) end,
  lease_until = null,
  sent_at = case when x.state = 'sent' then now() else d.sent_at end,
  acknowledge_due = case when x.state = 'sent' then now() + make_interval(secs => x.clock) end
from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::float[], %s::float[]) as x(id, fence, state, transport, code, owner, retry, clock),
  plan p
where d.id = x.id and d.fence = x.fence and p.id = d.plan
  and (d.state = 'sending' or (d.state in ('acknowledged', 'answered') and x.state = 'sent'))
returning d.id
"""


async def begin(
    connection: Connection,
    limit: int,
    permitted: Callable[[Due], str | None],
    now: datetime,
    unseal: Callable[[bytes], bytes],
) -> list[Sending]:
    """Lease due deliveries, ask `permitted` for each, and make `sending` those it lets go."""
    rows = await work.claim(connection, "delivery", limit, unless=_IN_ORDER, lease=LEASE_SECONDS)
    rows = await _current(connection, rows, now)
    if not rows:
        return []
    members = sorted({row["member"] for row in rows})
    await lock_heads(connection, members)
    releases = await _releases(connection, [row["release"] for row in rows])
    parties = {p for row in rows for p in (row["mco"], row["pcmh"])}
    known = await facts.gather(connection, (), members, (), parties, unseal)
    stops: dict[str, str] = {}
    for row in rows:
        due = Due(
            delivery=row["id"],
            plan=row["plan"],
            member=row["member"],
            birth_date=known.by_id[row["member"]].birth_date,
            decision=releases[row["release"]]["decision"],
            consents=known.consents.get(row["member"], ()),
            organisations=known.organisations,
            facts=known,
            pcmh=row["pcmh"],
            contact=row["contact"],
            endpoint=row["endpoint"],
        )
        reason = permitted(due)
        if reason is None and row["endpoint"] not in known.endpoints:
            reason = "route_changed"
        if reason is not None:
            stops[row["id"]] = reason
    await _stop(connection, stops, now)
    going = [row for row in rows if row["id"] not in stops]
    await _go(connection, going, now)
    return [
        _sending(row, releases[row["release"]], known.endpoints[row["endpoint"]]) for row in going
    ]


async def _current(
    connection: Connection, rows: Sequence[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Drop deliveries whose plan a newer version replaced while an attempt was under way."""
    cursor = await connection.execute(
        "update delivery d set state = 'superseded', due = null, lease_until = null"
        " from plan p where p.id = d.plan and p.state = 'superseded' and d.id = any(%s)"
        " returning d.id, d.mco, d.pcmh",
        ([row["id"] for row in rows],),
    )
    gone = await cursor.fetchall()
    made = [Event("delivery.superseded", r["id"], now, (r["mco"], r["pcmh"])) for r in gone]
    await events.add(connection, made)
    old = {row["id"] for row in gone}
    return [row for row in rows if row["id"] not in old]


async def lock_heads(connection: Connection, members: Sequence[str]) -> None:
    """Lock the consent heads of members, in order, until the transaction ends."""
    await connection.execute(
        "insert into consent_head select m, 0 from unnest(%s::text[]) m on conflict do nothing",
        (list(members),),
    )
    await connection.execute(
        "select member from consent_head where member = any(%s) order by member for update",
        (list(members),),
    )


async def birth_dates(connection: Connection, members: Sequence[str]) -> dict[str, str]:
    """Return the birth dates the roster has for members."""
    cursor = await connection.execute(
        "select id, birth_date from member where id = any(%s)", (list(members),)
    )
    return {row["id"]: row["birth_date"] for row in await cursor.fetchall()}


async def _releases(connection: Connection, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    cursor = await connection.execute("select * from release where id = any(%s)", (list(ids),))
    return {row["id"]: row for row in await cursor.fetchall()}


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
    await connection.execute(
        "update delivery set state = 'sending', transport = 'sending' where id = any(%s)",
        ([row["id"] for row in rows],),
    )
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
    await events.add(connection, made)


def _sending(row: dict[str, Any], release: dict[str, Any], endpoint: Any) -> Sending:  # noqa: ANN401  # a row's endpoint
    return Sending(
        id=row["id"],
        plan=row["plan"],
        release=row["release"],
        mco=row["mco"],
        pcmh=row["pcmh"],
        endpoint=endpoint,
        digest=release["digest"],
        media_type=release["media_type"],
        file_name=release["file_name"],
        fence=row["fence"],
        attempts=row["attempts"],
    )


async def record(connection: Connection, sent: Sequence[SendOutcome], clock: float) -> None:
    """Write outcomes of attempts; `clock`: seconds until a sent delivery is overdue."""
    if not sent:
        return
    columns: tuple[list[Any], ...] = (
        [s.id for s in sent],
        [s.fence for s in sent],
        [s.state for s in sent],
        [s.transport for s in sent],
        [s.code for s in sent],
        [s.owner for s in sent],
        [-1.0 if s.retry_in is None else s.retry_in for s in sent],
        [clock] * len(sent),
    )
    cursor = await connection.execute(_RECORD, columns)
    kept = {row["id"] for row in await cursor.fetchall()}
    done = [s for s in sent if s.id in kept]
    await connection.execute(
        "insert into attempt (delivery, number, at, outcome, code) select d, n, now(), o, c"
        " from unnest(%s::text[], %s::int[], %s::text[], %s::text[]) as x(d, n, o, c)"
        " on conflict do nothing",
        (
            [s.id for s in done],
            [s.attempt for s in done],
            [s.transport for s in done],
            [s.code for s in done],
        ),
    )
    await events.add(connection, [event for s in done for event in s.events])
