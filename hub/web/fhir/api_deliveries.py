"""FHIR Task, DocumentReference, Binary and Provenance: what a practice is sent, and its answers.

`hub.web.application` includes `ROUTER`. Both sides see the Task; only the addressee sees where the
content is, and gets it after consent was asked again (the reception records it). A practice answers
by putting the Task with another status.
"""

import base64
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.web.fhir.answering import meant
from hub.web.fhir.asking import Asked, answer, asked, found_id, page, plain_id
from hub.web.fhir.deliveries import (
    GONE,
    KINDS,
    STATUS,
    document_reference,
    meta,
    provenance,
    task,
)
from hub.web.fhir_answers import FHIR_JSON
from hub.web.fhir_bodies import sent
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import file_body, shown
from hub.web.replies import one
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/fhir", tags=["fhir"])
_ALL = "system/*.rs"
Reads = Annotated[Actor, allowed(scopes=("system/Task.rs", _ALL, "deliveries.read"))]
Tells = Annotated[Actor, allowed(scopes=("system/Provenance.rs", _ALL, "deliveries.read"))]
Lists = Annotated[Actor, allowed(scopes=("system/DocumentReference.rs", _ALL, "deliveries.read"))]
Fetches = Annotated[Actor, allowed(scopes=("system/Binary.rs", _ALL, "deliveries.read"))]
Answers = Annotated[Actor, allowed(scopes=("system/Task.u", "deliveries.answer"))]
_LARGEST = 200_000


@ROUTER.get("/Task", responses=shown("fhir_tasks"))
@ROUTER.post("/Task/_search", responses=shown("fhir_tasks"))
async def search_tasks(request: Request, actor: Reads) -> Response:
    """Search by `status`, `patient`, `_id`, `_lastUpdated`; by form by `patient:identifier` too."""
    given = await asked(request, "Task")
    wanted = given.get("status")
    standings = None if wanted is None else _standings(wanted)
    rows, after = await rows_of(request, actor, given, standings=standings)
    return page(request, given, [task(row) for row in rows], after)


@ROUTER.get("/Task/{task_id}", responses=shown("fhir_task"))
async def read_task(request: Request, actor: Reads, task_id: str) -> Response:
    """Return what is asked of a practice, and how far it is."""
    row = await row_of(request, actor, task_id)
    return answer(request, task(row), row["changed"])


@ROUTER.put("/Task/{task_id}", responses=shown("fhir_task"), openapi_extra=file_body(FHIR_JSON))
async def update_task(request: Request, actor: Answers, task_id: str) -> Response:
    """Acknowledge or answer by the Task's status; the same again is answered as before.

    Only status, statusReason, businessStatus and the last note are read. `If-Match` is honoured.
    """
    row = await row_of(request, actor, task_id, addressed=True)
    given = await _task(request, row)
    held = request.headers.get("if-match")
    if held is not None and held.strip() != f'W/"{row["version"]}"':
        raise Refused("changed", "the Task has changed; read it again", status=412)
    said = meant(given, row)
    reception = world_of(request).reception
    if isinstance(said, str):
        await reception.acknowledge(actor, row["id"], said)
    elif said is not None:
        await reception.answer(actor, row["id"], said)
    row = await row_of(request, actor, task_id, addressed=True)
    return answer(request, task(row), row["changed"])


@ROUTER.get("/DocumentReference", responses=shown("fhir_documents"))
@ROUTER.post("/DocumentReference/_search", responses=shown("fhir_documents"))
async def search_documents(request: Request, actor: Lists) -> Response:
    """Search the documents addressed to your practice, newest first."""
    given = await asked(request, "DocumentReference")
    standings = _documented(given.get("status"))
    rows, after = await rows_of(request, actor, given, standings=standings, addressed=True)
    root = _root(request)
    return page(request, given, [document_reference(row, root) for row in rows], after)


@ROUTER.get("/DocumentReference/{document}", responses=shown("fhir_document"))
async def read_document(request: Request, actor: Lists, document: str) -> Response:
    """Return where a released document is, and what it is."""
    row = await row_of(request, actor, document, addressed=True)
    return answer(request, document_reference(row, _root(request)), row["changed"])


@ROUTER.get("/Binary/{binary}", responses=shown("fhir_binary"))
async def read_binary(request: Request, actor: Fetches, binary: str) -> Response:
    """Return the released bytes as they are, or as a Binary where FHIR is asked for.

    Consent is asked again, and the fetching recorded.
    """
    row = await row_of(request, actor, binary, addressed=True)
    content, media_type, _ = await world_of(request).reception.content(actor, row["id"])
    digest = base64.b64encode(bytes.fromhex(row["digest"])).decode()
    if "fhir+json" not in request.headers.get("accept", ""):
        headers = {
            "content-digest": f"sha-256=:{digest}:",
            "content-disposition": "attachment",
            "x-security-context": f"{_root(request)}DocumentReference/{plain_id(row['id'])}",
        }
        return Response(content, 200, headers, media_type)
    held = {
        "resourceType": "Binary",
        "id": plain_id(row["id"]),
        "meta": meta(row),
        "contentType": media_type,
        "securityContext": {"reference": f"DocumentReference/{plain_id(row['id'])}"},
        "data": base64.b64encode(content).decode(),
    }
    return Response(msgspec.json.encode(held), 200, None, FHIR_JSON)


@ROUTER.get("/Provenance", responses=shown("fhir_provenances"))
async def search_provenances(request: Request, actor: Tells) -> Response:
    """Search by `target` (a DocumentReference, CarePlan or Task), `_id`, `_lastUpdated`."""
    given = await asked(request, "Provenance")
    target = given.get("target")
    rows, after = await rows_of(request, actor, given, also=target and target.rpartition("/")[2])
    return page(request, given, [provenance(row) for row in rows], after)


@ROUTER.get("/Provenance/{provenance_id}", responses=shown("fhir_provenance"))
async def read_provenance(request: Request, actor: Tells, provenance_id: str) -> Response:
    """Return who made and who released a delivered plan."""
    row = await row_of(request, actor, provenance_id)
    return answer(request, provenance(row), row["changed"])


async def rows_of(  # a search's parts, each said by name
    request: Request,
    actor: Actor,
    given: Asked,
    *,
    standings: list[str] | None = None,
    addressed: bool = False,
    also: str | None = None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return the deliveries a search means that the asker may see, and where the next page is."""
    ids = {found_id(text) for text in (given.get("_id"), also) if text}
    if len(ids) > 1:
        return [], None
    key = given.get("patient:identifier")
    after = given.get("_after")
    rows = await world_of(request).desk.ask(
        "fhir_deliveries",
        organisation_of(actor),
        practice=actor.organisation if addressed else None,
        id=next(iter(ids), None),
        member=given.id_of("patient", "Patient"),
        key=None if key is None else key.rpartition("|")[2],
        standings=standings,
        since=given.since,
        until=given.until,
        cursor=None if after is None else found_id(after),
        limit=given.limit + 1,
        kinds=list(KINDS),
    )
    more = len(rows) > given.limit
    rows = rows[: given.limit]
    return rows, plain_id(rows[-1]["id"]) if more else None


async def row_of(
    request: Request, actor: Actor, identifier: str, *, addressed: bool = False
) -> dict[str, Any]:
    """Return one delivery; `Refused` 404 for another's, and for its sender where `addressed`."""
    given = Asked({"_id": identifier}, 1)
    rows, _ = await rows_of(request, actor, given, addressed=addressed)
    return one(rows)


def _standings(wanted: str) -> list[str]:
    """Return what a search for Task statuses means; `Refused` 400 for one a Task never has."""
    asked_for = set(wanted.split(","))
    if not asked_for <= set(STATUS.values()):
        words = ", ".join(dict.fromkeys(STATUS.values()))
        raise Refused("search", f"`status` is one of {words}")
    return [name for name, status in STATUS.items() if status in asked_for]


def _documented(wanted: str | None) -> list[str] | None:
    """Return what a search for a DocumentReference's status means; `Refused` 400 for another."""
    if wanted is None:
        return None
    if wanted not in {"current", *GONE.values()}:
        raise Refused("search", "`status` is current, superseded or entered-in-error")
    return [name for name in STATUS if GONE.get(name, "current") == wanted]


async def _task(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    """Return the Task that was put; `Refused` 400, 413 or 415."""
    given = await sent(request, "Task", _LARGEST)
    fits = isinstance(given, dict) and given.get("resourceType") == "Task"
    if not fits or given.get("id") != plain_id(row["id"]):
        raise Refused("not_the_task", "put the Task with the `id` in the address", status=400)
    return dict(given)


def _root(request: Request) -> str:
    return world_of(request).settings.public_url.rstrip("/") + "/fhir/"
