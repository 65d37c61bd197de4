"""`make bench` = `python -m benchmarks`: limits, steps and the whole line, as ratios, in one run.

Writes `build/bench.json` and prints a table. `--quick` is for a look while working, `--full` for
figures to keep; `--only limits|steps|line` leaves the rest out. Exit 0: every gate holds; 1: one is
missed; 2: wrong usage; 3: the line's run is void. Limits are always measured: the yardstick.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from rich.console import Console

from benchmarks import limits, line, stage, steps
from benchmarks.report import Figure, missed, set_against, shown, written
from benchmarks.timing import calibration, machine
from hub.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Sequence

NOISE = 0.15
"""Above this spread of the calibration loop, or this load before we began, figures are noisy."""

_PARTS = ("limits", "steps", "line")


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure: seconds a primitive, plans a round, rounds, members on the roster."""

    seconds: float
    plans: int
    rounds: int
    members: int


SIZES = {
    "quick": Size(0.1, 200, 1, 500),
    "usual": Size(0.25, 600, 3, 2000),
    "full": Size(1.0, 3000, 5, 2000),
}


def main(given: Sequence[str]) -> int:
    """Run what was asked, write and print it, and return the exit code."""
    asked = _asked(given)
    size = SIZES["full" if asked.full else "quick" if asked.quick else "usual"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=130, highlight=False)
    about = {**machine(), "seed": "documents by serial number from 1", "size": asked_size(size)}
    begun, paces = time.monotonic(), [calibration()]
    figures: dict[str, Figure] = {}
    code = 0
    for part in _PARTS:
        if part != "limits" and part not in asked.parts:
            continue
        try:
            with console.status(f"{part}…"):
                measured = _measured(part, size, figures, asked.document)
        except stage.Void as void:
            console.print(f"the line's run is VOID: {void}", style="red", highlight=False)
            about["void"], code = str(void), 3
        else:
            shown(console, part, measured)
            figures |= measured
        paces.append(calibration())
    about |= {"seconds": round(time.monotonic() - begun), **_noise(paces, about["load"])}
    written(asked.output, figures, about)
    for name, value in about.items():
        console.print(f"{name}: {value}", highlight=False)
    late = missed(figures)
    console.print(f"gates missed: {', '.join(late) or 'none'}; written to {asked.output}")
    return code or (1 if late else 0)


def _measured(
    part: str, size: Size, figures: dict[str, Figure], document: str
) -> dict[str, Figure]:
    """Measure one part of the run."""
    if part == "limits":
        return _limits(size)
    if part == "steps":
        return steps.run(size.seconds, figures)
    return _line(size, figures, document)


def asked_size(size: Size) -> dict[str, Any]:
    """Return a size as plain data."""
    return {one.name: getattr(size, one.name) for one in fields(size)}


def _asked(given: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--full", action="store_true", help="figures to keep; half an hour")
    sizes.add_argument("--quick", action="store_true", help="a look while working; a minute")
    parser.add_argument("--only", action="append", choices=_PARTS, help="may be repeated")
    parser.add_argument("--document", choices=sorted(stage.KINDS), default="ccda")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    asked = parser.parse_args(given)
    asked.parts = asked.only or _PARTS
    return asked


def _limits(size: Size) -> dict[str, Figure]:
    """Measure the limits beside a PostgreSQL of their own, with fsync."""
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = EmbeddedPostgres(home / "pg")
        dsn = server.ensure()
        try:
            return limits.run(dsn, stage.postmaster(home / "pg"), size.seconds)
        finally:
            server.stop()


def _line(size: Size, found: dict[str, Figure], kind: str) -> dict[str, Figure]:
    plan = stage.Plan(size.plans, rounds=size.rounds, members=size.members, kind=kind)
    outcome = asyncio.run(line.run(plan))
    figures: dict[str, Figure] = {}
    for connections in plan.connections:
        rounds = [one for one in outcome.rounds if one.connections == connections]
        figures |= _rounds(rounds, connections, found)
    figures["serve_memory"] = Figure(outcome.serve_mb, "MB peak")
    figures["worker_memory"] = Figure(outcome.worker_mb, "MB peak, its reader too")
    figures["ledger_leaves"] = Figure(float(outcome.leaves), "entries, verified")
    return figures


_UNITS = {
    "accepted_s": "plans/s",
    "delivered_s": "plans/s",
    "p50_ms": "ms",
    "p99_ms": "ms",
    "drain_s": "s",
    "serve_ms": "ms CPU/plan",
    "work_ms": "ms CPU/plan",
    "hub_ms": "ms CPU/plan",
    "database_ms": "ms CPU/plan",
    "load_ms": "ms CPU/plan",
    "commits": "per plan",
    "syncs": "WAL fsyncs/plan",
    "wal_kb": "KB/plan",
}


def _rounds(
    rounds: list[line.Round], connections: int, found: dict[str, Figure]
) -> dict[str, Figure]:
    """Return the median of rounds with this number of connections, beside their limits.

    `capacity`: what both cores could deliver by the CPU a plan took, load and practice included.
    """
    figures = {}
    for name, unit in _UNITS.items():
        values = [float(getattr(one, name)) for one in rounds]
        figure = Figure(statistics.median(values), unit, low=min(values), high=max(values))
        if name == "delivered_s":
            figure = set_against(figure, "ceiling", found.get("ceiling"), ">= 0.30")
        elif name == "hub_ms":
            limit = found["floor"].value or 0.0
            figure = set_against(figure, "floor", Figure(limit / 1e3, "ms CPU/plan"))
        elif name == "commits":
            figure = Figure(figure.value, unit, gate="<= 1", low=figure.low, high=figure.high)
        figures[f"{name}_{connections}"] = figure
    capacity = [limits.CORES * 1e3 / (one.hub_ms + one.database_ms + one.load_ms) for one in rounds]
    figures[f"capacity_{connections}"] = set_against(
        Figure(statistics.median(capacity), "plans/s", low=min(capacity), high=max(capacity)),
        "ceiling",
        found.get("ceiling"),
    )
    return figures


def _noise(paces: list[float], load: float) -> dict[str, Any]:
    """Say how steady the machine was, and whether the figures must be called noisy."""
    spread = (max(paces) - min(paces)) / min(paces)
    busy = load / (os.cpu_count() or 1)
    return {
        "calibration_us": [round(pace) for pace in paces],
        "load_after": round(os.getloadavg()[0], 2),
        "noisy": spread > NOISE or busy > NOISE * 2,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
