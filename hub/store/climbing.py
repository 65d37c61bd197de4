"""One step up the ladder of a silence: who is told next, until when, and with whom it stays.

`watching` calls `climb` for deliveries and `requests.watches` for requests, each with the rows it
has locked; so both climb alike. What begins and ends a silence stays theirs. Ids and codes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from hub import clocks
from hub.store import events, facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hub.clocks import Clock, Limits
    from hub.directory import Contact
    from hub.store.pool import Connection

BATCH: Final = 500
HUB: Final = "hub"

BEGIN: Final = """
insert into watch (delivery, clock, mco, pcmh, began_at, due)
select * from json_to_recordset(%s::json)
  as x(delivery text, clock text, mco text, pcmh text, began_at timestamptz, due timestamptz)
on conflict do nothing
"""
CALM: Final = """
with quiet as (
  update nudge set due = null, code = 'settled' where kind = 'silent' and sent_at is null
    and (delivery, clock) in (select * from unnest(%(ids)s::text[], %(clocks)s::text[])))
insert into nudge (contact, delivery, clock, step, kind, at, due)
select distinct n.contact, n.delivery, n.clock, 0, 'recovered', %(now)s::timestamptz,
  %(now)s::timestamptz
from nudge n where n.kind = 'silent' and n.sent_at is not null
  and (n.delivery, n.clock) in (select * from unnest(%(ids)s::text[], %(clocks)s::text[]))
on conflict do nothing
"""
_STEPS = """
with x as (
  select * from json_to_recordset(%s::json) as x(noun text, clock text, step int, contact text,
    at timestamptz, due timestamptz)),
told as (
  insert into nudge (contact, delivery, clock, step, kind, at, due)
  select contact, noun, clock, step, 'silent', at, at from x where due is not null
  on conflict do nothing)
update watch w set step = x.step, owner = x.contact, due = x.due from x
where w.delivery = x.noun and w.clock = x.clock
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A silence whose next step is due: of which noun, between whom, and how far it was climbed.

    `asker` waits for the other of `mco` and `party`; `contact` is that side's designated person.
    `stays` is with whom it stays when nobody is left, `hours` whose business days count for a
    person of an organisation that is neither.
    """

    noun: str
    clock: Clock
    mco: str
    party: str
    asker: str
    contact: str
    step: int
    stays: str
    hours: str


@dataclass(frozen=True, slots=True)
class Climbed:
    """A step that was taken: who holds it now, when the next is due (None: nobody is left)."""

    noun: str
    clock: Clock
    step: int
    contact: str
    at: datetime
    due: datetime | None
    rung: str = ""

    @property
    def kind(self) -> str:
        """What happened, as the event's last word."""
        return "escalated" if self.rung else "exhausted"

    @property
    def detail(self) -> dict[str, Any]:
        """What the event says besides."""
        if not self.rung:
            return {"owner": self.contact}
        return {"step": self.step, "rung": self.rung, "contact": self.contact}


async def climb(
    connection: Connection, waiting: Sequence[Waiting], now: datetime, usual: Limits
) -> list[Climbed]:
    """Take the next step of each silence: write whom it tells, and return what was done."""
    known = await facts.organisations(
        connection, {side for one in waiting for side in (one.mco, one.party)}
    )
    people = await facts.contacts(connection, {*known, HUB})
    taken = []
    for one in waiting:
        step = _next(one, people, now)
        if step is None:
            taken.append(Climbed(one.noun, one.clock, one.step, one.stays, now, None))
            continue
        found = clocks.limits(usual, known[one.mco].clocks, known[one.party].clocks)
        hours = known.get(step.contact.organisation, known[one.hours]).hours
        due = clocks.again(one.clock, now, found, hours)
        told = (step.step, step.contact.id, now, due, step.rung)
        taken.append(Climbed(one.noun, one.clock, *told))
    await connection.execute(_STEPS, (events.as_json(taken),))
    return taken


def _next(
    one: Waiting, people: Mapping[str, Sequence[Contact]], now: datetime
) -> clocks.Told | None:
    mine = people.get(one.mco, ())
    asked = people.get(one.party, ()) if one.asker == one.mco else mine
    sides = {True: (*mine, *people.get(HUB, ())), False: asked}
    return clocks.next_step(one.clock, one.step, one.contact, sides, now)
