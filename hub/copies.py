"""The member's own copy of a plan: who may make one, for whom, and what becomes of it on paper.

The pages of copies ask `Copies`; the store implements it. A copy is printed and handed over or
posted by a person of the sender or of a practice that has the plan, who says by name when it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from hub.asked import Actor
    from hub.officer import Sight

For = Literal["member", "representative"]
Way = Literal["handed", "posted"]
FOR: Final[tuple[For, ...]] = ("member", "representative")
WAYS: Final[tuple[Way, ...]] = ("handed", "posted")


@dataclass(frozen=True, slots=True, repr=False)
class Wanted(Sealed):
    """For whom a copy is: the member, or a personal representative by name."""

    whom: For
    name: str


@dataclass(frozen=True, slots=True, repr=False)
class Copied(Sealed):
    """A copy to keep: the PDF with its cover sheet, how many parts stayed out, why (to keep)."""

    id: str
    content: bytes
    withheld: int
    decision: Mapping[str, object]


class Copies(Protocol):
    """Copies of the actor's own organisation; another's is `Refused` 404."""

    async def plan_sight(self, actor: Actor, plan: str) -> Sight:
        """Return a plan of the sender's, or one the actor's practice has; else `Refused` 404."""

    async def keep(self, actor: Actor, sight: Sight, wanted: Wanted, made: Copied) -> None:
        """Keep a copy in the print queue, with its event."""

    async def queue(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the organisation's copies, those to print first; names are opened."""

    async def content(self, actor: Actor, copy: str) -> bytes:
        """Return a copy's PDF for printing, recorded; `Refused` 410 once it was given."""

    async def given(self, actor: Actor, copy: str, way: Way, name: str, on: date) -> None:
        """Record that it was handed over or posted, by whom and when; once."""
