"""Reads a stored submission again from its original bytes, by the adapters bound today.

A person asks for it, after a profile was activated. Plans that say the same as before make no new
version and no delivery; others become the next version of their chain and walk the line. A document
that a newer one has overtaken is left alone, and so is one that can't be read any more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hub.audit import Event
from hub.canonical import Document, wire
from hub.errors import Refused
from hub.normalize import PLANS_PER_SUBMISSION, member_keys, plans_of
from hub.pipeline import following
from hub.pipeline.batches import begun, kept, readers_of
from hub.pipeline.steps import walk_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.canonical import Plan
    from hub.pipeline.engine import Engine
    from hub.stored import Draft, KeptPlan, Rereads, StoredReading, SubmissionOutcome


async def renormalise(
    engine: Engine, rereads: Rereads, submission: str, actor: str
) -> Counter[str]:
    """Return how many plans are `new`, `unchanged`, `overtaken`, or that it is `unreadable` now.

    A submission that waits, is quarantined or a duplicate is counted by its state and left alone.
    """
    found = await rereads.stored(submission)
    if found.state != "read":
        return Counter({found.state: 1})
    outcome, drafts = await _read(engine, found)
    if not drafts:
        return Counter({"unreadable": 1})
    on_file = await following.index(engine, drafts)
    drafts = [following.chained(on_file, draft) for draft in drafts]
    before = {one.id: await _plan(engine, one) for one in found.plans if _in_force(one)}
    fresh, counts = _differing(found.plans, before, drafts)
    if not fresh:
        return counts
    gone = _left(found.plans, before, fresh, {draft.chain for draft in drafts})
    walked = await kept(engine, await walk_all(engine, begun(engine, fresh)))
    detail = {"reader": outcome.reader, **counts}
    now = engine.clock.now()
    mco = (found.submission.mco,)
    event = Event("submission.renormalised", submission, now, mco, actor=actor, detail=detail)
    await rereads.finish_again(replace(outcome, events=(event,)), walked, gone)
    return counts


def _in_force(one: KeptPlan) -> bool:
    return one.state not in {"superseded", "recalled"}


async def _read(engine: Engine, found: StoredReading) -> tuple[SubmissionOutcome, list[Draft]]:
    """Return the reading of today, its drafts numbered after all that were made before."""
    one = found.submission
    content = await engine.vault.get(one.digest)
    document = Document(content, one.name, one.media_type, one.digest, one.mco)
    bound = readers_of(one, await engine.line.bound({one.mco}))
    reader, reading = await engine.reader.read(bound, document)
    outcome, drafts = plans_of(one, reader, reading, engine.clock.now())
    end = (one.seq + 1) * PLANS_PER_SUBMISSION
    own = (plan.seq for plan in found.plans if plan.seq < end)  # others took a place further on
    first = max(own, default=one.seq * PLANS_PER_SUBMISSION - 1) + 1
    if first + len(drafts) > end:
        raise Refused("read_too_often", "it was read again too often; have it sent anew")
    return outcome, [replace(draft, seq=first + n) for n, draft in enumerate(drafts)]


async def _plan(engine: Engine, one: KeptPlan) -> Plan:
    return wire.decode_plan(await engine.vault.get(one.digest))


def _differing(
    plans: Sequence[KeptPlan], before: dict[str, Plan], drafts: Sequence[Draft]
) -> tuple[list[Draft], Counter[str]]:
    """Return the drafts that say something new, and how many were what."""
    overtaken = {one.chain for one in plans if one.overtaken}
    said = {one.chain: before[one.id] for one in plans if one.id in before}
    fresh, counts = [], Counter[str]()
    for draft in {draft.chain: draft for draft in drafts}.values():  # the last one of each chain
        old = said.get(draft.chain)
        if old is not None and _bare(old) == _bare(draft.plan):
            counts["unchanged"] += 1
        elif draft.chain in overtaken:
            counts["overtaken"] += 1
        else:
            counts["new"] += 1
            fresh.append(draft)
    return fresh, counts


def _bare(plan: Plan) -> Plan:
    """Return a plan without its places: where something stood is not what it says."""
    return replace(plan, places={})


def _left(
    plans: Sequence[KeptPlan], before: dict[str, Plan], fresh: Sequence[Draft], chains: set[str]
) -> list[KeptPlan]:
    """Return plans of before that today's `chains` lack, where their member has a new plan.

    And doubtful ones of which there is a newer version now: nobody need confirm what was read by
    an older profile. The store leaves those on which a person has begun.
    """
    members = {key for draft in fresh for key in member_keys(draft.plan)}
    newer = {draft.chain for draft in fresh}
    return [
        one
        for one in plans
        if one.id in before
        and (
            (one.chain not in chains and members & set(member_keys(before[one.id])))
            or (one.state == "doubtful" and one.chain in newer)
        )
    ]
