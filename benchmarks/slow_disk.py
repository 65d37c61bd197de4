"""A disk that takes its time: builds the shim `slow_sync.c` and says how to preload it.

`adversity` uses it. Where there is no C compiler, or the shim has no effect, there is nothing to
measure: that is said, and never passed over.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("slow_sync.c")
_PROBE_MS = 100.0
"""Far longer than any disk takes by itself, so that the wait can only be the shim's."""

_PROBE = (
    "import os, sys, time\n"
    "with open(sys.argv[1], 'wb') as file:\n"
    "    start = time.perf_counter()\n"
    "    for number in range(3):\n"
    "        file.write(b'x'); file.flush(); os.fdatasync(file.fileno())\n"
    "    print((time.perf_counter() - start) / 3)\n"
)


def built(folder: Path) -> Path | None:
    """Return the shim, compiled into a folder every user may read; None without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    shim = folder / "slow_sync.so"
    argv = [compiler, "-shared", "-fPIC", "-O2", "-o", str(shim), str(_SOURCE), "-ldl"]
    done = subprocess.run(argv, capture_output=True, check=False)  # noqa: S603  # the compiler, over our own file
    if done.returncode:
        return None
    folder.chmod(0o755)
    shim.chmod(0o755)
    return shim


def environment(shim: Path, milliseconds: float) -> dict[str, str]:
    """Return what a process needs in its environment to have such a disk."""
    return {"LD_PRELOAD": str(shim), "SLOW_SYNC_US": str(int(milliseconds * 1000))}


def works(shim: Path) -> bool:
    """Say whether a process with the shim waits as long as it is told to at each fdatasync."""
    argv = [sys.executable, "-c", _PROBE, str(shim.with_name("probe"))]
    given = {**os.environ, **environment(shim, _PROBE_MS)}
    done = subprocess.run(argv, capture_output=True, check=False, env=given, text=True)  # noqa: S603  # our own probe
    return done.returncode == 0 and float(done.stdout) >= _PROBE_MS / 1e3


def loaded(pid: int) -> bool:
    """Say whether a running process has the shim."""
    return "slow_sync.so" in Path(f"/proc/{pid}/maps").read_text("utf-8")
