"""A file of consents brought in by the privacy officer: a dry run first, row by row, then kept.

What `POST /v1/consents/imports` does, for a person. Imported grants carry nothing until somebody
else approved the file, which is done here too. A row is told by number and fault, never by what it
held.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.consents.taking import File, report, take
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.pages.consent_page import file_of
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/privacy/imports", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
PATH = "/privacy/imports"
MOST = 100
_SHOWN = {400, 409, 413, 415, 422}


@ROUTER.get("")
async def imports(request: Request, actor: Officer) -> Response:
    """Show the upload form and the files that came before, those that wait first."""
    return await _shown(request, actor)


@ROUTER.post("")
async def bring(request: Request, actor: Officer) -> Response:
    """Try a file out, or keep it; the report says what every row does."""
    world = world_of(request)
    try:
        content, form = await file_of(request)
        keep = form.fields.get("go") == "keep"
        file = File(
            content=content,
            media_type=form.media_type,
            mco=_whose(form.fields.get("mco", "")),
            dry_run=not keep,
            leave_out=bool(form.fields.get("leave_out")),
        )
        now = world.clock.now()
        done = await take(world.registry, world.vault, actor, file, now, world.policy)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, actor, refusal=refusal, told=refusal.extra)
    return await _shown(request, actor, told=report(done), kept=keep)


@ROUTER.post("/{batch}/approval")
async def approve(request: Request, actor: Officer, batch: str) -> Response:
    """Approve every consent of a file as a second person."""
    try:
        await world_of(request).registry.approve_batch(actor, ours(batch))
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, actor, refusal=refusal)
    return back(PATH, "batch")


def _whose(mco: str) -> str:
    if not mco:
        raise Refused("mco_missing", "choose whose members the file is about", status=422)
    return ours(mco)


async def _shown(
    request: Request,
    actor: Actor,
    *,
    refusal: Refused | None = None,
    told: Any = None,  # noqa: ANN401  # the report of `hub.consents.taking`, or nothing
    kept: bool = False,
) -> Response:
    desk = world_of(request).desk
    parties = await desk.ask("console_parties", None)
    return page(
        request,
        "consent_imports.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        senders=[one for one in parties if one["kind"] == "mco"],
        batches=await desk.ask("console_batches", None, actor=actor.id, limit=MOST),
        report=told if told and "rows" in told else None,
        kept=kept,
    )
