"""Consents of one member held against each other: doubles, contradictions, chains, ends near.

The registry, the import's dry run and the worklists call these. `consent.registry.conflicts` finds
what a decision trips over now; `clashes` finds it before a record is kept. Pure functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from consent.registry import conflicts, in_force, local_day
from consent.terms import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from consent.records import Consent, Parties

ZONE = "America/New_York"


def same(first: Consent, second: Consent) -> bool:
    """Say whether two records are of one and the same signed form."""
    return _said(first) == _said(second)


def duplicates(consent: Consent, known: Iterable[Consent]) -> tuple[str, ...]:
    """Return the ids of the known records that say just what this one says, revoked ones too.

    A revoked form imported again is the old form, not a new signature.
    """
    said = _said(consent)
    return tuple(sorted(one.id for one in known if one.id != consent.id and _said(one) == said))


def clashes(consent: Consent, known: Sequence[Consent], zone: str = ZONE) -> tuple[str, ...]:
    """Return the ids of standing records this one would contradict once it is kept (HR-16)."""
    pairs = conflicts([*known, consent], consent.recorded_at, zone)
    return tuple(sorted({a if b == consent.id else b for a, b in pairs if consent.id in {a, b}}))


def chain(consent: str, known: Iterable[Consent]) -> tuple[Consent, ...]:
    """Return the records of one chain, oldest first: what it replaced, itself, what replaced it."""
    by_id = {one.id: one for one in known}
    first = consent
    seen = {first}
    while first in by_id and by_id[first].supersedes in by_id:
        first = by_id[first].supersedes
        if first in seen:
            break
        seen.add(first)
    follows: Mapping[str, Consent] = {o.supersedes: o for o in by_id.values() if o.supersedes}
    found, at = [], by_id.get(first)
    while at is not None and at not in found:
        found.append(at)
        at = follows.get(at.id)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Ending:
    """A consent that ends soon: its id, its member's id, and the last day inside."""

    consent: str
    member: str
    last_day: date


def expiring(
    consents: Iterable[Consent], at: datetime, days: int, zone: str = ZONE
) -> tuple[Ending, ...]:
    """Return the grants in force that end within so many days, the next to end first.

    A consent another one in force carries on for longer is left out.
    """
    standing = [one for one in consents if one.kind not in LIMITS and in_force(one, at, zone)]
    horizon = local_day(at, zone) + timedelta(days=days)
    found = []
    for one in standing:
        last = last_day(one, zone)
        if last is not None and last <= horizon and not _carried_on(one, last, standing, zone):
            found.append(Ending(one.id, one.member, last))
    return tuple(sorted(found, key=lambda one: (one.last_day, one.consent)))


def last_day(consent: Consent, zone: str = ZONE) -> date | None:
    """Return the last day inside a consent, or None: it ends with an event, or never."""
    days = [consent.expires.on] if consent.expires.on else []
    instants = filter(None, (consent.expires.at, consent.expires.event_at))
    days += [local_day(instant - timedelta(microseconds=1), zone) for instant in instants]
    return min(days, default=None)


def _carried_on(one: Consent, last: date, standing: Sequence[Consent], zone: str) -> bool:
    for other in standing:
        ends = last_day(other, zone)
        longer = other is not one and (ends is None or ends > last)
        if longer and _covers(other, one):
            return True
    return False


def _covers(wide: Consent, narrow: Consent) -> bool:
    return (
        wide.member == narrow.member
        and wide.kind == narrow.kind
        and wide.categories >= narrow.categories
        and wide.purposes >= narrow.purposes
        and _names(wide.recipients, narrow.recipients)
        and _names(wide.disclosers, narrow.disclosers)
    )


def _names(wide: Parties, narrow: Parties) -> bool:
    return (
        wide.organisations >= narrow.organisations
        and wide.persons >= narrow.persons
        and wide.classes >= narrow.classes
    )


def _said(consent: Consent) -> tuple[object, ...]:
    """Return what a form itself says: not who recorded it, when, or what became of it."""
    parties = tuple(
        (one.organisations, one.persons, one.classes)
        for one in (consent.disclosers, consent.recipients)
    )
    starts = consent.starts_at.astimezone(UTC) if consent.starts_at else consent.starts
    ends = consent.expires
    return (
        *(consent.member, consent.kind, parties, consent.intermediary, consent.purposes),
        *(consent.categories, consent.signed_on, _folded(consent.signed_by), consent.authority),
        *(starts, ends.on, ends.at, _folded(ends.event), ends.never, consent.statements),
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
