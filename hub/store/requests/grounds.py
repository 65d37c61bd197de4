"""The ground of requests changed otherwise than by a consent: they are asked about at once.

Rosters, the directory and treating relationships call `ask_anew` in the transaction that changes
them; `hub.store.requests.asking` asks. Nothing is decided here. SQL on requests, like its room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from hub.store.pool import Connection

_ANEW = """
update request set ask_due = null where id in (select id from request
  where state in ('asked', 'promised', 'overdue')
    and (mco = any(%(of)s) or party = any(%(of)s) or member = any(%(members)s))
  order by id for no key update)
"""


async def ask_anew(
    connection: Connection, organisations: Collection[str] = (), members: Collection[str] = ()
) -> None:
    """Let open requests be asked about at once: a roster, the directory or who treats changed.

    Called last in a transaction that changed it: nothing may be waited for with their rows locked.
    """
    given = {"of": list(organisations), "members": list(members)}
    await connection.execute(_ANEW, given)
