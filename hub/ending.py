"""When a certificate's end is near, and whom that concerns: so many days ahead, once each.

The ticker's probe job asks it of every certificate a connection has: the one the other side's
server shows, a Direct partner's, the anchors both trust, and our own. Pure.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from hub.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

OWN: Final = "hub-certificates"
"""Stands for the hub's own certificates among the endpoints."""

OF: Final[dict[str, str]] = {
    "server": "their server's certificate",
    "partner": "their Direct certificate",
    "anchor": "a trust anchor of theirs",
    "ca": "the authority of their certificates",
    "client": "our certificate that we show them",
    "relay": "our mail server's certificate",
    "direct": "our Direct certificate",
    "direct anchor": "our own Direct anchor",
    "direct trust": "an anchor of our Direct bundle",
    "direct server": "our Direct server's certificate",
    "mllp server": "our MLLP server's certificate",
    "mllp ca": "the authority of MLLP senders",
}
"""Every kind of certificate, in words."""

OURS: Final = frozenset(OF) - {"server", "partner", "anchor", "ca"}
"""Those that the hub's own people renew."""

_MOST: Final = 400
_SETTING: Final = "ICP_HUB_CERTIFICATE_DAYS"


def steps(text: str) -> tuple[int, ...]:
    """Return how many days ahead to tell, the most first; `Misconfigured` for anything else."""
    days = {int(one) if one.isascii() and one.isdigit() else 0 for one in text.split()}
    if not days or not all(0 < one <= _MOST for one in days):
        raise Misconfigured(_SETTING, f"must be days like `30 7`, each from 1 to {_MOST}")
    return tuple(sorted(days, reverse=True))


def ahead(days: Sequence[int]) -> timedelta:
    """Return how long before its end a certificate is first told of."""
    return timedelta(days=max(days))


def reached(ends: datetime, now: datetime, days: Sequence[int]) -> int:
    """Return the last step that is reached, in days; 0 while the end is further away than any."""
    left = ends - now
    return min((one for one in days if left <= timedelta(days=one)), default=0)


def to_tell(ends: datetime, told: int, now: datetime, days: Sequence[int]) -> int:
    """Return the step to tell of now; 0 when there is none or it, or a later one, is told."""
    step = reached(ends, now, days)
    return step if step and (not told or step < told) else 0
