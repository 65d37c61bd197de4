"""A plan that a practice sends back as not theirs is a misdirected release: an incident by itself.

`PostgresReception` calls it in the transaction that records the return, so that no such return is
ever without its incident. What was shown and opened there is told with it, from the ledger's
events; a person weighs it (45 CFR 164.402(2)). A return for another reason opens none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.officer import Reported
from hub.store import incidents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from hub.asked import Actor
    from hub.correspondence import Given
    from hub.store.pool import Connection

_CAUSES = {
    "wrong_member": "The practice sent it back: this is another person's plan.",
    "wrong_practice": "The practice sent it back: the member belongs to another practice.",
}
_SEEN = {
    "delivery.shown": "shown on their worklist",
    "plan.viewed": "read on the page",
    "delivery.listed": "read in a list",
    "delivery.compared": "compared with another version",
    "delivery.downloaded": "downloaded",
    "delivery.acknowledged": "taken by name",
}
_LOOKED = """
select kind, count(*) as times, min(at) as first from event
where noun = %s and kind = any(%s) group by kind order by min(at)
"""


async def reported(  # the caller's transaction, who, what was said, and when
    connection: Connection,
    actor: Actor,
    row: Mapping[str, Any],
    given: Given,
    at: datetime,
    seal: Callable[[bytes], bytes],
) -> str | None:
    """Open an incident for a return that says “not ours”; return its id, None for any other.

    `row` is the delivery's as it stood before the return.
    """
    if given.kind != "return" or given.code not in _CAUSES:
        return None
    cursor = await connection.execute(_LOOKED, (row["id"], list(_SEEN)))
    seen = await cursor.fetchall()
    told = [_CAUSES[given.code], f"Said by {given.name}.", *_sent(row)]
    told += [
        f"{_SEEN[one['kind']]}: {one['times']} time(s), first {_day(one['first'])}." for one in seen
    ]
    if not seen:
        told.append("Nobody there had opened it in the hub.")
    about = Reported(
        member=row["member"],
        pcmh=row["pcmh"],
        delivery=row["id"],
        cause=given.code,
        told=" ".join(part[0].upper() + part[1:] for part in told),
        found_at=at,
    )
    return await incidents.opened(connection, actor, about, at, seal)


def _sent(row: Mapping[str, Any]) -> list[str]:
    sent = row["sent_at"]
    return [f"Sent {_day(sent)} by {row['channel']}."] if sent else []


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
