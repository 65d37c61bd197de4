"""What every part of `PostgresRequests` stands on: who is who, and consent asked under a lock.

Each look or step gathers the member, both organisations and the consents in its own transaction,
with the member's consent head locked: it is wholly before or after a revocation.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consent.decision import as_kept
from consent.notices import PART2_SCOPE, scope
from hub.audit import Event
from hub.canonical import Sealed
from hub.errors import Refused
from hub.requests import rules
from hub.requests.nouns import NOTHING, Content, Telling
from hub.store import events, facts, sending, treating

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from consent.decision import Decision
    from consent.records import Consent
    from hub.asked import Actor
    from hub.directory import Attribution, Organisation, RosterMember
    from hub.ports import Clock, Vault
    from hub.requests.nouns import Ask
    from hub.store.pool import Connection, Database

_MEMBERS = "select * from member where id = any(%s)"
_STOPPED = """
select member, pcmh from incident where member = any(%s) and lifted_at is null
"""
_UNTOLD = """
insert into untold (member, mco, party, teller, noun, what, because, decision, at, actor, name)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_SENT = """
select distinct member, pcmh from delivery where member = any(%s) and sent_at is not null
"""


@dataclass(frozen=True, slots=True, repr=False)
class Around(Sealed):
    """What is known around requests of some members: read once, asked for each."""

    members: Mapping[str, RosterMember]
    rows: Mapping[str, Mapping[str, Any]]
    parties: Mapping[str, Organisation]
    consents: Mapping[str, tuple[Consent, ...]]
    homes: Mapping[str, tuple[Attribution, ...]]
    sent: frozenset[tuple[str, str]]
    stopped: frozenset[tuple[str, str]]
    treating: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class Back(Sealed):
    """What one side was not told: of which row, by whom, what it was, and what consent said.

    `what` is `request`, `step`, `document` or `stop`. Of what people wrote nothing is kept.
    """

    row: Mapping[str, Any]
    teller: str
    what: str
    because: str
    decision: Mapping[str, object] | None


class Untold(Refused):
    """A refusal because consent lets something not be told; `back` is what is recorded of it."""

    def __init__(self, back: Back) -> None:
        told = refusal(back.because)
        super().__init__(told.code, told.detail, status=told.status)
        self.back = back


@dataclass(frozen=True, slots=True)
class Room:
    """Database, vault, clock, (seal, unseal) for words, and the consent question."""

    database: Database
    vault: Vault
    clock: Clock
    sealing: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]
    ask: Ask

    def sealed(self, words: str) -> bytes | None:
        """Return words as a row keeps them; nothing where there are none."""
        return self.sealing[0](words.encode()) if words else None

    def opened(self, kept: bytes | None) -> str:
        """Return a row's words."""
        return self.sealing[1](bytes(kept)).decode() if kept else ""

    async def around(
        self, connection: Connection, members: Collection[str], organisations: Collection[str]
    ) -> Around:
        """Lock the members' consent heads and read all that consent hangs on."""
        ids = sorted(members)
        await sending.lock_heads(connection, ids)
        rows = await (await connection.execute(_MEMBERS, (ids,))).fetchall()
        stopped = await (await connection.execute(_STOPPED, (ids,))).fetchall()
        sent = await (await connection.execute(_SENT, (ids,))).fetchall()
        return Around(
            members={row["id"]: facts.roster_member(row) for row in rows},
            rows={row["id"]: row for row in rows},
            parties=await facts.organisations(connection, set(organisations)),
            consents=await facts.consents(connection, ids),
            homes=await facts.attributions(connection, ids),
            sent=frozenset((row["member"], row["pcmh"]) for row in sent),
            stopped=frozenset((row["member"], row["pcmh"]) for row in stopped),
            treating=await treating.holding(connection, ids, self.clock.now().date()),
        )

    def decided(
        self,
        known: Around,
        row: Mapping[str, Any],
        to: str,
        content: Content = NOTHING,
    ) -> Decision | None:
        """Ask consent about telling `to` of a row's member; None: an incident or a closed party.

        `row` has member, mco, party, asker and contact; who discloses is the other of the two.
        """
        discloser = row["party"] if to == row["mco"] else row["mco"]
        party, other = known.parties.get(to), known.parties.get(discloser)
        member = row["member"]
        if party is None or other is None or not party.active or member not in known.members:
            return None
        if to == row["party"] and (member, to) in known.stopped:
            return None
        on = self.clock.now().date()
        home = any(one.pcmh == to and one.holds(on) for one in known.homes.get(member, ()))
        telling = Telling(
            member=known.members[member],
            discloser=other,
            to=party,
            person=row["contact"] if row["asker"] != to else "",
            treating=home or (member, to) in known.sent | known.treating,
            consents=known.consents.get(member, ()),
            content=content,
        )
        return self.ask(telling)

    def back(
        self,
        known: Around,
        row: Mapping[str, Any],
        to: str,
        what: str,
        decision: Decision | None,
    ) -> Back:
        """Return what is recorded of something that `to` may not be told."""
        teller = row["party"] if to == row["mco"] else row["mco"]
        held = None if decision is None else stood(known, to, decision)
        return Back(row, teller, what, _why(known, row, to, decision), held)

    async def keep_back(self, connection: Connection, actor: Actor, back: Back) -> None:
        """Record what was not told, for the privacy officer."""
        row, held = back.row, back.decision
        whose = (row["member"], row["mco"], row["party"], back.teller, row["id"])
        what = (back.what, back.because, None if held is None else json.dumps(held))
        who = (self.clock.now(), actor.id, actor.name)
        await connection.execute(_UNTOLD, (*whose, *what, *who))

    def event(self, kind: str, row: Mapping[str, Any], actor: Actor, **detail: object) -> Event:
        """Return an event of a request that both sides may see."""
        both = (row["mco"], row["party"])
        return Event(kind, row["id"], self.clock.now(), both, actor.id, detail)


async def tell(connection: Connection, *made: Event) -> None:
    """Write events in the caller's transaction."""
    await events.add(connection, made)


def permits(decision: Decision | None) -> bool:
    """Say whether all of a telling may go: nothing denied, nothing withheld."""
    return decision is not None and decision.outcome == "permit" and not decision.withhold


def stood(known: Around, to: str, decision: Decision) -> dict[str, object]:
    """Return a decision as the row keeps it that stands on it, with its purpose."""
    return {"purpose": rules.purpose(known.parties[to].kind), **as_kept(decision)}


def basis(held: Mapping[str, Any]) -> dict[str, object]:
    """Return what a kept decision stands on, for the event of what it let through."""
    permits_ = {rule for _, rule, _, effect in held["reasons"] if effect == "permit"}
    return {"consents": held["consents"], "rules": sorted(permits_), "policy": held["policy"]}


def noticed(known: Around, row: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """Return the ids of the `notices` a telling goes with, and the consents' `scope` in words."""
    if PART2_SCOPE not in decision.notices:
        return {"notices": decision.notices, "scope": ""}
    carried = {one.category for one in decision.released}
    held = known.consents.get(row["member"], ())
    relied = [scope(one, carried) for one in held if one.id in decision.consents]
    return {"notices": decision.notices, "scope": " ".join(relied)}


def _why(known: Around, row: Mapping[str, Any], to: str, decision: Decision | None) -> str:
    """Return why something may not be told, as a word of `rules.UNTOLD`."""
    if decision is not None:
        return "content" if decision.outcome == "permit" else "consent"
    stopped = to == row["party"] and (row["member"], to) in known.stopped
    return "incident" if stopped else "closed"


def refusal(because: str) -> Refused:
    """Return the refusal of what may not be told, without naming a kind of content."""
    if because == "content":
        told = (
            "what it says or holds needs a consent that is not on file; leave that out, or"
            " record the consent first"
        )
        return Refused("content_withheld", told, status=409)
    told = "the consents on file do not let the other side be told of this member"
    return Refused("consent_refuses", told, status=409)


def nothing() -> Refused:
    """Return the refusal of what isn't there or isn't theirs."""
    return Refused("not_found", "there is no such request", status=404)
