"""The link in a notice mail with which its reader says that a plan came, without signing in.

A link names one delivery and when it ends, signed by the hub: nothing is kept of it, and nothing in
it is about a member. Opening it changes nothing, since mail scanners open every link; only a
person's name, sent from its page, acknowledges. What the page may show is `Offered`. Pure.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from hub.canonical import Sealed
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

PATH: Final = "/received"
ACTOR: Final = "mail-link"
"""Who the ledger says acknowledged: somebody who had the mail, and gave a name."""
_PURPOSE: Final = b"icp-link/1\0"
_SIGNATURE: Final = 64
_LONGEST: Final = 300
_ENDS: Final = 4


@dataclass(frozen=True, slots=True, repr=False)
class Offered(Sealed):
    """What a good link is for: the delivery, its practice, its sender's name, until when."""

    delivery: str
    practice: str
    sender: str
    ends_at: datetime


class Linking(Protocol):
    """Makes links and says what one that comes back is for."""

    def make(self, delivery: str, ends_at: datetime) -> str:
        """Return the token of a link to one delivery."""

    async def read(self, token: str) -> Offered:
        """Return what a link is for; `Refused` when it is forged, over, off, used or replaced."""


def written(delivery: str, ends_at: datetime, sign: Callable[[bytes], bytes]) -> str:
    """Return a token: when it ends and the delivery, signed (Ed25519), in URL-safe letters."""
    told = int(ends_at.timestamp()).to_bytes(_ENDS) + delivery.encode()
    return base64.urlsafe_b64encode(sign(_PURPOSE + told) + told).decode().rstrip("=")


def opened(
    token: str, now: datetime, check: Callable[[bytes, bytes], bool]
) -> tuple[str, datetime]:
    """Return (delivery, until when); `Refused` 404 for a forged link, 410 for one that is over.

    `check` says whether (message, signature) fit.
    """
    forged = Refused("link_unknown", "this link is not one of ours, or was cut", status=404)
    if len(token) > _LONGEST or not token.isascii():
        raise forged
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise forged from None
    signature, told = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if len(told) <= _ENDS or not check(_PURPOSE + told, signature):
        raise forged
    ends_at = datetime.fromtimestamp(int.from_bytes(told[:_ENDS]), UTC)
    if ends_at <= now:
        raise Refused("link_over", "this link is over; sign in to see the plan", status=410)
    return told[_ENDS:].decode(), ends_at
