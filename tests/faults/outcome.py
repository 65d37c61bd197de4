"""What a fault came to, as `build/faults.json` keeps it and as people read it.

Every fault's module returns one `Outcome`. `lost`, `doubled` and `leaked` must be 0; `told` holds
the figures a reader wants beside them. Nothing here runs a fault.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

FILE = Path("build/faults.json")
console = Console(highlight=False)


@dataclass
class Outcome:
    """One fault's result; `problems` says in words what was wrong, without member data."""

    fault: str
    runs: int
    seed: int
    lost: int = 0
    doubled: int = 0
    leaked: int = 0
    problems: list[str] = field(default_factory=list)
    told: dict[str, object] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Say whether nothing was lost, doubled, leaked or otherwise wrong."""
        return not (self.lost or self.doubled or self.leaked or self.problems)


def keep(outcomes: list[Outcome]) -> None:
    """Write the outcomes into the file, beside those of faults that were not run now."""
    FILE.parent.mkdir(exist_ok=True)
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    for one in outcomes:
        counts = ("runs", "lost", "doubled", "leaked", "seed")
        known[one.fault] = {name: getattr(one, name) for name in counts}
    FILE.write_text(json.dumps(known, indent=2) + "\n")


def show(outcomes: list[Outcome]) -> None:
    """Print a table for people, and every problem under it."""
    table = Table("fault", "runs", "lost", "doubled", "leaked", "seed", "figures")
    for one in outcomes:
        figures = ", ".join(f"{name} {value}" for name, value in one.told.items())
        counts = (one.runs, one.lost, one.doubled, one.leaked, one.seed)
        table.add_row(one.fault, *map(str, counts), figures)
    console.print(table)
    for one in outcomes:
        for problem in one.problems[:20]:
            console.print(f"{one.fault}: {problem}", style="red")
