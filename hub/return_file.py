"""The return file of a practice without an interface: what it says of plans, one line each.

CSV with `code or delivery, status, date, reason` (a header line is skipped). The page of return
files reads it with `lines` and records each line as an acknowledgment or an answer. A line that
can't be taken is told with its number and what to do; the others are taken. Pure.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import TYPE_CHECKING, Final

from hub.answers import CODES
from hub.canonical import Sealed
from hub.correspondence import Given
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hub.correspondence import AnswerKind

MOST: Final = 500
STATUSES: Final[Mapping[str, AnswerKind | None]] = {
    "acknowledged": None,
    "accepted": "accept",
    "disputed": "dispute",
    "changes_proposed": "propose",
    "cannot_reach": "cannot_reach",
    "meeting_asked": "meeting",
    "closed": "close",
    "returned": "return",
}
"""What the second column may say, and the answer it is; None: an acknowledgment."""
_COLUMNS = 3


@dataclass(frozen=True, slots=True, repr=False)
class Line(Sealed):
    """One line: its number, a return code or a delivery's id, what it says, when it was done."""

    number: int
    key: str
    status: str
    done_on: date
    reason: str = ""

    def given(self, name: str) -> Given | None:
        """Return the answer of a named person, or None where the line only acknowledges.

        A reason that is one of the answer's codes becomes its code.
        """
        kind = STATUSES[self.status]
        if kind is None:
            return None
        code = self.reason if self.reason in CODES[kind] else ""
        words = "" if code else self.reason
        told = f"Done on {self.done_on.isoformat()}."
        return Given(kind, name, f"{words} {told}".strip() if words else _alone(kind, told), code)


def _alone(kind: AnswerKind, told: str) -> str:
    """Return the date alone where no reason is needed; else nothing, so that it is asked for."""
    return told if kind in {"accept", "meeting"} else ""


def lines(text: str, today: date) -> Iterator[Line | tuple[int, str]]:
    """Yield each line, or its number and what is wrong with it; `Refused` 422 for too many."""
    rows = [row for row in enumerate(csv.reader(StringIO(text.lstrip("\ufeff"))), 1) if any(row[1])]
    if rows and _is_header(rows[0][1]):
        rows = rows[1:]
    if len(rows) > MOST:
        raise Refused("too_many_lines", f"send at most {MOST} lines at a time", status=422)
    for number, row in rows:
        yield _line(number, [cell.strip() for cell in row], today)


def _is_header(row: list[str]) -> bool:
    return len(row) >= _COLUMNS and row[1].strip().lower() == "status"


def _line(number: int, row: list[str], today: date) -> Line | tuple[int, str]:
    if len(row) < _COLUMNS:
        return number, "give code or delivery, status and date, with commas between"
    status = row[1].lower().replace(" ", "_")
    if status not in STATUSES:
        return number, f"the status is one of {', '.join(STATUSES)}"
    try:
        done_on = date.fromisoformat(row[2])
    except ValueError:
        return number, "the date is a day like 2026-11-02"
    if done_on > today:
        return number, "the date lies in the future"
    return Line(number, row[0], status, done_on, ", ".join(row[3:]).strip(", "))
