"""What a list says of a plan: its member's risk, how much is asked of the practice, what first.

The release step takes it of what leaves, the store keeps it beside the delivery, and the worklist
ranks by it. Only the words of the first ask are content; whoever keeps them seals them. Pure.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from hub.canonical import Sealed, each, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Plan

RISKS: Final[Mapping[str, int]] = {"low": 1, "moderate": 2, "high": 3}
_LATE = "9999"
_MONTH = len("2026-11")


@dataclass(frozen=True, slots=True, repr=False)
class Brief(Sealed):
    """What a list needs of a released plan: risk 0 to 3, how much is asked, the first ask."""

    risk: int = 0
    asks: int = 0
    text: str = ""
    due: str = ""
    day: date | None = None


def brief(plan: Plan) -> Brief:
    """Return what a list says of a plan, of what is asked of the practice."""
    asked = asks(plan)
    days = [found for _, due in asked if (found := day_of(due)) is not None]
    text, due = asked[0] if asked else ("", "")
    risk = RISKS.get((plan.risk.level if plan.risk else None) or "", 0)
    return Brief(risk, len(asked), text, due, min(days, default=None))


def asks(plan: Plan) -> list[tuple[str, str]]:
    """Return (words, due) of what the practice is asked, by due; its interventions come last."""
    found = [(said(a.text), said(a.due)) for a in plan.asks if a.of in {None, "pcmh"}]
    found.sort(key=lambda one: one[1] or _LATE)
    given = [(said(i.text), "") for i in each(plan.interventions) if i.responsible == "pcmh"]
    known = {text for text, _ in found}
    return found + [one for one in given if one[0] not in known]


def day_of(due: str) -> date | None:
    """Return the last day of a due date that names at least its month, or None.

    >>> day_of("2026-11-09"), day_of("2026-02"), day_of("soon")
    (datetime.date(2026, 11, 9), datetime.date(2026, 2, 28), None)
    """
    try:
        if len(due) == _MONTH:
            first = date.fromisoformat(f"{due}-01")
            return first.replace(day=calendar.monthrange(first.year, first.month)[1])
        return date.fromisoformat(due[:10])
    except ValueError:
        return None
