"""The directory's rows from and to the database: organisations, contacts, endpoints, rules.

`hub.store.directory_keeping` calls it in its transaction. Rows named in a file are added or
replaced; rows not named stay. Secrets go in sealed and never come out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec

from hub.provider_directory.entries import DirectoryFile, organisation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from hub.store.pool import Connection

_ORGANISATIONS = """
select id, kind, name, npi, part2_source, behavioral, active, options->'hours' as hours,
  options->'clocks' as clocks, options->'links' as links, part_of, tier from organisation
order by id
"""
_ENDPOINTS = """
select id, organisation, kind, address, format, options, paused from endpoint
where not options ? 'subscription' and (%(of)s::text[] is null or organisation = any(%(of)s)
  or id in (select endpoint from contact where organisation = any(%(of)s)))
order by id
"""
_CONTACTS = """
select id, organisation, name, roles, endpoint, backup, starts::text as from, ends::text as to,
  verified_on::text, email, phone, nullif(mobile, '') as mobile from contact
where %(of)s::text[] is null or organisation = any(%(of)s) order by id
"""
_RULES = """
select id, organisation, contact, position, purpose, mco, county, line_of_business, program,
  starts::text as from, ends::text as to from routing_rule
where %(of)s::text[] is null or organisation = any(%(of)s) order by organisation, position, id
"""
_BINDINGS = """
select organisation, array_agg(adapter order by position) as adapters from binding
where %(of)s::text[] is null or organisation = any(%(of)s)
group by organisation order by organisation
"""


async def load(
    connection: Connection, found: DirectoryFile, seal: Callable[[bytes], bytes]
) -> dict[str, int]:
    """Add or replace the rows the file names; return counts by kind."""
    for one in found.organisations:
        row = msgspec.to_builtins(one)
        given = {name: row.pop(name) for name in ("hours", "clocks", "links")}
        kept = {name: value for name, value in given.items() if value is not None}
        row["options"] = json.dumps(kept)
        await _put(connection, "organisation", row)
    for end in found.endpoints:
        row = msgspec.to_builtins(end)
        row["options"] = json.dumps(end.options)
        row["secrets"] = seal(msgspec.json.encode(end.secrets)) if end.secrets else None
        await _put(connection, "endpoint", row)
    for contact in found.contacts:
        row = {name: getattr(contact, name) for name in contact.__struct_fields__}
        row["roles"] = list(contact.roles)
        await _put(connection, "contact", row)
    for rule in found.rules:
        row = {name: getattr(rule, name) for name in rule.__struct_fields__}
        await _put(connection, "routing_rule", row)
    for binding in found.bindings:
        await _bind(connection, binding.organisation, binding.adapters)
    counts = {
        "organisations": len(found.organisations),
        "endpoints": len(found.endpoints),
        "contacts": len(found.contacts),
        "bindings": len(found.bindings),
    }
    return {**counts, "rules": len(found.rules)} if found.rules else counts


async def _put(connection: Connection, table: str, row: dict[str, Any]) -> None:
    names = list(row)
    places = ", ".join(["%s"] * len(names))
    updates = ", ".join(f"{name} = {_newer(table, name)}" for name in names if name != "id")
    await connection.execute(
        f"insert into {table} ({', '.join(names)}) values ({places})"  # noqa: S608  # names are our own fields
        f" on conflict (id) do update set {updates}".encode(),
        [row[name] for name in names],
    )


def _newer(table: str, name: str) -> str:
    """Return what a column becomes; secrets a file leaves out stay as they are."""
    kept = f"coalesce(excluded.{name}, {table}.{name})"
    return kept if name == "secrets" else f"excluded.{name}"


async def _bind(connection: Connection, organisation: str, adapters: Sequence[str]) -> None:
    await connection.execute("delete from binding where organisation = %s", (organisation,))
    for position, adapter in enumerate(adapters):
        await connection.execute(
            "insert into binding (organisation, position, adapter) values (%s, %s, %s)",
            (organisation, position, adapter),
        )


async def dump(
    connection: Connection, of: Collection[str] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return the directory as plain lists, secrets left out.

    `of` narrows it to some organisations' endpoints, contacts, rules and bindings; organisations
    are all there in any case.
    """
    given = {"of": None if of is None else list(of)}
    out: dict[str, list[dict[str, Any]]] = {}
    for name, query in (
        ("organisations", _ORGANISATIONS),
        ("endpoints", _ENDPOINTS),
        ("contacts", _CONTACTS),
        ("rules", _RULES),
        ("bindings", _BINDINGS),
    ):
        rows = await (await connection.execute(query.encode(), given)).fetchall()
        out[name] = [{k: v for k, v in row.items() if v is not None} for row in rows]
    return out


async def standing(connection: Connection, of: Collection[str] | None = None) -> DirectoryFile:
    """Return what `dump` returns as entries."""
    return msgspec.convert(await dump(connection, of), DirectoryFile, strict=False)


async def owners(connection: Connection, found: DirectoryFile) -> set[str]:
    """Return the organisations whose rows a file names, before and after it is loaded."""
    named = {one.id for one in found.organisations}
    rows = found.rows()
    named = {organisation_of(one) for one in rows.values()}
    ids = [id_ for _, id_ in rows]
    cursor = await connection.execute(
        "select organisation from contact where id = any(%(ids)s)"
        " union select organisation from endpoint where id = any(%(ids)s)"
        " union select organisation from routing_rule where id = any(%(ids)s)"
        " union select organisation from contact where endpoint = any(%(ids)s)",
        {"ids": ids},
    )
    return named | {row["organisation"] for row in await cursor.fetchall()}
