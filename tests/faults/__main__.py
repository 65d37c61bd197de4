"""`python -m tests.faults`: breaks a real hub in every known way and counts what was lost.

`make faults` runs all faults; naming one runs it alone. Prints progress, the seed and a table,
writes `build/faults.json`, and ends with 1 when anything was lost, doubled or leaked.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from typing import TYPE_CHECKING

from tests.faults import (
    bad_receivers,
    consent_races,
    database_faults,
    deliveries,
    outcome,
    sftp_kills,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.faults.outcome import Outcome

FAULTS: dict[str, tuple[int, Callable[[int, int], Coroutine[None, None, Outcome]]]] = {
    "sftp": (200, sftp_kills.run),
    "consent": (1000, consent_races.run),
    "database": (40, database_faults.run),
    "receivers": (3, bad_receivers.run),
    "deliveries": (10_000, deliveries.run),
}
"""Each fault: how many runs it makes when nothing is said, and what runs it with a seed."""


def main() -> int:
    """Run the faults asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("fault", nargs="*", choices=[*FAULTS, []], default=[])
    parser.add_argument(
        "--runs", "--kills", "--count", type=int, help="how often the fault is made"
    )
    parser.add_argument("--seed", type=int, help="repeat the choices of an earlier run")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else secrets.randbelow(10**9)
    found = []
    for name in given.fault or FAULTS:
        usual, fault = FAULTS[name]
        began = time.monotonic()
        outcome.console.print(f"{name}: {given.runs or usual} runs, seed {seed}")
        one = asyncio.run(fault(given.runs or usual, seed))
        one.told["seconds"] = round(time.monotonic() - began)
        found.append(one)
    outcome.show(found)
    outcome.keep(found)
    return 0 if all(one.good for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
