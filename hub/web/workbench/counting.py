"""Counts filled fields in the background, one sender at a time, and remembers the last count.

The variability page starts a count and shows how far it is; nothing of a plan but the names of its
fields ever comes here. What was counted is forgotten when the process ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from hub.asked import Filling

EACH_READER = 200
_AT_ONCE = 2


@dataclass(slots=True)
class Count:
    """One sender's count: plans by reader, and for each field how many of them fill it."""

    started: datetime
    done: int = 0
    whole: int = 0
    missing: int = 0
    running: bool = True
    broken: bool = False
    plans: dict[str, int] = field(default_factory=dict)
    fields: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, reader: str, names: frozenset[str]) -> None:
        """Count one plan."""
        self.done += 1
        if not reader and not names:
            self.missing += 1
            return
        self.plans[reader] = self.plans.get(reader, 0) + 1
        for name in names:
            by = self.fields.setdefault(name, {})
            by[reader] = by.get(reader, 0) + 1


class Counts:
    """The counts of this process."""

    def __init__(self) -> None:
        self._held: dict[str, Count] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, mco: str) -> Count | None:
        """Return a sender's newest count, running or done."""
        return self._held.get(mco)

    def start(self, filling: Filling, mco: str, at: datetime) -> bool:
        """Begin a count; False when this one runs already, or enough others do."""
        held = self._held.get(mco)
        running = sum(one.running for one in self._held.values())
        if (held and held.running) or running >= _AT_ONCE:
            return False
        count = self._held[mco] = Count(at)
        task = asyncio.create_task(_counted(filling, mco, count))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True


async def _counted(filling: Filling, mco: str, count: Count) -> None:
    try:
        async for reader, whole, names in filling.fields(mco, EACH_READER):
            count.whole = whole
            count.add(reader, names)
            await asyncio.sleep(0)
    except Exception:  # noqa: BLE001  # told on the page: whatever it was, the count is not whole
        count.broken = True
    finally:
        count.running = False
