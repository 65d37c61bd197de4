"""Return codes: what stands on a printed cover, and what typing it back does.

A practice without screens at hand prints a packet; its cover bears a code of one delivery. Whoever
types it back with their name acknowledges that delivery, once. The code is random and expires; it
opens nothing, shows no plan and names no member. Pure but for `secrets`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from hub.canonical import Sealed
from hub.errors import Refused

if TYPE_CHECKING:
    from hub.asked import Actor

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
"""Digits and letters that are not mistaken for one another in print."""
LENGTH: Final = 15
"""74 bits: with the limits on guessing, none is ever hit."""
LASTS: Final = timedelta(days=60)
_GROUP: Final = 5


@dataclass(frozen=True, slots=True, repr=False)
class Code(Sealed):
    """A fresh code as it is printed, of which delivery, and until when it may be typed back."""

    printed: str
    delivery: str
    ends_at: datetime


class Returning(Protocol):
    """Keeps codes by their digest only."""

    async def issue(self, actor: Actor, delivery: str) -> Code:
        """Make a code for a delivery of the actor's practice; `Refused` 404 for another's."""

    async def redeem(self, code: str) -> tuple[str, str]:
        """Return (delivery, practice) of a code; `Refused` 404 when unknown, used or over."""

    async def known(self, actor: Actor, code: str) -> str:
        """Return the delivery of a code of the actor's own practice, used or not; else 404."""

    async def used(self, code: str) -> None:
        """Mark a code as used: it can't be typed back again."""


def fresh() -> str:
    """Return a new code, in groups of five."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[i : i + _GROUP] for i in range(0, LENGTH, _GROUP))


def typed(code: str) -> str:
    """Return a code as it was meant, however it was typed; `Refused` 422 when it is none.

    >>> typed(" abcde fghj2-34567 ")
    'ABCDEFGHJ234567'
    """
    plain = "".join(one for one in code.upper() if one.isalnum())
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        raise Refused("code_wrong", f"a return code has {LENGTH} letters and digits", status=422)
    return plain
