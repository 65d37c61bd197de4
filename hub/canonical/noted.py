"""Whether nothing but notes was read of a plan: it must not go on as if it were whole.

`hub.doubting` asks before a plan goes on its way. A document that only asks for something, reports
or withdraws, and an addendum, which stands beside a whole plan, may hold notes alone. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hub.canonical.place import Place

if TYPE_CHECKING:
    from hub.canonical.plan import Plan

_CARE: Final = frozenset({"icp", "pcsp", "isp", "poc"})
"""Kinds of document that say what is to be done for the member."""


def only_notes(plan: Plan) -> Place | None:
    """Return the place of the first note of a plan without concern, goal or intervention.

    None where the plan holds one of them, or need not.
    """
    header = plan.header
    held = (plan.concerns, plan.goals, plan.interventions, plan.asks, header.related)
    if header.kind not in _CARE or header.status == "revoked" or any(held) or not plan.notes:
        return None
    found = plan.places.get("/notes/0/text") or plan.places.get("/notes/0")
    return found or Place("", "pointer")
