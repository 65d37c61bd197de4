"""Writes where plans stand: versions in order, releases, deliveries, and what they supersede.

Only `hub.store.line` calls `write`, inside its transaction. Chains are locked in order, so two
nodes that hold versions of one plan are ordered; a version that lost the race is walked again, and
an older submission never takes a newer one's place.
"""

from __future__ import annotations

import json
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from hub.audit import Event
from hub.store import facts, naming, sending
from hub.store.arrays import arrays
from hub.stored import Newest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from hub.store.pool import Connection
    from hub.stored import PlanOutcome

_NONE = Newest()
_NEVER = -1.0
"""No next step; the database has no work then. Lists of nothing but None are slow to send."""

_INSERT = """
insert into plan (id, seq, submission, mco, kind, chain, version, member, state, reason, digest,
  size, findings, pcmh, contact, made_at, due, meaning, same_as)
select i, q, s, m, k, c, v, nullif(e, ''), t, r::jsonb, d, z, f::jsonb, nullif(p, ''),
  nullif(o, ''), now(), case when w >= 0 then now() + make_interval(secs => w) end,
  nullif(g, ''), nullif(b, '')
from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[],
  %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
  %s::float[], %s::text[], %s::text[]) as x(i, q, s, m, k, c, v, e, t, r, d, z, f, p, o, w, g, b)
"""

_UPDATE = """
update plan p set state = x.t, member = coalesce(nullif(x.e, ''), p.member),
  reason = x.r::jsonb, pcmh = nullif(x.h, ''), contact = nullif(x.o, ''),
  due = case when x.w >= 0 then now() + make_interval(secs => x.w) end, lease_until = null,
  meaning = coalesce(nullif(x.g, ''), p.meaning), same_as = nullif(x.b, '')
from unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::float[], %s::text[], %s::text[]) as x(i, f, t, e, r, h, o, w, g, b)
where p.id = x.i and p.fence = x.f and p.state not in ('superseded', 'recalled') returning p.id
"""

_RELEASE = """
insert into release (id, plan, mco, pcmh, contact, member, at, decision, withheld, notices,
  plan_digest, digest, size, media_type, file_name, format, meaning, words)
select i, l, m, p, c, e, now(), d::jsonb, w, array(select jsonb_array_elements_text(n::jsonb)), b,
  g, z, t, f, o, nullif(y, ''), case when s <> '' then decode(s, 'hex') end
from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::int[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[]) as x(i, l, m, p, c, e, d, w, n, b, g, z, t, f, o, y, s)
"""

_DELIVERY = """
insert into delivery (id, release, plan, mco, pcmh, member, contact, endpoint, channel, state,
  made_at, due, risk, asks, ask_due, after_version)
select i, r, l, m, p, e, c, n, h, 'queued', now(), now(), k, a, nullif(y, '')::date, nullif(v, 0)
from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
  %s::text[], %s::text[], %s::smallint[], %s::int[], %s::text[], %s::int[])
  as x(i, r, l, m, p, e, c, n, h, k, a, y, v)
"""

_OVERTAKEN = """
update plan p set state = 'routed', due = now()
from consent_head h, unnest(%s::text[], %s::bigint[]) as x(id, head)
where p.id = x.id and p.state = 'held' and h.member = p.member and h.version <> x.head
"""
# consents changed while the plan was being walked: it is decided again at once

_SUPERSEDE = """
with old as (
  select p.id from plan p join unnest(%s::text[], %s::bigint[], %s::text[])
    as x(chain, seq, stands) on p.chain = x.chain and p.seq < x.seq and p.id <> x.stands
  where p.state not in ('unchanged', 'superseded', 'recalled')),
held as (
  select d.id from delivery d where d.plan in (select id from old) order by d.id
  for no key update),
gone as (
  update delivery d set state = 'superseded', due = null, lease_until = null, fence = fence + 1
  from held where d.id = held.id and d.state in ('queued', 'undeliverable')
  returning d.id, d.mco, d.pcmh),
done as (
  update plan p set state = 'superseded', due = null, lease_until = null, fence = fence + 1
  from old where p.id = old.id returning p.id, p.mco)
select 'delivery' as noun, id, mco, pcmh from gone
union all select 'plan', id, mco, null from done
"""


async def write(
    connection: Connection,
    fresh: Sequence[PlanOutcome],
    again: Sequence[PlanOutcome],
    words: Mapping[str, bytes] | None = None,
) -> list[Event]:
    """Write new plans (`fresh`) and plans walked again (`again`); return the events that hold.

    `words` are those of `worded`; a worklist reads from the vault what has none.
    """
    if not fresh and not again:
        return []
    chains = {p.draft.chain for p in (*fresh, *again)}
    await naming.lock(connection, (*fresh, *again))
    await lock_chains(connection, chains | naming.sets((*fresh, *again)))
    held = await facts.versions(connection, chains)
    again = await naming.outranking(connection, again, held)
    again = await naming.adopt(connection, again, held)
    fresh = await naming.timely(connection, fresh)
    fresh = await naming.outranking(connection, fresh, held)
    there = await _there(connection, (*fresh, *again))
    settled = _settled([_true(p, held, there) for p in fresh], held)
    await _insert(connection, settled)
    kept = [p for p, _ in settled]
    await naming.keep(connection, kept)
    walked = [_true(p, held, there) for p in again]
    kept += await _update(connection, [_fit(p, p.draft.version, held) for p in walked])
    await _release(connection, [p for p in kept if p.release], words or {})
    made = [event for p in kept for event in p.events]
    newest = _newest(kept, held)
    made += await _supersede(connection, newest)
    late = await naming.gone_out(connection, _unsent(kept, newest))
    made = [one for one in made if one.noun not in late or one.kind != "plan.superseded"]
    await naming.wake(connection, kept)
    waiting = [p for p in kept if p.state == "held" and p.member]
    if waiting:  # last: everybody takes rows first and heads last
        await sending.lock_heads(connection, sorted({p.member for p in waiting if p.member}))
        await connection.execute(_OVERTAKEN, arrays([(p.draft.id, p.head) for p in waiting]))
    return made


async def _there(connection: Connection, plans: Iterable[PlanOutcome]) -> frozenset[str]:
    """Return the plans, of those that others say the same as, that stay released meanwhile."""
    wanted = sorted({p.same_as for p in plans if p.same_as})
    if not wanted:
        return frozenset()
    cursor = await connection.execute(
        "select id from plan where id = any(%s) and state = 'released' order by id"
        " for no key update",
        (wanted,),
    )
    return frozenset(row["id"] for row in await cursor.fetchall())


def _true(outcome: PlanOutcome, held: dict[str, Newest], there: frozenset[str]) -> PlanOutcome:
    """Walk a plan again that says nothing new to a version that was replaced meanwhile."""
    stands = held.get(outcome.draft.chain, _NONE).stands
    if not outcome.same_as or (outcome.same_as in there and outcome.same_as == stands):
        return outcome
    events = tuple(e for e in outcome.events if e.kind != "plan.unchanged")
    return replace(outcome, state="routed", same_as="", reason={}, retry_in=0.0, events=events)


def _newest(kept: Sequence[PlanOutcome], held: dict[str, Newest]) -> dict[str, tuple[int, str]]:
    """Return each chain's newest seq and what stands; a plan that can't be sent replaces none."""
    newest: dict[str, tuple[int, str]] = {}
    for p in kept:
        if p.state not in {"unmatched", "unroutable", "doubtful"}:
            chain = p.draft.chain
            before = newest.get(chain, held.get(chain, _NONE)[1:])
            mine = (p.draft.seq, p.same_as or p.draft.id)
            newest[chain] = max(mine, before, key=itemgetter(0))
    return newest


def _unsent(kept: Sequence[PlanOutcome], newest: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """Return by chain the cancels that end it, since nobody was sent what they cancel."""
    ends = {p.draft.chain: p.draft.id for p in kept if "withdrawn" in p.reason}
    return {chain: plan for chain, plan in ends.items() if newest.get(chain, (0, ""))[1] == plan}


def _fit(outcome: PlanOutcome, version: int, held: dict[str, Newest]) -> PlanOutcome:
    """Take the release from a plan that lost a race: an older one, or one under a wrong number.

    Its bytes name the version they were rendered for, so it is walked again instead.
    """
    newest = held.get(outcome.draft.chain, _NONE)
    late = outcome.draft.seq < newest.seq and outcome.draft.id != newest.stands
    if outcome.release is None or (version == outcome.draft.version and not late):
        return outcome
    events = tuple(e for e in outcome.events if e.kind not in {"plan.released", "delivery.queued"})
    return replace(
        outcome, state="routed", release=None, delivery=None, retry_in=0.0, events=events
    )


async def lock_chains(connection: Connection, chains: Iterable[str]) -> None:
    """Let nobody else give these chains, or sets, a version until the transaction ends."""
    await connection.execute(
        "select pg_advisory_xact_lock(h) from"
        " (select distinct hashtextextended(c, 7) as h from unnest(%s::text[]) c order by 1) x",
        (list(chains),),
    )


def _settled(
    fresh: Sequence[PlanOutcome], held: dict[str, Newest]
) -> list[tuple[PlanOutcome, int]]:
    """Give each new plan its version; the numbers of a chain rise in the order of acceptance."""
    numbers = {chain: newest.version for chain, newest in held.items()}
    settled = []
    for outcome in sorted(fresh, key=lambda p: p.draft.seq):
        version = numbers.get(outcome.draft.chain, 0) + 1
        numbers[outcome.draft.chain] = version
        settled.append((_fit(outcome, version, held), version))
    return settled


async def _insert(connection: Connection, settled: list[tuple[PlanOutcome, int]]) -> None:
    if not settled:
        return
    rows = [
        (
            p.draft.id,
            p.draft.seq,
            p.draft.submission,
            p.draft.mco,
            p.draft.plan.header.kind,
            p.draft.chain,
            version,
            p.member or "",
            p.state,
            json.dumps(p.reason),
            p.draft.digest,
            p.draft.size,
            msgspec.json.encode(p.draft.findings).decode(),
            p.pcmh or "",
            p.contact or "",
            _NEVER if p.retry_in is None else p.retry_in,
            p.draft.meaning,
            p.same_as,
        )
        for p, version in settled
    ]
    await connection.execute(_INSERT, arrays(rows))


async def _update(connection: Connection, again: Sequence[PlanOutcome]) -> list[PlanOutcome]:
    if not again:
        return []
    rows = [
        (
            p.draft.id,
            p.draft.fence,
            p.state,
            p.member or "",
            json.dumps(p.reason),
            p.pcmh or "",
            p.contact or "",
            _NEVER if p.retry_in is None else p.retry_in,
            p.draft.meaning,
            p.same_as,
        )
        for p in again
    ]
    cursor = await connection.execute(_UPDATE, arrays(rows))
    kept = {row["id"] for row in await cursor.fetchall()}
    return [p for p in again if p.draft.id in kept]


async def _release(
    connection: Connection,
    released: Sequence[PlanOutcome],
    words: Mapping[str, bytes],
) -> None:
    rows, sends = [], []
    for p in released:
        r, d = p.release, p.delivery
        if r is None or d is None:
            continue
        who = (p.draft.id, p.draft.mco, r.pcmh)
        cleared = (r.contact, r.member, json.dumps(r.decision), r.withheld, json.dumps(r.notices))
        rendered = (r.plan_digest, r.digest, r.size, r.media_type, r.file_name, r.format)
        sealed = words.get(r.id, b"").hex()
        rows.append((r.id, *who, *cleared, *rendered, r.meaning, sealed))
        day = d.brief.day.isoformat() if d.brief.day else ""
        ranked = (d.brief.risk, d.brief.asks, day, d.after or 0)
        sends.append((d.id, r.id, *who, r.member, r.contact, d.endpoint, d.channel, *ranked))
    if rows:
        await connection.execute(_RELEASE, arrays(rows))
        await connection.execute(_DELIVERY, arrays(sends))


def worded(plans: Sequence[PlanOutcome], seal: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Return the sealed words of a worklist by release, of those that ask for something.

    Sealing may ask a key service: call it before the transaction, beside the loop.
    """
    asking = [(p.release.id, p.delivery.brief) for p in plans if p.release and p.delivery]
    return {
        release: seal(msgspec.json.encode([one.text, one.due]))
        for release, one in asking
        if one.asks
    }


async def _supersede(connection: Connection, newest: dict[str, tuple[int, str]]) -> list[Event]:
    if not newest:
        return []
    chains = arrays([(chain, *of) for chain, of in newest.items()])
    cursor = await connection.execute(_SUPERSEDE, chains)
    rows = await cursor.fetchall()
    if not rows:
        return []
    clock = await connection.execute("select now() as now")
    at = (await clock.fetchall())[0]["now"]
    return [
        Event(
            kind=f"{row['noun']}.superseded",
            noun=row["id"],
            at=at,
            organisations=tuple(o for o in (row["mco"], row["pcmh"]) if o),
        )
        for row in rows
    ]
