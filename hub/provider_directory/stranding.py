"""Which practices a change would leave without a contact for a purpose, and from which day on.

The store asks before it changes anything. What was unreached before is not the change's doing. It
looks at today and at every later day on which a contact or a rule begins or ends. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from hub.directory import Contact, RosterMember, RoutingRule
from hub.provider_directory.designating import designated
from hub.provider_directory.entries import (
    ContactEntry,
    EndpointEntry,
    OrganisationEntry,
    RuleEntry,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hub.directory import Purpose
    from hub.provider_directory.entries import Entry, Kind

    Rows = Mapping[tuple[Kind, str], Entry]

PURPOSES: tuple[Purpose, ...] = ("plan", "consent", "urgent")
_MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Stranded:
    """A practice nobody could reach for a purpose from a day on, and what is on its way to it."""

    organisation: str
    purpose: Purpose
    since: date
    open: int = 0
    deliveries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Side:
    """What reaching one practice hangs on, on one side of a change."""

    active: bool
    people: tuple[Contact, ...]
    rules: tuple[RoutingRule, ...]
    ends: frozenset[str]

    def reaches(self, member: RosterMember, purpose: Purpose, on: date) -> bool:
        """Say whether the practice has a contact that serves and can be sent to."""
        if not self.active:
            return False
        contact = designated(self.people, self.rules, member, purpose, on).contact
        if contact is None or not contact.verified(on):
            return False
        return purpose != "plan" or contact.endpoint in self.ends


def stranded(before: Rows, after: Rows, today: date) -> tuple[Stranded, ...]:
    """Return each practice and purpose that is reached before a change and not after it."""
    found = []
    practices = [
        one for one in before.values() if isinstance(one, OrganisationEntry) and one.kind == "pcmh"
    ]
    sides = _Sides(before), _Sides(after)
    for organisation in sorted(one.id for one in practices):
        old, new = (each.of(organisation) for each in sides)
        if old == new:
            continue
        for purpose in PURPOSES:
            since = _lost(old, new, purpose, today)
            if since is not None:
                found.append(Stranded(organisation, purpose, since))
    return tuple(found)


def reached(rows: Rows, organisation: str, purpose: Purpose, on: date) -> bool:
    """Say whether a practice has a contact for a purpose for everybody its rules know of."""
    side = _Sides(rows).of(organisation)
    return all(side.reaches(member, purpose, on) for member in _probes((*side.rules,)))


def _lost(old: _Side, new: _Side, purpose: Purpose, today: date) -> date | None:
    probes = list(_probes((*old.rules, *new.rules)))
    for day in _days(today, (old, new)):
        for member in probes:
            if old.reaches(member, purpose, day) and not new.reaches(member, purpose, day):
                return day
    return None


def _days(today: date, sides: Sequence[_Side]) -> list[date]:
    """Return today and the later days on which something begins or has just ended."""
    days = {today}
    for side in sides:
        spans = [(one.starts, one.ends) for one in side.people]
        spans += [(one.starts, one.ends) for one in side.rules]
        days |= {starts for starts, _ in spans if starts}
        days |= {ends + timedelta(days=1) for _, ends in spans if ends and ends < date.max}
        days |= {c.verified_on for c in side.people if c.verified_on}
    return sorted(day for day in days if day >= today)[:_MOST_DAYS]


def _probes(rules: Sequence[RoutingRule]) -> Iterator[RosterMember]:
    """Yield made-up members: one of whom nothing is known, and one for each rule's words."""
    yield RosterMember("", "", "")
    for rule in rules:
        yield RosterMember(
            "",
            rule.mco or "",
            "",
            county=rule.county,
            line_of_business=rule.line_of_business,
            program=rule.program,
        )


class _Sides:
    """All rows on one side of a change, gathered by organisation once."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._mine: dict[str, list[Entry]] = defaultdict(list)
        for one in rows.values():
            if isinstance(one, (ContactEntry, RuleEntry)):
                self._mine[one.organisation].append(one)

    def of(self, organisation: str) -> _Side:
        """Return one practice's side."""
        entry = self._rows.get(("organisation", organisation))
        mine = self._mine.get(organisation, [])
        people = [contact_of(one) for one in mine if isinstance(one, ContactEntry)]
        ends = {one.endpoint for one in people if one.endpoint}
        return _Side(
            isinstance(entry, OrganisationEntry) and entry.active,
            tuple(sorted(people, key=lambda one: one.id)),
            tuple(rule_of(one) for one in mine if isinstance(one, RuleEntry)),
            frozenset(end for end in ends if self._open(end)),
        )

    def _open(self, endpoint: str) -> bool:
        found = self._rows.get(("endpoint", endpoint))
        return isinstance(found, EndpointEntry) and not found.paused


def contact_of(entry: ContactEntry) -> Contact:
    """Return the contact that the line sees of a row."""
    return Contact(**{name: getattr(entry, name) for name in entry.__struct_fields__})


def rule_of(entry: RuleEntry) -> RoutingRule:
    """Return the rule that the line sees of a row."""
    return RoutingRule(**{name: getattr(entry, name) for name in entry.__struct_fields__})
