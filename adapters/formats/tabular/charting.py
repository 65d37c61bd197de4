"""A profile made ready for one document: its rules as casts, and where each finds its cell.

The reader makes one `Rules` for a document and one `Chart` for each of its tables, so that nothing
about columns, aliases or kinds of rows is worked out again for every row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from adapters.formats.tabular.columns import exact, key
from adapters.formats.tabular.linking import LINKS
from adapters.formats.tabular.valuing import Cast
from adapters.profiles import cuts, targets
from hub import canonical
from hub.canonical import Plan, Sealed

if TYPE_CHECKING:
    from adapters.formats.tabular.columns import Columns
    from adapters.formats.tabular.tables import Row, Table
    from adapters.profiles import Default, FieldRule, Profile, RowRule
    from hub.canonical import Place

ROOTS: Final[tuple[tuple[str, type], ...]] = (
    ("header", canonical.Header),
    ("member", canonical.Member),
    ("coverage", canonical.Coverage),
    ("plan", Plan),
)
_WORDS: Final = frozenset({"text", "name", "party.name"})
_NAMES: Final = frozenset(name for name, _ in ROOTS)


class Rules(Sealed):
    """The rules of one profile as casts: said once for a plan (`roots`), and for rows (`rows`).

    `typed` is for workbooks, whose dates are dates already and need no declared form.
    """

    def __init__(self, profile: Profile, typed: bool = False) -> None:
        self.profile = profile
        self._cut = _cut_columns(profile)
        self.by_hand = _by_hand(profile)
        self.roots = [
            (name, kind, [self._cast(kind, rule, typed) for rule in getattr(profile, name)])
            for name, kind in ROOTS
        ]
        self.rows = [
            (rule, [self._cast(targets.LISTS.get(rule.into), one, typed) for one in rule.fields])
            for rule in profile.rows
        ]
        self.constants: dict[str, list[tuple[str, Default]]] = {name: [] for name, _ in ROOTS}
        for default in profile.defaults:
            start, _, rest = default.target.partition(".")
            root, target = (start, rest) if start in _NAMES else ("plan", default.target)
            self.constants[root].append((target, default))

    def _cast(self, kind: type | None, rule: FieldRule, typed: bool) -> Cast:
        listed = kind is not None and targets.shape(kind, rule.target) == "list"
        cast = Cast(rule, self.profile, typed, listed)
        cast.shared = not self._cut.isdisjoint((rule.source, *rule.more))
        return cast


def _links_last(casts: list[Cast]) -> list[Cast]:
    return sorted(casts, key=lambda cast: cast.target in LINKS)


def _by_hand(profile: Profile) -> frozenset[str]:
    """Return the columns whose cells several rules of one list divide, one part each."""
    seen: set[tuple[str, str]] = set()
    found = set()
    for row in profile.rows:
        named = {one.source for one in row.fields if cuts(one.transforms)} - {row.each}
        found |= {name for name in named if (row.into, name) in seen}
        seen |= {(row.into, name) for name in named}
    return frozenset(found)


def _cut_columns(profile: Profile) -> set[str]:
    """Return the columns of whose cells some rule takes only a part."""
    said = [rule for name, _ in ROOTS for rule in getattr(profile, name)]
    said += [rule for row in profile.rows for rule in row.fields]
    cutting = (rule for rule in said if cuts(rule.transforms))
    return {name for rule in cutting for name in (rule.source, *rule.more)}


@dataclass(frozen=True, slots=True, repr=False)
class ItemRule(Sealed):
    """One row rule over one table: its casts, each with the position of its cell.

    `none` are the words that say that there is no item, as headings are compared; `each` is the
    position of the cell that holds several items. `worded` says that its items have words without
    any cell. Casts that only link stand last.
    """

    rule: RowRule
    casts: tuple[tuple[Cast, int], ...]
    none: frozenset[str] = frozenset()
    each: int | None = None
    worded: bool = False


class Chart(Sealed):
    """One table's columns under the rules of its profile.

    The rows of a `bare` table say only what is said once for a plan.
    """

    __slots__ = ("_items", "_kinds", "_silent", "bare", "by_hand", "columns", "rules", "table")

    def __init__(self, table: Table, columns: Columns, rules: Rules) -> None:
        self.table = table
        self.columns = columns
        self.rules = rules
        profile = rules.profile
        at = columns.at
        self._kinds: dict[str, tuple[ItemRule, ...]] = {}
        self._items = [
            (
                {key(word) for word in rule.when},
                ItemRule(
                    rule,
                    tuple((c, at[c.source]) for c in _links_last(casts) if c.source in at),
                    frozenset(exact(words) for words in rule.none),
                    at.get(rule.each),
                    bool(rule.always.keys() & _WORDS),
                ),
            )
            for rule, casts in rules.rows
        ]
        fixed = table.rule.kind
        self.bare = bool(fixed) and not any(key(fixed) in when for when, _ in self._items)
        self.by_hand = frozenset(at[name] for name in rules.by_hand if name in at)
        self._silent = [at[n] for n in (*profile.group_by, profile.row_kind) if n in at]

    def line(self, row: Row) -> Line:
        """Return a good row as a line; cells that say which plan and which kind count as taken."""
        fates = bytearray(len(row.cells))
        for position in self._silent:
            fates[position] = bool(row.cells[position].strip())
        return Line(row.number, row.cells, self, fates, row.banner)

    def items(self, cells: tuple[str, ...]) -> tuple[ItemRule, ...]:
        """Return the rules that apply to a row: those of its kind, and those of every row."""
        position = self.columns.at.get(self.rules.profile.row_kind)
        fixed = self.table.rule.kind
        word = fixed or (cells[position] if position is not None else "")
        found = self._kinds.get(word)
        if found is None:
            kind = key(word)
            found = tuple(item for when, item in self._items if not when or kind in when)
            self._kinds[word] = found
        return found


class Line(Sealed, msgspec.Struct, gc=False):
    """A good row of a table, and what became of each of its cells (`fates`, by position).

    `banner` is the number of the row above that said some of them, 0 where there is none. Where the
    cell at `divided` holds several items, each part (from 1) has such a line, made of the `whole`.
    """

    number: int
    cells: tuple[str, ...]
    chart: Chart
    fates: bytearray
    banner: int = 0
    whole: Line | None = None
    part: int = 0
    divided: int = -1

    def at(self, position: int) -> int:
        """Return the number of the row in which the cell at a position stands."""
        return self.banner if position >= self.chart.columns.own else self.number

    def home(self, position: int) -> Line:
        """Return the line that keeps the fate of a cell: a part's own, or the whole row's."""
        return self if self.whole is None or position == self.divided else self.whole

    def place(self, position: int, rule: str) -> Place:
        """Return the place of a cell, with the number of the part where it holds several items."""
        place = self.chart.columns.place(self.at(position), position, rule)
        if self.whole is None or position != self.divided:
            return place
        return replace(place, at=f"{place.at}, part {self.part}")
