"""The house's rules where the law is silent or contested: which signatures count, and the defaults.

Each function is one rule; its docstring is the sentence a privacy officer signs. Everything here
errs towards withholding; the privacy officer owns every one of them.
"""

# ruff: noqa: D401  # a rule's docstring is the sentence a privacy officer signs

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.ruling import OFF, forbid, miss, others, permit, rule
from consent.special import yields

if TYPE_CHECKING:
    from consent.records import Consent
    from consent.ruling import Verdict
    from consent.terms import Failing
    from consent.weighing import Ask


@rule("HR-22", "house decision 22; invariant 9")
def unlabelled(ask: Ask) -> Verdict | None:
    """Content that the labeller failed on never goes."""
    return forbid("label") if ask.matter.category == terms.UNLABELLED else None


@rule("I15", "threats invariant I15")
def unknown_category(ask: Ask) -> Verdict | None:
    """Restricted content goes only under a consent that says so; an unknown category never."""
    if ask.matter.category not in terms.CATEGORIES:
        return forbid("label")
    need = ask.need("restricted")
    if need is None:
        return None
    return permit(need) if need.by else forbid(need.need.cure)


@rule("HR-01", "42 CFR 2.11, 2.12(d)(2)(ii); house decision 1")
def unknown_origin(ask: Ask) -> Verdict | None:
    """Of unknown origin, content with a substance use sign or from such a source is Part 2."""
    need = ask.open("part2")
    return forbid(need.need.cure) if need and ask.matter.part2_origin == "unknown" else None


@rule("HR-02", "house decision 2")
def colleague(ask: Ask) -> Verdict | None:
    """A consent that names a person doesn't cover a colleague, unless it names the practice too."""
    return _any_miss(ask, "person")


@rule("HR-03", "42 CFR 2.31(a)(7); house decision 3", switch=OFF)
def perpetual_form(ask: Ask) -> Verdict | None:
    """A consent that never ends is deficient unless it is for treatment, payment and operations."""
    return _any_miss(ask, "perpetual")


@rule("HR-04", "45 CFR 164.508(b)(5); house decision 4")
def revoked_form(ask: Ask) -> Verdict | None:
    """A revocation stops at once, spoken or written."""
    return _other_miss(ask, "revoked")


@rule("HR-05", "42 CFR 2.31(a)(6), 2.33(b)(1); house decision 5")
def revoked_upstream(ask: Ask) -> Verdict | None:
    """Once the consent under which we received a record is revoked, nothing more of it goes."""
    return miss(ask.need("part2"), "revoked", onward=True)


@rule("HR-06", "45 CFR 164.508(b)(2)(i); house decision 6")
def expired_form(ask: Ask) -> Verdict | None:
    """A form carries until the instant it ends; one that names a day, through that day."""
    return _other_miss(ask, "expired")


@rule("HR-14", "house decision 14")
def grown_up(ask: Ask) -> Verdict | None:
    """A parent's signature lapses on the day the member turns 18."""
    return _any_miss(ask, "grown")


@rule("HR-16", "house decision 16")
def refusal(ask: Ask) -> Verdict | None:
    """Of a refusal and a consent the one signed later decides; signed the same day, it stays."""
    for limit in ask.limits:
        if limit.kind == "refusal" and not _outdated(ask, limit) and not yields(ask):
            return forbid(f"refusal:{limit.id}", limit.id)
    return None


@rule("004-45", "45 CFR 164.522(a); managed care contract clause on the enrollee's direction")
def person_limited(ask: Ask) -> Verdict | None:
    """Whom the member wants left out, or involved only so far, is left out by name."""
    for one in ask.limits:
        if one.kind == "restriction" and one.recipients.persons and not yields(ask):
            return forbid(f"restriction:{one.id}", one.id)
    return None


@rule("HR-18", "45 CFR 164.502(g); house decision 18")
def authority(ask: Ask) -> Verdict | None:
    """A signature carries only with proven authority, and after death only a representative's."""
    return _any_miss(ask, "authority", "dead")


@rule("HR-19", "45 CFR 164.522(b); house decision 19", switch=OFF)
def household(ask: Ask) -> Verdict | None:
    """Content about violence or abuse never goes where a household member or proxy may see it."""
    seen = ask.request.recipient.classes & terms.PROXY_CLASSES
    return forbid("never:household") if seen and ask.matter.category == terms.SDV else None


@rule("HR-20", "house decision 20", switch="Policy.approval_after_days, Policy.off")
def second_person(ask: Ask) -> Verdict | None:
    """A consent recorded late or in bulk carries nothing until a second person approves it."""
    return _any_miss(ask, "approval")


def _other_miss(ask: Ask, failing: Failing) -> Verdict | None:
    """Forbid where an open need of a law besides Part 2 has a candidate that fails so."""
    return next((found for need in others(ask) if (found := miss(need, failing))), None)


def _any_miss(ask: Ask, *failings: Failing) -> Verdict | None:
    """Forbid where any open need has a candidate that fails in one of these ways."""
    return next((found for need in ask.needs if (found := miss(need, *failings))), None)


def _outdated(ask: Ask, limit: Consent) -> bool:
    """Say whether a carrying consent on the same matter was signed after a refusal."""
    signed = limit.signed_on
    return signed is not None and any(
        not one.failings and one.consent.signed_on is not None and one.consent.signed_on > signed
        for one in ask.grants
    )
