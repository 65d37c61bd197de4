"""Times as C-CDA writes them (`YYYYMMDDHHMMSS.UUUU±ZZZZ`) to ISO 8601 at the precision given.

Called for every time element. An offset appears only where one was given; nothing is rounded,
completed or converted. An illegal value is not a time: the caller keeps its text and says so.
"""

from __future__ import annotations

import calendar
import functools
import re

_SHAPE = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d+)?([+-]\d{4})?", re.ASCII)
_LATEST_OFFSET = 14


@functools.lru_cache(maxsize=4096)
def iso(value: str) -> str | None:
    """Return a C-CDA time in ISO 8601, or none when the value is no legal time."""
    found = _SHAPE.fullmatch(value.strip())
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    if not _real(int(year), month, day) or not _clock(hour, minute, second):
        return None
    if (fraction and not second) or (offset and not _offset(offset)):
        return None
    date = "-".join(part for part in (year, month, day) if part)
    if hour is None:
        return date
    clock = ":".join(part for part in (hour, minute, second) if part)
    zone = f"{offset[:3]}:{offset[3:]}" if offset else ""
    return f"{date}T{clock}{fraction or ''}{zone}"


def _real(year: int, month: str | None, day: str | None) -> bool:
    if month is None:
        return year > 0
    if not (year and 1 <= int(month) <= 12):  # noqa: PLR2004  # months of a year
        return False
    return day is None or 1 <= int(day) <= calendar.monthrange(year, int(month))[1]


def _clock(hour: str | None, minute: str | None, second: str | None) -> bool:
    sixty = 60
    return (
        int(hour or 0) < 24  # noqa: PLR2004  # hours of a day
        and int(minute or 0) < sixty
        and int(second or 0) <= sixty
    )


def _offset(offset: str) -> bool:
    return int(offset[1:3]) <= _LATEST_OFFSET and int(offset[3:]) < 60  # noqa: PLR2004  # minutes
