"""Step four: the designated contact at the member's medical home, as the directory has it *now*.

The medical home is the one active on the day of release, not of writing (STANDARDS §6.4).
None, two, or nobody verified there: UNROUTABLE with the reason, and never a fallback address. What
the document says of its recipients is a claim and plays no part. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.directory import Route
from hub.provider_directory.designating import designated

if TYPE_CHECKING:
    from datetime import date

    from hub.directory import Purpose
    from hub.stored import Facts

REASONS: dict[str, str] = {
    "no_active_pcmh": "the member has no medical home on this day; send a current attribution",
    "two_active_pcmhs": "the member has two medical homes on this day; correct the attribution",
    "pcmh_closed": "the medical home is not active in the directory",
    "no_contact": "the medical home has no contact for plans on this day",
    "two_contacts": "the medical home has two contacts for plans and neither is the other's backup",
    "rule_unserved": "the routing rule that fits names nobody who serves on this day; correct it",
    "contact_unverified": "the contact was never verified; verify it in the directory",
    "returned_by_practice": "the practice gave it back; correct the attribution, then try again",
    "had_elsewhere": "it withdraws a plan that another practice has; tell that practice yourself",
    "no_endpoint": "the contact has no way to receive plans",
}


def route(member: str, facts: Facts, on: date, purpose: Purpose = "plan") -> Route:
    """Return the route for a member on a day; plans alone need an endpoint."""
    homes = {a.pcmh for a in facts.attributions.get(member, ()) if a.holds(on)}
    if len(homes) != 1:
        return Route(problem="two_active_pcmhs" if homes else "no_active_pcmh")
    (pcmh,) = homes
    organisation = facts.organisations.get(pcmh)
    if organisation is None or not organisation.active:
        return Route(pcmh=pcmh, problem="pcmh_closed")
    people, rules = facts.contacts.get(pcmh, ()), facts.rules.get(pcmh, ())
    choice = designated(people, rules, facts.by_id.get(member), purpose, on)
    contact = choice.contact
    endpoint = contact.endpoint if contact else None
    problem = choice.problem
    if contact is None:
        return Route(pcmh=pcmh, problem=problem, rule=choice.rule, passed=choice.passed)
    if not contact.verified(on):
        problem = "contact_unverified"
    elif purpose == "plan" and (endpoint is None or endpoint not in facts.endpoints):
        problem = "no_endpoint"
    way = endpoint if problem is None else None
    return Route(pcmh, contact, way, problem, choice.rule, choice.passed)
