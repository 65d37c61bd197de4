"""Labels before people: what each element of a plan is labelled, and a person's change of it.

Implements `hub.labels.asking.Labels` (HR-21). A change is written with its event and bumps the
member's consent head, so every decision made before it is made again: held plans at once, queued
deliveries before they go. What had left stays; the reception asks again before it is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.audit import Event
from hub.canonical.wire import decode_plan
from hub.errors import Refused
from hub.labels import CHANGEABLE, FRAME, digest_of, id_of, label, source_of, units
from hub.labels.asking import ElementShown, LabelEffect
from hub.store import events, facts, sending, work
from hub.stored import LabelChange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hub.asked import Actor
    from hub.labels import Labelling
    from hub.labels.asking import LabelWish
    from hub.ports import Clock, Vault
    from hub.store.pool import Connection, Database

_STAFF = "hub"
_KEEP = """
insert into label_change
  (chain, plan, mco, direction, categories, pointer, element, digest, reason, actor, name, at)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, now())
"""
_HELD = """
update plan set state = 'routed', due = now(), lease_until = null, fence = fence + 1
where id in (select id from plan where chain = %s and state = 'held' for no key update skip locked)
"""
_QUEUED = """
update delivery set due = now() where id in (
  select d.id from delivery d join plan p on p.id = d.plan
  where p.chain = %s and d.state = 'queued' for update of d skip locked)
"""
_SENT = """
select count(*) as n from delivery d join plan p on p.id = d.plan
where p.chain = %s and d.sent_at is not null
"""
_SINCE = """
select c.direction, c.categories from label_change c join plan p on p.chain = c.chain
where p.id = %s order by c.id offset %s
"""


class PostgresLabels:
    """Labels of stored plans over one database."""

    def __init__(self, database: Database, vault: Vault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def of_plan(self, actor: Actor, plan: str) -> tuple[ElementShown, ...]:
        """Return every element of a plan with its label; `Refused` 404 when it is not theirs."""
        async with self._database.line() as connection:
            row = await _row(connection, actor, plan)
            known = await _known(connection, row)
            await events.add(connection, [self._event(actor, row, "plan.viewed", {})])
        found, labelling = await self._labelled(row, known)
        return tuple(
            ElementShown(
                element=unit.pointer,
                digest=digest_of(unit.value) if not unit.failure else "",
                categories=tuple(sorted(labelling.elements[unit.pointer].categories)),
                part2_origin=labelling.elements[unit.pointer].part2_origin,
                because=labelling.elements[unit.pointer].because,
            )
            for unit in found
        )

    async def change(self, actor: Actor, plan: str, wish: LabelWish) -> LabelEffect:
        """Raise or lower the label of one element; held and queued releases are decided again."""
        async with self._database.line() as connection:
            row = await _row(connection, actor, plan)
            known = await _known(connection, row)
        change = await self._fitting(actor, row, known, wish)
        async with self._database.line() as connection:
            if row["member"]:
                await sending.lock_heads(connection, [row["member"]])
            effect = await self._kept(connection, actor, row, change, wish.reason)
            await work.wake(connection)
        return effect

    async def _fitting(
        self, actor: Actor, row: dict[str, Any], known: Mapping[str, Any], wish: LabelWish
    ) -> LabelChange:
        """Return the change as it is kept; `Refused` 403, 409 or 422 when it may not be."""
        _allowed(actor, wish)
        found, _ = await self._labelled(row, known)
        unit = next((one for one in found if one.pointer == wish.element), None)
        if unit is None or unit.pattern in FRAME:
            raise Refused("no_such_element", "name an element by its pointer", status=422)
        if unit.failure or digest_of(unit.value) != wish.digest:
            raise Refused("moved_on", "the element is not the one you saw; look again", status=409)
        categories = frozenset(wish.categories)
        change = LabelChange(
            wish.direction, categories, wish.element, id_of(unit.value), wish.digest
        )
        if wish.direction == "lower":
            after = (await self._labelled(row, known, change))[1]
            if after.elements[wish.element].categories & categories:
                raise Refused(
                    "label_arrived",
                    "this label came with the document, or along a link, and is never lowered",
                    status=409,
                )
        return change

    async def _labelled(
        self, row: dict[str, Any], known: Mapping[str, Any], *more: LabelChange
    ) -> tuple[Sequence[Any], Labelling]:
        plan = decode_plan(await self._vault.get(row["digest"]))
        return units(plan), label(plan, known["source"], (*known["changes"], *more))

    async def _kept(
        self,
        connection: Connection,
        actor: Actor,
        row: dict[str, Any],
        change: LabelChange,
        reason: str,
    ) -> LabelEffect:
        """Write a change and its event; return what it reaches."""
        told = (change.direction, sorted(change.categories), change.at, change.element)
        who = (change.digest, reason, actor.id, actor.name)
        await connection.execute(_KEEP, (row["chain"], row["id"], row["mco"], *told, *who))
        await connection.execute(
            "update consent_head set version = version + 1 where member = %s", (row["member"],)
        )
        held = await connection.execute(_HELD, (row["chain"],))
        queued = await connection.execute(_QUEUED, (row["chain"],))
        sent = await (await connection.execute(_SENT, (row["chain"],))).fetchone()
        detail: dict[str, object] = {"element": change.at, "categories": sorted(change.categories)}
        kind = "label.lowered" if change.direction == "lower" else "label.raised"
        await events.add(connection, [self._event(actor, row, kind, detail)])
        return LabelEffect(held.rowcount, queued.rowcount, int(sent["n"]) if sent else 0)

    def _event(
        self, actor: Actor, row: dict[str, Any], kind: str, detail: dict[str, object]
    ) -> Event:
        return Event(kind, row["id"], self._clock.now(), (row["mco"],), actor.id, detail)


def _allowed(actor: Actor, wish: LabelWish) -> None:
    """Refuse what this person may not do, or what says too little."""
    officer = actor.organisation == _STAFF and "privacy" in actor.roles
    if wish.direction == "lower" and not officer:
        raise Refused("forbidden", "only a privacy officer lowers a label", status=403)
    if wish.direction == "lower" and not wish.reason.strip():
        raise Refused("reason_needed", "say why the label is lowered", status=422)
    if not wish.categories or not set(wish.categories) <= CHANGEABLE:
        words = ", ".join(sorted(CHANGEABLE))
        raise Refused("unknown_category", f"`categories` are of {words}", status=422)


async def _row(connection: Connection, actor: Actor, plan: str) -> dict[str, Any]:
    cursor = await connection.execute(
        "select id, mco, chain, member, digest, state from plan where id = %s", (plan,)
    )
    row = await cursor.fetchone()
    staff = actor.organisation == _STAFF and "privacy" in actor.roles
    if row is None or not (staff or row["mco"] == actor.organisation):
        raise Refused("not_found", "there is nothing here", status=404)
    return row


async def _known(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """Return the sender as labelling sees it, and what was changed so far."""
    senders = await facts.organisations(connection, (row["mco"],))
    changes = await facts.labels(connection, (row["chain"],))
    return {
        "source": source_of(senders[row["mco"]]),
        "changes": changes.get(row["chain"], ()),
    }


async def raised_since(
    connection: Connection, plan: str, decision: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the categories raised in a plan's chain since its release was decided."""
    cursor = await connection.execute(_SINCE, (plan, decision.get("labels", 0)))
    rows = await cursor.fetchall()
    return tuple({c for row in rows if row["direction"] == "raise" for c in row["categories"]})
