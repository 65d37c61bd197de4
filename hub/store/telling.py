"""Tells practices that a consent was revoked under which they were sent something.

`hub.store.consenting` calls it in the transaction of the revocation. What was sent stays sent; the
practice finds it closed in the console, and is told by status notice where it takes those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.audit import Event
from hub.store import events

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.pool import Connection

_SENT = """
select d.id, d.mco, d.pcmh from consent c join release r on r.member = c.member
  join delivery d on d.release = r.id
where c.id = %s and r.decision->'consents' ? c.id
  and (d.sent_at is not null or d.shown_at is not null) order by d.seq
"""


async def revoked(connection: Connection, consent: str, at: datetime) -> int:
    """Write an event for each delivery that was sent under a consent; return how many."""
    rows = await (await connection.execute(_SENT, (consent,))).fetchall()
    made = [
        Event("delivery.consent_revoked", row["id"], at, (row["mco"], row["pcmh"])) for row in rows
    ]
    await events.add(connection, made)
    return len(made)
