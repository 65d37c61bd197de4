"""FHIR Organization, Practitioner, Endpoint and AuditEvent: the directory and one's own ledger.

`hub.web.application` includes `ROUTER`. An organisation sees itself and those it sends to or gets
from; endpoints are its own alone, events those that name it. The hub's staff see all.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.web.fhir.asking import Asked, asked, page, plain_id
from hub.web.fhir.directory import audit_event, endpoint, organization, practitioner
from hub.web.fhir_answers import FHIR_JSON
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import one
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/fhir", tags=["fhir"])
_ALL = "system/*.rs"
Organizations = Annotated[Actor, allowed(scopes=("system/Organization.rs", _ALL, "directory.read"))]
Practitioners = Annotated[Actor, allowed(scopes=("system/Practitioner.rs", _ALL, "directory.read"))]
Endpoints = Annotated[Actor, allowed(scopes=("system/Endpoint.rs", _ALL, "directory.read"))]
Audits = Annotated[Actor, allowed(scopes=("system/AuditEvent.rs", _ALL, "audit.read"))]
Json = dict[str, Any]
_LARGEST = 2**63 - 1
_LONGEST_NUMBER = 18


@ROUTER.get("/Organization", responses=shown("fhir_organizations"))
async def search_organizations(request: Request, actor: Organizations) -> Response:
    """Search yourself and the organisations you share plans with, by `_id`."""
    given = await asked(request, "Organization")
    return await _listed(request, actor, given, "fhir_organisations", organization)


@ROUTER.get("/Organization/{organization_id}", responses=shown("fhir_organization"))
async def read_organization(
    request: Request, actor: Organizations, organization_id: str
) -> Response:
    """Return an organisation."""
    return await _single(request, actor, "fhir_organisations", organization, organization_id)


@ROUTER.get("/Practitioner", responses=shown("fhir_practitioners"))
async def search_practitioners(request: Request, actor: Practitioners) -> Response:
    """Search your own contacts and those your plans went to, by `_id` and `organization`."""
    given = await asked(request, "Practitioner")
    whose = given.get("organization")
    whose = None if whose is None else whose.removeprefix("Organization/")
    return await _listed(request, actor, given, "fhir_contacts", practitioner, of=whose)


@ROUTER.get("/Practitioner/{practitioner_id}", responses=shown("fhir_practitioner"))
async def read_practitioner(
    request: Request, actor: Practitioners, practitioner_id: str
) -> Response:
    """Return a designated contact."""
    return await _single(request, actor, "fhir_contacts", practitioner, practitioner_id, of=None)


@ROUTER.get("/Endpoint", responses=shown("fhir_endpoints"))
async def search_endpoints(request: Request, actor: Endpoints) -> Response:
    """Search your own endpoints, by `_id`."""
    given = await asked(request, "Endpoint")
    return await _listed(request, actor, given, "fhir_endpoints", endpoint)


@ROUTER.get("/Endpoint/{endpoint_id}", responses=shown("fhir_endpoint"))
async def read_endpoint(request: Request, actor: Endpoints, endpoint_id: str) -> Response:
    """Return one of your own endpoints."""
    return await _single(request, actor, "fhir_endpoints", endpoint, endpoint_id)


@ROUTER.get("/AuditEvent", responses=shown("fhir_audit_events"))
async def search_events(request: Request, actor: Audits) -> Response:
    """Search the events that name you by `entity` (an id of ours), `_id`, `_lastUpdated`."""
    given = await asked(request, "AuditEvent")
    entity = given.get("entity")
    after, wanted = given.get("_after"), given.get("_id")
    rows = await world_of(request).desk.ask(
        "fhir_events",
        organisation_of(actor),
        noun=None if entity is None else entity.rpartition("|")[2],
        id=None if wanted is None else _number(wanted),
        since=given.since,
        until=given.until,
        cursor=None if after is None else _number(after),
        limit=given.limit + 1,
    )
    more, rows = len(rows) > given.limit, rows[: given.limit]
    following = str(rows[-1]["id"]) if more else None
    return page(request, given, [audit_event(row) for row in rows], following)


@ROUTER.get("/AuditEvent/{event}", responses=shown("fhir_audit_event"))
async def read_event(request: Request, actor: Audits, event: str) -> Response:
    """Return one event of the ledger that names you."""
    nothing: dict[str, Any] = dict.fromkeys(("noun", "since", "until", "cursor"))
    rows = await world_of(request).desk.ask(
        "fhir_events", organisation_of(actor), id=_number(event), limit=1, **nothing
    )
    return _shown(audit_event(one(rows)))


async def _listed(  # a search's parts
    request: Request,
    actor: Actor,
    given: Asked,
    query: str,
    made: Callable[[Json], Json],
    **more: object,
) -> Response:
    if given.since or given.until:
        raise Refused("search", "the directory keeps no dates; leave `_lastUpdated` out")
    wanted = given.get("_id")
    rows = await _rows(request, actor, query, id=wanted, limit=given.limit + 1,
                       cursor=given.get("_after"), **more)  # fmt: skip
    longer, rows = len(rows) > given.limit, rows[: given.limit]
    return page(request, given, [made(row) for row in rows], rows[-1]["id"] if longer else None)


async def _single(  # a read's parts
    request: Request,
    actor: Actor,
    query: str,
    made: Callable[[Json], Json],
    wanted: str,
    **more: object,
) -> Response:
    rows = await _rows(request, actor, query, id=plain_id(wanted), limit=1, cursor=None, **more)
    return _shown(made(one(rows)))


async def _rows(request: Request, actor: Actor, query: str, **given: object) -> list[Json]:
    """Ask a directory query: `whose` narrows it in its own words, row-level security in others."""
    if any(isinstance(value, str) and "\x00" in value for value in given.values()):
        return []
    whose = organisation_of(actor)
    scope = None if query == "fhir_endpoints" else whose
    return await world_of(request).desk.ask(query, scope, whose=whose, **given)


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return min(int(text), _LARGEST)
    return -1


def _shown(resource: Json) -> Response:
    return Response(msgspec.json.encode(resource), 200, None, FHIR_JSON)
