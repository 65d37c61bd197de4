"""What people see of labels and may ask to change: the port that pages and API hold on to.

`hub.store.labels` implements `Labels`; `hub.web` and the console ask it. Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from hub.canonical import Sealed

if TYPE_CHECKING:
    from hub.asked import Actor


@dataclass(frozen=True, slots=True)
class ElementShown:
    """One element of a plan with its label: where it is, a digest of its content, and why."""

    element: str
    digest: str
    categories: tuple[str, ...]
    part2_origin: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class LabelWish(Sealed):
    """A person's wish to raise or lower an element's label, of the content they saw (`digest`)."""

    direction: Literal["raise", "lower"]
    element: str
    digest: str
    categories: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LabelEffect:
    """What a change reached: plans held, deliveries queued (decided again), and what had left."""

    held: int
    queued: int
    sent: int


class Labels(Protocol):
    """Labels of a plan's elements, for its sender and the privacy officer (HR-21); 404 for others.

    Anybody who may see a plan whole may raise; only a privacy officer lowers, with a reason.
    """

    async def of_plan(self, actor: Actor, plan: str) -> tuple[ElementShown, ...]:
        """Return every element of a plan with its label; recorded as viewed."""

    async def change(self, actor: Actor, plan: str, wish: LabelWish) -> LabelEffect:
        """Raise or lower; `Refused` 403, 409 (moved on, or the label arrived) or 422."""
