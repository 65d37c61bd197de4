"""What a link of a notice mail is for now: its delivery as it stands, and whether it may be taken.

Implements `hub.linking.Linking`. Every refusal says in words what became of the plan; a link never
outlives the wish of its practice, which may switch links off in the directory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub import answers, linking
from hub.errors import Refused
from hub.linking import Offered

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from hub.ports import Clock
    from hub.store.pool import Database

_FOUND = """
select d.state, d.pcmh, d.acknowledged_at is not null as taken, m.name as sender,
  coalesce((p.options->>'links')::boolean, true) as links
from delivery d join organisation m on m.id = d.mco join organisation p on p.id = d.pcmh
where d.id = %s
"""


class PostgresLinking:
    """Links over one database; `sign` and `check` are the hub's own key."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sign: Callable[[bytes], bytes],
        check: Callable[[bytes, bytes], bool],
    ) -> None:
        self._database = database
        self._clock = clock
        self._sign = sign
        self._check = check

    def make(self, delivery: str, ends_at: datetime) -> str:
        """Return the token of a link to one delivery."""
        return linking.written(delivery, ends_at, self._sign)

    async def read(self, token: str) -> Offered:
        """Return what a link is for, as its delivery stands now."""
        delivery, ends_at = linking.opened(token, self._clock.now(), self._check)
        async with self._database.line() as connection:
            row = await (await connection.execute(_FOUND, (delivery,))).fetchone()
        if row is None:
            raise Refused("link_unknown", "this link is not one of ours, or was cut", status=404)
        if not row["links"]:
            what = "your practice has switched such links off; sign in to see the plan"
            raise Refused("link_off", what, status=410)
        if row["taken"]:
            raise Refused("link_used", "receipt was acknowledged already", status=409)
        if row["state"] not in answers.OPEN:
            what = "this plan was replaced or taken back; sign in to see what waits"
            raise Refused("link_replaced", what, status=410)
        return Offered(delivery, row["pcmh"], row["sender"], ends_at)
