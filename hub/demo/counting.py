"""What the demo counts, straight from the database, and the table it prints at the end.

`hub.demo.story` calls it. `lost` counts accepted submissions that are in no state somebody owns:
it must be 0.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from hub.demo.practices import Received
    from hub.main import Hub

_COUNTS = """
select
  (select count(*) from submission) as submissions,
  (select count(*) from plan) as plans,
  (select count(*) from plan where state = 'released') as released,
  (select count(*) from release where withheld > 0) as withheld,
  (select count(distinct noun) from event where kind = 'plan.held') as held,
  (select count(*) from delivery where transport in ('sent', 'confirmed')) as delivered,
  (select count(*) from delivery where acknowledged_at is not null) as acknowledged,
  (select count(*) from submission where state = 'quarantined') as quarantined,
  (select count(*) from submission where state = 'duplicate') as duplicates,
  (select count(*) from submission s where s.state = 'received'
     or (s.state = 'read' and s.plans <> (select count(*) from plan p where p.submission = s.id))
  ) as lost
"""

_TABLE = """
select s.mco, s.name, s.channel as way, s.state as read, p.state as plan, p.reason,
  d.channel, d.transport, d.acknowledged_by, d.agreement, r.withheld
from submission s left join plan p on p.submission = s.id
  left join delivery d on d.plan = p.id and d.state not in ('superseded', 'stopped')
  left join release r on r.id = d.release
order by s.seq, p.seq, d.seq
"""


async def _rows(hub: Hub, statement: str) -> list[dict[str, Any]]:
    async with hub.database.line() as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall()


async def counts(hub: Hub) -> dict[str, int]:
    """Return the demo's counts."""
    return (await _rows(hub, _COUNTS))[0]


def as_json(found: dict[str, int]) -> str:
    """Return the counts as one line of JSON."""
    return json.dumps(found)


async def settled(hub: Hub) -> bool:
    """Say whether nothing is due any more."""
    found = await _rows(
        hub,
        "select (select count(*) from submission where due is not null)"
        " + (select count(*) from plan where due < now() + interval '1 minute')"
        " + (select count(*) from delivery where due is not null) as due",
    )
    return bool(found[0]["due"] == 0)


async def held(hub: Hub) -> list[dict[str, Any]]:
    """Return the plans that consent holds."""
    return await _rows(hub, "select id, mco, member, pcmh from plan where state = 'held'")


async def nothing_held(hub: Hub) -> bool:
    """Say whether the held queue is empty and all is delivered."""
    return not await held(hub) and await settled(hub)


async def show(hub: Hub, console: Console, found: dict[str, int], received: Received) -> None:
    """Print what became of every document, and the counts."""
    table = Table(title="what became of it", title_justify="left")
    for name in ("sender", "document", "by", "read", "plan", "delivery", "taken by", "answer"):
        table.add_column(name, overflow="fold")
    for row in await _rows(hub, _TABLE):
        plan = row["plan"] or ""
        if row["withheld"]:
            plan += f", {row['withheld']} withheld"
        by = f"{row['channel']}: {row['transport']}" if row["channel"] else ""
        answer = "" if row["agreement"] in {None, "none"} else row["agreement"]
        cells = (row["mco"], row["name"], row["way"], row["read"], plan, by)
        table.add_row(*cells, row["acknowledged_by"] or "", answer)
    console.print(table)
    console.print(", ".join(f"{name} {value}" for name, value in found.items()))
    twice = sum(times > 1 for times in received.times.values())
    console.print(
        f"the webhook practice got {len(received.times)} deliveries, {twice} of them twice"
    )
    verdict = await hub.verify_ledger()
    state = "verifies" if not verdict.problems else "DOES NOT VERIFY"
    console.print(f"the audit ledger {state}: {verdict.size} events, {verdict.sealed_heads} heads")
