"""A refusal that a document states: its plan waits until a person has heard it.

The release step asks before anything goes. What a machine read decides nothing: neither is the
refusal registered by it, nor may the plan go as if it had not been said. It was heard once a
record of the member signed on that day or later stands in the registry. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical.place import refusal_day

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consent.records import Consent
    from hub.canonical import Plan

WAITS: Final = "refusal_stated"
"""What such a plan waits for, as a machine word of `held_for`."""

_DECLINED: Final = frozenset({"refusal", "restriction"})
_DAY: Final = len("2026-03-04")


def unheard(plan: Plan, known: Iterable[Consent]) -> bool:
    """Say whether a plan states a refusal that no record of its member answers.

    A refusal or restriction on file answers any. One with its day is also answered by any record
    signed on that day or later, since the newer decides (HR-16).
    """
    ruled = {place.rule: place for place in plan.places.values()}
    days = [day for place in ruled.values() if (day := refusal_day(place)) is not None]
    if not days:
        return False
    records = _standing(known)
    return not all(_heard(day, records) for day in days)


def registered(known: Iterable[Consent]) -> bool:
    """Say whether a refusal or restriction of the member stands on file."""
    return any(one.kind in _DECLINED for one in _standing(known))


def _standing(known: Iterable[Consent]) -> list[Consent]:
    return [one for one in known if one.revoked_at is None and not one.superseded_by]


def _heard(day: str, records: Iterable[Consent]) -> bool:
    return any(
        one.kind in _DECLINED or (len(day) >= _DAY and _since(one, day[:_DAY])) for one in records
    )


def _since(record: Consent, day: str) -> bool:
    return record.signed_on is not None and record.signed_on.isoformat() >= day
