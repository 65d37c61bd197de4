"""Cells of which a rule took only a part: what no rule of the profile took is kept as residue.

Called by the assembly for the columns that some rule cuts, and for the banners of a table. A cell
whose value was given back whole is residue already, and is not said twice. Words that many rows
repeat and only the plan's own fields are read from are said once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.formats.tabular.banners import words_of
from adapters.profiles import Cuts
from hub.canonical import Residue, Sealed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.tabular.charting import Line
    from adapters.formats.tabular.valuing import Cast
    from hub.canonical import Place

TAKEN: Final = 1
KEPT: Final = 2
"""A cell's fate: its value is in the plan, or a rule gave it back. `KEPT` outweighs `TAKEN`."""

_RULE: Final = "cut off"

Cell = tuple["Line", int]


class Parted(Sealed):
    """What the rules took of the cells of one plan that some rule cuts."""

    def __init__(self) -> None:
        self._cuts: Cuts[Cell] = Cuts()
        self._own: set[tuple[int, int, str]] = set()
        self._banners: dict[tuple[int, int], Line] = {}

    def took(self, cast: Cast, line: Line, position: int) -> None:
        """Note what a rule took of a cell."""
        cell = line.cells[position]
        cast.took(self._cuts, _key(line, position), (line, position), cell)
        self._own.add(_key(line, position))

    def again(self, cast: Cast, line: Line) -> None:
        """Note that a row repeats the words which a field of the plan was read from."""
        at = line.chart.columns.at
        for position in (at[name] for name in (cast.source, *cast.more) if name in at):
            cell = line.cells[position]
            if cell and not cell.isspace():
                cast.took(self._cuts, _key(line, position), (line, position), cell)

    def below(self, line: Line) -> None:
        """Note the banner that a row stands under, where its rule took only a part of it."""
        if line.banner in line.chart.table.banners:
            self._banners.setdefault((id(line.chart), line.banner), line)

    def rests(self, named: set[str]) -> Iterator[tuple[Residue, Place, Cell | None]]:
        """Yield the words that no rule took, under the column's heading, with place and cell.

        Of a banner `named` are words that only name its member again.
        """
        for line in self._banners.values():
            position, rest = line.chart.table.banners[line.banner]
            if words_of(rest) <= named:
                continue
            yield (
                Residue(text=rest, label="Above its rows"),
                line.chart.columns.place(line.banner, position, _RULE),
                None,
            )
        said: set[tuple[int, int, str]] = set()
        for (line, position), rest in self._cuts.rests():
            if line.fates[position] & KEPT:
                continue
            columns = line.chart.columns
            words = (id(line.chart), position, rest)
            if words in said and _key(line, position) not in self._own:
                continue
            said.add(words)
            place = line.place(position, _RULE)
            yield Residue(text=rest, label=columns.titles[position]), place, (line, position)


def _key(line: Line, position: int) -> tuple[int, int, str]:
    """Return what tells a cell: its row, its position, and which numbered part of it is read."""
    return id(line.fates), position, line.cells[position]
