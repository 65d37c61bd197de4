"""Subscriptions of organisations: endpoints of kind `status` that they made themselves over FHIR.

Implements `hub.web.fhir.subscriptions.Subscriptions`. The notice machinery serves them like any
other `status` endpoint: it writes, retries and gives up. What was deleted stays as a row without
secrets, since notices name it, and gets no more.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.errors import Refused
from hub.store import events

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hub.asked import Actor
    from hub.ports import Clock
    from hub.store.pool import Connection, Database

_LISTED = """
select e.id, e.organisation, e.address, e.options, e.paused, n.code as last_code,
  n.sent_at is null and n.due is null and n.id is not null as given_up
from endpoint e left join lateral (select n.id, n.code, n.sent_at, n.due from notice n
  where n.endpoint = e.id and n.code <> '' order by n.seq desc limit 1) n on true
where e.kind = 'status' and e.options ? 'subscription' and not e.options ? 'off'
  and e.organisation = %s and (%s::text is null or e.id = %s)
order by e.id limit 200
"""


class PostgresSubscriptions:
    """Subscriptions over one database; `seal` closes their secrets."""

    def __init__(self, database: Database, clock: Clock, seal: Callable[[bytes], bytes]) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal

    async def add(
        self,
        actor: Actor,
        row: Mapping[str, Any],
        secrets: Mapping[str, str],
        most: int,
    ) -> None:
        """Keep a Subscription (id, address, options); `Refused` 409 above `most` of them."""
        async with self._database.line() as connection:
            await connection.execute(
                "select from organisation where id = %s for update", (actor.organisation,)
            )
            if len(await _listed(connection, actor.organisation, None)) >= most:
                raise Refused("too_many", f"delete one first: {most} is the most", status=409)
            await connection.execute(
                "insert into endpoint (id, organisation, kind, address, format, options, secrets)"
                " values (%s, %s, 'status', %s, 'json', %s, %s)",
                (
                    row["id"],
                    actor.organisation,
                    row["address"],
                    json.dumps(row["options"]),
                    self._seal(msgspec.json.encode(secrets)),
                ),
            )
            await self._told(connection, actor, row["id"], "subscribed")

    async def listed(self, organisation: str, wanted: str | None = None) -> list[dict[str, Any]]:
        """Return an organisation's Subscriptions, or the one wanted, without their secrets."""
        async with self._database.line() as connection:
            return await _listed(connection, organisation, wanted)

    async def remove(self, actor: Actor, wanted: str) -> None:
        """Delete a Subscription; `Refused` 404 for none of the actor's organisation."""
        async with self._database.line() as connection:
            if not await _listed(connection, actor.organisation, wanted):
                raise Refused("not_found", "there is no such Subscription", status=404)
            await connection.execute(
                'update endpoint set options = options || \'{"off": "yes"}\', paused = true,'
                " secrets = null where id = %s",
                (wanted,),
            )
            await connection.execute(
                "update notice set due = null, code = 'unsubscribed'"
                " where endpoint = %s and due is not null",
                (wanted,),
            )
            await self._told(connection, actor, wanted, "unsubscribed")

    async def _told(self, connection: Connection, actor: Actor, noun: str, deed: str) -> None:
        event = Event(
            kind="directory.changed",
            noun=noun,
            at=self._clock.now(),
            organisations=(actor.organisation,),
            actor=actor.id,
            detail={"subscription": deed},
        )
        await events.add(connection, [event])


async def _listed(
    connection: Connection, organisation: str, wanted: str | None
) -> list[dict[str, Any]]:
    cursor = await connection.execute(_LISTED, (organisation, wanted, wanted))
    return await cursor.fetchall()
