"""What people are to be told by text message: what a mail tells too, shorter, by day.

The ticker's text job claims per person who has a mobile number in the directory and says what
became of it. Several silences are one text, one person gets no more than one in a while, and never
outside their organisation's hours. What a mail tells of an end is not texted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.canonical import Sealed
from hub.hours import USUAL, opening
from hub.store import facts
from hub.store.work import noticed_again

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.pool import Database

LEASE = timedelta(minutes=5)
FRESH = timedelta(days=3)
"""Older news is no news: a number entered today brings no texts about last month."""
MOST_ATTEMPTS = 6

_DUE = """
select n.id, n.contact, c.mobile, c.organisation, n.text_attempts as attempts
from nudge n join contact c on c.id = n.contact and c.mobile <> ''
where n.kind = 'silent' and n.texted_at is null and n.code <> 'settled'
  and coalesce(n.text_due, n.at) <= %(now)s and n.at > %(fresh)s
  and not exists (select from nudge o where o.contact = n.contact and o.texted_at > %(since)s)
order by n.contact, n.id limit 500 for update of n skip locked
"""


@dataclass(frozen=True, slots=True, repr=False)
class Text(Sealed):
    """One text to one person, about so many plans."""

    contact: str
    mobile: str
    ids: tuple[int, ...]
    attempts: int

    @property
    def count(self) -> int:
        """How many things wait."""
        return len(self.ids)


async def claim(database: Database, now: datetime, between: timedelta) -> list[Text]:
    """Lease what is to be told now, gathered per person; what comes at night waits for the day."""
    given = {"now": now, "since": now - between, "fresh": now - FRESH}
    found: dict[str, list[dict[str, object]]] = {}
    async with database.line() as connection:
        rows = await (await connection.execute(_DUE, given)).fetchall()
        known = await facts.organisations(connection, {row["organisation"] for row in rows})
        for row in rows:
            own = known.get(row["organisation"])
            opens = opening(own.hours if own else USUAL, now)
            due = now + LEASE if opens <= now else opens
            tried = row["attempts"] + (opens <= now)
            await connection.execute(
                "update nudge set text_due = %s, text_attempts = %s where id = %s",
                (due, tried, row["id"]),
            )
            if opens <= now:
                found.setdefault(row["contact"], []).append({**row, "attempts": tried})
    return [
        Text(
            contact,
            str(own[0]["mobile"]),
            tuple(int(str(row["id"])) for row in own),
            max(int(str(row["attempts"])) for row in own),
        )
        for contact, own in found.items()
    ]


async def finish(
    database: Database, text: Text, now: datetime, code: str, *, again: bool = False
) -> None:
    """Record that the gateway took a text (`sent`), or why not; `again`: it may be tried later."""
    due = noticed_again(now, text.attempts, MOST_ATTEMPTS) if again else None
    async with database.line() as connection:
        await connection.execute(
            "update nudge set text_code = %s, text_due = coalesce(%s::timestamptz, 'infinity'),"
            " texted_at = case when %s then %s end where id = any(%s)",
            (code, due, code == "sent", now, list(text.ids)),
        )
