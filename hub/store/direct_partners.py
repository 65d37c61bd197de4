"""Who may send by Direct, and what we owe them in answer; implements `hub.ports.DirectInbox`.

A partner is an endpoint of kind `direct`; its address is looked up as the signer of a mail proved
it. Answers we owe are rows, so that a crash loses none: the ticker claims, sends and finishes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from hub.canonical import Sealed
from hub.ids import new_id
from hub.ports import DirectPartner
from hub.store import direct_notices
from hub.store.work import gap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hub.ports import Clock, DirectReport, Disposition, Envelope, Upload
    from hub.store.pool import Database

_LEASE = timedelta(minutes=5)
_FIRST_GAP = 60.0
_MOST_ATTEMPTS = 8
"""Two hours of trying; by then a sender has long counted our silence as a failure."""

_PARTNER = """
select e.id, e.organisation, o.kind, e.address, e.options from endpoint e
join organisation o on o.id = e.organisation
where e.kind = 'direct' and lower(e.address) = lower(%s) and o.active and not e.paused limit 2
"""
_OWE = """
insert into direct_answer (id, endpoint, original, disposition, certificate, made_at, due)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_CLAIM = """
with ready as (
  select id from direct_answer where due <= %(now)s order by due limit %(limit)s
  for update skip locked)
update direct_answer a set due = %(lease)s, attempts = a.attempts + 1
from ready, endpoint e where a.id = ready.id and e.id = a.endpoint
returning a.id, a.original, a.disposition, a.certificate, a.attempts, e.address, e.options
"""


@dataclass(frozen=True, slots=True, repr=False)
class Owed(Sealed):
    """One notification we owe: of which message, to whom, and for which certificate."""

    id: str
    original: str
    disposition: Disposition
    certificate: str
    attempts: int
    address: str
    options: Mapping[str, str] = field(default_factory=dict)


class PostgresDirectInbox:
    """Partners, their notifications and our answers; `begin` opens an upload."""

    def __init__(
        self, database: Database, clock: Clock, begin: Callable[[Envelope], Upload]
    ) -> None:
        self._database = database
        self._clock = clock
        self._begin = begin

    async def partner(self, address: str) -> DirectPartner | None:
        """Return whose address this is; None for nobody's, or when two organisations have it."""
        async with self._database.single() as connection:
            rows = await (await connection.execute(_PARTNER, (address,))).fetchall()
        if len(rows) != 1:
            return None
        row = rows[0]
        return DirectPartner(
            endpoint=row["id"],
            organisation=row["organisation"],
            kind=row["kind"],
            address=row["address"].lower(),
            options=row["options"],
        )

    def upload(self, envelope: Envelope) -> Upload:
        """Begin an upload."""
        return self._begin(envelope)

    async def report(self, partner: DirectPartner, report: DirectReport) -> bool:
        """Keep what a partner tells of a delivery; False when it isn't one that went to them."""
        return await direct_notices.keep(self._database, partner, report, self._clock.now())

    async def owe(
        self, partner: DirectPartner, original: str, dispositions: Sequence[Disposition], chain: str
    ) -> None:
        """Make notifications of a message due; they are sent soon, and again until taken."""
        now = self._clock.now()
        async with self._database.line() as connection:
            for position, one in enumerate(dispositions):
                due = now + timedelta(milliseconds=position)
                row = (new_id("mdn"), partner.endpoint, original, one, chain, now, due)
                await connection.execute(_OWE, row)

    async def claim(self, limit: int = 50) -> list[Owed]:
        """Lease notifications that are due."""
        now = self._clock.now()
        given = {"now": now, "lease": now + _LEASE, "limit": limit}
        async with self._database.line() as connection:
            rows = await (await connection.execute(_CLAIM, given)).fetchall()
        return [Owed(**row) for row in sorted(rows, key=lambda row: str(row["id"]))]

    async def finish(self, owed: Owed, code: str, *, over: bool) -> None:
        """Record that a notification was taken (`sent`), or why not; tried again unless `over`."""
        now = self._clock.now()
        ended = over or code == "sent" or owed.attempts >= _MOST_ATTEMPTS
        due = None if ended else now + timedelta(seconds=gap(owed.attempts, _FIRST_GAP))
        async with self._database.line() as connection:
            await connection.execute(
                "update direct_answer set due = %s, code = %s,"
                " sent_at = case when %s then %s::timestamptz end where id = %s",
                (due, code, code == "sent", now, owed.id),
            )
