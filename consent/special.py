"""Ways around a consent that the law itself opens, and states nobody has read the law of.

Emergencies, disasters, audits, disclosures a law requires; channels and members that stop a
release. Each function is one rule; its docstring is the sentence a privacy officer signs.
"""

# ruff: noqa: D401  # a rule's docstring is the sentence a privacy officer signs

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.ruling import OFF, Verdict, forbid, miss, permit, rule
from consent.scene import hipaa_permits, necessary, protected

if TYPE_CHECKING:
    from consent.weighing import Ask

_NOTES = frozenset({terms.SUD_COUNSELLING_NOTE, terms.PSYCHOTHERAPY_NOTE})
_UNREAD = terms.SUD_SIGNED | {terms.HIV}
_STATE_PLANS = frozenset({"health_plan", terms.FEE_FOR_SERVICE})
_ASSESSED = frozenset({"health_plan", terms.STATE_MEDICAID})


@rule("P2-12", "42 CFR 2.51(a)(1), (c); 45 CFR 164.506(c)(2)", switch=OFF)
def emergency(ask: Ask) -> Verdict | None:
    """In a recorded emergency, where consent can't be had, medical personnel get what it opens."""
    return _break_glass(ask, disaster=False)


@rule("P2-13", "42 CFR 2.51(a)(2), (c)", switch=OFF)
def disaster(ask: Ask) -> Verdict | None:
    """In a declared disaster that closed the program, medical personnel get what it opens."""
    return _break_glass(ask, disaster=True)


def _break_glass(ask: Ask, *, disaster: bool) -> Verdict | None:
    found = ask.request.emergency
    kind = found is not None and found.kind == "disaster"
    if ask.request.purpose != terms.BTG or kind != disaster:
        return None
    if ask.scene.emergency_lacks:
        return forbid(ask.scene.emergency_lacks)
    return permit() if ask.scene.opened(ask.matter) else None


@rule("HR-07", "42 CFR 2.31(b); 45 CFR 164.508(a)(2); house decision 7")
def notes_stay(ask: Ask) -> Verdict | None:
    """An emergency opens neither counselling nor psychotherapy notes."""
    breaks = ask.request.purpose == terms.BTG and ask.matter.category in _NOTES
    return forbid("never:note") if breaks else None


@rule("P2-18", "42 CFR 2.53", switch="Policy.audit_grants, Policy.off")
def audit(ask: Ask) -> Verdict | None:
    """An auditor sees what a privacy officer granted: agreement, scope, and an end."""
    if ask.request.purpose != terms.AUDIT:
        return None
    found = ask.scene.granted(ask.matter)
    return Verdict("permit", found.id) if found else forbid("grant:audit")


@rule(
    "HR-10",
    "45 CFR 164.512(a), 164.522(a)(1)(iii), (v); house decision 10",
    switch="Policy.required_by",
)
def law_wins(ask: Ask) -> Verdict | None:
    """A law that requires it, or an emergency, wins over a member's restriction or refusal."""
    return permit() if yields(ask) and (ask.limits or ask.scene.required) else None


def yields(ask: Ask) -> bool:
    """Say whether restrictions and refusals yield on this matter (HR-10)."""
    plain = ask.matter.category in terms.ORDINARY and not protected(ask.request, ask.matter)
    return ask.scene.opened(ask.matter) or (ask.scene.required and plain)


@rule("HR-08", "42 CFR 2.11, 2.31(a)(4)(ii); house decision 8", switch="Policy.intermediary")
def intermediary(ask: Ask) -> Verdict | None:
    """Where the hub is an intermediary, a form for a class names the hub and reaches who treats."""
    return miss(ask.need("part2"), "designation")


@rule("HR-11", "house decision 11")
def notice_needed(ask: Ask) -> Verdict | None:
    """Content that must carry a notice doesn't go by a channel that can't carry one."""
    told = ask.request.carries_notices or not ask.scene.noticed(ask.matter)
    return None if told else forbid("channel:notice")


@rule("HR-13", "house decision 13", switch=OFF)
def unread_state(ask: Ask) -> Verdict | None:
    """Where nobody has read a state's law, HIV and substance use stay; the rest goes by HIPAA."""
    if not ask.scene.unread:
        return None
    guarded = protected(ask.request, ask.matter)
    if guarded or ask.matter.category in _UNREAD:
        return forbid("law_pack")
    plain = ask.matter.category == terms.MENTAL_HEALTH and necessary(ask.scene, ask.matter)
    return permit() if plain and hipaa_permits(ask.request) else None


@rule("HR-15", "house decision 15", switch=OFF)
def left(ask: Ask) -> Verdict | None:
    """Once a member has left the MCO, what waits to be sent for them is held back."""
    waits = not ask.request.enrolled and not ask.scene.opened(ask.matter)
    return forbid("enrolment") if waits else None


@rule("438-b2", "42 CFR 438.208(b)(2)(ii)-(iii)", switch=OFF)
def other_plans(ask: Ask) -> Verdict | None:
    """For coordinating care, ordinary content goes to another plan or to fee-for-service."""
    return permit() if _coordinates(ask, _STATE_PLANS) else None


@rule("438-b4", "42 CFR 438.208(b)(4)", switch=OFF)
def assessments(ask: Ask) -> Verdict | None:
    """Results of an assessment go to the state or to another plan, so that none is repeated."""
    return permit() if _coordinates(ask, _ASSESSED) else None


def _coordinates(ask: Ask, classes: frozenset[str]) -> bool:
    request = ask.request
    plain = ask.matter.category in terms.ORDINARY and not protected(request, ask.matter)
    care = request.purpose == terms.CAREMGT and hipaa_permits(request)
    return (
        plain
        and care
        and necessary(ask.scene, ask.matter)
        and bool(request.recipient.classes & classes)
    )
