"""Files of consents by API: a dry run row by row, the import itself, and its approval.

`hub.web.application` includes `ROUTER` before `api_registry`. A sender imports for its own members;
the privacy officer says for whom. Nothing of a file is kept unless all of it can be, or the caller
says to leave out what can't. A second person approves the whole file (HR-20).
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.consents.taking import File, report, take
from hub.errors import Refused
from hub.web.api_consents import Approves, Reads, Writes
from hub.web.identity import organisation_of
from hub.web.openapi import file_body, shown
from hub.web.replies import Word, nothing, ours, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1/consents/imports", tags=["consents"])


@ROUTER.post(
    "",
    responses=shown("import", 201),
    status_code=201,
    openapi_extra=file_body("text/csv"),
)
async def load(
    request: Request,
    actor: Writes,
    mco: Annotated[Word | None, Query(description="for the hub's staff: whose members")] = None,
    dry_run: Annotated[bool, Query(description="say what would happen, keep nothing")] = False,
    leave_out: Annotated[bool, Query(description="keep the rest when rows can't be kept")] = False,
) -> Response:
    """Import consents from CSV, FHIR JSON, a Bundle or NDJSON; grants wait for a second person."""
    world = world_of(request)
    content = await request.body()
    if not content:
        raise Refused("empty", "the file has no bytes; send its content")
    if len(content) > world.settings.max_bytes:
        raise Refused("too_large", "the file is too large; split it", status=413)
    file = File(
        content=content,
        media_type=request.headers.get("content-type", ""),
        mco=_whose(actor, mco),
        dry_run=dry_run,
        leave_out=leave_out,
    )
    done = await take(world.registry, world.vault, actor, file, world.clock.now(), world.policy)
    return reply(report(done), 200 if dry_run or done.batch is None or done.batch.again else 201)


@ROUTER.get("/{batch}", responses=shown("batch"))
async def read_batch(request: Request, actor: Reads, batch: str) -> Response:
    """Return a file of consents: what it gave, and who approved it."""
    found = await world_of(request).registry.batch(organisation_of(actor), ours(batch))
    return reply(found)


@ROUTER.post("/{batch}/approval", responses=shown("batch_approved"))
async def approve_batch(request: Request, actor: Approves, batch: str) -> Response:
    """Approve every consent of a file as a second person; not the one who imported it."""
    count = await world_of(request).registry.approve_batch(actor, ours(batch))
    return reply({"batch": batch, "approved": count, "approved_by": actor.id})


def _whose(actor: Actor, mco: str | None) -> str:
    own = organisation_of(actor)
    if own is None and mco is None:
        raise Refused("mco_missing", "say whose members these are: `?mco=`", status=422)
    if own is not None and mco not in {None, own}:
        raise nothing()
    return own or mco or ""
