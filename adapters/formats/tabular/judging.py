"""Which rows can be trusted: each by itself, then all rows of one plan together.

Called by the reader before any plan is made. A bad row is left out as a finding with its number,
and its neighbours go on; rows that disagree about whose plan they are, are all left out.
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.columns import exact
from adapters.formats.tabular.valuing import DAMAGED, Cast, Misfit
from hub.canonical import Finding, Place, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.formats.tabular.charting import Chart, Line
    from adapters.formats.tabular.tables import Row
    from adapters.profiles import FieldRule

PROBLEMS: Final = {
    "bad_quotes": "its quotes are not closed where a cell ends",
    "cell_too_long": "a cell is longer than any plan's",
    "short_row": "it has fewer cells than the header",
    "long_row": "it has more cells than the header",
    "damaged_id": "a spreadsheet has damaged its id, export the column as text",
    "missing_value": "a required cell is empty",
    "unknown_row_kind": "the profile knows no such kind of row",
    "empty_item": "it says nothing in the columns of its kind",
    "odd_birth_date": "there is no such birth date",
    "two_members": "one plan id is given to two members",
    "orphan_row": "no row of the delivery names the plan it is of",
    "open_key": "its key is that of several plans",
    "odd_banner": "it names a member by an id that can't be one, the rows below it are nobody's",
    "member_conflict": "rows of one plan differ about who the member is",
}
_LONE: Final = {
    "lone_row": "it has one cell and no member's id; ask the sender whose it is, or name it under"
    " `furniture` where it is the form's own",
    "closing_row": "below the last row of any member stands one cell and no id; a total or a"
    " footnote? Then name it under `furniture`",
}
"""Rows of one cell: a heading, a total, a footnote, or words whose member is not said."""
_ONE_CELL: Final = frozenset(
    {"short_row", "missing_value", "damaged_id", "unknown_row_kind", "empty_item", "odd_birth_date"}
)
_COLUMNS: Final = 3
_IDENTITY: Final = frozenset({"birth_date", "name.family"})
Group = tuple[str, ...]


class Judge(Sealed):
    """Judges the rows of one table by themselves; equal ids and birth dates are judged once."""

    def __init__(self, chart: Chart) -> None:
        self.chart = chart
        profile, at = chart.rules.profile, chart.columns.at
        self._width = len(chart.columns.titles)
        rule = chart.table.rule
        names = dict.fromkeys((*rule.required, *rule.key))
        self._needed = [at[name] for name in names if name in at]
        ids = {r.source for r in profile.member if r.target.startswith("identifiers.")}
        ids |= {r.source for r in profile.coverage if r.target == "member_id"}
        ids |= {*profile.group_by, *profile.widths}
        self._ids = [(at[n], profile.widths.get(n)) for n in sorted(ids) if n in at]
        self._furniture = _patterns(profile.furniture)
        self._sound: set[tuple[str, ...]] = set()
        self._born = [
            (cast, at[cast.source])
            for name, _, casts in chart.rules.roots
            for cast in casts
            if name == "member" and cast.target == "birth_date" and cast.source in at
        ]
        fixed = bool(rule.kind) and not chart.bare
        self._single = [
            at[cast.source]
            for _, _, casts in (chart.rules.roots if fixed else ())
            for cast in casts
            if cast.source in at and cast.source not in profile.group_by
        ]
        self._about = [p for p, _ in self._ids] + [p for _, p in self._born]

    def problem(self, row: Row) -> str:
        """Return what is wrong with a row by itself, as a finding's code, or nothing."""
        code = self._problem(row)
        return "lone_row" if code in _ONE_CELL and self._lone(row.cells) else code

    def furniture(self, row: Row) -> bool:
        """Say whether a row is the form's own: its heads again, or a total as the profile says."""
        if not row.problem and self._heads_again(row):
            return True
        if self._furniture is None or row.problem not in {"", "odd_banner"}:
            return False
        said = folded(" ".join(cell for cell in row.cells if cell))
        return bool(self._furniture.fullmatch(said.casefold()))

    def _heads_again(self, row: Row) -> bool:
        """Say whether a row says in every cell that it fills what stands at the head of it."""
        own = self.chart.columns.own
        filled = [at for at, cell in enumerate(row.cells[:own]) if cell.strip()]
        titles = self.chart.columns.titles
        return len(filled) > 1 and all(exact(row.cells[at]) == exact(titles[at]) for at in filled)

    def _lone(self, cells: tuple[str, ...]) -> bool:
        """Say whether a row has one cell, and that one is no id: nothing a spreadsheet damaged."""
        filled = [position for position, cell in enumerate(cells) if cell.strip()]
        if len(filled) != 1 or self._width < _COLUMNS:
            return False
        cell = cells[filled[0]].strip()
        is_id = any(position == filled[0] for position, _ in self._ids)
        return not (is_id and (cell.isalnum() or DAMAGED.fullmatch(cell)))

    def _problem(self, row: Row) -> str:
        cells = row.cells
        if row.problem:
            return row.problem
        if len(cells) != self._width and (len(cells) < self._width or any(self._over(cells))):
            return "short_row" if len(cells) < self._width else "long_row"
        for position in self._needed:
            if not cells[position] or cells[position].isspace():
                return "missing_value"
        about = tuple([cells[position] for position in self._about])
        return self._unfit(cells) if about in self._sound else self._unsound(cells, about)

    def _over(self, cells: tuple[str, ...]) -> list[str]:
        return [cell for cell in cells[self._width :] if cell.strip()]

    def _unsound(self, cells: tuple[str, ...], about: tuple[str, ...]) -> str:
        """Judge ids and a birth date seen for the first time."""
        if any(_damaged(cells[position].strip(), width) for position, width in self._ids):
            return "damaged_id"
        unfit = self._unfit(cells)
        if unfit or not all(_dated(cast, cells[position]) for cast, position in self._born):
            return unfit or "odd_birth_date"
        self._sound.add(about)
        return ""

    def _unfit(self, cells: tuple[str, ...]) -> str:
        """Return why a row is no item."""
        rules = self.chart.items(cells)
        if self.chart.bare:
            return ""
        if not rules:
            return "unknown_row_kind"
        for rule in rules:
            for _, position in rule.casts:
                if cells[position] and not cells[position].isspace():
                    return ""
        said = any(cells[position].strip() for position in self._single)
        return "" if said else "empty_item"


def _patterns(given: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return one pattern for the words of furniture; `*` and `?` stand for anything."""
    words = [translate(folded(one).casefold()) for one in given]
    return re.compile("|".join(words)) if words else None


def _damaged(cell: str, width: int | None) -> bool:
    """Say whether a spreadsheet rewrote an id: exponent, or zeros lost against its width."""
    if not cell:
        return False
    return bool(DAMAGED.fullmatch(cell)) or (width is not None and len(cell) != width)


def _dated(cast: Cast, cell: str) -> bool:
    if not cell.strip():
        return True
    try:
        cast.value(cell, Place(""), [])
    except Misfit:
        return False
    return True


def grouped(
    lines: list[Line], names: tuple[str, ...]
) -> tuple[dict[Group, list[Line]], list[tuple[Line, str]]]:
    """Return the lines by the cells that say which plan they are part of, and those of no plan.

    A line of a table that has only a part of the key joins the one plan that has the same part.
    """
    groups: dict[Group, list[Line]] = {}
    joining = []
    for line in lines:
        if len(line.chart.table.rule.key) < len(names):
            joining.append(line)
        else:
            groups.setdefault(_group(line, names), []).append(line)
    bad = []
    joins: dict[tuple[str, ...], dict[Group, list[Group]]] = {}
    for line in joining:
        key = line.chart.table.rule.key
        if key not in joins:
            joins[key] = {}
            for group in groups:
                part = tuple([group[names.index(name)] for name in key])
                joins[key].setdefault(part, []).append(group)
        found = joins[key].get(_group(line, key), [])
        if len(found) == 1:
            groups[found[0]].append(line)
        else:
            bad.append((line, "open_key" if found else "orphan_row"))
    return groups, bad


def _group(line: Line, names: tuple[str, ...]) -> Group:
    at, cells = line.chart.columns.at, line.cells
    return tuple([cells[at[name]].strip() for name in names])


def strangers(groups: dict[Group, list[Line]]) -> list[tuple[Line, str]]:
    """Take out the lines of every plan id that stands under more than one member id."""
    members: dict[Group, set[str]] = {}
    for group in groups:
        members.setdefault(group[1:], set()).add(group[0])
    shared = [g for g in groups if g[1:] and len(members[g[1:]]) > 1]
    return [(line, "two_members") for group in shared for line in groups.pop(group)]


def conflicts(
    groups: dict[Group, list[Line]], rules: Iterable[FieldRule]
) -> list[tuple[Line, str]]:
    """Take out the lines of every plan that says two things about who its member is."""
    sources = [rule.source for rule in rules if _is_identity(rule)]
    torn = [
        group
        for group, lines in groups.items()
        if len(lines) > 1 and any(_differ(lines, source) for source in sources)
    ]
    return [(line, "member_conflict") for group in torn for line in groups.pop(group)]


def _differ(lines: list[Line], source: str) -> bool:
    found = set()
    for line in lines:
        position = line.chart.columns.at.get(source)
        if position is not None:
            found.add(line.cells[position])
    return len(found) > 1 and len({cell.strip().casefold() for cell in found} - {""}) > 1


def _is_identity(rule: FieldRule) -> bool:
    return rule.target in _IDENTITY or rule.target.startswith("identifiers.")


def bad_row(place: Place, number: int, code: str) -> Finding:
    """Return the finding about a row that was left out."""
    if code in _LONE:
        message = f"row {number} was left out: {_LONE[code]}"
        return Finding("warning" if code == "closing_row" else "error", code, message, place)
    message = f"row {number} was left out: {PROBLEMS[code]}; mend it and send it again"
    return Finding("error", code, message, place)
