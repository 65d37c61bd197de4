"""Who signed and by what right, and whether a second person has yet to approve the record.

`consent.weighing` asks for what keeps a signature from carrying, `consent.checking` what a form
still waits for. Never looks at what a consent is about or who receives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consent import terms
from consent.registry import age_on
from consent.scene import ADULT

if TYPE_CHECKING:
    from consent.records import Consent, Policy
    from consent.scene import Scene
    from consent.terms import Failing


def signature_failings(consent: Consent, scene: Scene) -> set[Failing]:
    """Return what is wrong with who signed (HR-14, HR-17, HR-18, HR-20)."""
    failings: set[Failing] = set()
    if consent.authority not in terms.OWN and not consent.proven:
        failings.add("authority")
    if consent.authority == "relative":
        failings.add("authority")
    if consent.authority in terms.PARENTAL and _grown(consent, scene):
        failings.add("grown")
    died = scene.request.died_on
    if died and scene.day >= died and consent.authority != "personal_representative":
        failings.add("dead")
    if unapproved(consent, scene.policy) and "HR-20" not in scene.policy.off:
        failings.add("approval")
    return failings


def wants_approval(consent: Consent, policy: Policy) -> bool:
    """Say whether a second person must approve a grant: made in bulk, or back-dated (HR-20)."""
    signed = consent.signed_on
    days = (consent.recorded_at.date() - signed).days if signed else 0
    late = days > policy.approval_after_days
    return consent.kind not in terms.LIMITS and (consent.bulk or late)


def unapproved(consent: Consent, policy: Policy) -> bool:
    """Say whether that approval is outstanding; the one who recorded it can't give it."""
    approved = consent.approved_by and consent.approved_by != consent.recorded_by
    return wants_approval(consent, policy) and not approved


def _grown(consent: Consent, scene: Scene) -> bool:
    """Say whether a parental signature has lapsed; an adult's guardian appointed as such stands."""
    if scene.age < ADULT:
        return False
    signed = consent.signed_on or scene.day
    born = scene.request.birth_date
    return consent.authority == "parent" or age_on(signed, born) < ADULT
