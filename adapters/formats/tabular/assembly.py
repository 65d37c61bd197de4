"""Many rows, one plan: the rows of one member's plan become its header, member and items.

Called by the reader for each group of good rows. Every value carries the cell it came from; a cell
that no rule takes is residue under its column's own heading. Links to items that are not there are
said and dropped (by `linking`), never guessed.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from adapters.formats.tabular.banners import named
from adapters.formats.tabular.building import Leaf, built
from adapters.formats.tabular.columns import exact
from adapters.formats.tabular.commenting import beside
from adapters.formats.tabular.dividing import Divided, in_part, is_list
from adapters.formats.tabular.linking import LINKS, linked, serving
from adapters.formats.tabular.parting import KEPT, TAKEN, Parted
from adapters.formats.tabular.stating import stated
from adapters.formats.tabular.valuing import Misfit
from adapters.profiles import targets
from adapters.profiles.picking import PICKS
from hub.canonical import UNREAD, Absent, Finding, Place, Plan, Residue, Sealed, Tally, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from adapters.formats.tabular.charting import Chart, ItemRule, Line, Rules
    from adapters.formats.tabular.linking import Made
    from adapters.formats.tabular.valuing import Cast

_NUMBER: Final = re.compile(r"(?:^\s*|(?<=\s))(\d{1,2})([.)])\s+")
_SEVERAL: Final = 2
_UNFIT: Final = "not what its column declares, kept as text beside the plan; ask the sender"
_UNCUT: Final = (
    "a rule of the profile finds no such part in this cell, it is kept as text beside the plan;"
    " look at the rule first: `holding`, `until` or `last` say what is not always there"
)


class Assembly(Sealed):
    """One plan in the making, from its lines."""

    def __init__(self, rules: Rules, lines: list[Line]) -> None:
        self.rules = rules
        self.rule = rules.profile.name
        self.lines = lines
        self.findings: list[Finding] = []
        self.places: dict[str, Place] = {}
        self.items: dict[str, list[Any]] = {}
        self._said: dict[tuple[Any, ...], int] = {}
        self._serving: list[tuple[str, int, str, int]] = []
        self._none: dict[str, list[tuple[Line, int]]] = {}
        self._parted = Parted()
        self._divided = Divided()

    def plan(self, left: Iterable[tuple[Residue, Place]] = ()) -> tuple[Plan, Tally]:
        """Return the plan and the tally of its cells; `left` is residue that is counted already."""
        whole = self._whole()
        for line in self.lines:
            self._items_of(line)
        self._stated()
        none = self._said_none()
        linked(self.items, self._serving, self.places, self.findings)
        residue, tally = self._rest()
        for one, place in left:
            self.places[f"/residue/{len(residue)}/text"] = place
            residue = (*residue, one)
        lists: dict[str, Any] = {name: tuple(made) for name, made in self.items.items()}
        lists |= none
        return Plan(**(whole | lists), residue=residue, places=self.places), tally

    def _leaf(self, line: Line, cast: Cast, position: int) -> Leaf | None:
        """Return the leaf of one cell; one that does not fit stays for the residue."""
        if cast.more:
            return self._joined(line, cast)
        return self._single(line, cast, position)

    def _joined(self, line: Line, cast: Cast) -> Leaf | None:
        """Return the leaf of several cells, each by itself through the rule."""
        at = line.chart.columns.at
        positions = [at[name] for name in (cast.source, *cast.more) if name in at]
        given = [p for p in positions if line.cells[p] and not line.cells[p].isspace()]
        leaves = [leaf for p in given if (leaf := self._single(line, cast, p))]
        if not leaves:
            return None
        leaves[0].value = cast.between.join(leaf.value for leaf in leaves)
        return leaves[0]

    def _single(self, line: Line, cast: Cast, position: int) -> Leaf | None:
        cell = line.cells[position]
        if not cast.meant(cell):
            return None
        place = line.place(position, self.rule)
        value = cast.known.get(cell)
        if value is None:
            try:
                value = cast.value(cell, place, self.findings)
            except Misfit as misfit:
                self._misfit(line, position, misfit.code, place)
                return None
        home = line.home(position)
        home.fates[position] |= TAKEN
        if cast.shared:
            self._parted.took(cast, home, position)
        return Leaf(cast.target, value, place, line, position) if value else None

    def _misfit(self, line: Line, position: int, code: str, place: Place) -> None:
        """Keep a cell that a rule refuses; of a list that rules without `each` divide, tell it."""
        home = line.home(position)
        self._keep(home, position, code, place)
        if home.whole is None and self._in_part(home, position):
            self._divided.wait(home, position)

    def _in_part(self, line: Line, position: int) -> bool:
        """Say whether a cell is a list, or one that the profile divides by several rules."""
        return position in line.chart.by_hand or is_list(line.cells[position])

    def _keep(self, line: Line, position: int, code: str, place: Place) -> None:
        line.home(position).fates[position] |= KEPT
        picks = code.removeprefix("odd_") in PICKS
        message = _UNCUT if picks else _UNFIT
        self.findings.append(Finding("warning", code, message, place))

    def _whole(self) -> dict[str, Any]:
        """Build what is said once for the plan: the first row that says it counts."""
        made: dict[str, Any] = {}
        for name, kind, casts in self.rules.roots:
            leaves = [leaf for cast in casts if (leaf := self._first(cast))]
            constants = self.rules.constants[name]
            given = {cast.target for cast in casts if constants and self._speaks(cast)}
            leaves += [
                Leaf(target, d.value, Place("profile", "pointer", f"default: {d.because}"))
                for target, d in constants
                if target not in given
            ]
            if not leaves:
                continue
            value: Any
            value, refused = built(kind, leaves, "" if kind is Plan else f"/{name}", self.places)
            self._refuse(refused)
            if kind is Plan:
                parts = {leaf.target.partition(".")[0] for leaf in leaves}
                made |= {part: getattr(value, part) for part in parts}
            else:
                made[name] = value
        return made

    def _first(self, cast: Cast) -> Leaf | None:
        """Return the first value of a column; a later, different one is residue with a finding."""
        found: Leaf | None = None
        words = ""
        fate = 0
        chart: Chart | None = None
        position: int | None = None
        for line in self.lines:
            if line.chart is not chart:
                chart = line.chart
                position = chart.columns.at.get(cast.source)
            if position is None:
                continue
            cell = line.cells[position] if not cast.more else _together(line, cast)
            if cell == words:
                line.fates[position] |= fate
                self._again(line, cast, fate)
            elif not cell or cell.isspace() or not cast.meant(cell):
                continue
            elif not words:
                found, words = self._leaf(line, cast, position), cell
                fate = TAKEN if found else KEPT
            else:
                place = line.chart.columns.place(line.at(position), position, self.rule)
                self._keep(line, position, "differing_values", place)
        return found

    def _again(self, line: Line, cast: Cast, fate: int) -> None:
        """Mark the cells of a row that says what one before it said."""
        for name in cast.more:
            _mark(line, name, fate)
        if cast.shared and fate == TAKEN:
            self._parted.again(cast, line)

    def _speaks(self, cast: Cast) -> bool:
        """Say whether any row says something in the cells of a cast, whether it fits or not."""
        return any(
            line.cells[at].strip()
            for line in self.lines
            for name in (cast.source, *cast.more)
            if (at := line.chart.columns.at.get(name)) is not None
        )

    def _refuse(self, refused: list[Leaf]) -> None:
        for leaf in refused:
            if leaf.line is not None:
                self._keep(leaf.line, leaf.position, "bad_value", leaf.place)

    def _items_of(self, line: Line) -> None:
        """Make the items of one row, and remember which serves which."""
        made: Made = []
        for rule in line.chart.items(line.cells):
            numbers: list[int] = []
            for one in self._divided.lines(line, rule):
                numbers += self._rule(one, rule)
            if numbers:
                made.append((rule.rule, numbers))
        self._serving += serving(made)

    def _rule(self, line: Line, item_rule: ItemRule) -> list[int]:
        """Make what a rule makes of a row, and return the items' numbers: mostly one.

        Each numbered part of a cell makes one, as if it stood alone there; the row's id is the
        first one's.
        """
        if item_rule.none and self._is_none(line, item_rule):
            return []
        rule = item_rule.rule
        position = line.chart.columns.at.get(rule.numbered, -1)
        held = any(rule.numbered in {one.source, *one.more} for one in rule.fields)
        parts = numbered(line.cells[position]) if position >= 0 and held else []
        made = []
        begun = len(self.findings)
        for number, part in enumerate(parts):
            cells = (*line.cells[:position], part, *line.cells[position + 1 :])
            leaves = self._said_by(replace(line, cells=cells), item_rule)
            mine = [leaf for leaf in leaves if number == 0 or leaf.target != "id"]
            made += [self._item(rule.into, mine)] if mine else []
        if parts:
            self.findings[begun:] = dict.fromkeys(self.findings[begun:])  # each is told once
            return made
        leaves = self._said_by(line, item_rule)
        return [self._item(rule.into, leaves)] if leaves else []

    def _said_by(self, line: Line, item_rule: ItemRule) -> list[Leaf]:
        """Return the leaves of an item, with what is always so; none where its cells are empty."""
        leaves = self._leaves(line, item_rule)
        if not leaves:
            return []
        given = {cast.target for cast, at in item_rule.casts if line.cells[at].strip()}
        place = Place("profile", "pointer", "always")
        leaves += [
            Leaf(target, words, place)
            for target, words in item_rule.rule.always.items()
            if target not in given  # what a cell says otherwise counts, even where it does not fit
            and (line.part <= 1 or target != "id")
        ]
        return leaves

    def _leaves(self, line: Line, item_rule: ItemRule) -> list[Leaf]:
        leaves: list[Leaf] = []
        cells = line.cells
        for cast, position in item_rule.casts:
            if cast.target in LINKS and not leaves and not item_rule.worded:
                return []  # a link alone makes no item, its cell is left for the residue
            cell = cells[position]
            if (not cell or cell.isspace()) and not cast.more:
                continue
            leaf = self._leaf(line, cast, position)
            if leaf is not None:
                leaves.append(leaf)
                if cast.system and cell in cast.known:  # what is odd is kept without a system
                    leaves.append(Leaf(*cast.system, leaf.place))
        return leaves

    def _is_none(self, line: Line, item_rule: ItemRule) -> bool:
        """Say whether a row says in the place of an item that there is none."""
        positions = {position for _, position in item_rule.casts}
        filled = [p for p in positions if line.cells[p] and not line.cells[p].isspace()]
        if len(filled) != 1 or exact(line.cells[filled[0]]) not in item_rule.none:
            return False
        self._none.setdefault(item_rule.rule.into, []).append((line, filled[0]))
        return True

    def _said_none(self) -> dict[str, Absent]:
        """Return the lists that are said to hold nothing; where items stand too, both are kept."""
        absent = {}
        for into, said in self._none.items():
            for line, position in said:
                place = line.place(position, self.rule)
                home = line.home(position)
                if self.items.get(into):
                    home.fates[position] |= KEPT
                    message = "says that there is none, and other rows name some; ask the sender"
                    self.findings.append(Finding("warning", "none_and_some", message, place))
                else:
                    home.fates[position] |= TAKEN
                    self.places[f"/{into}"] = place
                    absent[into] = Absent("none")
        return absent

    def _item(self, into: str, leaves: list[Leaf]) -> int:
        """Make one item and return its number; one said before is not said again."""
        given = tuple([leaf.target for leaf in leaves])
        words = (into, given, tuple([leaf.value for leaf in leaves]))
        made = self.items.setdefault(into, [])
        number = self._said.setdefault(words, len(made))
        if number == len(made):
            self._make(into, number, leaves)
        return number

    def _make(self, into: str, number: int, leaves: list[Leaf]) -> None:
        root = f"/{into}/{number}"
        kind = targets.LISTS.get(into)
        if kind is None:
            self.places[root] = leaves[0].place
            self.items[into].append(leaves[0].value)
            return
        item: Any
        item, refused = built(kind, leaves, root, self.places)
        self._refuse(refused)
        self.items[into].append(item)

    def _rest(self) -> tuple[tuple[Residue, ...], Tally]:
        """Keep every cell that no rule took, what was cut off, what stands beside; count them."""
        residue: list[Residue] = []
        mapped = 0
        self._divided.settle()
        for line in self.lines:
            fates = line.fates
            if line.banner:
                self._parted.below(line)
            taken = fates.count(TAKEN)
            mapped += taken
            if taken == sum(map(bool, line.cells)):
                continue
            for position, cell in enumerate(line.cells):
                if fates[position] == TAKEN or not cell or cell.isspace():
                    continue
                columns = line.chart.columns
                title = columns.titles[position] if position < len(columns.titles) else ""
                waits = self._divided.waits(line, position)
                place = line.place(position, UNREAD if waits else "unmapped")
                self.places[f"/residue/{len(residue)}"] = place
                if waits:
                    self.findings.append(in_part(line.place(position, self.rule)))
                residue.append(Residue(text=folded(cell), label=title))
        for one, place in chain(self._rests(), beside(self.lines)):
            self.places[f"/residue/{len(residue)}"] = place
            residue.append(one)
        return tuple(residue), Tally(mapped + len(residue), mapped, len(residue), 0)

    def _rests(self) -> Iterator[tuple[Residue, Place]]:
        """Yield what is left of cells and parts; what is left of a list waits for a person."""
        for one, place, finding in self._divided.rests(self.rule):
            self.findings.append(finding)
            yield one, place
        for one, place, cell in self._parted.rests(named(self.lines, self.rules.profile)):
            if cell is None or cell[0].whole is not None or not self._in_part(*cell):
                yield one, place
                continue
            self.findings.append(in_part(replace(place, rule=self.rule)))
            yield one, replace(place, rule=UNREAD)

    def _stated(self) -> None:
        """Keep what the rows state of consents as notes."""
        for note, place, finding in stated(self.lines, self.rules.profile, self.rule):
            notes = self.items.setdefault("notes", [])
            self.places[f"/notes/{len(notes)}/text"] = place
            notes.append(note)
            self.findings += [finding] if finding else []


def _together(line: Line, cast: Cast) -> str:
    """Return the cells that go into one field, to see whether two rows say the same."""
    at = line.chart.columns.at
    given = (line.cells[at[name]] for name in (cast.source, *cast.more) if name in at)
    return "\n".join(given).strip("\n")


def _mark(line: Line, name: str, fate: int) -> None:
    position = line.chart.columns.at.get(name)
    if position is not None and line.cells[position]:
        line.fates[position] |= fate


def numbered(cell: str) -> list[str]:
    """Return the parts of a cell that numbers them from 1 on, `1) … 2) …`, else none."""
    marks = list(_NUMBER.finditer(cell))
    if len(marks) < _SEVERAL or marks[0].start() or len({mark[2] for mark in marks}) > 1:
        return []
    if [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(cell)]
    parts = [folded(cell[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    return parts if all(parts) else []
