"""The end of a run in bad times: waits until nothing is due, and holds the proofs to what they are.

`durability` and `adversity` use it, where `line` cannot say beforehand how much must arrive.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from benchmarks import line
from benchmarks.stage import Void

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.stage import Stage

_TABLES = ("submission", "plan", "delivery")
_PATIENCE = 300.0


async def rested(built: Stage, *, hurry: bool = False) -> None:
    """Wait until nothing is due and all that came is acknowledged; `Void` if that never is.

    `hurry` ends the leases of the dead within three seconds instead of waiting for them.
    """
    due = " + ".join(f"(select count(*) from {table} where due is not null)" for table in _TABLES)  # noqa: S608  # names of ours
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        (row,) = await line.rows(built, f"select {due} as due")
        counts = await line.counts_of(built.practice)
        if not row["due"] and counts["acknowledged"] + counts["refused"] >= counts["deliveries"]:
            return
        if hurry:
            for table in _TABLES:
                await _ended(built, table)
        await asyncio.sleep(0.3)
    states = await line.rows(built, "select state, reason, count(*) from plan group by 1, 2")
    raise Void(f"work was still due after {_PATIENCE:.0f} s; plans: {states}")


async def _ended(built: Stage, table: str) -> None:
    await line.rows(
        built,
        f"update {table} set lease_until = least(lease_until, now() + interval '3 s')"  # noqa: S608  # names of ours
        " where due is not null returning 1",
    )


async def verified(built: Stage, counts: Mapping[str, Any]) -> None:
    """Hold the ledger, the practice's signatures and its leaks to what they must be."""
    await built.hub.seal_ledger()
    verdict = await built.hub.verify_ledger()
    wrong = {
        "problems of the ledger": len(verdict.problems),
        "posts whose signature was wrong": counts["unsigned"],
        "documents with withheld words": counts["leaks"],
        "acknowledgments refused": counts["refused"],
    }
    if any(wrong.values()):
        raise Void("; ".join(f"{name}: {count}" for name, count in wrong.items() if count))
