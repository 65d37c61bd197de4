"""The names of plans' documents as rows: who is called so, kept with the plan, and who waited.

`hub.store.line` and `hub.store.outcomes` call it inside their transactions. Rows hold digests; a
plan's chain is always the one in its own row. Nothing here decides: `hub.pipeline.following` does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from hub import succession
from hub.audit import Event
from hub.store.arrays import arrays
from hub.stored import Documents, Newest, PlanOutcome, Standing
from hub.succession import Known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from hub.store.pool import Connection

_NONE = Newest()
_ASK = """
select n.mco, n.name, n.role, n.number,
  p.id as plan, p.chain, p.seq, coalesce(p.member, '') as member,
  p.member is not null and p.state not in ('unmatched', 'doubtful') as usable
from unnest(%s::text[], %s::text[]) as x(m, n) join document_name n on n.mco = x.m and n.name = x.n
  join plan p on p.id = n.plan where not p.reason ? 'overtaken'
"""
_HAD = """
select distinct on (p.chain) p.chain, p.id as plan, p.version, r.id as release,
  coalesce(p.meaning, '') as meaning, coalesce(r.meaning, '') as told,
  r.notices, d.pcmh, d.contact, d.endpoint, r.format, d.state
from plan p join delivery d on d.plan = p.id join release r on r.id = d.release
where p.chain = any(%s) and (d.sent_at is not null or d.shown_at is not null
  or d.acknowledged_at is not null or d.state in ('queued', 'sending')
  or exists (select from attempt a where a.delivery = d.id))
order by p.chain, p.seq desc, d.seq desc
"""
# what was tried in vain may have arrived, and what was shown or taken did, whatever the wire said
_HIGHER = """
select distinct x.p as plan from unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
  as x(p, m, n, v, e)
  join document_name o on o.mco = x.m and o.name = x.n and o.role = 'set' and o.number > x.v
  join plan q on q.id = o.plan and q.id <> x.p and q.member = x.e and not q.reason ? 'overtaken'
"""
_LOWER = """
select distinct x.p as plan
from unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::bigint[])
  as x(p, m, n, v, e, c, s)
  join document_name o on o.mco = x.m and o.name = x.n and o.role = 'set' and o.number < x.v
  join plan q on q.id = o.plan and q.id <> x.p and q.member = x.e and q.chain = x.c and q.seq = x.s
"""
_OWN = """
select distinct x.p as plan from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
  as x(p, b, c, s) join plan q on q.submission = x.b and q.chain = x.c and q.seq = x.s
"""
_AGAIN = """
update plan set state = 'routed', reason = '{}', due = now() where id = any(%s)
"""
_KEEP = """
insert into document_name (plan, mco, name, role, number)
select p, m, n, r, nullif(v, -1)
from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[]) as x(p, m, n, r, v)
on conflict do nothing
"""
_WAKE = """
update plan p set due = now() where p.state = 'unmatched' and p.reason ? 'follows'
and p.lease_until is null and p.id in (
  select n.plan from document_name n join unnest(%s::text[], %s::text[]) as x(m, d)
    on n.mco = x.m and n.name = x.d where n.role in ('about', 'maybe', 'same'))
"""
_LOCK = """
select case when x.waits then pg_advisory_xact_lock(x.h) else pg_advisory_xact_lock_shared(x.h) end
from (select hashtextextended(m, 11) as h, w as waits
  from unnest(%s::text[], %s::bool[]) as g(m, w) order by 1) x
"""
_CAME = """
update plan p set due = now() from unnest(%s::text[], %s::int[]) as x(id, seen)
where p.id = x.id and p.state = 'unmatched' and p.reason ? 'follows' and x.seen < (
  select count(distinct q.id) from document_name a
    join document_name o on o.mco = a.mco and o.name = a.name join plan q on q.id = o.plan
  where a.plan = p.id and a.role in ('about', 'maybe', 'same') and o.role in ('own', 'any')
    and q.id <> p.id and q.member is not null and q.state not in ('unmatched', 'doubtful'))
"""
_FREE = """
select greatest(max(seq) + 1, %(base)s + 50000) as seq from plan
where seq >= %(base)s and seq < %(base)s + 100000
"""
# above what the same submission's plans take when it is read again: those stay older
_ADOPT = """
update plan set chain = %s, version = %s, seq = %s where id = %s and fence = %s returning id
"""
PLANS = 100_000
"""Places for plans in the order of acceptance that each submission has."""
_WAITING = frozenset({"unmatched", "doubtful"})


async def ask(
    connection: Connection, names: Collection[tuple[str, str]], withdrawn: Collection[str]
) -> Documents:
    """Return which plans on file use each of the names, and what practices had of chains."""
    known: dict[tuple[str, str, str], list[Known]] = defaultdict(list)
    if names:
        cursor = await connection.execute(_ASK, arrays(names))
        for row in sorted(await cursor.fetchall(), key=lambda row: -row["seq"]):
            where = (row["mco"], row["name"], row["role"])
            one = (row["plan"], row["chain"], row["seq"], row["member"])
            known[where].append(Known(*one, row["usable"], row["number"]))
    return Documents(
        {where: tuple(found) for where, found in known.items()}, await _had(connection, withdrawn)
    )


async def _had(connection: Connection, chains: Collection[str]) -> dict[str, Standing]:
    if not chains:
        return {}
    cursor = await connection.execute(_HAD, (list(chains),))
    return {
        row.pop("chain"): Standing(**{**row, "notices": tuple(row["notices"])})
        for row in await cursor.fetchall()
    }


async def timely(connection: Connection, fresh: Sequence[PlanOutcome]) -> list[PlanOutcome]:
    """Let a new plan wait for a person where a higher version of its set came as it was walked."""
    rows = [
        (p.draft.id, p.draft.mco, one.name, one.number, p.member)
        for p in fresh
        if p.draft.plan.header.set_id and p.member
        if p.state not in _WAITING and "overtaken" not in p.reason
        for one in succession.names(p.draft.plan)
        if one.role == "set"
    ]
    if not rows:
        return list(fresh)
    cursor = await connection.execute(_HIGHER, arrays(rows))
    late = {row["plan"] for row in await cursor.fetchall()}
    return [_older(p) if p.draft.id in late else p for p in fresh]


async def outranking(
    connection: Connection, plans: Sequence[PlanOutcome], held: Mapping[str, Newest]
) -> list[PlanOutcome]:
    """Give a plan its place after a lower version of its set that was kept first, out of turn.

    And a new reading of a document after the reading before it, wherever that one's place is.

    Called under the locks of their chains. Else what was accepted later would stand, though its
    own number says that it is the older one. A plan that was kept before is marked for `adopt`.
    """
    rows = [
        (p.draft.id, p.draft.mco, one.name, one.number, p.member, p.draft.chain, newest.seq)
        for p in plans
        if p.member and p.state not in _WAITING and "overtaken" not in p.reason
        if (newest := held.get(p.draft.chain, _NONE)).seq > p.draft.seq
        for one in succession.names(p.draft.plan)
        if one.role == "set"
    ]
    again = [
        (p.draft.id, p.draft.submission, p.draft.chain, newest.seq)
        for p in plans
        if p.draft.fence is None and "overtaken" not in p.reason
        if (newest := held.get(p.draft.chain, _NONE)).seq > p.draft.seq
    ]
    higher = set()
    for query, given in ((_LOWER, rows), (_OWN, again)):
        cursor = await connection.execute(query, arrays(given)) if given else None
        higher |= {row["plan"] for row in await cursor.fetchall()} if cursor else set()
    return [
        await _placed(connection, p, held[p.draft.chain].seq) if p.draft.id in higher else p
        for p in plans
    ]


async def _placed(connection: Connection, outcome: PlanOutcome, newest: int) -> PlanOutcome:
    draft = outcome.draft
    if draft.fence is not None:
        return replace(outcome, draft=replace(draft, adopted=True))
    seq = await _after(connection, draft.seq, newest)
    return replace(outcome, draft=replace(draft, seq=seq))


def _older(outcome: PlanOutcome) -> PlanOutcome:
    """Take back all that was decided of a plan but that it was read, as the line itself would."""
    reason = {"evidence": [], "conflicts": ["older_version"], "follows": True}
    read = tuple(e for e in outcome.events if e.kind == "plan.read")
    at = outcome.events[0].at
    told = Event("plan.unmatched", outcome.draft.id, at, (outcome.draft.mco,), detail=reason)
    return PlanOutcome(
        outcome.draft, "unmatched", reason=reason, events=(*read, told), retry_in=0.0
    )


async def gone_out(connection: Connection, unsent: Mapping[str, str]) -> frozenset[str]:
    """Walk cancels again, by chain, whose plan went out while they were decided; return them.

    Called once what was still queued has been stopped: what is left is or may be with a practice.
    """
    late = [unsent[chain] for chain in await _had(connection, unsent)]
    if late:
        await connection.execute(_AGAIN, (late,))
    return frozenset(late)


async def adopt(
    connection: Connection, again: Sequence[PlanOutcome], held: dict[str, Newest]
) -> list[PlanOutcome]:
    """Give plans the chain they found, and a place in it after all that it holds.

    A release under a version that another plan took meanwhile is taken back: it is walked again.
    """
    done = []
    for p in sorted(again, key=lambda p: p.draft.seq):
        if not p.draft.adopted:
            done.append(p)
            continue
        newest = held.get(p.draft.chain, _NONE)
        version, seq = newest.version + 1, await _after(connection, p.draft.seq, newest.seq)
        given = (p.draft.chain, version, seq, p.draft.id, p.draft.fence)
        cursor = await connection.execute(_ADOPT, given)
        if await cursor.fetchone() is None:
            continue
        held[p.draft.chain] = Newest(version, seq, p.draft.id)
        one = replace(p, draft=replace(p.draft, seq=seq))
        done.append(one if version == p.draft.version else _taken_back(one, version))
    return done


async def _after(connection: Connection, mine: int, newest: int) -> int:
    """Return a place in the order of acceptance after the newest of a chain, where mine is not."""
    if mine > newest:
        return mine
    cursor = await connection.execute(_FREE, {"base": newest // PLANS * PLANS})
    (row,) = await cursor.fetchall()
    return int(row["seq"])


def _taken_back(outcome: PlanOutcome, version: int) -> PlanOutcome:
    draft = replace(outcome.draft, version=version)
    if outcome.release is None:
        return replace(outcome, draft=draft)
    events = tuple(e for e in outcome.events if e.kind not in {"plan.released", "delivery.queued"})
    return replace(
        outcome,
        draft=draft,
        state="routed",
        release=None,
        delivery=None,
        retry_in=0.0,
        events=events,
    )


async def keep(connection: Connection, fresh: Sequence[PlanOutcome]) -> None:
    """Keep the names of new plans; one that came too late leaves its names to who came before."""
    rows = [
        (p.draft.id, p.draft.mco, one.name, one.role, -1 if one.number is None else one.number)
        for p in fresh
        if "overtaken" not in p.reason
        for one in succession.names(p.draft.plan)
    ]
    if rows:
        await connection.execute(_KEEP, arrays(rows))


async def lock(connection: Connection, plans: Iterable[PlanOutcome]) -> None:
    """Let a sender's plans that begin to wait, and documents they may wait for, be kept in turn.

    Else neither would see the other. Documents are kept beside each other; this lock comes before
    those of chains.
    """
    waits: dict[str, bool] = {}
    for p in plans:
        if "follows" in p.reason or p.draft.plan.header.source_ids:
            waits[p.draft.mco] = waits.get(p.draft.mco, False) or "follows" in p.reason
    if waits:
        await connection.execute(_LOCK, (list(waits), list(waits.values())))


def sets(plans: Iterable[PlanOutcome]) -> set[str]:
    """Return what to lock with the chains: the sets of the plans, whatever chain each went to."""
    return {
        f"{p.draft.mco} {one.name}"
        for p in plans
        for one in succession.names(p.draft.plan)
        if one.role == "set"
    }


async def wake(connection: Connection, kept: Sequence[PlanOutcome]) -> None:
    """Let plans that waited for one of these documents look again at once."""
    pairs = {
        (p.draft.mco, one.name)
        for p in kept
        if p.state not in _WAITING and p.member
        for one in succession.names(p.draft.plan)
        if one.role in {"own", "any"}
    }
    if pairs:
        await connection.execute(_WAKE, arrays(pairs))
    waiting = [(p.draft.id, p.seen) for p in kept if "follows" in p.reason]
    if waiting:  # what they wait for may have come while they were walked
        await connection.execute(_CAME, arrays(waiting))
