"""Who treats a member beside their medical home: read from a file or a form, asked on a day.

42 CFR 2.11 defines the treating provider relationship, and a general designation (2.31(a)(4)) or a
class of treating providers reaches nobody without one. The store keeps them; a request asks whether
one holds on the day. It never makes one out of a plan or a document. Pure.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from hub.canonical import Sealed
from hub.directory import within
from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hub.asked import Actor

SOURCES: Final[Mapping[str, str]] = {
    "provider": "the provider says so",
    "member": "the member says so",
    "claims": "claims show it",
    "roster": "a roster of the provider lists the member",
    "plan": "the health plan's care manager knows it",
}
COLUMNS: Final = ("member_id", "organisation", "from", "to", "source")
MOST: Final = 50_000


@dataclass(frozen=True, slots=True, repr=False)
class Claim(Sealed):
    """That an organisation treats a member from a day until a day, both inclusive; who says so.

    `member` is the sender's own number of the member or our id, `organisation` an id or an NPI.
    """

    member: str
    organisation: str
    starts: date
    ends: date | None
    source: str
    number: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Relationship(Sealed):
    """A kept relationship, with who recorded it by which way and when."""

    id: str
    organisation: str
    organisation_name: str
    starts: date
    ends: date | None
    source: str
    way: str
    at: datetime
    name: str

    def holds(self, on: date) -> bool:
        """Say whether the relationship is in force on that day."""
        return within(self.starts, self.ends, on)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file did: rows kept, and (line of the file, code) of those that were not."""

    kept: int
    problems: tuple[tuple[int, str], ...] = ()


class Treating(Protocol):
    """Treating relationships: loaded by an MCO for its own members, recorded by a person."""

    async def load(self, actor: Actor, mco: str, content: bytes) -> Loaded:
        """Keep the good rows of a CSV about an MCO's members; `Refused` 422 for no such file."""

    async def record(self, actor: Actor, claim: Claim) -> str:
        """Keep one about a member by our id; `Refused` 422 for an unknown organisation."""

    async def of_member(self, member: str) -> tuple[Relationship, ...]:
        """Return everything kept about a member, those that are over too, the newest first."""


def parse(content: bytes) -> tuple[list[Claim], list[tuple[int, str]]]:
    """Read a CSV of relationships; `Refused` 422 names a missing column or an unreadable file."""
    try:
        table = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        missing = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if missing:
            what = f"the file lacks the column {', '.join(missing)}"
            raise Refused("treating_column_missing", what, status=422)
        claims: list[Claim] = []
        problems: list[tuple[int, str]] = []
        for count, row in enumerate(table, start=1):
            number = table.line_num
            if count > MOST:
                what = f"at most {MOST} rows in a file; split it"
                raise Refused("too_many_rows", what, status=422)
            found = _claim(number, row)
            if isinstance(found, Claim):
                claims.append(found)
            else:
                problems.append((number, found))
    except (csv.Error, UnicodeDecodeError):
        raise Refused("treating_unreadable", "not a CSV file in UTF-8", status=422) from None
    return claims, problems


def _claim(number: int, row: Mapping[str, Any]) -> Claim | str:
    """Return the claim of a row, or the code of what is wrong with it."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if any("\0" in cell for cell in given.values()):
        return "row_unreadable"
    starts, ends = _day(given["from"]), _day(given["to"])
    wrong: Sequence[tuple[str, Callable[[], bool]]] = (
        ("member_id_missing", lambda: not given["member_id"]),
        ("organisation_missing", lambda: not given["organisation"]),
        ("from_missing_or_not_iso", lambda: starts is None),
        ("to_not_iso", lambda: bool(given["to"]) and ends is None),
        ("to_before_from", lambda: bool(starts and ends and _wrong_end(starts, ends))),
        ("source_unknown", lambda: given["source"] not in SOURCES),
    )
    for code, holds in wrong:
        if holds():
            return code
    assert starts is not None, "asked above"  # noqa: S101  # for the type checker
    member, whose = given["member_id"], given["organisation"]
    return Claim(member, whose, starts, ends, given["source"], number)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _wrong_end(starts: date, ends: date) -> bool:
    """Say whether a last day can't be meant; the day before the first one says: it never held."""
    return ends < starts - timedelta(days=1)


def checked(claim: Claim, today: date) -> None:
    """Refuse what a form can't mean: an unknown source, a last day before the first."""
    if claim.source not in SOURCES:
        raise Refused("source_unknown", "choose who says so", status=422)
    if claim.ends is not None and _wrong_end(claim.starts, claim.ends):
        raise Refused("to_before_from", "the last day lies before the first", status=422)
    if claim.starts > today + timedelta(days=366):
        raise Refused("not_soon", "the first day is more than a year ahead", status=422)
