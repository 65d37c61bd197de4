"""Measures: CPU time of a call, CPU and memory of processes, what machine this is, how noisy.

Every module of the benchmarks uses it. A figure of work is CPU time, never wall time: the machine
may be shared. The calibration loop says how fast and how steady the processor was meanwhile.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_TICKS = os.sysconf("SC_CLK_TCK")
_WARM = 3
_ROUNDS = 5


def cpu_us(call: Callable[[], object], seconds: float = 0.25) -> float:
    """Return the least CPU of one call in µs, of five rounds that share `seconds`."""
    for _ in range(_WARM):
        call()
    best = float("inf")
    for _ in range(_ROUNDS):
        count, start = 0, time.process_time()
        while (spent := time.process_time() - start) < seconds / _ROUNDS:
            call()
            count += 1
        best = min(best, spent / count * 1e6)
    return best


def wall_us(call: Callable[[], object], seconds: float = 0.25) -> float:
    """Return the median wall time of one call in µs."""
    call()
    found, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        found.append((time.perf_counter() - start) * 1e6)
    return statistics.median(found)


def calibration() -> float:
    """Return the µs of CPU that a fixed loop of plain Python takes just now."""
    return cpu_us(lambda: sum(i * i for i in range(20_000)), 0.1)


def family(root: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [root]
    try:
        for task in Path(f"/proc/{root}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                found += family(int(child))
    except OSError:
        pass
    return found


def cpu_seconds(*roots: int) -> float:
    """Return the CPU seconds that process trees have used, their ended children's too."""
    ticks = 0
    for pid in {pid for root in roots for pid in family(root)}:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS


def peak_mb(pid: int) -> float:
    """Return the most memory a process tree's members had resident, summed, in MB."""
    total = 0
    for each in family(pid):
        try:
            status = Path(f"/proc/{each}/status").read_text("latin-1")
        except OSError:
            continue
        found = next((line for line in status.splitlines() if line.startswith("VmHWM")), "0 0")
        total += int(found.split()[1])
    return total / 1024


def machine() -> dict[str, Any]:
    """Return the line that says on what the figures were taken."""
    model = "unknown"
    try:
        rows = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        model = next(row.partition(":")[2].strip() for row in rows if row.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "load": round(os.getloadavg()[0], 2),
    }


def spread(values: list[float]) -> dict[str, float]:
    """Return median, min and max of rounds."""
    return {"value": statistics.median(values), "min": min(values), "max": max(values)}
