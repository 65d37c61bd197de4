"""Whether a new version says anything new to the contact who has the version before it.

The release step asks `repeats` once consent was asked and everything withheld. Pure. A version is
never taken for a repetition unless the earlier one is with the very contact, place and format it
would go to today, and carried the very same content under the same notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from hub.directory import Route
    from hub.stored import Standing

ARRIVED = frozenset({"sent", "overdue", "acknowledged", "answered"})
"""States of a delivery that is with the practice. Whoever has not taken it yet is still asked to,
and its clock runs on; what is queued, stopped or given up is replaced and sent."""


class Offer(NamedTuple):
    """What would be sent today: digests of the plan and of what is left of it, and where to."""

    meaning: str
    told: str
    notices: tuple[str, ...]
    way: Route
    format: str


def repeats(offer: Offer, before: Standing) -> bool:
    """Say whether the version `before` already told its contact all that the offer would.

    The whole plan must say the same, not only what is released of it: else its sender would be told
    of "no change" where there is one.
    """
    contact = offer.way.contact.id if offer.way.contact else ""
    place = (offer.way.pcmh, contact, offer.way.endpoint, offer.format)
    return (
        before.state in ARRIVED
        and bool(offer.meaning)
        and (offer.meaning, offer.told) == (before.meaning, before.told)
        and sorted(offer.notices) == sorted(before.notices)
        and place == (before.pcmh, before.contact, before.endpoint, before.format)
    )
