"""The consent registry's other half: chains, scans, events that end a consent, reads of history.

Implements `hub.consents.ports.Consents` together with `consenting` (grant, revoke, approve) and
`importing` (files of consents). Every change takes the lock on the member's consent head.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consent import comparing
from consent.forms import deficiencies
from consent.signing import wants_approval
from consent.terms import LIMITS
from hub.consents.ports import Folk, Version
from hub.errors import Refused
from hub.store import events, facts
from hub.store.consenting import changed, kept, replaced
from hub.store.importing import Imports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consent.records import Consent, Policy
    from hub.asked import Actor
    from hub.store.pool import Connection

_STAMPS = (
    "consent.granted",
    "consent.approved",
    "consent.scanned",
    "consent.superseded",
    "consent.ended",
    "consent.revoked",
)
"""The events that make a version of a consent, the first always its recording."""

_EXPIRING = """
select c.* from consent c join member m on m.id = c.member
where (%(organisation)s::text is null or m.mco = %(organisation)s)
  and c.revoked_at is null and c.superseded_by is null and c.event_at is null
  and c.record->>'kind' not in ('refusal', 'restriction')
  and coalesce(c.record->'expires'->>'on', left(c.record->'expires'->>'at', 10)) <= %(until)s
  and coalesce(c.record->'expires'->>'on', left(c.record->'expires'->>'at', 10)) >= %(from)s
order by coalesce(c.record->'expires'->>'on', left(c.record->'expires'->>'at', 10)), c.id
limit %(limit)s
"""

_PAGE = """
select c.* from consent c join member m on m.id = c.member
where (%(organisation)s::text is null or m.mco = %(organisation)s) and c.id > %(after)s
order by c.id limit %(limit)s
"""


class PostgresConsents(Imports):
    """The whole registry over one database."""

    async def consent(self, consent: str) -> Consent:
        """Return a consent as it stands."""
        async with self._database.line() as connection:
            cursor = await connection.execute("select * from consent where id = %s", (consent,))
            row = await cursor.fetchone()
        if row is None:
            raise _none()
        return facts.as_consent(row)

    async def owner(self, consent: str) -> tuple[str, str]:
        """Return (the member's id, their payer's id)."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select m.id, m.mco from consent c join member m on m.id = c.member"
                " where c.id = %s",
                (consent,),
            )
            row = await cursor.fetchone()
        if row is None:
            raise _none()
        return row["id"], row["mco"]

    async def history(self, consent: str) -> tuple[Version, ...]:
        """Return every version, oldest first, each as it stood after its stamp."""
        async with self._database.line() as connection:
            cursor = await connection.execute("select * from consent where id = %s", (consent,))
            row = await cursor.fetchone()
            if row is None:
                raise _none()
            cursor = await connection.execute(
                "select kind, at, actor from event where noun = %s and kind = any(%s) order by id",
                (consent, list(_STAMPS)),
            )
            stamps = await cursor.fetchall()
        now = facts.as_consent(row)
        return tuple(
            Version(number, one["kind"], one["at"], one["actor"], _as_of(now, stamps[:number]))
            for number, one in enumerate(stamps, 1)
        )

    async def supersede(self, actor: Actor, consent: str, new: Consent) -> tuple[str, ...]:
        """Record what replaces a consent; the old one ends as the port says."""
        async with self._database.line() as connection:
            row = await self._stamped(connection, consent)
            old = facts.as_consent(row)
            if old.superseded_by or old.revoked_at:
                raise Refused("ended", "this consent was replaced or revoked before", status=409)
            if old.kind in LIMITS and new.kind not in LIMITS:
                told = "a refusal isn't replaced by a permission; revoke it, then record the other"
                raise Refused("not_alike", told, status=409)
            made = replace(new, member=old.member, supersedes=consent)
            await kept(connection, [made])
            waits = old.kind in LIMITS and _late(made, self._policy)
            ended = [] if waits else await replaced(connection, [made.id])
            detail = {"kind": made.kind, "method": made.method, "supersedes": consent}
            told_of = [("consent.granted", made.id, detail)]
            told_of += [("consent.superseded", one, {"by": made.id}) for one in ended]
            await self._told(connection, actor, old.member, told_of)
        return deficiencies(made)

    async def attach(
        self, actor: Actor, consent: str, digest: str, media_type: str, size: int
    ) -> None:
        """Stamp the digest of the signed paper's scan, once."""
        async with self._database.line() as connection:
            row = await self._stamped(connection, consent)
            if row["scan"]:
                raise Refused(
                    "scan_there",
                    "this consent has its scan; a wrong one is mended by a new record",
                    status=409,
                )
            await connection.execute(
                "update consent set scan = %s, scan_type = %s, scan_size = %s where id = %s",
                (digest, media_type, size, consent),
            )
            told = [("consent.scanned", consent, {"sha256": digest, "bytes": size})]
            await self._told(connection, actor, row["member"], told)

    async def scan(self, actor: Actor, consent: str) -> tuple[str, str]:
        """Return (digest, media type) of the scan, recorded as viewed."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select c.scan, c.scan_type, m.mco from consent c join member m on m.id = c.member"
                " where c.id = %s and c.scan is not null",
                (consent,),
            )
            row = await cursor.fetchone()
            if row is None:
                raise _none()
            event = self._event(actor, "consent.viewed", consent, row["mco"], {"part": "scan"})
            await events.add(connection, [event])
        return row["scan"], row["scan_type"]

    async def happened(self, actor: Actor, consent: str, at: datetime) -> None:
        """Record that the event a consent ends with happened; never after now."""
        async with self._database.line() as connection:
            row = await self._stamped(connection, consent)
            ends = facts.as_consent(row).expires
            if not ends.event:
                raise Refused("no_event", "this consent doesn't end with an event", status=409)
            if ends.event_at:
                raise Refused("already_ended", "the event was recorded before", status=409)
            await connection.execute(
                "update consent set event_at = least(%s, now()) where id = %s", (at, consent)
            )
            await self._told(connection, actor, row["member"], [("consent.ended", consent, {})])

    async def expiring(
        self, organisation: str | None, until: datetime, limit: int
    ) -> tuple[Consent, ...]:
        """Return standing grants whose stated end lies before `until`, the next to end first."""
        now = self._clock.now()
        given = {"organisation": organisation, "until": until.date().isoformat(), "limit": limit}
        given["from"] = (now - timedelta(days=1)).date().isoformat()
        async with self._database.line() as connection:
            cursor = await connection.execute(_EXPIRING, given)
            found = {row["id"]: facts.as_consent(row) for row in await cursor.fetchall()}
            members = sorted({one.member for one in found.values()})
            known = await facts.consents(connection, members)
        each = [one for consents in known.values() for one in consents]
        soon = comparing.expiring(each, now, (until - now).days)
        return tuple(found[one.consent] for one in soon if one.consent in found)

    async def of_members(self, members: Sequence[str]) -> Mapping[str, tuple[Consent, ...]]:
        """Return the consents of several members."""
        async with self._database.line() as connection:
            return await facts.consents(connection, members)

    async def page(self, organisation: str | None, after: str, limit: int) -> tuple[Consent, ...]:
        """Return consents of an organisation's members in the order of their ids."""
        given = {"organisation": organisation, "after": after, "limit": limit}
        async with self._database.line() as connection:
            cursor = await connection.execute(_PAGE, given)
            return tuple(facts.as_consent(row) for row in await cursor.fetchall())

    async def folk(self, member: str, organisations: Sequence[str], persons: Sequence[str]) -> Folk:
        """Return who a decision is about."""
        async with self._database.line() as connection:
            cursor = await connection.execute("select * from member where id = %s", (member,))
            row = await cursor.fetchone()
            if row is None:
                raise _none()
            wanted = {*organisations, row["mco"]}
            found = await facts.organisations(connection, wanted)
            people = await facts.contacts(connection, wanted)
        contacts = {o.id: o for each in people.values() for o in each if o.id in set(persons)}
        return Folk(facts.roster_member(row), found, contacts)

    async def told(self, actor: Actor, kind: str, noun: str, mco: str, **detail: object) -> None:
        """Record that somebody asked something about a member's consents."""
        async with self._database.line() as connection:
            await events.add(connection, [self._event(actor, kind, noun, mco, detail)])

    async def _told(
        self,
        connection: Connection,
        actor: Actor,
        member: str,
        what: Sequence[tuple[str, str, Mapping[str, object]]],
    ) -> None:
        """Write one event for each (kind, consent, detail) and let the member be asked about."""
        cursor = await connection.execute("select mco from member where id = %s", (member,))
        row = await cursor.fetchone() or {}
        made = [self._event(actor, kind, noun, row["mco"], told) for kind, noun, told in what]
        await changed(connection, [member], made)


def _as_of(now: Consent, stamps: Sequence[Mapping[str, Any]]) -> Consent:
    """Return a consent without the stamps that came later."""
    seen = {one["kind"] for one in stamps}
    ends = now.expires if "consent.ended" in seen else replace(now.expires, event_at=None)
    return replace(
        now,
        expires=ends,
        approved_by=now.approved_by if "consent.approved" in seen else "",
        scan=now.scan if "consent.scanned" in seen else "",
        superseded_by=now.superseded_by if "consent.superseded" in seen else "",
        revoked_at=now.revoked_at if "consent.revoked" in seen else None,
    )


def _late(made: Consent, policy: Policy) -> bool:
    """Say whether a limit was recorded in bulk or back-dated: then it replaces none by itself."""
    return wants_approval(replace(made, kind="specific"), policy)


def _none() -> Refused:
    return Refused("not_found", "there is no such consent", status=404)
