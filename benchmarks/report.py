"""Figures and what is made of them: `build/bench.json`, a table for people, and which gates hold.

`__main__` collects figures here. A figure may name what it is set against; then its ratio is what
counts, since both were measured in the same run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `against` names the figure that `ratio` divides it by.

    `part`: it is one of the unavoidable steps that the floor is the sum of. `gate`: `<= 4` or
    `>= 0.3`, of the ratio where there is one, else of the value. `low`, `high`: of all rounds.
    """

    value: float | None
    unit: str
    ratio: float | None = None
    against: str | None = None
    gate: str | None = None
    part: bool = False
    low: float | None = None
    high: float | None = None

    @property
    def held(self) -> bool | None:
        """Say whether the gate holds; None without one or without a value."""
        measured = self.value if self.ratio is None else self.ratio
        if self.gate is None or measured is None:
            return None
        sign, _, bound = self.gate.partition(" ")
        return measured <= float(bound) if sign == "<=" else measured >= float(bound)


def set_against(figure: Figure, name: str, limit: Figure | None, gate: str | None = None) -> Figure:
    """Return the figure with its ratio to a limit of the same run."""
    ratio = None
    if limit is not None and limit.value and figure.value is not None:
        ratio = figure.value / limit.value
    return Figure(
        figure.value, figure.unit, ratio, name, gate, figure.part, figure.low, figure.high
    )


def written(
    path: Path,
    figures: Mapping[str, Figure],
    about: Mapping[str, Any],
    tables: Mapping[str, Any] | None = None,
) -> None:
    """Write JSON: {name: {value, unit, ratio, against, …}}, `_run`, and `_name` per table."""
    told: dict[str, Any] = {"_run": dict(about)}
    told |= {f"_{name}": table for name, table in (tables or {}).items()}
    for name, each in figures.items():
        entry: dict[str, Any] = {
            "value": _short(each.value),
            "unit": each.unit,
            "ratio": _short(each.ratio),
            "against": each.against,
        }
        if each.gate:
            entry |= {"gate": each.gate, "held": each.held}
        if each.low is not None:
            entry |= {"min": _short(each.low), "max": _short(each.high)}
        told[name] = entry
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def shown(console: Console, title: str, figures: Mapping[str, Figure]) -> None:
    """Print one table of figures."""
    table = Table(title=title)
    for heading in ("figure", "value", "min-max", "unit", "ratio", "against", "gate"):
        table.add_column(heading, no_wrap=True)
    for name, each in figures.items():
        span = "" if each.low is None else f"{_text(each.low)}-{_text(each.high)}"
        mark = {True: "holds", False: "MISSED", None: ""}[each.held]
        gate = f"{each.gate} {mark}" if each.gate else ""
        value, ratio = _text(each.value), _text(each.ratio)
        table.add_row(name, value, span, each.unit, ratio, each.against or "", gate)
    console.print(table)


def missed(figures: Mapping[str, Figure]) -> list[str]:
    """Return the names of figures whose gate does not hold."""
    return [name for name, each in figures.items() if each.held is False]


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.5g}")


def _text(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # digits worth showing
