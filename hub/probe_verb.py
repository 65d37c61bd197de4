"""The verb that looks at connections now: `icp-hub probe [ENDPOINT]`.

`hub.cli` mounts `probe`. It records what it finds like the nightly probe does, and tells whom that
tells; it sends nothing of any plan.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from hub.terminal import FAILED, err, out, told

if TYPE_CHECKING:
    from hub.probing import Health
    from hub.settings import Settings


def probe(
    endpoint: Annotated[str, typer.Argument(help="one endpoint's id; empty: all")] = "",
) -> None:
    """Connect to endpoints as a delivery would, send no plan, and say how each fares.

    Ends with 1 when one fails.
    """
    from hub.main import Hub  # noqa: PLC0415  # keeps start-up quick
    from hub.main.probing import look  # noqa: PLC0415  # as above

    async def looking(known: Settings) -> dict[str, Health]:
        async with Hub(known) as hub:
            return await look(hub, endpoint)

    with told() as known, err.status("probing…"):
        found = asyncio.run(looking(known))
    table = Table("endpoint", "health", "code", "since (UTC)")
    for name, health in found.items():
        since = f"{health.since:%F %T}" if health.since else ""
        table.add_row(name, "works" if health.ok else "fails", health.code, since)
    out.print(table)
    if not all(health.ok for health in found.values()):
        raise typer.Exit(FAILED)
