"""What the steps need to know about one batch, read in a handful of queries.

The line's store calls `gather` before the steps run; the steps themselves never query. Consents are
read as they stand; the decision at the moment of sending reads them again under a lock.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from consent.records import Consent
from hub.directory import (
    Attribution,
    Contact,
    Organisation,
    OwnClocks,
    RosterMember,
    RoutingRule,
)
from hub.hours import USUAL
from hub.hours import parsed as hours_from
from hub.ports import Endpoint
from hub.store.laying import laid
from hub.stored import Facts, LabelChange, Newest, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from hub.store.pool import Connection


log = structlog.get_logger()

_MEMBERS = """
select m.*, x.v as key from member m join unnest(%s::text[], %s::text[]) as x(c, v)
  on m.mco = x.c and m.member_id = x.v
union all
select m.*, x.v from member m join unnest(%s::text[], %s::text[]) as x(c, v)
  on m.mco = x.c and m.medicaid = x.v and m.member_id <> x.v
"""

_MEMBER = (
    *("id", "mco", "member_id", "medicaid", "family", "given", "birth_date", "sex", "active"),
    *("county", "line_of_business", "program", "naming"),
)

_VERSIONS = """
select chain, max(version) as version,
  coalesce(max(seq) filter (where state not in ('unmatched', 'unroutable', 'doubtful')), 0) as seq,
  coalesce((array_agg(coalesce(same_as, id) order by seq desc)
    filter (where state not in ('unmatched', 'unroutable', 'doubtful')))[1], '') as stands
from plan where chain = any(%s) group by chain
"""

_STANDING = """
select distinct on (p.chain) p.chain, p.id as plan, p.version, r.id as release,
  coalesce(p.meaning, '') as meaning, coalesce(r.meaning, '') as told,
  r.notices, d.pcmh, d.contact, d.endpoint, r.format, d.state
from plan p join delivery d on d.plan = p.id join release r on r.id = d.release
where p.chain = any(%s) and p.state = 'released' order by p.chain, p.seq desc, d.seq desc
"""


async def gather(
    connection: Connection,
    keys: Collection[tuple[str, str]],
    members: Collection[str],
    chains: Collection[str],
    mcos: Collection[str],
    unseal: Callable[[bytes], bytes],
) -> Facts:
    """Read members by key or id, their homes, contacts, endpoints, consents, and chain versions."""
    by_key = await _members(connection, keys)
    by_id = {m.id: m for found in by_key.values() for m in found}
    by_id |= await _by_id(connection, set(members) - set(by_id))
    ids = set(by_id)
    homes = await attributions(connection, ids)
    pcmhs = {a.pcmh for found in homes.values() for a in found}
    people = await contacts(connection, pcmhs)
    wanted = {c.endpoint for found in people.values() for c in found if c.endpoint}
    return Facts(
        organisations=await organisations(connection, pcmhs | set(mcos)),
        members=by_key,
        by_id=by_id,
        attributions=homes,
        contacts=people,
        endpoints=await endpoints(connection, wanted, unseal),
        heads=await heads(connection, ids),
        consents=await consents(connection, ids),
        versions=await versions(connection, chains),
        standing=await standing(connection, chains),
        labels=await labels(connection, chains),
        rules=await rules(connection, pcmhs),
    )


async def _members(
    connection: Connection, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], tuple[RosterMember, ...]]:
    if not keys:
        return {}
    mcos, values = [k[0] for k in keys], [k[1] for k in keys]
    cursor = await connection.execute(_MEMBERS, (mcos, values, mcos, values))
    found: dict[tuple[str, str], dict[str, RosterMember]] = defaultdict(dict)
    for row in await cursor.fetchall():
        found[row["mco"], row["key"]][row["id"]] = roster_member(row)
    return {key: tuple(rows.values()) for key, rows in found.items()}


async def _by_id(connection: Connection, ids: Collection[str]) -> dict[str, RosterMember]:
    if not ids:
        return {}
    cursor = await connection.execute("select * from member where id = any(%s)", (list(ids),))
    return {row["id"]: roster_member(row) for row in await cursor.fetchall()}


def roster_member(row: Mapping[str, Any]) -> RosterMember:
    """Return the member of a row."""
    return RosterMember(**{name: row[name] for name in _MEMBER})


async def attributions(
    connection: Connection, ids: Iterable[str]
) -> dict[str, tuple[Attribution, ...]]:
    """Return each member's medical homes."""
    cursor = await connection.execute(
        "select member, pcmh, starts, ends from attribution where member = any(%s)", (list(ids),)
    )
    return _grouped(
        await cursor.fetchall(),
        "member",
        lambda r: Attribution(r["member"], r["pcmh"], r["starts"], r["ends"]),
    )


async def contacts(connection: Connection, pcmhs: Iterable[str]) -> dict[str, tuple[Contact, ...]]:
    """Return each organisation's contacts, in the order of their ids."""
    cursor = await connection.execute(
        "select * from contact where organisation = any(%s) order by id", (list(pcmhs),)
    )
    return _grouped(await cursor.fetchall(), "organisation", _contact)


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(**{**row, "roles": tuple(row["roles"])})


async def rules(connection: Connection, pcmhs: Iterable[str]) -> dict[str, tuple[RoutingRule, ...]]:
    """Return each practice's routing rules, in the order they are asked."""
    cursor = await connection.execute(
        "select * from routing_rule where organisation = any(%s) order by position, id",
        (list(pcmhs),),
    )
    return _grouped(await cursor.fetchall(), "organisation", lambda row: RoutingRule(**row))


async def organisations(connection: Connection, ids: Iterable[str]) -> dict[str, Organisation]:
    """Return organisations by id."""
    cursor = await connection.execute(
        "select id, kind, name, npi, part2_source, behavioral, active,"
        " (options->'hours')::text as hours, (options->'clocks')::text as clocks"
        " from organisation where id = any(%s)",
        (list(ids),),
    )
    rows = await laid(connection, "organisation", await cursor.fetchall())
    return {row["id"]: _organisation(row) for row in rows}


def _organisation(row: Mapping[str, Any]) -> Organisation:
    hours, clocks = row["hours"], row["clocks"]
    return Organisation(
        **{
            **row,
            "hours": hours_from(hours) if hours else USUAL,
            "clocks": msgspec.json.decode(clocks, type=OwnClocks) if clocks else OwnClocks(),
        }
    )


async def endpoints(
    connection: Connection, ids: Iterable[str], unseal: Callable[[bytes], bytes]
) -> dict[str, Endpoint]:
    """Return endpoints by id, paused ones too; one whose secrets can't be opened is left out."""
    cursor = await connection.execute("select * from endpoint where id = any(%s)", (list(ids),))
    found = {}
    for row in await laid(connection, "endpoint", await cursor.fetchall()):
        try:
            found[row["id"]] = endpoint(row, unseal)
        except Exception as error:  # noqa: BLE001  # one endpoint's secret is nobody else's trouble
            log.warning("endpoint.unusable", endpoint=row["id"], error=type(error).__name__)
    return found


def endpoint(row: Mapping[str, Any], unseal: Callable[[bytes], bytes]) -> Endpoint:
    """Return the endpoint of a row, its secrets opened."""
    secrets = msgspec.json.decode(unseal(bytes(row["secrets"]))) if row["secrets"] else {}
    return Endpoint(
        id=row["id"],
        organisation=row["organisation"],
        kind=row["kind"],
        address=row["address"],
        format=row["format"],
        options=row["options"],
        secrets=secrets,
    )


async def consents(
    connection: Connection, members: Iterable[str]
) -> dict[str, tuple[Consent, ...]]:
    """Return every consent recorded for members, those no longer in force too."""
    cursor = await connection.execute(
        "select * from consent where member = any(%s) order by recorded_at, id", (list(members),)
    )
    return _grouped(await cursor.fetchall(), "member", as_consent)


async def heads(connection: Connection, members: Iterable[str]) -> dict[str, int]:
    """Return how often each member's consents have changed; read before the consents are."""
    cursor = await connection.execute(
        "select member, version from consent_head where member = any(%s)", (list(members),)
    )
    return {row["member"]: row["version"] for row in await cursor.fetchall()}


def as_consent(row: Mapping[str, Any]) -> Consent:
    """Return the consent of a row with what was stamped on it since."""
    record = msgspec.convert(row["record"], Consent, strict=False)
    return replace(
        record,
        expires=replace(record.expires, event_at=row["event_at"] or record.expires.event_at),
        scan=row["scan"] or "",
        revoked_at=row["revoked_at"],
        superseded_by=row["superseded_by"] or "",
        approved_by=row["approved_by"] or record.approved_by,
    )


async def versions(connection: Connection, chains: Collection[str]) -> dict[str, Newest]:
    """Return each chain's newest version, and the newest seq that is on its way or was sent."""
    if not chains:
        return {}
    cursor = await connection.execute(_VERSIONS, (list(chains),))
    return {
        row["chain"]: Newest(row["version"], row["seq"], row["stands"])
        for row in await cursor.fetchall()
    }


async def standing(connection: Connection, chains: Collection[str]) -> dict[str, Standing]:
    """Return, of each chain that has one, the version whose release is in force."""
    if not chains:
        return {}
    cursor = await connection.execute(_STANDING, (list(chains),))
    return {
        row.pop("chain"): Standing(**{**row, "notices": tuple(row["notices"])})
        for row in await cursor.fetchall()
    }


async def labels(
    connection: Connection, chains: Collection[str]
) -> dict[str, tuple[LabelChange, ...]]:
    """Return what people changed about labels in each chain, oldest first."""
    if not chains:
        return {}
    cursor = await connection.execute(
        "select chain, direction, categories, pointer, element, digest from label_change"
        " where chain = any(%s) order by id",
        (list(chains),),
    )
    return _grouped(await cursor.fetchall(), "chain", _label_change)


def _label_change(row: Mapping[str, Any]) -> LabelChange:
    categories = frozenset(row["categories"])
    return LabelChange(row["direction"], categories, row["pointer"], row["element"], row["digest"])


def _grouped(
    rows: Iterable[Mapping[str, Any]], key: str, made: Callable[[Mapping[str, Any]], Any]
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(made(row))
    return {name: tuple(items) for name, items in found.items()}
