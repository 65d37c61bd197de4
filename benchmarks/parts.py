"""The parts of a run by their names: how much each measures, and what it makes of it.

`__main__` runs them in this order. Each returns its figures, tables of its own for `bench.json`,
and lines to read. Only what is named here can be asked for by `--only`.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import (
    adversity,
    channels,
    consent,
    durability,
    files,
    limits,
    line,
    peers,
    recipients,
    stage,
    steps,
    whereabouts,
    withholding,
    worklist,
)
from benchmarks.report import Figure, set_against
from hub.store.embedded import EmbeddedPostgres

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure: seconds a primitive, plans a round, rounds, members, kills."""

    seconds: float
    plans: int
    rounds: int
    members: int
    kills: int


SIZES = {
    "quick": Size(0.1, 200, 1, 500, 6),
    "usual": Size(0.25, 600, 3, 2000, 12),
    "full": Size(1.0, 3000, 5, 2000, 100),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a part is to measure: its size, and the kind of document the line carries."""

    size: Size
    document: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a part came to: figures, other tables by name, and lines to read below."""

    figures: dict[str, Figure]
    tables: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def shown(self, console: Console) -> None:
        """Print what stands beside the figures."""
        if "where" in self.tables:
            whereabouts.shown(console, self.tables["where"])
        for note in self.notes:
            console.print(note, highlight=False)


def _limits(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    """Measure the limits beside a PostgreSQL of their own, with fsync."""
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = EmbeddedPostgres(home / "pg")
        dsn = server.ensure()
        try:
            pid = stage.postmaster(home / "pg")
            return Measured(limits.run(dsn, pid, asked.size.seconds))
        finally:
            server.stop()


def _steps(asked: Asked, found: Mapping[str, Figure]) -> Measured:
    return Measured(steps.run(asked.size.seconds, found))


def _line(asked: Asked, found: Mapping[str, Figure]) -> Measured:
    size = asked.size
    plan = stage.Plan(size.plans, rounds=size.rounds, members=size.members, kind=asked.document)
    outcome = asyncio.run(line.run(plan))
    figures: dict[str, Figure] = {}
    where: dict[str, Any] = {}
    for connections in plan.connections:
        rounds = [one for one in outcome.rounds if one.connections == connections]
        figures |= _rounds(rounds, connections, found)
        where[str(connections)] = whereabouts.medians([one.where for one in rounds])
    figures["serve_memory"] = Figure(outcome.serve_mb, "MB peak")
    figures["worker_memory"] = Figure(outcome.worker_mb, "MB peak, its reader too")
    figures["ledger_leaves"] = Figure(float(outcome.leaves), "entries, verified")
    return Measured(figures, {"where": where})


def _durability(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    size = asked.size
    plan = stage.Plan(size.plans, members=size.members, kind=asked.document)
    return Measured(*asyncio.run(durability.run(plan, size.kills)))


def _adversity(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    size = asked.size
    plan = stage.Plan(size.plans, members=size.members, kind="ccda")
    return Measured(*asyncio.run(adversity.run(plan)))


def _channels(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    size = asked.size
    found = channels.run(max(1.0, size.seconds * 12), size.rounds)
    found |= files.run(size.plans, size.rounds)
    return Measured(found | recipients.run(size.rounds))


def _peers(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    return Measured(*peers.run(max(1.0, asked.size.seconds * 8)))


def _consent(asked: Asked, _: Mapping[str, Figure]) -> Measured:
    seconds = asked.size.seconds
    return Measured(consent.run(seconds) | withholding.figures(seconds))


def _worklist(_: Asked, __: Mapping[str, Figure]) -> Measured:
    return Measured(*worklist.run())


PARTS: dict[str, Callable[[Asked, Mapping[str, Figure]], Measured]] = {
    "limits": _limits,
    "steps": _steps,
    "consent": _consent,
    "line": _line,
    "durability": _durability,
    "channels": _channels,
    "adversity": _adversity,
    "peers": _peers,
    "worklist": _worklist,
}
SLOW = frozenset({"channels", "adversity", "peers", "worklist"})
"""What `--quick` leaves out unless it is asked for by name."""

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
    rounds: list[line.Round], connections: int, found: Mapping[str, Figure]
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


def plain(size: Size) -> dict[str, Any]:
    """Return a size as plain data."""
    return asdict(size)
