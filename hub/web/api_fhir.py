"""FHIR R4 `/fhir/Consent`: read, search, create, history, under SMART Backend scopes.

`hub.web.application` includes `ROUTER`. Errors are OperationOutcomes. A sender reaches its own
members' only. A payer's member id may be searched by `POST _search` alone: it never stands in an
address. What R4 can't carry is listed in docs/fhir-consent.md.
"""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.comparing import duplicates
from consent.records import Consent
from hub.asked import Actor
from hub.consents.fhir_pieces import Directory
from hub.consents.fhir_reading import Read, read
from hub.consents.fhir_writing import internal, to_fhir
from hub.consents.importing import fresh
from hub.consents.ports import Version
from hub.consents.scans import kind_of_scan
from hub.errors import Refused
from hub.web.api_consents import own
from hub.web.consent_bodies import faults_of, sound
from hub.web.fhir.statement import capabilities
from hub.web.fhir_answers import FHIR_JSON, SEARCH, bundle, outcome, searched
from hub.web.fhir_bodies import sent
from hub.web.guards import allowed, anyone
from hub.web.identity import organisation_of
from hub.web.openapi import file_body, shown
from hub.web.replies import nothing
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/fhir", tags=["fhir"])
Reads = Annotated[
    Actor, allowed(scopes=("system/Consent.rs", "system/*.rs", "consents.read"), roles=("privacy",))
]
Creates = Annotated[
    Actor, allowed(scopes=("system/Consent.c", "consents.write"), roles=("privacy",))
]


@ROUTER.get("/metadata", responses=shown("fhir_metadata"), dependencies=[anyone()])
async def read_capabilities(request: Request) -> Response:
    """Return the CapabilityStatement."""
    return _answer(capabilities(request.app.routes, world_of(request).settings.public_url))


@ROUTER.post(
    "/Consent",
    responses=shown("fhir_consent", 201),
    status_code=201,
    openapi_extra=file_body("application/fhir+json"),
)
async def create(request: Request, actor: Creates) -> Response:
    """Record a Consent resource; what it lacks comes as warnings on `return=OperationOutcome`."""
    world = world_of(request)
    now = world.clock.now()
    given = read(
        await sent(request, "resource", world.settings.max_bytes),
        Directory(await world.registry.parties()),
        now,
    )
    if given.fatal or len(given.consents) != 1:
        told = "this resource can't be kept as one consent; see the issues, or import it as a file"
        raise Refused("not_kept", told, status=422, notes=_notes(given))
    mine = await _member(request, actor, given.member)
    made = fresh(given.consents[0], mine, actor.id, bulk=False)
    sound(made, now, world.policy)
    doubles = duplicates(made, await world.registry.of_member(mine))
    if doubles:
        raise Refused("duplicate", "this form is on file already", status=409, consents=doubles)
    scan = given.scan[0] if given.scan else b""
    media_type = kind_of_scan(scan) if scan else ""
    stored = await world.vault.put_many([scan] if scan else [])
    await world.registry.grant(actor, made)
    for one in stored:
        await world.registry.attach(actor, made.id, one.digest, media_type, one.size)
    versions = await world.registry.history(made.id)
    resource = _resource(request, versions[-1])
    headers = {
        "location": f"/fhir/Consent/{resource['id']}/_history/{len(versions)}",
        "etag": f'W/"{len(versions)}"',
    }
    if "OperationOutcome" in request.headers.get("prefer", ""):
        lacking = [(one.weight, one.clause, one.todo) for one in faults_of(made, now, world.policy)]
        return _answer(outcome(_notes(given), lacking), 201, headers)
    return _answer(resource, 201, headers)


@ROUTER.get("/Consent", responses=shown("fhir_bundle"))
async def search(request: Request, actor: Reads) -> Response:
    """Search by `patient`, `_id`, `status`, with `_count`; nothing that names a person."""
    given = list(request.query_params.multi_items())
    return await _found(request, actor, searched(given, SEARCH - {"patient:identifier"}))


@ROUTER.post("/Consent/_search", responses=shown("fhir_bundle"))
async def search_by_form(request: Request, actor: Reads) -> Response:
    """Search by form: also by `patient:identifier`, a payer's member id."""
    form = await request.form()
    given = [(name, str(value)) for name, value in form.multi_items()]
    given += list(request.query_params.multi_items())
    return await _found(request, actor, searched(given, SEARCH))


@ROUTER.get("/Consent/{consent}", responses=shown("fhir_consent"))
async def read_one(request: Request, actor: Reads, consent: str) -> Response:
    """Return a Consent as it stands."""
    versions = await _versions(request, actor, consent)
    etag = {"etag": f'W/"{versions[-1].number}"'}
    return _answer(_resource(request, versions[-1]), headers=etag)


@ROUTER.get("/Consent/{consent}/_history", responses=shown("fhir_history"))
async def read_history(request: Request, actor: Reads, consent: str) -> Response:
    """Return every version of a Consent, newest first."""
    versions = await _versions(request, actor, consent)
    found = [_resource(request, one) for one in reversed(versions)]
    return _answer(bundle(_address(request), "history", found, len(found)))


@ROUTER.get("/Consent/{consent}/_history/{version}", responses=shown("fhir_consent"))
async def read_version(request: Request, actor: Reads, consent: str, version: int) -> Response:
    """Return one version of a Consent."""
    versions = await _versions(request, actor, consent)
    if not 1 <= version <= len(versions):
        raise nothing()
    return _answer(_resource(request, versions[version - 1]))


async def _versions(request: Request, actor: Actor, consent: str) -> tuple[Version, ...]:
    world = world_of(request)
    found = await own(request, actor, internal(consent))
    _, mco = await world.registry.owner(found)
    await world.registry.told(actor, "consent.viewed", found, mco, part="fhir")
    return await world.registry.history(found)


async def _found(request: Request, actor: Actor, asked: dict[str, str]) -> Response:
    """Answer a search; consents of others are as if they weren't there."""
    world = world_of(request)
    consents, more = await _matching(request, actor, asked)
    now = world.clock.now()
    found = [to_fhir(one, 0, one.recorded_at, now) for one in consents]
    for one in found:
        del one["meta"]["versionId"]  # a search doesn't count versions; a read does
    status = asked.get("status")
    found = [one for one in found if status in {None, one["status"]}]
    noun = asked.get("patient") or asked.get("_id") or "fhir"
    if consents:
        _, mco = await world.registry.owner(consents[0].id)
        await world.registry.told(
            actor, "consent.viewed", noun if "|" not in noun else "fhir", mco, part="search"
        )
    link = ""
    if more:
        root = f"{_address(request).rstrip('/')}/fhir/Consent"
        link = f"{root}?_count={asked['_count']}&_after={consents[-1].id}"
        link += f"&status={status}" if status else ""
    return _answer(
        bundle(_address(request), "searchset", found, None if more else len(found), link)
    )


async def _matching(
    request: Request, actor: Actor, asked: dict[str, str]
) -> tuple[list[Consent], bool]:
    world = world_of(request)
    whose = organisation_of(actor)
    if "_id" in asked:
        rows = await world.desk.ask("consent_owner", None, consent=internal(asked["_id"]))
        mine = [row for row in rows if whose in {None, row["mco"]}]
        return [await world.registry.consent(row["id"]) for row in mine], False
    if "patient" in asked or "patient:identifier" in asked:
        member = await _sought(request, actor, asked)
        return list(await world.registry.of_member(member)) if member else [], False
    limit = int(asked["_count"])
    found = await world.registry.page(whose, asked.get("_after", ""), limit)
    return list(found), len(found) == limit


async def _sought(request: Request, actor: Actor, asked: dict[str, str]) -> str | None:
    who = internal(asked["patient"].removeprefix("Patient/")) if "patient" in asked else ""
    names = (who or asked["patient:identifier"].rpartition("|")[2],)
    try:
        return await _member(request, actor, names)
    except Refused:
        return None


async def _member(request: Request, actor: Actor, names: tuple[str, ...]) -> str:
    """Return the hub's id of a member of the actor's; `Refused` 422 when none is meant."""
    world = world_of(request)
    whose = organisation_of(actor)
    wanted = [internal(one) if one.startswith("mem-") else one for one in names]
    if whose is None:
        for one in wanted:
            rows = await world.desk.ask("member_by_id", None, member=one)
            if rows:
                return str(rows[0]["id"])
    else:
        known = await world.registry.known(whose, wanted)
        for one in wanted:
            if one in known.members:
                return known.members[one]
    told = "`patient` names no member of yours; use the hub's id or the payer's as identifier"
    raise Refused("unknown_member", told, status=422)


def _notes(given: Read) -> list[tuple[str, str, str]]:
    return [(one.code, one.at, one.words) for one in given.notes]


def _resource(request: Request, version: Version) -> dict[str, Any]:
    now = world_of(request).clock.now()
    return to_fhir(version.consent, version.number, version.at, now)


def _address(request: Request) -> str:
    return world_of(request).settings.public_url


def _answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, FHIR_JSON)
