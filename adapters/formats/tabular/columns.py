"""Which column of a file holds which of the profile's columns: by name, in any order.

Called once for each table. Names are compared without case, blanks and underscores, so `ID`, `Id`
and `id` are one; a moved or added column changes nothing, a missing required one is named.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hub.canonical import Finding, Place, Sealed, folded

if TYPE_CHECKING:
    from adapters.formats.tabular.tables import Table
    from adapters.profiles import Profile
    from adapters.profiles.profiling import TableRule

_NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, repr=False)
class Columns(Sealed):
    """`at` gives a profile column's position, `titles` every column's own heading, folded.

    `before` and `after` hold the words of a place around the row's number, for each position.
    """

    at: dict[str, int]
    titles: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    def place(self, number: int, position: int, rule: str) -> Place:
        """Return the place of the cell at `position` of the row with this number."""
        if position >= len(self.before):
            return Place(f"row {number}, column ", "cell", rule)
        return Place(f"{self.before[position]}{number}{self.after[position]}", "cell", rule)


@functools.lru_cache(4096)
def key(name: str) -> str:
    """Return a column name in the form names are compared in."""
    return _NOT_LETTERS.sub("", name).casefold()


def matched(table: Table, profile: Profile) -> tuple[Columns, list[Finding]]:
    """Return where the profile's columns stand, and an error for each required one missing."""
    header = table.header.cells
    held: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        held.setdefault(key(title), []).append(position)
    at: dict[str, int] = {}
    findings: list[Finding] = []
    place = table.row_place(table.header.number, "header")
    needed = {*table.rule.required, *table.rule.key}
    needed |= {profile.row_kind} if not table.rule.kind and not profile.tables else set()
    for name in profile.columns:
        aliases = titles_of(name, table.rule, profile)
        positions = [p for alias in aliases for p in held.get(key(alias), ())]
        if len(set(positions)) > 1:
            findings.append(_wrong("duplicate_column", name, "stands twice, send it once", place))
        elif positions:
            at[name] = positions[0]
        elif name in needed:
            known = " or ".join(f"`{alias}`" for alias in aliases)
            what = f"is missing, expected {known}"
            findings.append(_wrong("missing_column", name, what, place))
    titles = tuple([folded(title) for title in header])
    return Columns(at, titles, *table.around(titles)), findings


def titles_of(name: str, rule: TableRule, profile: Profile) -> tuple[str, ...]:
    """Return the headings that a column of the profile may have in one of its tables."""
    if name in rule.columns:
        return rule.columns[name]
    elsewhere = {key(title) for titles in rule.columns.values() for title in titles}
    return tuple(title for title in profile.columns[name] if key(title) not in elsewhere)


def _wrong(code: str, name: str, what: str, place: Place) -> Finding:
    return Finding("error", code, f"the column `{name}` {what}", place)


def fitting(header: tuple[str, ...], profile: Profile) -> bool:
    """Say whether a header looks like this profile's: its own marks, or half of all its columns."""
    held = {key(title) for title in header}
    marks = profile.identify.get("columns", ())
    if marks:
        return all(key(mark) in held for mark in marks)
    found = sum(any(key(a) in held for a in aliases) for aliases in profile.columns.values())
    return found * 2 >= len(profile.columns)
