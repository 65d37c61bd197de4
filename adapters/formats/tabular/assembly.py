"""Many rows, one plan: the rows of one member's plan become its header, member and items.

Called by the reader for each group of good rows. Every value carries the cell it came from; a cell
that no rule takes is residue under its column's own heading. Links to items that are not there are
said and dropped (by `linking`), never guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.formats.tabular.building import Leaf, built
from adapters.formats.tabular.linking import linked
from adapters.formats.tabular.valuing import Misfit
from adapters.profiles import targets
from hub.canonical import Finding, Place, Plan, Residue, Sealed, Tally, folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from adapters.formats.tabular.charting import ItemRule, Line, Rules
    from adapters.formats.tabular.valuing import Cast

TAKEN: Final = 1
KEPT: Final = 2
"""A cell's fate: its value is in the plan, or a rule gave it back. `KEPT` outweighs `TAKEN`."""


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

    def plan(self, left: Iterable[tuple[Residue, Place]] = ()) -> tuple[Plan, Tally]:
        """Return the plan and the tally of its cells; `left` is residue that is counted already."""
        whole = self._whole()
        for line in self.lines:
            self._items_of(line)
        linked(self.items, self._serving, self.places, self.findings)
        residue, tally = self._rest()
        for one, place in left:
            self.places[f"/residue/{len(residue)}/text"] = place
            residue = (*residue, one)
        lists: dict[str, Any] = {name: tuple(made) for name, made in self.items.items()}
        return Plan(**(whole | lists), residue=residue, places=self.places), tally

    def _leaf(self, line: Line, cast: Cast, position: int) -> Leaf | None:
        """Return the leaf of one cell; one that does not fit stays for the residue."""
        cell = line.cells[position]
        columns = line.chart.columns
        at = f"{columns.before[position]}{line.number}{columns.after[position]}"
        place = Place(at, "cell", self.rule)
        value = cast.known.get(cell)
        if value is None:
            try:
                value = cast.value(cell, place, self.findings)
            except Misfit as misfit:
                self._keep(line, position, misfit.code, place)
                return None
        line.fates[position] |= TAKEN
        return Leaf(cast.target, value, place, line, position) if value else None

    def _keep(self, line: Line, position: int, code: str, place: Place) -> None:
        line.fates[position] |= KEPT
        message = "not what its column declares, kept as text beside the plan; ask the sender"
        self.findings.append(Finding("warning", code, message, place))

    def _whole(self) -> dict[str, Any]:
        """Build what is said once for the plan: the first row that says it counts."""
        made: dict[str, Any] = {}
        for name, kind, casts in self.rules.roots:
            leaves = [leaf for cast in casts if (leaf := self._first(cast))]
            given = {leaf.target for leaf in leaves}
            leaves += [
                Leaf(target, d.value, Place("profile", "pointer", f"default: {d.because}"))
                for target, d in self.rules.constants[name]
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
        for line in self.lines:
            position = line.chart.columns.at.get(cast.source)
            if position is None:
                continue
            cell = line.cells[position]
            if cell == words:
                line.fates[position] |= fate
            elif not cell or cell.isspace():
                continue
            elif not words:
                found, words = self._leaf(line, cast, position), cell
                fate = TAKEN if found else KEPT
            else:
                place = line.chart.columns.place(line.number, position, self.rule)
                self._keep(line, position, "differing_values", place)
        return found

    def _refuse(self, refused: list[Leaf]) -> None:
        for leaf in refused:
            if leaf.line is not None:
                self._keep(leaf.line, leaf.position, "bad_value", leaf.place)

    def _items_of(self, line: Line) -> None:
        """Make the items of one row, and remember which serves which."""
        made: dict[str, int] = {}
        rules = line.chart.items(line.cells)
        for rule in rules:
            number = self._item(line, rule)
            if number is not None:
                made[rule.rule.into] = number
        for rule in rules:
            into = rule.rule.into
            for name in rule.rule.serves if into in made else ():
                if name in made:
                    self._serving.append((into, made[into], name, made[name]))

    def _item(self, line: Line, item_rule: ItemRule) -> int | None:
        """Make one item of a row and return its number; one said before is not said again."""
        leaves: list[Leaf] = []
        cells = line.cells
        for cast, position in item_rule.casts:
            cell = cells[position]
            if not cell or cell.isspace():
                continue
            leaf = self._leaf(line, cast, position)
            if leaf is not None:
                leaves.append(leaf)
                if cast.system and cell in cast.known:  # what is odd is kept without a system
                    leaves.append(Leaf(*cast.system, leaf.place))
        if not leaves:
            return None
        into = item_rule.rule.into
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
        """Keep every cell that no rule took, and count them all."""
        residue: list[Residue] = []
        mapped = 0
        for line in self.lines:
            fates = line.fates
            taken = fates.count(TAKEN)
            mapped += taken
            if taken == sum(map(bool, line.cells)):
                continue
            for position, cell in enumerate(line.cells):
                if fates[position] == TAKEN or not cell or cell.isspace():
                    continue
                columns = line.chart.columns
                title = columns.titles[position] if position < len(columns.titles) else ""
                place = columns.place(line.number, position, "unmapped")
                self.places[f"/residue/{len(residue)}"] = place
                residue.append(Residue(text=folded(cell), label=title))
        return tuple(residue), Tally(mapped + len(residue), mapped, len(residue), 0)
