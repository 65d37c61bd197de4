"""What is known of other processes on this machine, with /proc or without. Never ends one.

The embedded database's lifecycle calls these.
"""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
from pathlib import Path


def look_up(pid: int) -> tuple[str, list[str]]:
    """Return the state letter and the argument words of a process; ("", []) when there is none."""
    folder = Path("/proc") / str(pid)
    if not Path("/proc/self/stat").exists():
        told = subprocess.run(  # noqa: S603  # a fixed program and a number
            ["/bin/ps", "-ww", "-o", "stat=,args=", "-p", str(pid)],
            capture_output=True,
            check=False,
            text=True,
        ).stdout.split()
        return (told[0][:1], told[1:]) if told else ("", [])
    try:
        state = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
        return state, (folder / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "", []


def pid_in(file: Path) -> int | None:
    """Return the pid on the first line of a PostgreSQL lock file, or None."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return abs(int(file.read_text("ascii").splitlines()[0]))
    return None


def try_lock(handle: int) -> bool:
    """Take an exclusive lock on an open file, or say that somebody else holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
