"""How each connection fares, as rows: which are due to be probed, what a probe told, who is told.

The ticker's probe job and `icp-hub probe` call it; `hub.probing` judges. Ids, codes and times only:
no delivery, no plan. Trouble and recovery become one `warning` each for the person who mends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hub import probing
from hub.audit import Event
from hub.ending import OWN
from hub.hours import USUAL
from hub.probing import MAIL, Health
from hub.store import events, facts
from hub.store.work import noticed_again

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from hub.directory import Contact
    from hub.hours import Hours
    from hub.ports import Endpoint
    from hub.probing import Answer, Tell
    from hub.store.pool import Connection, Database

LEASE = timedelta(minutes=10)
MOST_ATTEMPTS = 12
HUB = "hub"

_UNLISTED = """
select e.id, e.organisation, e.kind from endpoint e
where not exists (select from probe p where p.endpoint = e.id and p.kind = e.kind)
union all select o.id, 'hub', o.kind from unnest(%(ids)s::text[], %(kinds)s::text[]) as o (id, kind)
where not exists (select from probe p where p.endpoint = o.id)
"""
_LIST = """
insert into probe (endpoint, organisation, kind, due) values (%s, %s, %s, %s)
on conflict (endpoint) do update set kind = excluded.kind, due = excluded.due, ok = null, at = null,
  code = '', since = null, failures = 0
"""
_CLAIM = """
with picked as (
  select endpoint from probe
  where (%(only)s::text is null and due <= %(now)s or endpoint = %(only)s)
    and not exists (select from endpoint e where e.id = probe.endpoint and e.paused)
  order by due limit %(limit)s for update skip locked)
update probe p set due = %(lease)s from picked where p.endpoint = picked.endpoint returning p.*
"""
_KEEP = """
update probe set at = %s, ok = %s, code = %s, since = %s, failures = %s, told = %s, due = %s
where endpoint = %s
"""
_WARN = """
insert into warning (endpoint, contact, what, code, since, at, due)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_WARNINGS = """
with picked as (
  select id from warning where due <= %(now)s order by due limit 500 for update skip locked)
update warning w set due = %(lease)s, attempts = w.attempts + 1
from picked where w.id = picked.id
returning w.id, w.contact, w.endpoint, w.what, w.code, w.since, w.attempts,
  (select c.email from contact c where c.id = w.contact) as email
"""


@dataclass(frozen=True, slots=True)
class Probed:
    """One connection to look at: its endpoint (None: the hub's own) and how it fared."""

    id: str
    organisation: str
    kind: str
    endpoint: Endpoint | None
    before: Health


@dataclass(frozen=True, slots=True)
class Warnings:
    """What one person is told in one mail: (endpoint, fails or works, code, since) of each."""

    contact: str
    email: str
    ids: tuple[int, ...]
    told: tuple[tuple[str, Tell, str, datetime], ...]
    attempts: int


async def enlist(database: Database, now: datetime, own: Mapping[str, str]) -> None:
    """Give every endpoint without one a row that is due in its next quiet time.

    `own` says what of the hub's own is looked at too: an id (`MAIL`, `hub.ending.OWN`) and a kind.
    """
    async with database.line() as connection:
        given = {"ids": list(own), "kinds": list(own.values())}
        rows = await (await connection.execute(_UNLISTED, given)).fetchall()
        if not rows:
            return
        hours = await _hours(connection, {row["organisation"] for row in rows})
        for row in rows:
            due = probing.night(hours[row["organisation"]], row["id"], now)
            await connection.execute(_LIST, (row["id"], row["organisation"], row["kind"], due))


async def claim(
    database: Database,
    now: datetime,
    unseal: Callable[[bytes], bytes],
    only: str | None = None,
    limit: int = 20,
) -> list[Probed]:
    """Lease connections that are due, or the one that is asked for; paused ones never."""
    async with database.line() as connection:
        given = {"now": now, "lease": now + LEASE, "only": only, "limit": limit}
        rows = await (await connection.execute(_CLAIM, given)).fetchall()
        ends = await facts.endpoints(connection, {row["endpoint"] for row in rows}, unseal)
    return [
        Probed(row["endpoint"], row["organisation"], row["kind"], end, _health(row))
        for row in rows
        if (end := ends.get(row["endpoint"])) or row["endpoint"] in {MAIL, OWN}
    ]


async def every(database: Database) -> list[str]:
    """Return the ids of all connections, by organisation."""
    async with database.line() as connection:
        cursor = await connection.execute("select endpoint from probe order by organisation, 1")
        return [row["endpoint"] for row in await cursor.fetchall()]


async def finish(database: Database, probed: Probed, answer: Answer, now: datetime) -> Health:
    """Record what a probe told and, where its owner must hear of it, that; return the health."""
    health, tell = probing.judged(probed.before, answer, now)
    async with database.line() as connection:
        hours = (await _hours(connection, {probed.organisation}))[probed.organisation]
        due = probing.next_probe(health, hours, probed.id, now)
        kept = (now, health.ok, health.code, health.since, health.failures, health.told, due)
        await connection.execute(_KEEP, (*kept, probed.id))
        if tell:
            people = await facts.contacts(connection, {probed.organisation, HUB})
            who = owner(people, probed.organisation, now)
            told = (probed.id, who, tell, health.code, health.since, now, now if who else None)
            await connection.execute(_WARN, told)
            kind = "connection.fails" if tell == "fails" else "connection.works"
            detail = {"kind": probed.kind, "code": health.code, "told": who}
            made = Event(kind, probed.id, now, (probed.organisation,), detail=detail)
            await events.add(connection, [made])
    return health


async def warnings(database: Database, now: datetime) -> list[Warnings]:
    """Lease what is to be told, gathered per person; who has no address sees it in the console."""
    async with database.line() as connection:
        given = {"now": now, "lease": now + LEASE}
        rows = await (await connection.execute(_WARNINGS, given)).fetchall()
        await connection.execute(
            "update warning set due = null, outcome = 'no_address' where id = any(%s)",
            ([row["id"] for row in rows if not row["email"]],),
        )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        if row["email"]:
            found.setdefault(row["contact"], []).append(row)
    return [
        Warnings(
            contact,
            own[0]["email"],
            tuple(row["id"] for row in own),
            tuple((row["endpoint"], row["what"], row["code"], row["since"]) for row in own),
            max(row["attempts"] for row in own),
        )
        for contact, own in found.items()
    ]


async def told(database: Database, one: Warnings, now: datetime, code: str) -> None:
    """Record that a mail was taken (`sent`), or why not; it is tried again, then given up."""
    due = None if code == "sent" else noticed_again(now, one.attempts, MOST_ATTEMPTS)
    async with database.line() as connection:
        await connection.execute(
            "update warning set due = %s, outcome = %s, sent_at = case when %s then %s end"
            " where id = any(%s)",
            (due, code, code == "sent", now, list(one.ids)),
        )


def _health(row: Mapping[str, Any]) -> Health:
    return Health(row["ok"], row["code"], row["since"], row["failures"], row["told"])


def owner(people: Mapping[str, Sequence[Contact]], organisation: str, now: datetime) -> str:
    """Return who mends a connection: its side's technical contact, the hub's, else operations."""
    for whose, role in ((organisation, "technical"), (HUB, "technical"), (HUB, "operations")):
        for one in people.get(whose, ()):
            if one.serves(role, now.date()):
                return one.id
    return ""


async def _hours(connection: Connection, ids: set[str]) -> dict[str, Hours]:
    known = await facts.organisations(connection, ids)
    return {one: known[one].hours if one in known else USUAL for one in ids}
