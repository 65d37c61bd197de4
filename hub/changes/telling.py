"""Changes as pages and the API tell them. Pure; who may see what was settled before.

`by_part` is for templates, `told` is the JSON value of the API.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from hub.changes.comparing import changes

if TYPE_CHECKING:
    from hub.asked import Earlier
    from hub.canonical import Plan
    from hub.changes.comparing import Change


def told(before: Earlier | None, plan: Plan) -> dict[str, object]:
    """Return `since` (a version, and who took it) and `changes`; since null: nothing to compare."""
    if before is None:
        return {"since": None, "changes": []}
    since = {"version": before.version, "acknowledged_by": before.taken_by}
    return {"since": since, "changes": [asdict(one) for one in changes(before.plan, plan)]}


def by_part(before: Earlier | None, plan: Plan) -> list[tuple[str, list[Change]]]:
    """Return the changes under the titles of their parts; none where nothing is to compare."""
    found = changes(before.plan, plan) if before else ()
    return [(part, list(some)) for part, some in groupby(found, key=attrgetter("part"))]
