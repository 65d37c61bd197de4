"""How long this process may go on with a document: what is left on the clocks set over it.

Called by `ocr` before each scanned page. The house that runs a reader ends it by an alarm or by its
processor time; both are asked here, so that a document that takes too long can be told as such.
"""

from __future__ import annotations

import contextlib
import time
from importlib import import_module
from typing import Final

_MARGIN: Final = 4.0
"""Seconds kept for what comes after the last page, and for what the house adds to its limit."""


class Clock:
    """Counts down what the process has left; `seconds` where no clock is set over it."""

    def __init__(self, seconds: float) -> None:
        granted = _granted() - _MARGIN
        self._until = time.monotonic() + (seconds if granted == float("inf") else granted)

    def left(self) -> float:
        """Return the seconds left; below zero when they are used up."""
        return self._until - time.monotonic()


def _granted() -> float:
    """Return the seconds until the process is ended; infinite where no clock is set."""
    with contextlib.suppress(ImportError):  # neither module is on every system
        signal, resource = import_module("signal"), import_module("resource")
        alarm = signal.getitimer(signal.ITIMER_REAL)[0] or float("inf")
        most = resource.getrlimit(resource.RLIMIT_CPU)[0]
        used = resource.getrusage(resource.RUSAGE_SELF)
        spare = most - used.ru_utime - used.ru_stime if most > 0 else float("inf")
        return float(min(alarm, spare))
    return float("inf")
