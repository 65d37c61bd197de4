"""Sheets and files that no table of the profile names: counted, told by name, kept, never dropped.

Called by the reader once the rows of a delivery are grouped. A row that says whose it is stays with
that member's plans; of the others every plan says that they are there and were not read. Their
places carry the rule `unread`, so that the plan waits for a person. A sheet without a table, and
what the profile ignores with a reason, are only counted and told. No row is ever given to a member
by guess, and a name that could be a person's is never repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.columns import exact, key, titles_of
from adapters.profiles import TableRule
from hub.canonical import UNREAD, Finding, Place, Residue, Sealed, Tally, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from adapters.formats.tabular.charting import Line
    from adapters.formats.tabular.tables import Row
    from adapters.profiles import Profile

_DEEP: Final = 20
_HEADS: Final = 3
_HEAD: Final = 60
_SHORTEST: Final = 5
_NAME: Final = 48
_FIGURES: Final = re.compile(r"\d{5}")
_WORD: Final = re.compile(r"[^\W_]+")
_TOKEN: Final = re.compile(r"[^\W_][\w-]*")
Group = tuple[str, ...]
Kept = tuple[Residue, Place]


@dataclass(slots=True, repr=False)
class Left(Sealed):
    """A sheet or zipped file that was not read: what it is (`sheet`, `file`), its number and name.

    `cells` counts what it holds where it has no rows; `reason` is the profile's for ignoring it.
    """

    what: str
    number: int
    name: str
    rows: list[Row] = field(default_factory=list)
    hidden: bool = False
    reason: str = ""
    cells: int = 0


@dataclass(slots=True, repr=False)
class Told(Sealed):
    """What became of everything that was left: for all plans, for some, and its tally."""

    findings: list[Finding] = field(default_factory=list)
    every: list[Kept] = field(default_factory=list)
    own: dict[str, list[Kept]] = field(default_factory=dict)
    tally: Tally = field(default_factory=lambda: Tally(0, 0, 0, 0))

    def kept(self, group: Group) -> list[Kept]:
        """Return what a plan keeps of what was left."""
        return [*self.own.get(group[0], ()), *self.every]


def ignoring(profile: Profile, name: str) -> str:
    """Return the reason for which the profile ignores a sheet or file, empty where it does not."""
    for one in profile.ignore:
        if any(fnmatchcase(name.casefold(), pattern.casefold()) for pattern in one.named):
            return one.because
    return ""


def told(left: Iterable[Left], groups: Mapping[Group, list[Line]], profile: Profile) -> Told:
    """Return what is said and kept of what was left; `groups` are the lines of each plan."""
    found = Told()
    given = list(left)
    ids = {group[0] for group in groups if group[0]} if given else set()
    persons = _persons(groups, profile) if given else set()
    for one in given:
        name = _named(one, persons) if groups else f"{one.what} {one.number}"
        _tell(one, name, ids, profile, found)
    return found


def _tell(one: Left, name: str, ids: set[str], profile: Profile, found: Told) -> None:
    """Say what became of one sheet or file, count it and keep it where it must be looked at."""
    cells = one.cells + sum(bool(cell.strip()) for row in one.rows for cell in row.cells)
    if one.reason:
        found.tally = _more(found.tally, Tally(cells, 0, 0, cells))
        message = f"the {name} was left unread, as the profile says"
        found.findings.append(_finding("note", "ignored_sheet", message, one))
        return
    found.tally = _more(found.tally, Tally(cells, 0, cells, 0))
    head = _head(one.rows)
    body = [row for row in one.rows if head is None or row.number > head.number]
    at = _id_at(head, profile)
    owners = [_owner(row, at, ids) for row in body]
    loud = any(owners) or one.cells or (head is not None and not one.hidden)
    count = f"{len(body)} row{'s' * (len(body) != 1)}"
    if not loud:
        message = f"the {name} ({count}) holds no table, it was not read"
        found.findings.append(_finding("note", f"unread_{one.what}", message, one))
        return
    size = f" ({count})" if one.rows else ""
    message = (
        f"the {name}{size} is no table of the profile, it was not read and its plans wait for a"
        " person; bind it under `tables`, or name it under `ignore` with the reason"
    )
    found.findings.append(_finding("warning", f"unread_{one.what}", message, one))
    _keep(one, name, (head, body, owners), found)


def _keep(one: Left, name: str, rows: tuple[Row | None, list[Row], list[str]], found: Told) -> None:
    """Give each member the rows that say so, and every plan a word of the others."""
    head, body, owners = rows
    place = Place(f"{one.what} {one.number}", "cell", UNREAD)
    mine: dict[str, list[str]] = {}
    for row, owner in zip(body, owners, strict=True):
        if owner:
            mine.setdefault(owner, []).append(_words(row, head))
    for owner, texts in mine.items():
        residue = Residue(text="\n".join(texts), label=f"Not read: {name}")
        found.own.setdefault(owner, []).append((residue, place))
    others = owners.count("")
    if others or not body:
        rest = f"{others} of its {len(body)} rows name" if mine else f"{len(body)} rows"
        size = f" ({rest}{' no member of this file' if mine else ''})" if body else ""
        text = f"The {name}{size} was not read. Look at the document it came in."
        found.every.append((Residue(text=text, label="Not read"), place))


def _finding(severity: str, code: str, message: str, one: Left) -> Finding:
    place = Place(f"{one.what} {one.number}", "cell")
    return Finding("warning" if severity == "warning" else "note", code, message, place)


def _more(one: Tally, other: Tally) -> Tally:
    return Tally(
        one.source_items + other.source_items,
        one.mapped + other.mapped,
        one.residue + other.residue,
        one.ignored + other.ignored,
    )


def _head(rows: list[Row]) -> Row | None:
    """Return the row that is the head of a table: three titles or more, with a row below."""
    for at, row in enumerate(rows[:_DEEP]):
        titles = [cell for cell in row.cells if cell.strip()]
        words = all(len(one) < _HEAD and _WORD.search(one) for one in titles)
        below = max((sum(map(bool, one.cells)) for one in rows[at + 1 : at + 4]), default=0)
        if len(titles) >= _HEADS and words and below > 1:
            return row
    return None


def _id_at(head: Row | None, profile: Profile) -> int:
    """Return the position of the member's id under a head, -1 where none is called so."""
    titles = titles_of(profile.group_by[0], TableRule(""), profile)
    known = {exact(title) for title in titles} | {key(title) for title in titles}
    cells = head.cells if head is not None else ()
    return next((at for at, cell in enumerate(cells) if {exact(cell), key(cell)} & known), -1)


def _owner(row: Row, at: int, ids: set[str]) -> str:
    """Return the member's id that a row says: under the id's heading, else as one long number."""
    if at >= 0:
        cell = row.cells[at].strip() if at < len(row.cells) else ""
        return cell if cell in ids else ""
    tokens = {token for cell in row.cells for token in _TOKEN.findall(cell)}
    said = [one for one in tokens & ids if len(one) >= _SHORTEST and any(map(str.isdigit, one))]
    return said[0] if len(said) == 1 else ""


def _words(row: Row, head: Row | None) -> str:
    """Return a row in one line, each cell after its heading."""
    titles = head.cells if head is not None else ()
    said = [
        f"{folded(titles[at])}: {folded(cell)}" if titles[at : at + 1] else folded(cell)
        for at, cell in enumerate(row.cells)
        if cell.strip()
    ]
    return "; ".join(said)


def _named(one: Left, persons: set[str]) -> str:
    """Return what to call a sheet: by its name, by its number where that could name a person."""
    words = {word.casefold() for word in _WORD.findall(one.name)}
    plain = len(one.name) <= _NAME and one.name.isprintable() and "`" not in one.name
    if not words or not plain or words & persons or _FIGURES.search(one.name):
        return f"{one.what} {one.number}"
    return f"{one.what} `{one.name}`"


def _persons(groups: Mapping[Group, list[Line]], profile: Profile) -> set[str]:
    """Return every word by which the members of a delivery are known."""
    return {word.casefold() for said in _said(groups, profile) for word in _WORD.findall(said)}


def _said(groups: Mapping[Group, list[Line]], profile: Profile) -> Iterator[str]:
    sources = {rule.source for rule in profile.member}
    for group, lines in groups.items():
        yield from group
        for line in lines:
            at = line.chart.columns.at
            yield from (line.cells[at[name]] for name in sources if name in at)
