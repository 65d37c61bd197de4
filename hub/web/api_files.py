"""Rosters and the directory, by file: CSV, YAML and FHIR in, counts out.

`hub.web.application` includes `ROUTER`. A roster is its sender's own; the directory is the hub's
staff's. All of a file takes effect or nothing of it.
"""

from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.provider_directory.bundle_writing import bundle
from hub.provider_directory.taking import counted, is_fhir, reported, taken
from hub.web.guards import allowed
from hub.web.identity import HUB
from hub.web.openapi import file_body, shown
from hub.web.replies import Word, nothing, reply
from hub.web.world import directory_of, treating_of, world_of

ROUTER = APIRouter(prefix="/v1", tags=["directory"])
Loads = Annotated[Actor, allowed(scopes=("rosters.write",), roles=("operations",))]
Reads = Annotated[Actor, allowed(scopes=("directory.read",), roles=("integration", "operations"))]
Writes = Annotated[Actor, allowed(scopes=("directory.write",), roles=("integration", "operations"))]


@ROUTER.post("/rosters/{kind}", responses=shown("roster"), openapi_extra=file_body("text/csv"))
async def load_roster(
    request: Request,
    actor: Loads,
    kind: Literal["full", "delta"],
    mco: Annotated[Word | None, Query(description="for the hub's staff: whose")] = None,
) -> Response:
    """Load a roster with attributions; refused whole when it would drop too many members."""
    whose = mco if actor.organisation == HUB else actor.organisation
    if whose is None:
        raise Refused("mco_missing", "say whose roster this is: `?mco=`", status=422)
    if mco is not None and mco != whose:
        raise nothing()
    content = await _body(request)
    done = await world_of(request).rosters.load_roster(actor, whose, kind, content)
    counts = msgspec.to_builtins(done)
    if done.refused is not None:
        raise Refused("roster_refused", done.refused, status=422, result=counts)
    return reply(counts)


@ROUTER.post("/treating", responses=shown("treating"), openapi_extra=file_body("text/csv"))
async def load_treating(
    request: Request,
    actor: Loads,
    mco: Annotated[Word | None, Query(description="for the hub's staff: whose members")] = None,
) -> Response:
    """Load who treats members beside their medical home: a CSV of dated rows, good ones kept."""
    whose = mco if actor.organisation == HUB else actor.organisation
    if whose is None:
        raise Refused("mco_missing", "say whose members these are: `?mco=`", status=422)
    if mco is not None and mco != whose:
        raise nothing()
    done = await treating_of(request).load(actor, whose, await _body(request))
    return reply({"kept": done.kept, "problems": done.problems})


@ROUTER.get("/directory", responses=shown("directory"))
async def read_directory(request: Request, actor: Reads) -> Response:
    """Return organisations, contacts, endpoints and bindings as YAML, secrets left out."""
    content = await world_of(request).rosters.dump_directory(_staff(actor))
    return Response(content, media_type="application/yaml")


@ROUTER.get("/directory/fhir", responses=shown("directory_fhir"))
async def read_fhir_directory(request: Request, actor: Reads) -> Response:
    """Return the directory as a FHIR R4 bundle; what FHIR can't carry is left out."""
    _staff(actor)
    known = await directory_of(request).standing()
    content = msgspec.json.encode(bundle(known, world_of(request).clock.now()))
    return Response(content, media_type="application/fhir+json")


@ROUTER.put("/directory", responses=shown("loaded"), openapi_extra=file_body("application/yaml"))
async def write_directory(request: Request, actor: Writes) -> Response:
    """Load organisations, contacts, endpoints, rules and bindings: YAML or a FHIR R4 bundle."""
    content = await _body(request)
    if not is_fhir(content):
        loaded = await world_of(request).rosters.load_directory(_staff(actor), content)
        return reply({"loaded": loaded})
    directory = directory_of(request)
    given = taken(content, await directory.standing())
    outcome = await directory.change(_staff(actor), replace(given.proposed, sure=True))
    return reply({"loaded": counted(given), **reported(outcome, given.notes)})


@ROUTER.post(
    "/directory/diff",
    responses=shown("directory_diff"),
    openapi_extra=file_body("application/yaml"),
)
async def compare_directory(request: Request, actor: Reads) -> Response:
    """Say what loading a file would change, row by row; nothing is kept."""
    _staff(actor)
    directory = directory_of(request)
    given = taken(await _body(request), await directory.standing())
    outcome = await directory.try_out(given.proposed)
    return reply({"loaded": counted(given), **reported(outcome, given.notes)})


def _staff(actor: Actor) -> Actor:
    """Return the actor if the directory is theirs: it names everybody's contacts."""
    if actor.organisation != HUB:
        raise Refused("forbidden", "you may not do this", status=403)
    return actor


async def _body(request: Request) -> bytes:
    content = await request.body()
    if not content:
        raise Refused("empty", "the file has no bytes; send its content")
    if len(content) > world_of(request).settings.max_bytes:
        raise Refused("too_large", "the file is too large; split it", status=413)
    return content
