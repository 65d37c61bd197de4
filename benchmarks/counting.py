"""Instructions of a reader and of its floor: what the gates of work are on, since they hardly vary.

`steps` calls `counted`. `python -m benchmarks.counting NAME COUNT` runs one call so often; `perf
stat` counts it, or callgrind where there is no perf. A run of two calls less is what starting cost.
Neither there: no figure. It never measures time.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from benchmarks import readers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_WARM = 2
_CALLS = {"perf": 200, "valgrind": 10}
"""Calls counted; valgrind runs fifty times slower, and is as steady."""
_LONGEST_SECONDS = 600
_ENVIRONMENT = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}


def tool() -> str | None:
    """Return what counts instructions here: `perf`, else `valgrind`, else nothing."""
    return next((name for name in _CALLS if shutil.which(name) and _able(name)), None)


@functools.cache
def _able(name: str) -> bool:
    """Say whether a counter works; perf needs a processor that shows its own, and leave to ask."""
    return _total(name, [sys.executable, "-c", ""]) is not None


def counted(names: Sequence[str]) -> dict[str, float | None]:
    """Return user instructions per call of each name, all at once on the cores there are."""
    by = tool()
    if by is None:
        return dict.fromkeys(names)
    for name in names:
        _compile(name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(names, pool.map(lambda name: _counted(by, name), names), strict=True))


def _counted(by: str, name: str) -> float | None:
    """Return instructions per call: a run of many calls less a run of few."""
    argv = [sys.executable, "-m", "benchmarks.counting", name]
    few, many = (_total(by, [*argv, str(n)]) for n in (_WARM, _WARM + _CALLS[by]))
    return None if few is None or many is None or many <= few else (many - few) / _CALLS[by]


def _compile(name: str) -> None:
    """Run a call once, uncounted: where no bytecode is kept yet, the first run writes it."""
    argv = [sys.executable, "-m", "benchmarks.counting", name, "1"]
    subprocess.run(argv, check=False, env=_ENVIRONMENT, timeout=_LONGEST_SECONDS)  # noqa: S603  # our own module


def _total(by: str, argv: Sequence[str]) -> float | None:
    """Return user instructions of a whole command; none where they can't be counted."""
    with tempfile.TemporaryDirectory(prefix="icp-bench-") as folder:
        tools: dict[str, list[str]] = {
            "perf": ["perf", "stat", "-x", ",", "-e", "instructions:u"],
            "valgrind": ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out"],
        }
        try:
            done = subprocess.run(  # noqa: S603  # perf or valgrind, over our own module
                [*tools[by], *argv],
                capture_output=True,
                check=True,
                env=_ENVIRONMENT,
                text=True,
                timeout=_LONGEST_SECONDS,
            )
        except (OSError, subprocess.SubprocessError):
            return None
    return _PARSERS[by](done.stderr)


def perf_total(told: str) -> float | None:
    """Return what `perf stat -x ,` counted; none for `<not supported>`."""
    rows = [line.split(",") for line in told.splitlines() if "instructions" in line]
    return float(rows[-1][0]) if rows and rows[-1][0].isdigit() else None


def callgrind_total(told: str) -> float | None:
    """Return what callgrind collected."""
    rows = [line.rpartition(":")[2].strip() for line in told.splitlines() if "Collected" in line]
    return float(rows[-1]) if rows and rows[-1].isdigit() else None


_PARSERS: dict[str, Callable[[str], float | None]] = {
    "perf": perf_total,
    "valgrind": callgrind_total,
}


if __name__ == "__main__":
    chosen = readers.calls(sys.argv[1].partition("_")[2])[sys.argv[1]]
    for _ in range(int(sys.argv[2])):
        chosen()
