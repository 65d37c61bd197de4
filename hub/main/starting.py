"""What must be so before anything starts: our own packages, a sane clock, adapters that load.

`opening` and `working` ask; `Misconfigured` names what to mend. Better not to start than to run on
somebody else's package or to expire consents by a wrong clock.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import hub
from hub.canonical import Document
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from datetime import datetime

    from hub.ports import Binding, Reader
    from hub.store.pool import Database

CLOCK_APART = 60.0


def check_packages() -> None:
    """Refuse packages of the same name that aren't ours: the registry has some."""
    home = Path(hub.__file__).parent.parent
    for name in ("adapters", "consent"):
        found = find_spec(name)
        if found is None or not found.origin or Path(found.origin).parent.parent != home:
            raise Misconfigured(name, "isn't the hub's own package; install icp-hub by itself")


async def check_clock(database: Database, now: datetime) -> None:
    """Refuse to start when this machine's clock is far from the database's."""
    async with database.line() as connection:
        cursor = await connection.execute("select extract(epoch from %s - now()) as apart", (now,))
        row = (await cursor.fetchall())[0]
    if abs(row["apart"]) > CLOCK_APART:
        raise Misconfigured("clock", f"is {row['apart']:.0f} s from the database's; set it")


async def check_adapters(reader: Reader, bindings: list[Binding]) -> None:
    """Refuse to start while an adapter that a sender is bound to can't be loaded."""
    for binding in bindings:
        _, reading = await reader.read((binding,), Document(b"?", "start"))
        if any(finding.code == "adapter_not_loaded" for finding in reading.findings):
            raise Misconfigured(f"binding {binding.adapter}", "can't be loaded; mend the binding")
