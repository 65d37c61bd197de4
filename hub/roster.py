"""Roster and attribution files (STANDARDS §6.3): CSV rows to members and homes, under sanity gates.

The store calls `parse`, compares with what is in force, asks `gate`, and loads all or nothing.
Pure: no I/O. Row problems are (row number from 1, code); they never hold what the row said.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

from hub.canonical import Sealed
from hub.errors import Refused

COLUMNS: dict[str, tuple[str, ...]] = {
    "member_id": ("member_id", "memberid", "member", "plan_member_id"),
    "medicaid": ("ma_id", "medicaid_id", "medicaid", "recipient_id"),
    "family": ("last_name", "last", "family", "family_name"),
    "given": ("first_name", "first", "given", "given_name"),
    "birth_date": ("dob", "birth_date", "date_of_birth"),
    "sex": ("sex", "gender"),
    "county": ("county",),
    "phone": ("phone", "telephone", "phone_number", "member_phone"),
    "address": ("address", "mailing_address", "street_address"),
    "email": ("email", "e-mail", "email_address"),
    "language": ("language", "preferred_language", "primary_language"),
    "best_time": ("best_time", "best_time_to_call"),
    "line_of_business": ("line_of_business", "lob"),
    "program": ("program", "plan_program"),
    "pcmh": ("pcmh", "attributed_practice", "practice_id", "practice_npi", "attributed_npi"),
    "starts": ("start", "start_date", "effective_date"),
    "ends": ("end", "end_date", "term_date"),
    "change": ("change_type", "change"),
}
REQUIRED = ("member_id", "family", "given", "birth_date", "pcmh")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True, repr=False)
class RosterRow(Sealed):
    """One member with one medical home; `dropped`: no longer with the sender or the home."""

    number: int
    member_id: str
    medicaid: str
    family: str
    given: str
    birth_date: str
    sex: str
    county: str
    pcmh: str
    starts: date | None
    ends: date | None
    dropped: bool
    phone: str = ""
    address: str = ""
    email: str = ""
    language: str = ""
    best_time: str = ""
    line_of_business: str = ""
    program: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class RosterFile(Sealed):
    """The good rows of a file and the problems of the others."""

    rows: tuple[RosterRow, ...]
    problems: tuple[tuple[int, str], ...]


def parse(content: bytes) -> RosterFile:
    """Read a roster CSV; `Refused` 422 names a missing column or an unreadable file."""
    text = _decoded(content)
    table = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip().lower().replace(" ", "_") for name in next(table)]
        where = _where(header)
        rows: list[RosterRow] = []
        problems: list[tuple[int, str]] = []
        for number, cells in enumerate(table, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            row = _row(number, cells, where)
            if isinstance(row, tuple):
                problems.append(row)
            else:
                rows.append(row)
    except (csv.Error, StopIteration):
        raise Refused("roster_unreadable", "not a CSV file with a header row", status=422) from None
    return RosterFile(tuple(rows), tuple(problems))


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("roster_encoding", "the file is neither UTF-8 nor Windows-1252", status=422)


def _where(header: list[str]) -> dict[str, int]:
    where = {
        field: header.index(name)
        for field, names in COLUMNS.items()
        for name in names
        if name in header
    }
    missing = [field for field in REQUIRED if field not in where]
    if missing:
        named = ", ".join(f"`{COLUMNS[field][0]}`" for field in missing)
        raise Refused("roster_column_missing", f"the file lacks {named}", status=422)
    return where


def _row(number: int, cells: list[str], where: dict[str, int]) -> RosterRow | tuple[int, str]:
    def cell(field: str) -> str:
        position = where.get(field, len(cells))
        return cells[position].strip() if position < len(cells) else ""

    if any("\0" in each for each in cells):
        return number, "row_unreadable"
    missing = next((field for field in REQUIRED if not cell(field)), None)
    if missing is not None:
        return number, f"{missing}_missing"
    bad = next((f for f in ("birth_date", "starts", "ends") if not _is_day(cell(f))), None)
    if bad is not None:
        return number, f"{bad}_not_iso"
    if re.fullmatch(r"\d(\.\d+)?[eE]\+\d+", cell("member_id")):
        return number, "member_id_damaged"
    plain = (
        *("member_id", "medicaid", "family", "given", "birth_date", "sex", "county", "pcmh"),
        *("line_of_business", "program", "phone", "address", "email", "language", "best_time"),
    )
    return RosterRow(
        number=number,
        starts=_day(cell("starts")),
        ends=_day(cell("ends")),
        dropped=cell("change").lower() == "dropped",
        **{field: cell(field) for field in plain},
    )


def _is_day(text: str) -> bool:
    try:
        return not text or (bool(_DAY.fullmatch(text)) and _day(text) is not None)
    except ValueError:
        return False


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def gate(file: RosterFile, kind: str, active: set[str], max_drop: float) -> str | None:
    """Return why the whole file must be refused, with the figures, or None.

    `active` are the member ids now active; a full file drops those it does not list.
    """
    seen: set[tuple[str, str]] = set()
    for row in file.rows:
        key = (row.member_id, row.pcmh)
        if not row.dropped and row.ends is None and key in seen:
            return f"row {row.number} repeats an active member; one active row for each"
        seen.add(key)
    if kind != "full" or not active:
        return None
    kept = {row.member_id for row in file.rows if not row.dropped}
    dropped = len(active - kept)
    if dropped / len(active) > max_drop:
        return (
            f"drops {dropped} of {len(active)} active members, more than "
            f"{max_drop:.0%}; the roster before it stays in force"
        )
    return None
