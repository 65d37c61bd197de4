"""How much one caller may ask of this process: token buckets, and a quiet book of refusals.

The guards and the sign-in take from buckets kept per credential or per address. Everything here is
in memory and bounded: the longest unused bucket is forgotten first. Nothing here waits.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BUCKETS = 10_000


class Buckets:
    """Token buckets by key: `per_second` refills, `burst` at most."""

    def __init__(
        self,
        per_second: float,
        burst: float,
        *,
        now: Callable[[], float] = time.monotonic,
        most: int = MOST_BUCKETS,
    ) -> None:
        self._rate = per_second
        self._burst = burst
        self._now = now
        self._most = most
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """Take one token; `Refused` 429 with `retry_after` in whole seconds when there is none."""
        at = self._now()
        tokens, since = self._held.pop(key, (self._burst, at))
        tokens = min(self._burst, tokens + (at - since) * self._rate)
        enough = tokens >= 1.0
        self._held[key] = (tokens - 1.0 if enough else tokens, at)
        if len(self._held) > self._most:
            self._held.popitem(last=False)
        if not enough:
            wait = int((1.0 - tokens) / self._rate) + 1
            raise Refused(
                "too_many_requests",
                f"too many requests; try again in {wait} s",
                status=429,
                retry_after=wait,
            )

    def __len__(self) -> int:
        return len(self._held)


class Quiet:
    """Says which refusals are worth an event: the first of a kind, then one a minute with a count.

    Whoever sends a thousand wrong keys a second must not fill the ledger.
    """

    def __init__(
        self, *, gap: float = 60.0, now: Callable[[], float] = time.monotonic, most: int = 1_000
    ) -> None:
        self._gap = gap
        self._now = now
        self._most = most
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def worth_telling(self, who: str, code: str) -> int:
        """Return how many refusals an event now stands for; 0: write none."""
        at = self._now()
        told, silent = self._told.pop((who, code), (at - self._gap, 0))
        due = at - told >= self._gap
        self._told[who, code] = (at, 0) if due else (told, silent + 1)
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        return silent + 1 if due else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The counters of one process. Rates are per credential, or per address for strangers."""

    credentials: Buckets = field(default_factory=lambda: Buckets(2_000, 10_000))
    strangers: Buckets = field(default_factory=lambda: Buckets(20, 500))
    sign_ins: Buckets = field(default_factory=lambda: Buckets(2, 120))
    codes: Buckets = field(default_factory=lambda: Buckets(0.2, 20))
    refusals: Quiet = field(default_factory=Quiet)
    hashing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
