"""The line's steps in order, each a function from a plan in one state to the plan in the next.

`batches` calls `walk_all`. A plan that can't go on gets a state somebody owns, and is looked at
again every ten minutes: consents begin, homes begin, rosters come. Nothing is said twice: a plan
that still waits for the same leaves no new event. A step that fails does the same, by name.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from hub import doubting, matching, routing
from hub.audit import Event
from hub.canonical import Finding, meaning_of
from hub.canonical.check import check
from hub.hours import day_of
from hub.lifecycle import follow
from hub.normalize import member_keys
from hub.pipeline import following
from hub.pipeline.engine import named
from hub.release import Cleared, Unchanged, release
from hub.stored import PlanOutcome
from hub.succession import withdraws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.pipeline.engine import Engine, Walk
    from hub.stored import ClaimedPlan, Draft, Facts

log = structlog.get_logger()

LOOK_AGAIN_SECONDS = 600.0


async def walk_all(engine: Engine, walks: Sequence[Walk]) -> list[Walk]:
    """Take plans through every step that can run, with the facts of the whole batch."""
    drafts = [walk.outcome.draft for walk in walks]
    found = await following.index(engine, drafts)
    facts = await engine.line.facts(
        keys={(d.mco, key) for d in drafts for key in member_keys(d.plan)},
        members={walk.outcome.member for walk in walks if walk.outcome.member},
        chains={d.chain for d in drafts} | following.chains_of(found, drafts),
        mcos={d.mco for d in drafts},
    )
    facts = replace(facts, had=found.documents.had)
    numbers = {chain: newest.version for chain, newest in facts.versions.items()}
    walked = []
    for walk in sorted(walks, key=lambda w: w.outcome.draft.seq):
        one = _numbered(following.followed(walk, found, facts), numbers)
        walked.append(_walk(engine, one, facts))
        found.learn(walked[-1])
        await asyncio.sleep(0)  # leases are renewed meanwhile
    return walked


def _numbered(walk: Walk, numbers: dict[str, int]) -> Walk:
    """Give a plan that is new in its chain the version it will have if nobody else is quicker."""
    draft = walk.outcome.draft
    if draft.fence is not None and not draft.adopted:
        return walk
    numbers[draft.chain] = numbers.get(draft.chain, 0) + 1
    draft = replace(draft, version=numbers[draft.chain])
    return replace(walk, outcome=replace(walk.outcome, draft=draft))


def _walk(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    """Take one plan as far as it goes; a failing step leaves it with a person."""
    state = walk.outcome.state
    try:
        while (step := STEPS.get(walk.outcome.state)) is not None:
            state = walk.outcome.state
            walk = step(engine, walk, facts)
            if walk.outcome.state in OFF:
                break
    except Exception as error:  # noqa: BLE001  # one plan's failure is never its neighbours'
        log.warning("plan.step_failed", plan=walk.outcome.draft.id, error=named(error))
        reason = {"step_failed": type(error).__name__}
        return _off(engine, walk, LEFT[state], reason)
    return walk


def _to(walk: Walk, state: str, now: Event | None, **changes: object) -> PlanOutcome:
    outcome = walk.outcome
    follow("plan", outcome.state, state)
    events = (*outcome.events, now) if now else outcome.events
    return replace(outcome, state=state, events=events, **changes)  # type: ignore[arg-type]  # fields of the outcome


def _off(engine: Engine, walk: Walk, state: str, reason: Mapping[str, object]) -> Walk:
    """Leave the line, to be looked at again later; silent when nothing changed since last time."""
    before = walk.before
    same = before is not None and before.state == state and before.reason == reason
    told = (*walk.outcome.events, _event(engine, walk, f"plan.{state}", **reason))
    outcome = replace(
        walk.outcome,
        state=state,
        reason=reason,
        events=() if same else told,
        release=None,
        delivery=None,
        retry_in=LOOK_AGAIN_SECONDS,
    )
    return replace(walk, outcome=outcome, keep=())


def _event(engine: Engine, walk: Walk, kind: str, **detail: object) -> Event:
    draft = walk.outcome.draft
    return Event(kind, draft.id, engine.clock.now(), (draft.mco,), detail=detail)


def _confirm(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    """Let a plan wait for a person while a value that matters is doubtful; mark the others."""
    draft = walk.outcome.draft
    fresh = draft.fence is None
    findings = draft.findings if fresh else check(draft.plan, day_of(engine.clock.now()))
    found = doubting.doubts(draft.plan, findings, engine.confirm_below)
    if fresh and found.marked:
        walk = replace(walk, outcome=replace(walk.outcome, draft=_marked(draft, found.marked)))
    if not found.waiting:
        return _match(engine, walk, facts)
    told = _event(engine, walk, "plan.doubtful", doubts=len(found.waiting))
    outcome = _to(walk, "doubtful", told, reason=doubting.kept(found.waiting), retry_in=None)
    return replace(walk, outcome=outcome, keep=())


def _marked(draft: Draft, count: int) -> Draft:
    words = "values were read with doubt and nobody confirmed them, compare them with the source"
    finding = Finding("warning", "unconfirmed_values", f"{count} {words}")
    plan = doubting.marked(draft.plan, count)
    return replace(draft, plan=plan, findings=(*draft.findings, finding))


def _match(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    draft = walk.outcome.draft
    if walk.barred:
        return _waiting(engine, walk)
    found = matching.match(draft.plan, member_keys(draft.plan), draft.mco, facts.members)
    seen = {"evidence": list(found.evidence), "conflicts": list(found.conflicts)}
    if found.member is None:
        return _off(engine, walk, "unmatched", seen)
    if found.member == walk.outcome.reason.get("not_member"):
        return _off(engine, walk, "unmatched", walk.outcome.reason)
    event = _event(engine, walk, "plan.matched", **seen)
    return replace(walk, outcome=_to(walk, "matched", event, member=found.member))


def _waiting(engine: Engine, walk: Walk) -> Walk:
    """Leave the line because of the document that the plan speaks of; or end, if it came too late.

    A cancel that waits says so: there is nothing in it to send without what it cancels.
    """
    if walk.barred == "overtaken":
        event = _event(engine, walk, "plan.superseded", because="overtaken")
        gone = _to(walk, "superseded", event, reason={"overtaken": True}, retry_in=None)
        return replace(walk, outcome=gone, keep=())
    reason: dict[str, object] = {"evidence": [], "conflicts": [walk.barred], "follows": True}
    if withdraws(walk.outcome.draft.plan):
        reason["withdraws"] = True
    return _off(engine, walk, "unmatched", reason)


def _route(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    if walk.barred:  # the member a person named is not that of the document it speaks of
        return _waiting(engine, walk)
    way = routing.route(walk.outcome.member or "", facts, day_of(engine.clock.now()))
    if way.problem:
        return _off(engine, walk, "unroutable", {"because": way.problem})
    if way.pcmh == walk.outcome.reason.get("not_practice"):
        return _off(engine, walk, "unroutable", walk.outcome.reason)
    contact = way.contact.id if way.contact else ""
    event = _event(engine, walk, "plan.routed", pcmh=way.pcmh, contact=contact)
    outcome = _to(walk, "routed", event, pcmh=way.pcmh, contact=contact)
    return replace(walk, outcome=outcome, way=way)


def _release(engine: Engine, walk: Walk, facts: Facts) -> Walk:
    if walk.way is None:  # asked again after a wait: the contact is the one of today
        again = replace(walk, outcome=replace(walk.outcome, state="matched"))
        return _route(engine, again, facts)
    member = facts.by_id[walk.outcome.member or ""]
    had = facts.had.get(walk.outcome.draft.chain)
    if withdraws(walk.outcome.draft.plan) and had and had.pcmh != walk.way.pcmh:
        return _off(engine, walk, "unroutable", {"because": "had_elsewhere"})
    if withdraws(walk.outcome.draft.plan) and not had:
        event = _event(engine, walk, "plan.superseded", because="withdrawn_unsent")
        gone = _to(walk, "superseded", event, reason={"withdrawn": "unsent"}, retry_in=None)
        return replace(walk, outcome=gone, keep=())
    draft, way = walk.outcome.draft, walk.way
    draft = replace(draft, meaning=meaning_of(draft.plan))
    walk = replace(walk, outcome=replace(walk.outcome, draft=draft))
    found = release(draft, member, way, facts, engine.clock.now(), engine.policy)
    if isinstance(found, Unchanged):
        return _repeated(engine, walk, found)
    if isinstance(found, Cleared):
        outcome = replace(
            _to(walk, "released", None),
            events=(*walk.outcome.events, *found.events),
            release=found.release,
            delivery=found.delivery,
        )
        keep = (found.content,) if found.plan is None else (found.plan, found.content)
        return replace(walk, outcome=outcome, keep=keep)
    head = facts.heads.get(member.id, 0)
    held = replace(walk, outcome=replace(walk.outcome, head=head))
    return _off(engine, held, "held", found.reason)


def _repeated(engine: Engine, walk: Walk, found: Unchanged) -> Walk:
    """End the way of a plan that says nothing new: its contact has an earlier version."""
    event = _event(engine, walk, "plan.unchanged", plan=found.plan, version=found.version)
    reason = {"unchanged_since": found.version}
    outcome = _to(walk, "unchanged", event, reason=reason, same_as=found.plan, retry_in=None)
    return replace(walk, outcome=outcome, keep=())


def _again(state: str) -> Callable[[Engine, Walk, Facts], Walk]:
    """Return the step that lets a plan which had left the line try again from a state."""

    def step(_engine: Engine, walk: Walk, _facts: Facts) -> Walk:
        return replace(walk, before=walk.outcome, outcome=replace(walk.outcome, state=state))

    return step


STEPS: dict[str, Callable[[Engine, Walk, Facts], Walk]] = {
    "read": _confirm,
    "matched": _route,
    "routed": _release,
    "unmatched": _again("read"),
    "unroutable": _again("matched"),
    "held": _again("routed"),
}
"""The line, in order: the state a plan is in, and the step that takes it on."""

OFF = frozenset({"doubtful", "unmatched", "unroutable", "held"})
"""States somebody owns; reached by a step, they end the walk."""

LEFT = {
    "read": "unmatched",
    "matched": "unroutable",
    "routed": "held",
    "unmatched": "unmatched",
    "unroutable": "unroutable",
    "held": "held",
}
"""Where a plan goes when the step from a state fails."""


def lost(engine: Engine, draft: Draft, claimed: ClaimedPlan, error: Exception) -> PlanOutcome:
    """Return where a plan goes whose content can't be had any more: to a person, by name."""
    state = LEFT[claimed.state]
    reason = {"held_for": ["repair:content"], "step_failed": type(error).__name__}
    same = claimed.state == state and claimed.reason == reason
    now = engine.clock.now()
    event = Event(f"plan.{state}", draft.id, now, (draft.mco,), detail=reason)
    return PlanOutcome(
        draft,
        state,
        member=claimed.member,
        reason=reason,
        events=() if same else (event,),
        retry_in=LOOK_AGAIN_SECONDS,
    )


def still_routed(facts: Facts, member: str, way: tuple[str, str, str], engine: Engine) -> bool:
    """Say whether (pcmh, contact, endpoint) is where the member's plans go today."""
    now = routing.route(member, facts, day_of(engine.clock.now()))
    contact = now.contact.id if now.contact else ""
    return now.problem is None and (now.pcmh, contact, now.endpoint) == way
