"""The line as data, and the worker that walks it: read → match → route → release, then deliver.

A worker claims a batch, gathers its facts, walks each plan as far as it can go, and commits
outputs, events and next work together; a crash before the commit leaves the lease to run out and
another node to do it again. Steps never call each other: this is the one place that knows their
order. Nothing here parses, decides or renders.
"""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from hub import matching, routing
from hub.audit import Event
from hub.canonical import Document, Finding, Reading, wire
from hub.delivery import Retry, send_once
from hub.errors import Trouble
from hub.lifecycle import follow
from hub.normalize import MAX_ATTEMPTS, member_keys, plans_of
from hub.release import Cleared, permitted, release
from hub.stored import Draft, PlanOutcome, SendOutcome, SubmissionOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.directory import RosterMember, Route
    from hub.ports import Binding, Channel, Clock, Reader, Vault
    from hub.stored import ClaimedPlan, ClaimedSubmission, Facts, Line, Sending

log = structlog.get_logger()

BATCH = 64


@dataclass(frozen=True, slots=True)
class Engine:
    """What the worker walks with; `main.py` knows what is real."""

    line: Line
    vault: Vault
    reader: Reader
    channels: Mapping[str, Channel]
    clock: Clock
    retry: Retry
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """One plan between steps: its outcome so far and the bytes to keep before it is committed."""

    outcome: PlanOutcome
    keep: tuple[bytes, ...] = ()
    roster: RosterMember | None = None
    way: Route | None = None


async def read_batch(engine: Engine, limit: int = BATCH) -> int:
    """Claim submissions, read them, walk their plans, commit; return how many were claimed."""
    claimed = await engine.line.claim_submissions(limit)
    if not claimed:
        return 0
    done: list[SubmissionOutcome] = []
    drafts: list[Draft] = []
    bound = {mco: await engine.line.bindings(mco) for mco in {one.mco for one in claimed}}
    readings = await asyncio.gather(*(_read(engine, one, bound[one.mco]) for one in claimed))
    for one, read in zip(claimed, readings, strict=True):
        if read is None:
            continue  # the vault was out of reach: the lease runs out and it is tried again
        outcome, made = plans_of(one, *read, engine.clock.now())
        done.append(outcome)
        drafts.extend(made)
    walked = await _walk_all(
        engine, [Walk(PlanOutcome(d, "read", events=_made(d, engine))) for d in drafts]
    )
    await engine.line.finish(done, walked)
    return len(claimed)


async def _read(
    engine: Engine, submission: ClaimedSubmission, bound: Sequence[Binding]
) -> tuple[str, Reading] | None:
    """Return (reader, reading), or None when its bytes can't be fetched just now."""
    if submission.attempts > MAX_ATTEMPTS:
        code, words = "reading_kept_failing", "reading it failed again and again; ask integration"
        return "", Reading(findings=(Finding("error", code, words),))
    try:
        content = await engine.vault.get(submission.digest)
    except Trouble as trouble:
        log.warning("submission.unfetched", submission=submission.id, code=trouble.code)
        return None
    document = Document(
        content, submission.name, submission.media_type, submission.digest, submission.mco
    )
    return await engine.reader.read(bound, document)


def _made(draft: Draft, engine: Engine) -> tuple[Event, ...]:
    detail = {"submission": draft.submission, "findings": len(draft.findings)}
    return (Event("plan.read", draft.id, engine.clock.now(), (draft.mco,), detail=detail),)


async def walk_batch(engine: Engine, limit: int = BATCH) -> int:
    """Claim plans with steps left (resolved, consented, re-routed) and walk on; return how many."""
    claimed = await engine.line.claim_plans(limit)
    walks = [walk for walk in [await _resumed(engine, one) for one in claimed] if walk]
    if walks:
        await engine.line.finish([], await _walk_all(engine, walks))
    return len(claimed)


async def _resumed(engine: Engine, claimed: ClaimedPlan) -> Walk | None:
    try:
        plan = wire.decode_plan(await engine.vault.get(claimed.digest))
    except Trouble as trouble:
        log.warning("plan.unfetched", plan=claimed.id, code=trouble.code)
        return None
    draft = Draft(
        id=claimed.id,
        seq=claimed.seq,
        submission=claimed.submission,
        mco=claimed.mco,
        chain=claimed.chain,
        version=claimed.version,
        plan=plan,
        digest=claimed.digest,
        fence=claimed.fence,
    )
    return Walk(PlanOutcome(draft, claimed.state, member=claimed.member))


async def _walk_all(engine: Engine, walks: Sequence[Walk]) -> list[PlanOutcome]:
    """Walk plans through every step that can run, keep their bytes, return their outcomes."""
    if not walks:
        return []
    drafts = [walk.outcome.draft for walk in walks]
    facts = await engine.line.facts(
        keys={(d.mco, key) for d in drafts for key in member_keys(d.plan)},
        members={walk.outcome.member for walk in walks if walk.outcome.member},
        chains={d.chain for d in drafts if d.fence is None},
        mcos={d.mco for d in drafts},
    )
    walked = [_walk(engine, walk, facts) for walk in _numbered(walks, facts)]
    return await _kept(engine, walked)


def _numbered(walks: Sequence[Walk], facts: Facts) -> list[Walk]:
    """Give new plans the version they will have if nobody else is quicker."""
    numbers = {chain: version for chain, (version, _) in facts.versions.items()}
    numbered = []
    for walk in sorted(walks, key=lambda w: w.outcome.draft.seq):
        draft = walk.outcome.draft
        if draft.fence is None:
            numbers[draft.chain] = numbers.get(draft.chain, 0) + 1
            draft = replace(draft, version=numbers[draft.chain])
        numbered.append(replace(walk, outcome=replace(walk.outcome, draft=draft)))
    return numbered


def _walk(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    """Take one plan through the steps that follow its state; a failing step keeps the state."""
    try:
        while (step := STEPS.get(walk.outcome.state)) is not None:
            walk = step(engine, walk, facts)
    except Exception as error:  # noqa: BLE001  # one plan's failure is never its neighbours'
        log.warning("plan.step_failed", plan=walk.outcome.draft.id, error=_named(error))
        failed = replace(walk.outcome, retry_in=60.0, reason={"step_failed": type(error).__name__})
        return replace(walk, outcome=failed)
    return walk


def _named(error: Exception) -> str:
    """Return an error's class and the line of ours it came from; never its message."""
    frames = traceback.extract_tb(error.__traceback__)
    last = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"


def _to(walk: Walk, state: str, now: Event | None, **changes: object) -> PlanOutcome:
    outcome = walk.outcome
    follow("plan", outcome.state, state)
    events = (*outcome.events, now) if now else outcome.events
    return replace(outcome, state=state, events=events, **changes)  # type: ignore[arg-type]  # fields of the outcome


def _event(engine: Engine, walk: Walk, kind: str, **detail: object) -> Event:
    draft = walk.outcome.draft
    return Event(kind, draft.id, engine.clock.now(), (draft.mco,), detail=detail)


def _match(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    draft = walk.outcome.draft
    found = matching.match(draft.plan, member_keys(draft.plan), draft.mco, facts.members)
    seen = {"evidence": list(found.evidence), "conflicts": list(found.conflicts)}
    if found.member is None:
        event = _event(engine, walk, "plan.unmatched", **seen)
        return replace(walk, outcome=_to(walk, "unmatched", event, reason=seen))
    event = _event(engine, walk, "plan.matched", **seen)
    return replace(walk, outcome=_to(walk, "matched", event, member=found.member))


def _route(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    member = walk.outcome.member or ""
    way = routing.route(member, facts, engine.clock.now().date())
    if way.problem:
        event = _event(engine, walk, "plan.unroutable", because=way.problem)
        reason = {"because": way.problem}
        return replace(walk, outcome=_to(walk, "unroutable", event, reason=reason))
    contact = way.contact.id if way.contact else ""
    event = _event(engine, walk, "plan.routed", pcmh=way.pcmh, contact=contact)
    outcome = _to(walk, "routed", event, pcmh=way.pcmh, contact=contact)
    return replace(walk, outcome=outcome, way=way)


def _release(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    if walk.way is None:  # asked again after a wait: the contact is the one of today
        again = replace(walk, outcome=replace(walk.outcome, state="matched"))
        return _route(engine, again, facts)
    member = facts.by_id[walk.outcome.member or ""]
    found = release(walk.outcome.draft, member, walk.way, facts, engine.clock.now())
    if isinstance(found, Cleared):
        events = (*walk.outcome.events, *found.events)
        outcome = replace(
            walk.outcome, events=events, release=found.release, delivery=found.delivery
        )
        cleared = replace(walk, outcome=outcome, keep=(found.plan, found.content))
        return replace(cleared, outcome=_to(cleared, "released", None))
    event = _event(engine, walk, "plan.held", **found.reason)
    return replace(walk, outcome=_to(walk, "held", event, reason=found.reason))


STEPS: dict[str, Callable[[Engine, Walk, Facts], Walk]] = {
    "read": _match,
    "matched": _route,
    "routed": _release,
}
"""The line, in order: the state a plan is in, and the step that takes it on."""


async def _kept(engine: Engine, walked: Sequence[Walk]) -> list[PlanOutcome]:
    """Make every plan's bytes durable with one wait, then return the outcomes that name them."""
    fresh = [w for w in walked if w.outcome.draft.fence is None]
    plans = [wire.encode(w.outcome.draft.plan) for w in fresh]
    others = [content for w in walked for content in w.keep]
    stored = await engine.vault.put_many([*plans, *others])
    where = {w.outcome.draft.id: s for w, s in zip(fresh, stored, strict=False)}
    out = []
    for walk in walked:
        outcome = walk.outcome
        if (kept := where.get(outcome.draft.id)) is not None:
            draft = replace(outcome.draft, digest=kept.digest, size=kept.size)
            outcome = replace(outcome, draft=draft)
        out.append(outcome)
    return out


async def deliver_batch(engine: Engine, limit: int = BATCH) -> int:
    """Ask consent again for due deliveries, send what may go, record it; return how many."""
    sendings = await engine.line.begin_sending(
        limit, permitted(engine.clock.now), engine.clock.now()
    )
    if sendings:
        outcomes = await asyncio.gather(*(_send(engine, one) for one in sendings))
        await engine.line.record(outcomes)
    return len(sendings)


async def _send(engine: Engine, sending: Sending) -> SendOutcome:
    try:
        tools = (engine.channels, engine.vault, engine.clock, engine.retry, engine.public_url)
        return await send_once(sending, *tools)
    except Exception as error:  # noqa: BLE001  # one delivery's failure is never its neighbours'
        log.warning("delivery.failed", delivery=sending.id, error=_named(error))
        return SendOutcome(
            id=sending.id,
            fence=sending.fence,
            attempt=sending.attempts,
            state="queued",
            transport="waiting",
            code=f"hub:{type(error).__name__}",
            retry_in=engine.retry.gap(sending.attempts),
        )


async def run(engine: Engine, wake: asyncio.Event, stop: asyncio.Event) -> None:
    """Walk the line until `stop`: at once when woken, and once a second in any case."""
    while not stop.is_set():
        wake.clear()
        try:
            moved = sum([await step(engine) for step in (read_batch, walk_batch, deliver_batch)])
        except Trouble as trouble:
            log.warning("line.trouble", code=trouble.code)
            moved = 0
        if not moved:
            try:
                await asyncio.wait_for(wake.wait(), timeout=1.0)
            except TimeoutError:
                continue
