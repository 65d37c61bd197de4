"""How many deliveries each endpoint has under way here, and how many more it may have.

`batches` asks it before it claims deliveries, so that a practice which hangs holds a few places of
the worker and not all: after a failure an endpoint may have two at once, and each success doubles
that. One node's own knowledge; it delays and never decides what is sent.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub.stored import Sending, SendOutcome

MOST: Final = 64
"""Of one endpoint that answers: as many as one claim takes."""
FEW: Final = 2
"""Of one endpoint whose last attempt failed: enough to learn that it is well again."""


class Turns:
    """What is under way, by endpoint; `total` counts all."""

    def __init__(self) -> None:
        self.total = 0
        self._under_way: Counter[str] = Counter()
        self._most: dict[str, int] = {}

    def begins(self, sending: Sending) -> None:
        """Count an attempt that begins."""
        self.total += 1
        self._under_way[sending.endpoint.id] += 1

    def ends(self, sending: Sending, outcome: SendOutcome | None) -> None:
        """Count an attempt that is over, and learn from what it came to."""
        endpoint = sending.endpoint.id
        self.total -= 1
        self._under_way[endpoint] -= 1
        if not self._under_way[endpoint]:
            del self._under_way[endpoint]
        if outcome is not None and outcome.state == "sent":
            wider = self._most.pop(endpoint, MOST) * 2
            if wider < MOST:
                self._most[endpoint] = wider
        else:
            self._most[endpoint] = FEW

    def room(self, endpoint: str) -> int:
        """Return how many more an endpoint may have under way."""
        return max(0, self._most.get(endpoint, MOST) - self._under_way[endpoint])

    def full(self) -> list[str]:
        """Return the endpoints that may have no more just now."""
        return [endpoint for endpoint in self._under_way if not self.room(endpoint)]
