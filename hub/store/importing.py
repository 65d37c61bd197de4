"""Files of consents in PostgreSQL: kept whole or not at all, once, and approved by a second person.

`registering.PostgresConsents` builds on it; what each row would do is `hub.consents.importing`'s
to say. The same file of the same organisation is kept once: its digest is the key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from consent.comparing import duplicates
from hub.audit import Event
from hub.consents.importing import Known, Row, counts
from hub.consents.ports import Batch
from hub.errors import Refused
from hub.ids import new_id
from hub.store import facts, sending
from hub.store.consenting import PostgresRegistry, changed, kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consent.records import Consent
    from hub.asked import Actor
    from hub.store.pool import Connection


class Imports(PostgresRegistry):
    """Batches over one database."""

    async def parties(self) -> Mapping[str, str]:
        """Return organisation ids by id and by NPI."""
        async with self._database.line() as connection:
            cursor = await connection.execute("select id, npi from organisation")
            rows = await cursor.fetchall()
        return {row["npi"]: row["id"] for row in rows if row["npi"]} | {
            r["id"]: r["id"] for r in rows
        }

    async def known(self, mco: str, who: Sequence[str]) -> Known:
        """Return a sender's members by our id, the payer's or Medicaid's, with their consents."""
        given = list(dict.fromkeys(who))
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select id, member_id, medicaid from member where mco = %s"
                " and (id = any(%s) or member_id = any(%s) or medicaid = any(%s))",
                (mco, given, given, given),
            )
            rows = await cursor.fetchall()
            members = _by_identifier(rows)
            consents = await facts.consents(connection, [row["id"] for row in rows])
        return Known(members, consents)

    async def keep(
        self,
        actor: Actor,
        mco: str,
        digest: str,
        rows: Sequence[Row],
        scans: Mapping[str, tuple[str, str, int]],
    ) -> Batch:
        """Keep an import in one transaction; the same file again gets its first batch."""
        records = [one.consent for one in rows if one.consent]
        async with self._database.line() as connection:
            await connection.execute("select pg_advisory_xact_lock(7304121)")
            first = await _first(connection, mco, digest)
            if first is not None:
                return first
            members = sorted({one.member for one in records})
            await sending.lock_heads(connection, members)
            await _unchanged(connection, members, records)
            batch = Batch(new_id("bat"), mco, self._clock.now(), actor.id, counts(rows))
            await connection.execute(
                "insert into consent_batch (id, organisation, digest, recorded_at, recorded_by,"
                " counts) values (%s, %s, %s, %s, %s, %s)",
                (batch.id, mco, digest, batch.recorded_at, actor.id, json.dumps(batch.counts)),
            )
            await kept(connection, records, batch.id)
            await _scanned(connection, scans)
            told = [
                self._event(
                    actor, "consent.granted", o.id, mco, {"kind": o.kind, "batch": batch.id}
                )
                for o in records
            ]
            told.append(
                self._event(actor, "consent.imported", batch.id, mco, {"consents": len(records)})
            )
            await changed(connection, members, told)
        return await self.batch(None, batch.id)

    async def batch(self, organisation: str | None, batch: str) -> Batch:
        """Return a batch; `Refused` 404: none, or another's."""
        async with self._database.line() as connection:
            return await _batch(connection, organisation, batch)

    async def approve_batch(self, actor: Actor, batch: str) -> int:
        """Approve every consent of a batch as a second person; return how many."""
        async with self._database.line() as connection:
            found = await _batch(connection, None, batch, lock=True)
            if found.recorded_by == actor.id:
                raise Refused(
                    "second_person_needed", "who recorded a consent can't approve it", status=409
                )
            if found.approved_by:
                raise Refused("already_approved", "this file was approved before", status=409)
            cursor = await connection.execute(
                "select distinct member from consent where batch = %s order by 1", (batch,)
            )
            members = [row["member"] for row in await cursor.fetchall()]
            await sending.lock_heads(connection, members)
            cursor = await connection.execute(
                "update consent set approved_by = %s where batch = %s and approved_by is null"
                " returning id",
                (actor.id, batch),
            )
            ids = sorted(row["id"] for row in await cursor.fetchall())
            await connection.execute(
                "update consent_batch set approved_by = %s, approved_at = %s where id = %s",
                (actor.id, self._clock.now(), batch),
            )
            mco = found.organisation
            told = [self._event(actor, "consent.approved", one, mco, {}) for one in ids]
            detail = {"consents": len(ids)}
            told.append(self._event(actor, "consent.batch_approved", batch, mco, detail))
            await changed(connection, members, told)
        return len(ids)

    def _event(
        self, actor: Actor, kind: str, noun: str, mco: str, detail: Mapping[str, object]
    ) -> Event:
        return Event(
            kind=kind,
            noun=noun,
            at=self._clock.now(),
            organisations=(mco,),
            actor=actor.id,
            detail=detail,
        )


def _by_identifier(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return members by every identifier; one that means several members means none."""
    found: dict[str, set[str]] = {}
    for row in rows:
        for name in filter(None, {row["id"], row["member_id"], row["medicaid"]}):
            found.setdefault(name, set()).add(row["id"])
    return {name: next(iter(ids)) for name, ids in found.items() if len(ids) == 1}


async def _scanned(connection: Connection, scans: Mapping[str, tuple[str, str, int]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "update consent set scan = %s, scan_type = %s, scan_size = %s where id = %s",
            [(*scan, consent) for consent, scan in scans.items()],
        )


async def _unchanged(
    connection: Connection, members: Sequence[str], records: Sequence[Consent]
) -> None:
    """Refuse when one of the records came in by another way since the file was looked at."""
    known = await facts.consents(connection, members)
    if any(duplicates(one, known.get(one.member, ())) for one in records):
        raise Refused(
            "changed_meanwhile",
            "a consent of this file was recorded just now; import it again",
            status=409,
        )


async def _first(connection: Connection, mco: str, digest: str) -> Batch | None:
    cursor = await connection.execute(
        "select id from consent_batch where organisation = %s and digest = %s", (mco, digest)
    )
    row = await cursor.fetchone()
    return await _batch(connection, None, row["id"], again=True) if row else None


async def _batch(
    connection: Connection,
    organisation: str | None,
    batch: str,
    *,
    lock: bool = False,
    again: bool = False,
) -> Batch:
    if lock:
        await connection.execute("select 1 from consent_batch where id = %s for update", (batch,))
    cursor = await connection.execute(
        "select * from consent_batch where id = %s and (%s::text is null or organisation = %s)",
        (batch, organisation, organisation),
    )
    row = await cursor.fetchone()
    if row is None:
        raise Refused("not_found", "there is no such file of consents", status=404)
    cursor = await connection.execute(
        "select id from consent where batch = %s order by id", (batch,)
    )
    return Batch(
        id=row["id"],
        organisation=row["organisation"],
        recorded_at=row["recorded_at"],
        recorded_by=row["recorded_by"],
        counts=row["counts"],
        consents=tuple(one["id"] for one in await cursor.fetchall()),
        approved_by=row["approved_by"] or "",
        again=again,
    )
