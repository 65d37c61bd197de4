"""Requests as they are made: whom they may be about, who is asked, consent first, then the row.

Part of `PostgresRequests`. A practice is asked by its designated contact or not at all; an MCO of
which the directory names nobody finds the request in its console. The clock, the notice to the
contact and the event are written in the same transaction. Nothing of the member reaches the asked
side before consent said yes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.canonical import Sealed
from hub.errors import Refused
from hub.ids import new_id
from hub.requests import rules
from hub.requests.nouns import Content
from hub.store import facts
from hub.store.requests import entries, reaching, watches
from hub.store.requests.room import Room, Untold, basis, nothing, permits, stood, tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from hub.asked import Actor
    from hub.directory import Attribution, Contact, Organisation
    from hub.requests.nouns import Opening, Reached
    from hub.store.pool import Connection

_THEIRS = """
select m.* from member m where m.id = %(member)s and (m.mco = %(whose)s
  or exists (select from delivery d where d.member = m.id and d.pcmh = %(whose)s
    and d.sent_at is not null and d.state <> 'returned')
  or exists (select from request r where r.member = m.id and r.party = %(whose)s
    and r.state in ('asked', 'promised', 'overdue', 'answered')))
"""
_BEFORE = """
select id from request where member = %s and mco = %s and party = %s and asker = %s and kind = %s
  and state in ('asked', 'promised', 'overdue') and kind <> 'correction'
"""
_KEEP = """
insert into request (id, kind, member, mco, party, asker, contact, state, urgency, reason, words,
  name, actor, at, due_at, decision, asked_version)
values (%(id)s, %(kind)s, %(member)s, %(mco)s, %(party)s, %(asker)s, %(contact)s, 'asked',
  %(urgency)s, %(reason)s, %(words)s, %(name)s, %(actor)s, %(at)s, %(due_at)s, %(decision)s,
  coalesce((select version from consent_head where member = %(member)s), 0))
"""
_PARTIES = """
select o.id, o.name, o.kind from organisation o where o.active and o.kind in ('pcmh', 'other')
  and o.id <> 'hub' and exists (select from contact c where c.organisation = o.id)
order by o.kind desc, o.name, o.id
"""
_ROLES = {"mco": ("owner", "plan"), "pcmh": ("plan",), "other": ("plan", "owner", "urgent")}


@dataclass(frozen=True, slots=True, repr=False)
class _Sides(Sealed):
    """Who is asked: the organisation, and the id of its contact or nothing."""

    asked: Organisation
    contact: str


class Makes(Room):
    """How requests are made."""

    __slots__ = ()

    async def open(self, actor: Actor, given: Opening) -> str:
        """Ask consent, then keep the request and tell the asked contact; return its id."""
        made = new_id("rqt")
        async with self.database.line() as connection:
            member = await _theirs(connection, actor, given.member)
            sender = member["mco"] == actor.organisation
            rules.opening(given, sender)
            sides = await self._sides(connection, member, given, sender)
            row = self._row(made, actor, given, member, sides)
            known = await self.around(connection, [member["id"]], [row["mco"], row["party"]])
            words = "\n".join([given.words, given.says, *(one.words for one in given.attempts)])
            decision = self.decided(known, row, sides.asked.id, Content(words.strip()))
            refused = await _repeated(connection, row)
            if refused is None and (decision is None or not permits(decision)):
                refused = Untold(self.back(known, row, sides.asked.id, "request", decision))
            if refused is None and decision is not None:
                row |= {"stood": stood(known, sides.asked.id, decision)}
                await self._write(connection, actor, given, row, sides.asked)
            elif refused is not None:
                await self._not_asked(connection, actor, row, refused)
        if refused is not None:
            raise refused
        return made

    async def _not_asked(
        self, connection: Connection, actor: Actor, row: Mapping[str, Any], refused: Refused
    ) -> None:
        """Record that a request was not made, and where consent is why, what it said."""
        if isinstance(refused, Untold):
            await self.keep_back(connection, actor, refused.back)
        told = {"because": refused.code, "what": row["kind"]}
        whose = (actor.organisation,)
        made = Event("request.not_asked", row["id"], self.clock.now(), whose, actor.id, told)
        await tell(connection, made)

    def _row(
        self,
        made: str,
        actor: Actor,
        given: Opening,
        member: Mapping[str, Any],
        sides: _Sides,
    ) -> dict[str, Any]:
        at, sender = self.clock.now(), member["mco"] == actor.organisation
        return {
            "id": made,
            "kind": given.kind,
            "member": member["id"],
            "mco": member["mco"],
            "party": sides.asked.id if sender else actor.organisation,
            "asker": actor.organisation,
            "contact": sides.contact,
            "urgency": given.urgency,
            "reason": given.reason,
            "words": self.sealed(rules.words(given.words)),
            "name": given.name,
            "actor": actor.id,
            "at": at,
            "due_at": rules.until(given.due, given.urgency, sides.asked.hours, at),
            "before": member[given.field] if given.field else "",
        }

    async def _write(
        self,
        connection: Connection,
        actor: Actor,
        given: Opening,
        row: dict[str, Any],
        asked: Organisation,
    ) -> None:
        await connection.execute(_KEEP, {**row, "decision": json.dumps(row["stood"])})
        for one in given.attempts:
            await entries.attempted(connection, self, actor, row, one, given.name)
        if given.field:
            values = (row["before"], rules.line(given.says))
            await reaching.proposed(connection, self, row, given.field, values)
        reminder = rules.reminded(row["due_at"], asked.hours, row["at"])
        await watches.begin(connection, row, reminder)
        told: dict[str, object] = {"what": given.kind, "reason": given.reason}
        told["urgency"] = given.urgency
        attempts = len(given.attempts)
        told |= basis(row["stood"])
        made = self.event("request.asked", row, actor, attempts=attempts, **told)
        await tell(connection, made)

    async def _sides(
        self, connection: Connection, member: Mapping[str, Any], given: Opening, sender: bool
    ) -> _Sides:
        on = self.clock.now().date()
        whose = member["mco"]
        if sender:
            homes = await facts.attributions(connection, [member["id"]])
            whose = given.to or _home(homes.get(member["id"], ()), on)
        elif given.to not in {"", whose}:
            raise Refused("not_theirs", "a practice asks the member's own MCO", status=422)
        known = await facts.organisations(connection, [whose])
        asked = known.get(whose)
        fits = {"pcmh", "other"} if sender else {"mco"}
        if asked is None or not asked.active or asked.kind not in fits or asked.id == "hub":
            told = "the directory has no such practice or provider; ask one that it has"
            raise Refused("unknown_party", told, status=422)
        people = (await facts.contacts(connection, [whose])).get(whose, ())
        contact = _contact(people, _ROLES[asked.kind], on)
        if contact is None and sender:
            told = "the directory names nobody there who could be asked; add a contact for plans"
            raise Refused("no_contact", told, status=409)
        return _Sides(asked, contact.id if contact else "")

    async def reach(self, actor: Actor, member: str) -> Sequence[Reached]:
        """Return the contact data of a member the actor may make requests about."""
        async with self.database.line() as connection:
            row = await _theirs(connection, actor, member)
            if row["mco"] != actor.organisation:
                known = await self.around(connection, [row["id"]], [row["mco"], actor.organisation])
                sides = {"mco": row["mco"], "party": actor.organisation, "asker": row["mco"]}
                asked = {**sides, "member": row["id"], "contact": ""}
                decision = self.decided(known, asked, actor.organisation)
                if not permits(decision) or reaching.hidden(decision):
                    return ()
            return await reaching.of(connection, self, row)

    async def parties(self, actor: Actor) -> list[dict[str, Any]]:
        """Return the organisations an MCO may ask."""
        del actor  # the directory holds no member; the route asked who may see it
        async with self.database.line() as connection:
            return await (await connection.execute(_PARTIES)).fetchall()


async def _theirs(connection: Connection, actor: Actor, member: str) -> dict[str, Any]:
    """Return a member the actor may make requests about; `Refused` 404 for any other."""
    given = {"member": member, "whose": actor.organisation}
    row = await (await connection.execute(_THEIRS, given)).fetchone()
    if row is None:
        raise nothing()
    return row


async def _repeated(connection: Connection, row: Mapping[str, Any]) -> Refused | None:
    """Return the refusal of what was asked before and is still open."""
    same = tuple(row[name] for name in ("member", "mco", "party", "asker", "kind"))
    found = await (await connection.execute(_BEFORE, same)).fetchone()
    if found is None:
        return None
    told = f"the same was asked before and is open: {found['id']}; remind them instead"
    return Refused("asked_before", told, status=409)


def _home(homes: Iterable[Attribution], on: date) -> str:
    found = {one.pcmh for one in homes if one.holds(on)}
    if len(found) != 1:
        told = "the member has no single medical home today; say whom to ask"
        raise Refused("no_home", told, status=409)
    return found.pop()


def _contact(
    people: Sequence[Contact], roles: Sequence[str], on: date | datetime
) -> Contact | None:
    """Return who is asked: the first who serves, a backup only where nobody else does."""
    for role in roles:
        serving = [one for one in people if one.serves(role, on)]
        backups = {one.backup for one in serving}
        first = [one for one in serving if one.id not in backups] or serving
        if first:
            return first[0]
    return None
