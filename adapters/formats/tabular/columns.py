"""Which column of a file holds which of the profile's columns: by name, in any order.

Called once for each table. A heading written as the profile has it counts first (`ID` and `id` are
one); only where there is none are signs and blanks passed over too (`Member-ID`). A moved or added
column changes nothing, a missing required one is named with what stands there instead.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.tables import letters
from adapters.profiles.tabling import NUMBER
from hub.canonical import Finding, Place, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.tabular.tables import Table
    from adapters.profiles import Profile
    from adapters.profiles.profiling import TableRule

_QUOTES: Final = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")
_NOT_LETTERS: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, repr=False)
class Columns(Sealed):
    """`at` gives a profile column's position, `titles` every column's own heading, folded.

    `before` and `after` hold the words of a place around the row's number, for each position. From
    position `own` on stand columns that a banner row says.
    """

    at: dict[str, int]
    titles: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    own: int

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
    aliases = {name: titles_of(name, table.rule, profile) for name in profile.columns}
    standing, doubled = _standing(header, aliases)
    at: dict[str, int] = {}
    findings: list[Finding] = []
    place = table.row_place(table.header.number, "header")
    needed = {*table.rule.required, *table.rule.key}
    needed |= {profile.row_kind} if not table.rule.kind and not profile.tables else set()
    for name, positions in standing.items():
        if len(positions) > 1:
            findings.append(_wrong("duplicate_column", name, _twice(header, positions), place))
        elif positions and name not in doubled:
            at[name] = positions[0]
        elif positions or name in needed:
            findings.append(_lacking(table, name, aliases, doubled.get(name, "")))
    titles = tuple([folded(title) for title in header])
    own = len(titles) - len(table.rule.banner)
    return Columns(at, titles, *table.around(titles), own), findings


def exact(title: str) -> str:
    """Return a heading as compared first: case, blanks and the shape of quotes do not count."""
    return folded(title).translate(_QUOTES).casefold()


def _standing(
    header: tuple[str, ...], aliases: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, list[int]], dict[str, str]]:
    """Return where each column may stand, and those that fit no better than another column does.

    A heading that is written as the profile has it counts first; one that differs in a sign is
    looked at only where none is, and never where it is another column's own.
    """
    held: dict[str, list[int]] = {}
    alike: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        held.setdefault(exact(title), []).append(position)
        alike.setdefault(key(title), []).append(position)
    standing = {
        name: sorted({p for title in titles for p in held.get(exact(title), ())})
        for name, titles in aliases.items()
    }
    taken = {p for positions in standing.values() for p in positions}
    loose: dict[int, list[str]] = {}
    for name, titles in aliases.items():
        if not standing[name]:
            near = {p for title in titles if key(title) for p in alike.get(key(title), ())}
            standing[name] = sorted(near - taken)
            for position in standing[name]:
                loose.setdefault(position, []).append(name)
    doubled = {}
    for names in loose.values():
        for name in names if len({_same(aliases[n], names, aliases) for n in names}) > 1 else ():
            doubled[name] = next(n for n in names if n != name)
    return standing, doubled


def _same(
    titles: tuple[str, ...], names: list[str], aliases: Mapping[str, tuple[str, ...]]
) -> frozenset[str]:
    """Return those headings of a column, as written, that others have in another form."""
    forms = [{key(title) for title in aliases[name]} for name in names]
    shared = set.intersection(*forms)
    return frozenset(exact(title) for title in titles if key(title) in shared)


def _twice(header: tuple[str, ...], positions: list[int]) -> str:
    """Say that a column stands twice: under one heading, or under two that differ in a sign."""
    if len({exact(header[position]) for position in positions}) == 1:
        return "stands twice, send it once"
    return (
        f"stands twice, in columns {' and '.join(map(letters, positions))} under headings that"
        " differ; name in the profile the one that it is, as it is written"
    )


def _lacking(
    table: Table, name: str, aliases: Mapping[str, tuple[str, ...]], other: str
) -> Finding:
    """Say that a column is missing, what was looked for, and which known headings are there."""
    place = table.row_place(table.header.number, "header")
    if other:
        what = f"fits the same heading as `{other}`; write each heading in the profile as it stands"
        return _wrong("ambiguous_column", name, what, place)
    known = " or ".join(f"`{alias}`" for alias in aliases[name])
    every = {exact(title) for titles in aliases.values() for title in titles}
    there = [folded(title) for title in table.header.cells if exact(title) in every]
    if there:
        told = f"row {table.header.number} has {', '.join(f'`{one}`' for one in there)}"
    else:
        told = f"no heading in row {table.header.number} is one of the profile's"
    return _wrong("missing_column", name, f"is missing, expected {known}; {told}", place)


def titles_of(name: str, rule: TableRule, profile: Profile) -> tuple[str, ...]:
    """Return the headings that a column of the profile may have in one of its tables."""
    if name in rule.columns:
        return tuple(map(_first, rule.columns[name]))
    elsewhere = {exact(title) for titles in rule.columns.values() for title in titles}
    return tuple(_first(title) for title in profile.columns[name] if exact(title) not in elsewhere)


def _first(title: str) -> str:
    """Return a heading with a number in it as the first of its groups has it: `Goal 1 Status`."""
    return title.replace(NUMBER, "1")


def _wrong(code: str, name: str, what: str, place: Place) -> Finding:
    return Finding("error", code, f"the column `{name}` {what}", place)


def fitting(header: tuple[str, ...], profile: Profile) -> bool:
    """Say whether a header looks like this profile's: its own marks, or half of all its columns."""
    held = {key(title) for title in header}
    marks = profile.identify.get("columns", ())
    if marks:
        return all(key(_first(mark)) in held for mark in marks)
    given = profile.columns.values()
    found = sum(any(key(_first(a)) in held for a in aliases) for aliases in given)
    return found * 2 >= len(profile.columns)
