"""The directory as one file: organisations, endpoints, contacts, routing rules, adapter bindings.

The store loads and dumps it, the console's forms and FHIR bundles become it. A row is named whole:
what a row leaves out has its usual value. Secrets go in with an endpoint and never come out.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003  # msgspec resolves it at run time
from typing import Any, Literal, get_args

import msgspec
import yaml

from hub.canonical import Sealed
from hub.directory import OwnClocks, Purpose  # noqa: TC001  # msgspec resolves them at run time
from hub.errors import Refused
from hub.hours import Hours  # noqa: TC001  # msgspec resolves it at run time
from hub.ports import Format  # noqa: TC001  # msgspec resolves it at run time

Role = Literal[
    "plan",
    "consent",
    "urgent",
    "liaison",
    "responsible",
    "manager",
    "owner",
    "supervisor",
    "operations",
    "technical",
]
ROLES: tuple[Role, ...] = get_args(Role)
Tier = Literal["", "system", "practice", "site", "plan", "program"]
EndpointKind = Literal["mailbox", "webhook", "sftp", "mllp", "direct", "fhir", "status"]
Kind = Literal["organisation", "endpoint", "contact", "rule", "binding"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """An organisation as the file names it; `hours` and `clocks` where they differ from usual.

    `part_of` is the organisation above it; `tier` what it is there: a health system has practices,
    a practice has sites, a plan has programs. `links: false`: mails to its people carry no links
    that acknowledge.
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
    part_of: str | None = None
    tier: Tier = ""
    links: bool | None = None


class ContactEntry(msgspec.Struct, frozen=True, rename={"starts": "from", "ends": "to"}):
    """A contact as the file names it; `from` and `to` are its dates, both inclusive."""

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
    kind: EndpointKind
    address: str = ""
    format: Format = "ccda"
    options: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    paused: bool = False


class RuleEntry(msgspec.Struct, frozen=True, rename={"starts": "from", "ends": "to"}):
    """A routing rule of a practice: whose plans go to which of its contacts; empty fits all."""

    id: str
    organisation: str
    contact: str
    position: int = 100
    purpose: Purpose = "plan"
    mco: str | None = None
    county: str = ""
    line_of_business: str = ""
    program: str = ""
    starts: date | None = None
    ends: date | None = None


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
    rules: tuple[RuleEntry, ...] = ()
    bindings: tuple[BindingEntry, ...] = ()

    def rows(self) -> dict[tuple[Kind, str], Entry]:
        """Return every row by its kind and id; a binding's id is its organisation's."""
        return {
            (kind, one.organisation if isinstance(one, BindingEntry) else one.id): one
            for kind, group in zip(KINDS, self._groups(), strict=True)
            for one in group
        }

    def _groups(self) -> tuple[tuple[Entry, ...], ...]:
        return (self.organisations, self.endpoints, self.contacts, self.rules, self.bindings)


Entry = OrganisationEntry | EndpointEntry | ContactEntry | RuleEntry | BindingEntry
ENTRIES: dict[Kind, type[Any]] = {
    "organisation": OrganisationEntry,
    "endpoint": EndpointEntry,
    "contact": ContactEntry,
    "rule": RuleEntry,
    "binding": BindingEntry,
}


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of a row's fields as the file has them, in their order."""
    info: Any = msgspec.inspect.type_info(ENTRIES[kind])
    return tuple(one.encode_name for one in info.fields)


def file_of(*rows: Entry) -> DirectoryFile:
    """Return a file of a few rows."""
    return msgspec.convert(
        {f"{kind}s": [r for r in rows if isinstance(r, ENTRIES[kind])] for kind in KINDS},
        DirectoryFile,
    )


def organisation_of(entry: Entry) -> str:
    """Return whose row it is."""
    return entry.id if isinstance(entry, OrganisationEntry) else entry.organisation


def plain(entry: Entry) -> dict[str, Any]:
    """Return a row as it stands in the file, without what is empty; of secrets only their names."""
    row: dict[str, Any] = msgspec.to_builtins(entry)
    if row.get("secrets"):
        row["secrets"] = sorted(row["secrets"])
    if row.get("clocks"):
        row["clocks"] = {name: value for name, value in row["clocks"].items() if value is not None}
    return {name: value for name, value in row.items() if value not in (None, "", {}, [], ())}


def made(kind: Kind, row: dict[str, Any]) -> Any:  # noqa: ANN401  # one of `ENTRIES`
    """Return the row of a kind; `Refused` 422 names what is wrong."""
    try:
        return msgspec.convert(row, ENTRIES[kind], strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: msgspec.ValidationError) -> Refused:
    """Return the refusal of a row: our own words where we said them, else the place."""
    said, _, where = str(error).rpartition(" - at ")
    told = said if said.startswith("hours") else f"wrong or missing at {where}"
    return Refused("directory_wrong", told, status=422)


def parsed(content: bytes) -> DirectoryFile:
    """Read a directory file from YAML; `Refused` 422 says where it is wrong."""
    try:
        return msgspec.convert(yaml.safe_load(content), DirectoryFile, strict=False)
    except yaml.YAMLError:
        raise Refused("not_yaml", "the directory file is not YAML", status=422) from None
    except msgspec.ValidationError as error:
        raise _wrong(error) from None


def published() -> bytes:
    """Return the JSON Schema (2020-12) of the directory file, indented, as the docs hold it."""
    schema = msgspec.json.schema(DirectoryFile)
    for part in schema["$defs"].values():
        if "description" in part:  # Python 3.13 takes the indent of docstrings off by itself
            part["description"] = inspect.cleandoc(part["description"])
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return msgspec.json.format(msgspec.json.encode(schema, order="sorted"), indent=1) + b"\n"
