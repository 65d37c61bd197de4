"""Reading one consent on its own: is it in force, what does it name, what contradicts it.

`Registry` is the port the hub's store fills. The functions are pure; the rules and the privacy
officer's pages call them. Whether a consent *suits* a release is weighed in `consent.weighing`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from consent.terms import CAREMGT, HOPERAT, LIMITS, TPO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from consent.records import Consent

Lapse: TypeAlias = Literal["superseded", "revoked", "expired", "not_yet"]


_NEVER = datetime.max.replace(tzinfo=UTC)


class Registry(Protocol):
    """Where consents are kept; the hub's store is one."""

    def consents(self, member: str) -> Sequence[Consent]:
        """Return every version of every consent of a member, in any order."""


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an aware instant in a zone; `ValueError` for a naive one."""
    if at.tzinfo is None:
        raise ValueError("naive instant")
    return at.astimezone(ZoneInfo(zone)).date()


def age_on(day: date, birth_date: date) -> int:
    """Return completed years on a day."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def lapse(consent: Consent, at: datetime, zone: str) -> Lapse | None:
    """Return why a consent isn't in force, or None when it is (2.31(c), HR-04, HR-06)."""
    if consent.superseded_by:
        return "superseded"
    if consent.revoked_at is not None and at >= consent.revoked_at:
        return "revoked"
    if at >= _end(consent, zone):
        return "expired"
    return "not_yet" if at < _beginning(consent, zone) else None


def in_force(consent: Consent, at: datetime, zone: str = "America/New_York") -> bool:
    """Say whether a consent is in force at an aware instant, its status and dates alone counted."""
    return lapse(consent, at, zone) is None


def turning(
    consents: Iterable[Consent], at: datetime, zone: str = "America/New_York"
) -> datetime | None:
    """Return the first instant after `at` at which a consent begins, ends or is revoked."""
    found = [
        moment
        for one in consents
        for moment in (_beginning(one, zone), _end(one, zone), one.revoked_at or _NEVER)
    ]
    return min((moment for moment in found if at < moment < _NEVER), default=None)


def covers_purpose(consent: Consent, purpose: str) -> bool:
    """Say whether a consent names exactly this purpose; a TPO consent's operations hold CAREMGT."""
    if consent.kind != "tpo":
        return purpose in consent.purposes
    stated = consent.purposes | ({CAREMGT} if HOPERAT in consent.purposes else frozenset())
    return purpose in stated & TPO


def conflicts(consents: Iterable[Consent], at: datetime, zone: str) -> tuple[tuple[str, str], ...]:
    """Return overlapping (refusal id, grant id) in force, signed the same day or undated."""
    known = tuple(consents)
    refusals = [one for one in known if one.kind == "refusal" and in_force(one, at, zone)]
    if not refusals:
        return ()
    grants = [one for one in known if one.kind not in LIMITS and in_force(one, at, zone)]
    pairs = [(no.id, yes.id) for no in refusals for yes in grants if _clash(no, yes)]
    return tuple(sorted(pairs))


def _clash(refusal: Consent, grant: Consent) -> bool:
    unclear = refusal.signed_on is None or grant.signed_on is None
    return (
        refusal.member == grant.member
        and (unclear or refusal.signed_on == grant.signed_on)
        and (not refusal.categories or bool(refusal.categories & grant.categories))
    )


def _end(consent: Consent, zone: str) -> datetime:
    """Return the first instant outside the consent."""
    ends = [instant for instant in (consent.expires.at, consent.expires.event_at) if instant]
    if consent.expires.on is not None:
        ends.append(_midnight(consent.expires.on + timedelta(days=1), zone))
    return min(ends, default=_NEVER)


def _beginning(consent: Consent, zone: str) -> datetime:
    """Return the first instant inside: recorded, signed and started."""
    begun = [consent.recorded_at]
    if consent.signed_on is not None:
        begun.append(_midnight(consent.signed_on, zone))
    if consent.starts is not None:
        begun.append(_midnight(consent.starts, zone))
    if consent.starts_at is not None:
        begun.append(consent.starts_at)
    return max(begun)


@lru_cache(maxsize=4096)
def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
