"""Where the time goes: CPU by process and thread, user and system apart, per plan.

`line` takes one account before a round and one after it. A process that has ended is not lost: its
parent's account holds its time from then on (`cutime`, `cstime` of `/proc/PID/stat`), and so do the
threads that ended hold theirs in their process's.
"""

from __future__ import annotations

import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from benchmarks.timing import family

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from benchmarks.stage import Stage

_TICKS = os.sysconf("SC_CLK_TCK")
PARTS = (
    "serve main",
    "serve threads",
    "worker main",
    "worker threads",
    "reader children",
    "PostgreSQL",
    "load",
    "practice",
)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds in user and in kernel mode."""

    user: float = 0.0
    system: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.user + other.user, self.system + other.system)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.user - other.user, self.system - other.system)


def account(stage: Stage) -> dict[str, Spent]:
    """Return what each part of the line has used so far."""
    found = dict.fromkeys(PARTS, Spent())
    for name, pids in (("serve", (stage.serve,)), ("worker", stage.workers)):
        for pid in pids:
            whole, ended = _process(pid)
            main = _thread(pid)
            found[f"{name} main"] += main
            found[f"{name} threads"] += whole - main
            found["reader children"] += ended + _tree(*family(pid)[1:])
    found["PostgreSQL"] = _tree(*family(stage.database))
    found["load"] = _tree(os.getpid())
    found["practice"] = _tree(stage.sink)
    return found


def per_plan(
    before: Mapping[str, Spent], after: Mapping[str, Spent], plans: int
) -> dict[str, Spent]:
    """Return ms per plan between two accounts."""
    spent = {name: after[name] - before[name] for name in PARTS}
    return {
        name: Spent(one.user / plans * 1e3, one.system / plans * 1e3) for name, one in spent.items()
    }


def medians(rounds: Sequence[Mapping[str, Spent]]) -> dict[str, dict[str, float]]:
    """Return {part: {user_ms, system_ms}}, the median of the rounds, as `bench.json` keeps it."""
    return {
        name: {
            "user_ms": round(statistics.median(one[name].user for one in rounds), 3),
            "system_ms": round(statistics.median(one[name].system for one in rounds), 3),
        }
        for name in PARTS
    }


def shown(console: Console, where: Mapping[str, Mapping[str, Any]]) -> None:
    """Print a table for each number of connections: ms of CPU per plan, and the share of all."""
    for connections, parts in where.items():
        table = Table(title=f"where the time goes, ms CPU per plan, {connections} connections")
        for heading in ("part", "user", "system", "both", "share"):
            table.add_column(heading, justify="left" if heading == "part" else "right")
        total = sum(one["user_ms"] + one["system_ms"] for one in parts.values())
        for name, one in parts.items():
            both = one["user_ms"] + one["system_ms"]
            cells = (one["user_ms"], one["system_ms"], both)
            share = f"{both / total:.0%}" if total else "-"
            table.add_row(name, *(f"{cell:.2f}" for cell in cells), share)
        table.add_row("all", "", "", f"{total:.2f}", "")
        console.print(table)


def _tree(*pids: int) -> Spent:
    """Return what processes used, and what their ended children did."""
    return sum((sum(_process(pid), Spent()) for pid in pids), Spent())


def _process(pid: int) -> tuple[Spent, Spent]:
    """Return what a process used itself, all threads, and what its ended children used."""
    user, system, child_user, child_system = _read(Path(f"/proc/{pid}/stat"))
    return Spent(user, system), Spent(child_user, child_system)


def _thread(pid: int) -> Spent:
    """Return what a process's first thread used."""
    user, system, *_ = _read(Path(f"/proc/{pid}/task/{pid}/stat"))
    return Spent(user, system)


def _read(path: Path) -> tuple[float, ...]:
    try:
        fields = path.read_text("latin-1").rpartition(")")[2].split()
    except OSError:
        return (0.0, 0.0, 0.0, 0.0)
    return tuple(int(field) / _TICKS for field in fields[11:15])
