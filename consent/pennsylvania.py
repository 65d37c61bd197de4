"""Pennsylvania's rules: substance use (Act 33), mental health (Act 32), HIV (148), minors (65).

Each function is one rule; its docstring is the sentence a privacy officer signs. Where HIPAA would
let something go and a rule here would not, the rule here wins, because any forbid does.
"""

# ruff: noqa: D401  # a rule's docstring is the sentence a privacy officer signs

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.needs import hipaa_permits, minor_controls, outside, protected
from consent.ruling import cure_of, forbid, permit, rule

if TYPE_CHECKING:
    from consent.ruling import Verdict
    from consent.weighing import Ask

_PROXY_NEVER = frozenset({terms.SUD, terms.SUD_COUNSELLING_NOTE, terms.STD, terms.HIV})
_PROXY_HIDDEN = _PROXY_NEVER | {terms.SEXUAL_HEALTH, terms.MINOR}


@rule("PA-01", "71 P.S. 1690.108(b)(1)(iii), Act 33 of 2022")
def sud_under_hipaa(ask: Ask) -> Verdict | None:
    """A substance use record outside Part 2 goes to a covered entity as HIPAA allows."""
    state = ask.matter.category == terms.SUD and not protected(ask.request, ask.matter)
    return permit() if state and hipaa_permits(ask.request) else None


@rule("PA-02", "71 P.S. 1690.108(b)(1), Act 33 of 2022")
def sud_outside_hipaa(ask: Ask) -> Verdict | None:
    """A substance use record outside Part 2 goes to anybody else only under a written consent."""
    need = ask.need("authorization")
    if need is None or ask.matter.category != terms.SUD:
        return None
    return permit(need) if need.by else forbid(cure_of(need))


@rule("PA-04", "50 P.S. 7111, Act 32 of 2022")
def mental_health(ask: Ask) -> Verdict | None:
    """A mental health record goes to a covered entity as HIPAA allows."""
    treated = ask.matter.category == terms.MENTAL_HEALTH and not outside(ask.request)
    plain = not protected(ask.request, ask.matter)
    return permit() if treated and plain and hipaa_permits(ask.request) else None


@rule("PA-05", "55 Pa. Code 5100.32-5100.34")
def written_mental_health(ask: Ask) -> Verdict | None:
    """Where policy says so, a source's mental health records go only under a written consent."""
    need = ask.open("written")
    return forbid(cure_of(need)) if need else None


@rule("PA-06", "35 P.S. 7607(a)(1)-(7), Act 148 of 1990")
def hiv(ask: Ask) -> Verdict | None:
    """HIV-related content goes only under an HIV consent that names the recipient."""
    need = ask.need("hiv")
    if need is None:
        return None
    return permit(need) if need.by else forbid(cure_of(need))


@rule("PA-09", "35 P.S. 10101.1-10101.2, Act 65 of 2020")
def minor_mental_health(ask: Ask) -> Verdict | None:
    """From 14, a minor's mental health record goes only if whoever chose the care has signed."""
    category, basis = ask.matter.category, ask.matter.minor_basis
    need = ask.need("minor")
    if need is None:
        return None
    if category == terms.MENTAL_HEALTH and basis == "unknown":
        return forbid("basis:mental_health")
    if need.by is None:
        return forbid(cure_of(need))
    return permit(need) if category == terms.MINOR and _may_have(ask) else None


@rule("PA-10", "35 P.S. 10101, Act 10 of 1970; 35 P.S. 10101.2")
def proxy(ask: Ask) -> Verdict | None:
    """A minor's parent or proxy never sees the care that the minor alone controls."""
    if not ask.request.recipient.classes & terms.PROXY_CLASSES:
        return None
    hidden = ask.matter.category in _PROXY_HIDDEN or protected(ask.request, ask.matter)
    controls = ask.matter.category == terms.MENTAL_HEALTH and minor_controls(ask.request)
    is_minor = ask.age < 18  # noqa: PLR2004  # the age of majority
    return forbid("never:proxy") if is_minor and (hidden or controls) else None


def _may_have(ask: Ask) -> bool:
    """Say whether the recipient could have the minor's record at all: HIPAA allows, or is named."""
    return hipaa_permits(ask.request) or outside(ask.request)
