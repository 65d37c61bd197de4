"""The federal rules: HIPAA (45 CFR 164) and substance use disorder records (42 CFR Part 2).

Each function is one rule; its docstring is the sentence a privacy officer signs. `consent.rules`
lists them in order. Part 2 status hangs on where a record came from, not on its diagnosis (2.12).
"""

# ruff: noqa: D401  # a rule's docstring is the sentence a privacy officer signs

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.needs import may_have
from consent.ruling import OFF, forbid, miss, others, permit, rule
from consent.scene import hipaa_permits, necessary, outside, part2_noticed, protected
from consent.special import yields

if TYPE_CHECKING:
    from consent.ruling import Verdict
    from consent.terms import Failing
    from consent.weighing import Answered, Ask


@rule("P2-08", "42 CFR 2.12(d)(1), 2.31(d), 2.61-2.67")
def legal_proceedings(ask: Ask) -> Verdict | None:
    """A substance use record never goes to a court, police, litigant or legislature from here."""
    request = ask.request
    legal = request.purpose == terms.LEGAL or request.recipient.classes & terms.LEGAL_CLASSES
    guarded = protected(request, ask.matter) or ask.matter.category in terms.SUD_SIGNED
    return forbid("court_order") if legal and guarded else None


@rule("P2-07", "42 CFR 2.11, 2.31(b)")
def counselling_note(ask: Ask) -> Verdict | None:
    """A substance use counselling note goes only under its own consent, combined with no other."""
    need = ask.need("counselling")
    if need is None:
        return None
    return permit(need) if need.by else forbid(need.need.cure, _nearest(need))


@rule("HI-05", "45 CFR 164.508(a)(2), (b)(3)(ii)")
def psychotherapy_note(ask: Ask) -> Verdict | None:
    """A psychotherapy note goes only under its own authorization, combined with no other."""
    need = ask.need("psychotherapy")
    if need is None:
        return None
    return permit(need) if need.by else forbid(need.need.cure, _nearest(need))


@rule("P2-01", "42 CFR 2.13(a), 2.31, 2.33")
def part2_consent(ask: Ask) -> Verdict | None:
    """A substance use record goes only where a consent covers discloser, recipient and purpose."""
    need = ask.open("part2")
    return forbid(need.need.cure) if need else None


@rule("P2-02", "42 CFR 2.31(a)(4)(i), 2.33(a)")
def single_tpo_consent(ask: Ask) -> Verdict | None:
    """One consent for treatment, payment and operations carries to covered entities it names."""
    need = ask.need("part2")
    if need is None or need.by is None or outside(ask.request):
        return None
    carries = need.by.consent.kind == "tpo" and not need.by.onward
    return permit(need) if carries else None


@rule("P2-03", "42 CFR 2.31(a)(4)")
def specific_consent(ask: Ask) -> Verdict | None:
    """A consent that names a recipient carries to that recipient and to no other."""
    need = ask.need("part2")
    if need is not None and need.by is not None:
        return permit(need) if need.by.consent.kind == "specific" else None
    return _miss(ask, "part2", "recipient")


@rule("P2-04", "42 CFR 2.31(a), (c)(2)")
def deficient_form(ask: Ask) -> Verdict | None:
    """A form that lacks an element of 2.31, or is a general release, never opens Part 2 records."""
    found = _miss(ask, "part2", "deficient") or _miss(ask, "counselling", "deficient")
    if found:
        return found
    need = ask.open("part2")
    for one in need.candidates if need else ():
        if one.consent.kind == "roi":
            return forbid("consent:sud", one.consent.id)
    return None


@rule("P2-05", "42 CFR 2.31(a)(6), (c)(3)")
def revoked(ask: Ask) -> Verdict | None:
    """A revoked consent stops every release from that instant; what went before stands."""
    note = ask.need("counselling")
    return miss(ask.need("part2"), "revoked", onward=False) or miss(note, "revoked")


@rule("P2-06", "42 CFR 2.31(a)(7), (c)(1)")
def expired(ask: Ask) -> Verdict | None:
    """A consent whose end, a date or an event, has come carries nothing."""
    return _miss(ask, "part2", "expired") or _miss(ask, "counselling", "expired")


@rule("P2-09", "42 CFR 2.33(b)(1)", switch=OFF)
def onward_under_hipaa(ask: Ask) -> Verdict | None:
    """What a covered entity received under a TPO consent it may pass on as HIPAA allows."""
    need = ask.need("part2")
    return permit(need) if need and need.by and need.by.onward else None


@rule("P2-10", "42 CFR 2.33(b)(2)")
def part2_recipient(ask: Ask) -> Verdict | None:
    """A Part 2 program that is no covered entity receives only what the consent says it may."""
    need = ask.need("part2")
    if need is None or need.by is None or ask.request.recipient.kind != "part2_program":
        return None
    return permit(need)


@rule("P2-11", "42 CFR 2.31(a)(4), 2.33(b)(3)")
def outside_recipient(ask: Ask) -> Verdict | None:
    """Somebody outside HIPAA receives substance use records only when the consent names them."""
    if ask.request.recipient.kind != "other":
        return None
    return _miss(ask, "part2", "class", "kind")


@rule("P2-16", "42 CFR 2.14; 71 P.S. 1690.112")
def minors_signature(ask: Ask) -> Verdict | None:
    """For a minor's substance use record only the minor's own signature counts."""
    return _miss(ask, "part2", "signer") or (
        _miss(ask, "authorization", "signer") if ask.matter.category == terms.SUD else None
    )


@rule("P2-19", "42 CFR 2.26; 45 CFR 164.522(a)")
def restriction(ask: Ask) -> Verdict | None:
    """A restriction that the member asked for and we agreed to is kept."""
    for one in ask.limits:
        if one.kind == "restriction" and not one.recipients.persons and not yields(ask):
            return forbid(f"restriction:{one.id}", one.id)
    return None


@rule("HI-01", "45 CFR 164.506(c)(2), 164.502(b)(2)(i)")
def treatment(ask: Ask) -> Verdict | None:
    """Ordinary content goes to a provider who treats the member, without a consent."""
    plain = ask.matter.category in terms.ORDINARY and not protected(ask.request, ask.matter)
    treats = ask.request.purpose == terms.TREAT and hipaa_permits(ask.request)
    return permit() if plain and treats else None


@rule("HI-02", "45 CFR 164.506(c)(3)-(4), 164.502(b)", switch="Policy.necessary")
def operations(ask: Ask) -> Verdict | None:
    """For payment and operations both sides know the member, and only what is necessary goes."""
    request, category = ask.request, ask.matter.category
    plain = category in terms.ORDINARY | {terms.SUD, terms.MENTAL_HEALTH}
    if not plain or protected(request, ask.matter) or request.purpose == terms.TREAT:
        return None
    if not hipaa_permits(request):
        return None
    if not necessary(ask.scene, ask.matter):
        return forbid(f"necessary:{request.purpose}")
    return permit() if category in terms.ORDINARY else None


@rule("HI-03", "45 CFR 164.508(a)(1), 164.510(b)")
def authorization(ask: Ask) -> Verdict | None:
    """Whoever is no covered entity or business associate receives only under an authorization."""
    need = ask.need("authorization")
    if need is None:
        return None
    return permit(need) if need.by else forbid(need.need.cure, _nearest(need))


@rule("HI-04", "45 CFR 164.508(b)(2), (c)")
def defective_authorization(ask: Ask) -> Verdict | None:
    """A form that lacks an element its law asks for carries nothing."""
    return next((found for need in others(ask) if (found := miss(need, "deficient"))), None)


@rule("HI-09", "45 CFR 164.514(h)")
def unverified(ask: Ask) -> Verdict | None:
    """Nothing goes to a recipient whose identity and authority nobody has verified."""
    return None if ask.request.recipient.verified else forbid("verify:recipient")


@rule("HI-11", "45 CFR 164.502(g)(3)")
def minors_own_care(ask: Ask) -> Verdict | None:
    """Care that a minor alone may choose is told only with the minor's own signature."""
    need = ask.need("minor")
    if need is None:
        return None
    if need.by is None:
        return forbid(need.need.cure)
    return permit(need) if may_have(ask.scene) else None


@rule("P2-20", "42 CFR 2.32(a); 42 CFR 2.16")
def unnoticed(ask: Ask) -> Verdict | None:
    """A substance use record doesn't go by a channel that can't carry its notice."""
    told = ask.request.carries_notices or not part2_noticed(ask.request, ask.matter)
    return None if told else forbid("channel:notice")


def _nearest(need: Answered) -> str | None:
    """Return the newest consent on point for an open need, whatever it fails by."""
    return need.candidates[0].consent.id if need.candidates else None


def _miss(ask: Ask, law: str, *failings: Failing) -> Verdict | None:
    """Forbid where an open need has a candidate that fails in one of these ways."""
    return miss(ask.need(law), *failings)
