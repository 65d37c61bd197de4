"""The directory's rows from and to one YAML file: organisations, contacts, endpoints, bindings.

`hub.store.rosters` calls it in its transaction. Rows named in a file are added or replaced; rows
not named stay. Secrets go in sealed and never come out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  # msgspec resolves it at run time
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from hub.canonical import Sealed
from hub.directory import OwnClocks  # noqa: TC001  # msgspec resolves it at run time
from hub.errors import Refused
from hub.hours import Hours  # noqa: TC001  # msgspec resolves it at run time
from hub.ports import Format  # noqa: TC001  # msgspec resolves it at run time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hub.store.pool import Connection


Role = Literal[
    "plan", "consent", "urgent", "manager", "owner", "supervisor", "operations", "technical"
]


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """An organisation as the file names it; `hours` and `clocks` where they differ from usual.

    `links: false`: mails to its people carry no links that acknowledge.
    """

    id: str
    kind: Literal["mco", "pcmh", "other"]
    name: str
    npi: str = ""
    part2_source: Literal["no", "mixed", "program"] = "no"
    behavioral: bool = False
    active: bool = True
    hours: Hours | None = None
    clocks: OwnClocks | None = None
    links: bool | None = None


class ContactEntry(msgspec.Struct, frozen=True, rename={"starts": "from", "ends": "to"}):
    """A contact as the file names it; `from` and `to` are its dates."""

    id: str
    organisation: str
    name: str
    roles: tuple[Role, ...]
    endpoint: str | None = None
    backup: str | None = None
    starts: date | None = None
    ends: date | None = None
    verified_on: date | None = None
    email: str = ""
    phone: str = ""
    mobile: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class EndpointEntry(Sealed):
    """An endpoint as the file names it, with its secrets in the clear."""

    id: str
    organisation: str
    kind: Literal["mailbox", "webhook", "sftp", "mllp", "direct", "fhir", "status"]
    address: str = ""
    format: Format = "ccda"
    options: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    paused: bool = False


@dataclass(frozen=True, slots=True)
class BindingEntry:
    """The adapters that read an MCO's documents."""

    organisation: str
    adapters: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class DirectoryFile(Sealed):
    """The whole file."""

    organisations: tuple[OrganisationEntry, ...] = ()
    endpoints: tuple[EndpointEntry, ...] = ()
    contacts: tuple[ContactEntry, ...] = ()
    bindings: tuple[BindingEntry, ...] = ()


async def load(
    connection: Connection, found: DirectoryFile, seal: Callable[[bytes], bytes]
) -> dict[str, int]:
    """Add or replace the rows the file names; return counts by kind.

    `Refused` 422 for an endpoint whose channel can't carry its format.
    """
    for one in found.organisations:
        row = msgspec.to_builtins(one)
        given = {name: row.pop(name) for name in ("hours", "clocks", "links")}
        kept = {name: value for name, value in given.items() if value is not None}
        row["options"] = json.dumps(kept)
        await _put(connection, "organisation", row)
    for end in found.endpoints:
        if end.kind == "mllp" and end.format not in {"hl7v2", "ppr"}:
            what = f"endpoint `{end.id}`: MLLP carries HL7 v2; set its format to hl7v2 or ppr"
            raise Refused("directory_wrong", what, status=422)
        posted = end.options.get("body", "transaction")
        if end.kind == "fhir" and posted == "transaction" and end.format != "fhir":
            what = f"endpoint `{end.id}`: set its format to fhir, or its option body to document"
            raise Refused("directory_wrong", what, status=422)
        row = msgspec.to_builtins(end)
        row["options"] = json.dumps(end.options)
        row["secrets"] = seal(msgspec.json.encode(end.secrets)) if end.secrets else None
        await _put(connection, "endpoint", row)
    for contact in found.contacts:
        row = {name: getattr(contact, name) for name in contact.__struct_fields__}
        row["roles"] = list(contact.roles)
        await _put(connection, "contact", row)
    for binding in found.bindings:
        await _bind(connection, binding.organisation, binding.adapters)
    return {
        "organisations": len(found.organisations),
        "endpoints": len(found.endpoints),
        "contacts": len(found.contacts),
        "bindings": len(found.bindings),
    }


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


async def dump(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the directory as plain lists, secrets left out."""
    out: dict[str, list[dict[str, Any]]] = {}
    for table, columns in (
        (
            "organisation",
            (
                "id, kind, name, npi, part2_source, behavioral, active,"
                " options->'hours' as hours, options->'clocks' as clocks,"
                " options->'links' as links"
            ),
        ),
        ("endpoint", "id, organisation, kind, address, format, options, paused"),
        (
            "contact",
            (
                "id, organisation, name, roles, endpoint, backup, starts::text as from,"
                " ends::text as to, verified_on::text, email, phone,"
                " nullif(mobile, '') as mobile"
            ),
        ),
    ):
        own = "where not options ? 'subscription'" if table == "endpoint" else ""
        cursor = await connection.execute(
            f"select {columns} from {table} {own} order by id".encode()  # noqa: S608  # literals above
        )
        rows = await cursor.fetchall()
        out[f"{table}s"] = [{k: v for k, v in row.items() if v is not None} for row in rows]
    cursor = await connection.execute(
        "select organisation, array_agg(adapter order by position) as adapters from binding"
        " group by organisation order by organisation"
    )
    out["bindings"] = await cursor.fetchall()
    return out
