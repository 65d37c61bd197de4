"""Step four: the designated contact at the member's medical home, as the directory has it *now*.

The medical home is the one active on the day of release, not of writing (STANDARDS §6.4).
None, two, or nobody verified there: UNROUTABLE with the reason, and never a fallback address. What
the document says of its recipients is a claim and plays no part. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.directory import Route

if TYPE_CHECKING:
    from datetime import date

    from hub.stored import Facts

REASONS: dict[str, str] = {
    "no_active_pcmh": "the member has no medical home on this day; send a current attribution",
    "two_active_pcmhs": "the member has two medical homes on this day; correct the attribution",
    "pcmh_closed": "the medical home is not active in the directory",
    "no_contact": "the medical home has no contact for plans on this day",
    "two_contacts": "the medical home has two contacts for plans and neither is the other's backup",
    "contact_unverified": "the contact was never verified; verify it in the directory",
    "returned_by_practice": "the practice gave it back; correct the attribution, then try again",
    "no_endpoint": "the contact has no way to receive plans",
}


def route(member: str, facts: Facts, on: date) -> Route:
    """Return the route for a member on a day."""
    homes = {a.pcmh for a in facts.attributions.get(member, ()) if a.holds(on)}
    if len(homes) != 1:
        return Route(problem="two_active_pcmhs" if homes else "no_active_pcmh")
    (pcmh,) = homes
    organisation = facts.organisations.get(pcmh)
    if organisation is None or not organisation.active:
        return Route(pcmh=pcmh, problem="pcmh_closed")
    return _contact(pcmh, facts, on)


def _contact(pcmh: str, facts: Facts, on: date) -> Route:
    people = facts.contacts.get(pcmh, ())
    serving = [c for c in people if c.serves("plan", on)]
    if not serving:
        return Route(pcmh=pcmh, problem="no_contact")
    backups = {c.backup for c in serving if c.backup}
    first = [c for c in serving if c.id not in backups] or serving
    if len(first) > 1:
        return Route(pcmh=pcmh, problem="two_contacts")
    contact = first[0]
    if contact.verified_on is None or contact.verified_on > on:
        return Route(pcmh=pcmh, contact=contact, problem="contact_unverified")
    if contact.endpoint is None or contact.endpoint not in facts.endpoints:
        return Route(pcmh=pcmh, contact=contact, problem="no_endpoint")
    return Route(pcmh, contact, contact.endpoint)
