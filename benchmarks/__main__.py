"""`make bench` = `python -m benchmarks`: limits, steps, the line and its troubles, as ratios.

Writes `build/bench.json` and prints tables; README.md beside this says how to read them. `--quick`
is for a look while working, `--full` for figures to keep; `--only PART` leaves the others out. Exit
0: every gate holds; 1: one is missed; 2: wrong usage; 3: a run is void. Limits are always measured.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from rich.console import Console

from benchmarks import stage
from benchmarks.parts import PARTS, SIZES, SLOW, Asked, plain
from benchmarks.report import Figure, missed, shown, written
from benchmarks.timing import calibration, machine

if TYPE_CHECKING:
    from collections.abc import Sequence

NOISE = 0.15
"""Above this spread of the calibration loop, or this load before we began, figures are noisy."""


def main(given: Sequence[str]) -> int:
    """Run what was asked, write and print it, and return the exit code."""
    asked = asked_for(given)
    size = SIZES["full" if asked.full else "quick" if asked.quick else "usual"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=130, highlight=False)
    about = {**machine(), "seed": "documents by serial number from 1", "size": plain(size)}
    begun, paces = time.monotonic(), [calibration()]
    figures: dict[str, Figure] = {}
    tables: dict[str, Any] = {}
    voids: list[str] = []
    for part in asked.parts:
        try:
            with console.status(f"{part}…"):
                measured = PARTS[part](Asked(size, asked.document), figures)
        except stage.Void as void:
            console.print(f"{part}: the run is VOID: {void}", style="red", highlight=False)
            voids.append(f"{part}: {void}")
        else:
            shown(console, part, measured.figures)
            measured.shown(console)
            figures |= measured.figures
            tables |= measured.tables
        paces.append(calibration())
    about |= {"seconds": round(time.monotonic() - begun), **_noise(paces, about["load"])}
    about |= {"void": "; ".join(voids)} if voids else {}
    written(asked.output, figures, about, tables)
    for name, value in about.items():
        console.print(f"{name}: {value}", highlight=False)
    late = missed(figures)
    console.print(f"gates missed: {', '.join(late) or 'none'}; written to {asked.output}")
    return 3 if voids else 1 if late else 0


def asked_for(given: Sequence[str]) -> Any:
    """Return what the words of the command line ask for; `parts` in the order they are run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--full", action="store_true", help="figures to keep; half an hour")
    sizes.add_argument("--quick", action="store_true", help="a look while working; a minute")
    parser.add_argument("--only", action="append", choices=tuple(PARTS), help="may be repeated")
    parser.add_argument("--document", choices=sorted(stage.KINDS), default="ccda")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    asked = parser.parse_args(given)
    wanted = asked.only or [part for part in PARTS if not (asked.quick and part in SLOW)]
    asked.parts = [part for part in PARTS if part == "limits" or part in wanted]
    return asked


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
