"""What the values under a label look like: dates of a form, padded numbers, a few codes.

`outlining` asks inside the reader child, so that only shapes leave it: no value does, but short
codes that stand in several rows of a column.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_DATE: Final = re.compile(r"(\d{1,4})[/.-](\d{1,2})[/.-](\d{2,4})")
_NAMED: Final = (
    (re.compile(r"\d{4}-\d{2}-\d{2}T[\d:]{8}"), "ISO"),
    (re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}"), "%d-%b-%Y"),
    (re.compile(r"[A-Z][a-z]{2,8} \d{1,2}, \d{4}"), "%B %d, %Y"),
    (re.compile(r"\d{1,2} [A-Z][a-z]{3,8} \d{4}"), "%d %B %Y"),
    (re.compile(r"(?:19|20)\d{6}"), "%Y%m%d"),
    (re.compile(r"(?:19|20)\d{2}"), "%Y"),
)
_NAME: Final = re.compile(
    r"[A-Z][A-Za-z'\u2019-]+ [A-Z][A-Za-z'\u2019-]+(?:, ?(?:[JS]r\.?|JR|SR|I{2,3}|IV))?"
)
_BRACKETED: Final = re.compile(r"\[[A-Za-z][\w -]*: ?[\w.-]+\]")
_WHOLLY: Final = {
    "comma": re.compile(r"^[\w'\u2019 .-]+, ?[\w'\u2019 .-]+$"),
    "name": re.compile(rf"^(?:{_NAME.pattern})$"),
    "bracketed": _BRACKETED,
}
_ENDS: Final = re.compile(
    r"\b(?:end|stop)(?:ed|ped)?(?:\s*date)?\s*[-\u2013:,(]*\s*\d|\d\s*[-\u2013(]+\s*(?:end|stop)\b",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\w[^;]*; \w")
_MONTHS: Final = 12
_CODES: Final = 12
_LONGEST: Final = 14
_YEAR: Final = 4
_LONG: Final = 5


def shape(values: Sequence[str], *, codes: bool = False) -> dict[str, Any]:
    """Return the shape of values: `dates`, `zeros`, `comma`, `filled`; `codes` where asked for."""
    held = [value.strip() for value in values if value.strip()]
    found: dict[str, Any] = {"filled": len(held)}
    found |= _dated(held)
    if held and all(value.isdecimal() and len(value) >= _LONG for value in held):
        found["digits"] = True
    widths = {len(value) for value in held if value.isalnum() and any(map(str.isdigit, value))}
    if len(widths) == 1 and any(value.startswith("0") for value in held):
        found["zeros"] = widths.pop()
    for name, pattern in _WHOLLY.items() if held else ():
        if all(map(pattern.search, held)):
            found[name] = True
    if any(re.fullmatch(r"[\w-]{1,8}(; ?[\w-]{1,8})+", value) for value in held):
        found["divider"] = ";"
    found |= {"listed": True} if _listed(held) else {}
    if not codes:
        return found
    counts = Counter(held)
    short = all(len(value) <= _LONGEST and not _form(value) for value in counts)
    if short and len(counts) <= _CODES:
        found["codes"] = sorted(counts)
    return found


def _listed(held: Sequence[str]) -> bool:
    """Say whether half of the values or more hold several items with semicolons between."""
    return sum(bool(_LIST.search(value)) for value in held) * 2 >= len(held) > 0


def _dated(held: Sequence[str]) -> dict[str, Any]:
    """Return the forms of dates, whether each value is one, and whether words name an end."""
    found: dict[str, Any] = {"ends": True} if any(map(_ENDS.search, held)) else {}
    forms = {form for value in held if (form := _form(value))}
    if forms:
        found["dates"] = sorted(forms)
        found["plain"] = all(map(_form, held))
    return found


def _form(value: str) -> str:
    """Return the form a date is written in; `MDY?` where the day could be the month."""
    for pattern, form in _NAMED:
        if pattern.fullmatch(value):
            return form
    match = _DATE.fullmatch(value)
    if match is None:
        return ""
    first, second, last = match.groups()
    if len(first) == _YEAR:
        return "ISO" if "-" in value else "YMD"
    if len(last) != _YEAR:
        return ""
    if int(first) > _MONTHS:
        return "DMY"
    return "MDY" if int(second) > _MONTHS else "MDY?"


def forms(shapes: Sequence[dict[str, Any]]) -> list[str]:
    """Return the date forms of all shapes; a doubtful one counts only where no other is there."""
    every = {form for one in shapes for form in one.get("dates", ())}
    if "MDY?" in every:
        every.discard("MDY?")
        every |= set() if every & {"MDY", "DMY"} else {"MDY"}
    return sorted(every, key=lambda form: (form.startswith("%"), form))
