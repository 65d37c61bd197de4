"""When an endpoint is probed, and what an answer means for its health: works, or fails since when.

The ticker's probe job and `icp-hub probe` ask it; the store keeps `Health` as a row. One failure at
night may be somebody's maintenance: it is looked at again half an hour later, and a person is told
only then, once, and once more when it works again. Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from hub.errors import Kind
    from hub.hours import Hours

QUIET: Final = 2
"""The hour of a practice's own clock at which its quiet time begins."""
SPAN: Final = timedelta(hours=2)
"""Over how long the probes of a zone are spread, so that they don't all come at once."""
AGAIN: Final = timedelta(minutes=30)
FAILING: Final = timedelta(hours=1)
"""How often a connection that fails is looked at, so that its recovery is noticed."""
OFF: Final = "probe_off"
"""What the probe of a connection comes to that nobody is to look at."""
MAIL: Final = "hub-mail"
"""Stands for the hub's own mail server among the endpoints."""

Tell = Literal["", "fails", "works", "ends"]


@dataclass(frozen=True, slots=True)
class Health:
    """How a connection fares: `since` when it is so, `told` what its owner was told last."""

    ok: bool | None = None
    code: str = ""
    since: datetime | None = None
    failures: int = 0
    told: Tell = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe came to: a code, and what kind of trouble it is; empty: it works."""

    code: str
    trouble: Kind | Literal[""] = ""


def night(hours: Hours, endpoint: str, now: datetime) -> datetime:
    """Return the endpoint's next instant in its quiet time, in UTC.

    The same endpoint has the same minute every night.
    """
    spread = int.from_bytes(hashlib.sha256(endpoint.encode()).digest()[:4]) / 2**32
    zone, late = ZoneInfo(hours.zone), SPAN * spread
    day = now.astimezone(zone).date()
    while True:
        begins = datetime(day.year, day.month, day.day, QUIET, tzinfo=zone)
        at = begins.astimezone(ZoneInfo("UTC")) + late
        if at > now:
            return at
        day += timedelta(days=1)


def judged(before: Health, answer: Answer, now: datetime) -> tuple[Health, Tell]:
    """Return how the connection fares now, and what its owner must be told of it."""
    ok = not answer.trouble
    since = before.since if before.ok == ok and before.since else now
    if ok:
        health = Health(ok=True, code=answer.code, since=since, told=before.told)
        if answer.code == OFF:  # nobody looked: that is no news of its recovery
            return replace(health, told=""), ""
        if before.told == "fails":
            return replace(health, told="works"), "works"
        return health, ""
    failures = before.failures + 1
    health = Health(ok=False, code=answer.code, since=since, failures=failures, told=before.told)
    sure = failures > 1 or answer.trouble == "permanent"
    if sure and before.told != "fails":
        return replace(health, told="fails"), "fails"
    return health, ""


def next_probe(health: Health, hours: Hours, endpoint: str, now: datetime) -> datetime:
    """Return when to look again: tonight where it works, sooner while it fails."""
    if health.ok:
        return night(hours, endpoint, now)
    return now + (AGAIN if health.failures == 1 else FAILING)
