"""Which of a practice's contacts is designated for a purpose on a day: rules first, then backups.

`hub.routing` asks it for every plan, the directory for what a change would leave unreached. A
practice's routing rules are asked in their order and the first that fits decides; where none fits,
the one contact with the purpose that is nobody's backup. Pure; it never guesses between two.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from hub.directory import Contact, Purpose, RosterMember, RoutingRule


@dataclass(frozen=True, slots=True)
class Choice:
    """The designated contact, or why there is none; `rule` is the rule that decided, if one did.

    `passed` are contacts before it that don't serve that day.
    """

    contact: Contact | None = None
    problem: str | None = None
    rule: str = ""
    passed: tuple[str, ...] = ()


def designated(
    people: Sequence[Contact],
    rules: Iterable[RoutingRule],
    member: RosterMember | None,
    purpose: Purpose,
    on: date,
) -> Choice:
    """Return a practice's contact for a member's purpose on a day."""
    rule = ruling(rules, member, purpose, on)
    if rule is not None:
        return _by_rule(people, rule, purpose, on)
    serving = [c for c in people if c.serves(purpose, on)]
    if not serving:
        return Choice(problem="no_contact")
    backups = {c.backup for c in serving if c.backup}
    first = [c for c in serving if c.id not in backups] or serving
    if len(first) > 1:
        return Choice(problem="two_contacts")
    passed = tuple(c.id for c in people if _stood_before(people, c, first[0]))
    return Choice(first[0], passed=passed)


def ruling(
    rules: Iterable[RoutingRule], member: RosterMember | None, purpose: Purpose, on: date
) -> RoutingRule | None:
    """Return the first rule in force that fits the member, or None."""
    order = sorted(rules, key=attrgetter("position", "id"))
    fitting = (r for r in order if r.purpose == purpose and r.holds(on) and r.fits(member))
    return next(fitting, None)


def _by_rule(people: Sequence[Contact], rule: RoutingRule, purpose: Purpose, on: date) -> Choice:
    passed: list[str] = []
    for contact in chain({c.id: c for c in people}, rule.contact):
        if contact.serves(purpose, on):
            return Choice(contact, rule=rule.id, passed=tuple(passed))
        passed.append(contact.id)
    return Choice(problem="rule_unserved", rule=rule.id, passed=tuple(passed))


def chain(people: Mapping[str, Contact], first: str) -> Iterator[Contact]:
    """Yield a contact and its backups in their order; a loop ends where it began."""
    seen: set[str] = set()
    here = people.get(first)
    while here is not None and here.id not in seen:
        seen.add(here.id)
        yield here
        here = people.get(here.backup or "")


def _stood_before(people: Sequence[Contact], one: Contact, found: Contact) -> bool:
    """Say whether a contact is one that the found one is a backup of."""
    known = {c.id: c for c in people}
    return one.id != found.id and any(c.id == found.id for c in chain(known, one.id))
