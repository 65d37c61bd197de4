"""Business hours of an organisation, and what a number of business days after an instant is.

The directory keeps an organisation's hours, the clocks count by them: a plan sent on Friday
evening isn't late on Sunday. Holidays are those of the `holidays` package. Pure; no clock is read.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from consent.registry import local_day

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST_CLOSED = 366
_COMMON = "US"


@dataclass(frozen=True, slots=True)
class Hours:
    """When somebody is there: `zone` IANA, `holidays` as `US` or `US-PA` (empty: none kept).

    `closed` are further days off. The times are the zone's wall clock.
    """

    zone: str = "America/New_York"
    opens: time = time(8)
    closes: time = time(17)
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    closed: tuple[date, ...] = ()
    holidays: str = _COMMON

    def __post_init__(self) -> None:
        """Refuse hours by which nobody would ever be there; `ValueError` says which."""
        if not self.opens < self.closes or not self.days:
            raise ValueError("hours must open before they close, on at least one day")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError("hours.zone must be like America/New_York") from None
        if self.holidays != _COMMON:
            _kept(self.holidays, 2000)


USUAL = Hours()
"""Of an organisation that has told us nothing else."""


def day_of(at: datetime) -> date:
    """Return the day it is at an aware instant where the members live, as consent counts days."""
    return local_day(at, USUAL.zone)


@functools.lru_cache(maxsize=1024)
def parsed(text: str) -> Hours:
    """Return hours from their JSON as the directory keeps it; `ValueError` when wrong."""
    return msgspec.json.decode(text, type=Hours)


def opening(hours: Hours, at: datetime) -> datetime:
    """Return the first instant at or after `at` when somebody is there, aware, in UTC."""
    local = at.astimezone(ZoneInfo(hours.zone))
    if _works(hours, local.date()) and local.time() < hours.closes:
        return max(at, _at(hours, local.date(), hours.opens))
    return _at(hours, _next(hours, local.date()), hours.opens)


def after(hours: Hours, at: datetime, days: int) -> datetime:
    """Return the instant `days` business days after `at`, in UTC.

    What comes outside business hours counts from the next opening. Friday 16:00 and two days are
    Tuesday 16:00; Saturday and two days are Wednesday at the opening.

    >>> after(USUAL, datetime.fromisoformat("2026-11-20T16:00-05:00"), 2).isoformat()
    '2026-11-24T21:00:00+00:00'
    """
    local = opening(hours, at).astimezone(ZoneInfo(hours.zone))
    day = local.date()
    for _ in range(days):
        day = _next(hours, day)
    return _at(hours, day, local.time())


def _next(hours: Hours, day: date) -> date:
    """Return the first business day after a day."""
    for step in range(1, _LONGEST_CLOSED):
        if _works(hours, day + timedelta(days=step)):
            return day + timedelta(days=step)
    raise ValueError("hours.closed leaves no business day for a year")


def _works(hours: Hours, day: date) -> bool:
    named = _WEEK[day.weekday()] in hours.days
    return named and day not in hours.closed and day not in _kept(hours.holidays, day.year)


def _at(hours: Hours, day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(hours.zone)).astimezone(ZoneInfo("UTC"))


@functools.lru_cache(maxsize=256)
def _kept(where: str, year: int) -> frozenset[date]:
    """Return the public holidays of a country or of one of its parts in a year."""
    if not where:
        return frozenset()
    import holidays  # noqa: PLC0415  # costs 0.2 s, and only who counts days needs it

    country, _, part = where.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except (NotImplementedError, KeyError):
        raise ValueError("hours.holidays must be like US or US-PA") from None
