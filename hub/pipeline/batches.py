"""One batch of each kind of work: claimed under leases, done, committed under its fences.

`running` calls these again and again, tests call them once. A crash before the commit leaves the
lease to run out and another node to do it again. One document, plan or delivery that fails is never
its neighbours' trouble.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from hub.audit import Event
from hub.canonical import Document, Finding, Plan, Reading, wire
from hub.delivery import failed, send_once
from hub.errors import HubError, Trouble
from hub.normalize import MAX_ATTEMPTS, plans_of
from hub.pipeline.engine import Walk, named
from hub.pipeline.steps import lost, still_routed, walk_all
from hub.ports import Binding
from hub.release import permitted
from hub.stored import Draft, PlanOutcome, SendOutcome, SubmissionOutcome

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from hub.pipeline.engine import Engine
    from hub.stored import ClaimedPlan, ClaimedSubmission, Due, Sending

log = structlog.get_logger()

BATCH = 64
RENEW_SECONDS = 20.0
PHONE = (Binding("adapters.formats.phone:ADAPTER"),)
"""Reads what the console's phone form made, whoever's plan it is, and nothing that came by file."""


async def read_batch(engine: Engine, limit: int = BATCH) -> int:
    """Claim submissions, read them, walk their plans, commit; return how many were claimed."""
    claimed = await engine.line.claim_submissions(limit)
    if not claimed:
        return 0
    async with _renewed(engine, claimed):
        bound = await engine.line.bound({one.mco for one in claimed})
        try:
            await _read_all(engine, claimed, bound)
        except Trouble:
            raise
        except Exception as error:  # noqa: BLE001  # something in it can't be kept: one at a time
            log.warning("batch.taken_apart", error=named(error), submissions=len(claimed))
            for one in claimed:
                await _read_alone(engine, one, bound)
    return len(claimed)


async def _read_alone(
    engine: Engine, one: ClaimedSubmission, bound: Mapping[str, tuple[Binding, ...]]
) -> None:
    """Read one submission; if what was read can't be kept, it is quarantined and a person's."""
    try:
        await _read_all(engine, [one], bound)
    except Trouble:
        raise
    except Exception as error:  # noqa: BLE001  # its own failure, told by name
        log.warning("submission.not_kept", submission=one.id, error=named(error))
        words = "what was read of it can't be kept; ask integration staff"
        finding = Finding("error", f"not_kept_{type(error).__name__}", words)
        outcome, _ = plans_of(one, "", Reading(findings=(finding,)), engine.clock.now())
        await engine.line.finish([outcome], [])


async def _read_all(
    engine: Engine,
    claimed: Sequence[ClaimedSubmission],
    bound: Mapping[str, tuple[Binding, ...]],
) -> None:
    done: list[SubmissionOutcome] = []
    drafts: list[Draft] = []
    readings = await asyncio.gather(
        *(_read(engine, one, readers_of(one, bound)) for one in claimed)
    )
    for one, read in zip(claimed, readings, strict=True):
        if read is None:
            continue  # the vault was out of reach: the lease runs out and it is tried again
        outcome, made = plans_of(one, *read, engine.clock.now())
        done.append(outcome)
        drafts.extend(made)
    walks = begun(engine, drafts)
    walked = await walk_all(engine, walks) if walks else []
    await engine.line.finish(done, await kept(engine, walked))


def readers_of(
    one: ClaimedSubmission, bound: Mapping[str, tuple[Binding, ...]]
) -> Sequence[Binding]:
    """Return the adapters that read a submission: the sender's own, or the phone form's."""
    return PHONE if one.channel == "phone" else bound[one.mco]


@asynccontextmanager
async def _renewed(engine: Engine, claimed: Sequence[ClaimedSubmission]) -> AsyncIterator[None]:
    """Hold on to the leases for as long as the batch takes."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await engine.line.renew(claimed)
            except Trouble as trouble:
                log.warning("lease.not_renewed", code=trouble.code)

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()


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


def begun(engine: Engine, drafts: Sequence[Draft]) -> list[Walk]:
    """Return each draft at the start of its way, with the event that it was read."""
    return [Walk(PlanOutcome(draft, "read", events=(_made(draft, engine),))) for draft in drafts]


def _made(draft: Draft, engine: Engine) -> Event:
    detail = {"submission": draft.submission, "findings": len(draft.findings)}
    return Event("plan.read", draft.id, engine.clock.now(), (draft.mco,), detail=detail)


async def walk_batch(engine: Engine, limit: int = BATCH) -> int:
    """Claim plans with steps left (resolved, consented, re-routed) and walk on; return how many."""
    claimed = await engine.line.claim_plans(limit)
    found = [await _resumed(engine, one) for one in claimed]
    done = [one for one in found if isinstance(one, PlanOutcome)]
    walks = [one for one in found if isinstance(one, Walk)]
    if walks:
        done += await kept(engine, await walk_all(engine, walks))
    if done:
        await engine.line.finish([], done)
    return len(claimed)


async def _resumed(engine: Engine, claimed: ClaimedPlan) -> Walk | PlanOutcome | None:
    """Return the plan to walk on, or where it stands when its content is lost, or None: later."""
    draft = Draft(
        id=claimed.id,
        seq=claimed.seq,
        submission=claimed.submission,
        mco=claimed.mco,
        chain=claimed.chain,
        version=claimed.version,
        plan=Plan(),
        digest=claimed.digest,
        fence=claimed.fence,
    )
    try:
        plan = wire.decode_plan(await engine.vault.get(claimed.digest))
    except HubError as error:
        log.warning("plan.unfetched", plan=claimed.id, error=type(error).__name__)
        if isinstance(error, Trouble) and error.kind == "transient":
            return None
        return lost(engine, draft, claimed, error)
    whole = replace(draft, plan=plan)
    return Walk(PlanOutcome(whole, claimed.state, member=claimed.member, reason=claimed.reason))


async def kept(engine: Engine, walked: Sequence[Walk]) -> list[PlanOutcome]:
    """Make every plan's bytes durable with one wait, then return the outcomes that name them."""
    fresh = [w for w in walked if w.outcome.draft.fence is None]
    plans = [wire.encode(w.outcome.draft.plan) for w in fresh]
    others = [content for w in walked for content in w.keep]
    if not plans and not others:
        return [walk.outcome for walk in walked]
    stored = await engine.vault.put_many([*plans, *others])
    durable = {s.digest: c for s, c in zip(stored[len(plans) :], others, strict=True)}
    for walk in walked:
        digest = walk.outcome.release.digest if walk.outcome.release else ""
        if digest in durable:
            engine.fresh.keep(digest, durable[digest])
    where = {w.outcome.draft.id: s for w, s in zip(fresh, stored, strict=False)}
    return [walk.stored_at(where.get(walk.outcome.draft.id)) for walk in walked]


async def deliver_batch(
    engine: Engine, limit: int = BATCH, full: Callable[[], None] | None = None
) -> int:
    """Ask consent again for due deliveries, send what may go, record it; return how many.

    What came back is recorded at once; a receiver that takes its time keeps nobody waiting. `full`
    is called before anything is sent where the batch is full: there may be more to take.
    """
    engine.fresh.sweep()
    now = engine.clock.now()
    sendings = await engine.line.begin_sending(limit, _may_go(engine), now, engine.turns)
    for one in sendings:
        engine.turns.begins(one)
    if full is not None and len(sendings) == limit:
        full()
    waiting = {asyncio.create_task(_turn(engine, one)) for one in sendings}
    while waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if waiting:  # those that answered together are recorded together
            more, waiting = await asyncio.wait(waiting, timeout=0.005)
            done |= more
        await engine.line.record([task.result() for task in done])
    return len(sendings)


def _may_go(engine: Engine) -> Callable[[Due], str | None]:
    """Return the question at the moment of sending: the right place still, and permitted."""
    consent = permitted(engine.clock.now, engine.policy)

    def ask(due: Due) -> str | None:
        way = (due.pcmh, due.contact, due.endpoint)
        if not still_routed(due.facts, due.member, way, engine):
            return "route_changed"
        return consent(due)

    return ask


async def _turn(engine: Engine, sending: Sending) -> SendOutcome:
    """Make one attempt and give its place back."""
    outcome = None
    try:
        outcome = await send(engine, sending)
        return outcome
    finally:
        engine.turns.ends(sending, outcome)


async def send(engine: Engine, sending: Sending) -> SendOutcome:
    """Make one attempt; a fault of ours counts like any other and ends at a person."""
    tools = (engine.channels, engine.released, engine.clock, engine.retry, engine.public_url)
    try:
        return await send_once(sending, *tools)
    except Exception as error:  # noqa: BLE001  # one delivery's failure is never its neighbours'
        log.warning("delivery.failed", delivery=sending.id, error=named(error))
        ours = Trouble("transient", f"hub:{type(error).__name__}", "the hub itself failed")
        return failed(sending, ours, engine.clock, engine.retry)
