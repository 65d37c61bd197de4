"""A cell that holds several items: its parts as rows of their own, and what waits for a person.

Called by the assembly. The parts of `each` share the rest of their row; a part that no rule takes
whole is kept as residue of its own, and its plan waits. So does a plan of whose lists a profile
takes only a part by other means: the last item of a list must never vanish in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from adapters.formats.tabular.parting import KEPT, TAKEN
from hub.canonical import UNREAD, Finding, Residue, Sealed, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.formats.tabular.charting import ItemRule, Line
    from hub.canonical import Place

_OPEN: Final = {"(": ")", "[": "]"}
_SIGNS: Final = (";", "\n", " | ")
_SEVERAL: Final = 2
_LEFT: Final = (
    "a part of a list in this cell fits no rule, it is kept as text and the plan waits for a"
    " person; let the profile say how such a part is written"
)
_PART: Final = (
    "the cell holds a list, and the profile takes only a part of it; the plan waits for a person."
    " Say `each: {from: column, divider: ;}` in the row rule, then every part is an item"
)


def parts(cell: str, divider: str) -> list[str]:
    """Return what stands between the dividers of a cell; one within brackets divides nothing."""
    found = [""]
    closing: list[str] = []
    at = 0
    while at < len(cell):
        sign = cell[at]
        if not closing and cell.startswith(divider, at):
            found.append("")
            at += len(divider)
            continue
        if sign in _OPEN and _OPEN[sign] in cell[at:]:
            closing.append(_OPEN[sign])
        elif closing and sign == closing[-1]:
            closing.pop()
        found[-1] += sign
        at += 1
    whole = found if not closing else cell.split(divider)
    return [part.strip() for part in whole if part.strip()]


def is_list(cell: str) -> bool:
    """Say whether a cell looks like a list: words on both sides of a sign that divides lists."""
    for sign in _SIGNS:
        if sign in cell:
            worded = (any(map(str.isalnum, one)) for one in cell.split(sign))
            if sum(worded) >= _SEVERAL:
                return True
    return False


class Divided(Sealed):
    """The cells of one plan that are divided, and those whose list was taken only in part."""

    def __init__(self) -> None:
        self._of: dict[tuple[int, int, str], tuple[Line, list[Line]]] = {}
        self._waiting: set[tuple[int, int]] = set()

    def lines(self, line: Line, rule: ItemRule) -> list[Line]:
        """Return a line for each part of the cell that a rule divides, else the line itself."""
        if rule.each is None or not line.cells[rule.each].strip():
            return [line]
        position, divider = rule.each, rule.rule.divider
        key = (id(line), position, divider)
        if key not in self._of:
            made = [
                replace(
                    line,
                    cells=(*line.cells[:position], part, *line.cells[position + 1 :]),
                    fates=bytearray(len(line.cells)),
                    whole=line,
                    part=number,
                    divided=position,
                )
                for number, part in enumerate(parts(line.cells[position], divider), 1)
            ]
            self._of[key] = (line, made)
        return self._of[key][1]

    def wait(self, line: Line, position: int) -> None:
        """Note that a cell must be looked at by a person."""
        self._waiting.add((id(line), position))

    def waits(self, line: Line, position: int) -> bool:
        """Say whether a cell must be looked at by a person."""
        return (id(line), position) in self._waiting

    def settle(self) -> None:
        """Give each divided cell the fate of its parts."""
        for line, made in self._of.values():
            position = made[0].divided if made else -1
            fates = [one.fates[position] for one in made]
            if any(fate & TAKEN for fate in fates):
                line.fates[position] |= TAKEN
            elif made:
                line.fates[position] |= KEPT
                self.wait(line, position)

    def rests(self, rule: str) -> Iterator[tuple[Residue, Place, Finding]]:
        """Yield the parts that were not taken whole, of the cells of which others were."""
        for line, made in self._of.values():
            for one in made:
                fate = one.fates[one.divided]
                if fate == TAKEN or line.fates[one.divided] & KEPT:
                    continue
                residue = Residue(
                    text=folded(one.cells[one.divided]),
                    label=line.chart.columns.titles[one.divided],
                )
                found = Finding("warning", "list_in_part", _LEFT, one.place(one.divided, rule))
                yield residue, one.place(one.divided, UNREAD), found


def in_part(place: Place) -> Finding:
    """Return what is said of a list of which rules without `each` took only a part."""
    return Finding("warning", "list_in_part", _PART, place)
