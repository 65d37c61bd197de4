"""What the commands do to a running hub with a profile: `adopting`'s verbs, and reading again.

`live` asks, shows and confirms. A stored document is read again by the line itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.adopting.trying import Listed, Trial, listed, put, rolled_back, tried

if TYPE_CHECKING:
    from collections import Counter

    from hub.main import Hub

__all__ = ["Listed", "Trial", "listed", "put", "renormalised", "rolled_back", "tried"]


async def renormalised(hub: Hub, submission: str, by: str) -> Counter[str]:
    """Read one stored submission again; a quarantined one is put back in the queue for it."""
    from hub.main import OPERATOR  # noqa: PLC0415  # keeps start-up quick
    from hub.pipeline import renormalise  # noqa: PLC0415  # as above

    counts = await renormalise(hub.engine(), hub.profiles, submission, by)
    if counts["quarantined"]:
        await hub.plans.retry(OPERATOR, submission)
    return counts
