"""The worklist as rows: one page in rank order, with what each plan asks, and who looks after it.

Implements `hub.worklist.Worklist`. Consent is asked for every plan of the page under the locks of
their members' consents, in one transaction, before any words are opened. Words are sealed beside
the release; those of older releases are read from the vault.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from hub.audit import Event
from hub.brief import Brief, brief
from hub.canonical.wire import decode_plan
from hub.errors import Refused
from hub.store import events, reasking
from hub.store.desk import queries
from hub.worklist import ANSWER_DAYS, PAGE, Handed, Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hub.asked import Actor
    from hub.ports import Clock, Vault
    from hub.store.pool import Database
    from hub.stored import Due
    from hub.worklist import Wanted

LONGEST = 500
_COLLEAGUES = """
select id, name from account where organisation = %s and active and 'pcmh' = any(roles)
order by name, id
"""
_ASSIGN = """
insert into assignment (delivery, pcmh, account, name, note, actor, by_name, at)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""


class PostgresWorklist:
    """The worklist over one database; `sealing` are (seal, unseal) for words in rows."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        permitted: Callable[[Due], str | None],
        sealing: tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._permitted = permitted
        self._seal, self._unseal = sealing

    async def listed(self, actor: Actor, wanted: Wanted, now: datetime) -> Listed:
        """Return one page of the actor's practice, with what may be shown of each plan."""
        given = _given(actor, wanted, now)
        async with self._database.organisation(actor.organisation) as connection:
            cursor = await connection.execute(queries()["worklist_page"], given)
            ranked = await cursor.fetchall()
            cursor = await connection.execute(queries()["worklist_counts"], given)
            counted = await cursor.fetchall()
        rows = await self._rows(actor, ranked[:PAGE])
        briefs: dict[str, Brief | None] = {}
        if wanted.view != "answered":
            permitted = await self._may(actor, rows, now)
            known = await self._briefs([row for row in rows if row["id"] in permitted])
            briefs = {row["id"]: known.get(row["id"]) for row in rows}
        kinds = ("todo", "mine", "overdue", "changed")
        return Listed(
            rows=tuple(rows),
            counts={kind: sum(row[kind] for row in counted) for kind in kinds},
            senders=tuple((row["mco"], row["sender"], row["todo"]) for row in counted),
            more=len(ranked) > PAGE,
            briefs=briefs,
        )

    async def _rows(
        self, actor: Actor, ranked: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Return what a page shows of the practice's deliveries, in the order they were ranked."""
        given = {"ids": [row["id"] for row in ranked], "pcmh": actor.organisation}
        async with self._database.line() as connection:
            cursor = await connection.execute(queries()["worklist_rows"], given)
            found = {row["id"]: row for row in await cursor.fetchall()}
        return [{**row, **found[row["id"]]} for row in ranked if row["id"] in found]

    async def _may(
        self, actor: Actor, rows: Sequence[Mapping[str, Any]], now: datetime
    ) -> frozenset[str]:
        """Ask consent for every row; return whose words may be shown, each recorded."""
        if not rows:
            return frozenset()
        async with self._database.line() as connection:
            reasons = await reasking.refusals(connection, rows, self._permitted)
            told = [_event(row, actor, now, reasons[row["id"]]) for row in rows]
            await events.add(connection, told)
        return frozenset(one for one, reason in reasons.items() if reason is None)

    async def _briefs(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Brief]:
        """Return what each row's plan asks; sealed words are opened beside the loop."""
        found = await asyncio.to_thread(self._opened, rows)
        for row in rows:
            if row["id"] not in found:
                found[row["id"]] = brief(decode_plan(await self._vault.get(row["plan_digest"])))
        return found

    def _opened(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Brief]:
        """Return what stands beside the releases; an older one has nothing there."""
        found = {}
        for row in rows:
            known = Brief(risk=row["risk"] or 0, asks=row["asks"] or 0, day=row["ask_due"])
            if row["words"] is not None:
                text, due = msgspec.json.decode(self._unseal(bytes(row["words"])))
                found[row["id"]] = replace(known, text=text, due=due)
            elif row["asks"] == 0:
                found[row["id"]] = known
        return found

    async def colleagues(self, actor: Actor) -> tuple[tuple[str, str], ...]:
        """Return (account, name) of everybody in the practice who may read plans."""
        async with self._database.line() as connection:
            rows = await (await connection.execute(_COLLEAGUES, (actor.organisation,))).fetchall()
        return tuple((row["id"], row["name"]) for row in rows)

    async def assign(self, actor: Actor, delivery: str, account: str, note: str) -> None:
        """Hand a delivery to a colleague, or to nobody; told in the ledger without the note."""
        if len(note) > LONGEST:
            raise Refused("note_too_long", f"keep the note under {LONGEST} characters", status=422)
        at = self._clock.now()
        async with self._database.line() as connection:
            cursor = await connection.execute(_COLLEAGUES, (actor.organisation,))
            names = {row["id"]: row["name"] for row in await cursor.fetchall()}
            if account and account not in names:
                raise Refused("colleague_unknown", "choose somebody of your practice", status=422)
            cursor = await connection.execute(
                "update delivery set assignee = %s where id = %s and pcmh = %s returning mco, pcmh",
                (account or None, delivery, actor.organisation),
            )
            row = await cursor.fetchone()
            if row is None:
                raise Refused("not_found", "there is no such delivery", status=404)
            sealed = self._seal(note.encode()) if note else None
            whom = (account or None, names.get(account, ""))
            kept = (delivery, row["pcmh"], *whom, sealed, actor.id, actor.name, at)
            await connection.execute(_ASSIGN, kept)
            detail = {"to": account or "nobody"}
            both = (row["pcmh"],)
            told = Event("delivery.assigned", delivery, at, both, actor.id, detail)
            await events.add(connection, [told])

    async def handed(self, actor: Actor, delivery: str) -> tuple[Handed, ...]:
        """Return how a delivery of the practice was handed on, newest first."""
        async with self._database.line() as connection:
            cursor = await connection.execute(
                "select name, note, by_name, at from assignment where delivery = %s and pcmh = %s"
                " order by id desc limit 20",
                (delivery, actor.organisation),
            )
            rows = await cursor.fetchall()
        return tuple(
            Handed(
                row["name"],
                self._unseal(bytes(row["note"])).decode() if row["note"] else "",
                row["by_name"],
                row["at"],
            )
            for row in rows
        )


def _given(actor: Actor, wanted: Wanted, now: datetime) -> dict[str, object]:
    return {
        "pcmh": actor.organisation,
        "actor": actor.id,
        "now": now,
        "answer_days": ANSWER_DAYS,
        "answered": wanted.view == "answered",
        "mine": actor.id if wanted.view == "mine" else None,
        "overdue": wanted.view == "overdue",
        "changed": wanted.view == "changed",
        "sender": wanted.sender,
        "limit": PAGE + 1,
        "offset": (wanted.page - 1) * PAGE,
    }


def _event(row: Mapping[str, Any], actor: Actor, at: datetime, reason: str | None) -> Event:
    kind = "delivery.listed" if reason is None else "access.refused"
    both = (row["mco"], row["pcmh"])
    return Event(kind, row["id"], at, both, actor.id, {"because": reason or row["state"]})
