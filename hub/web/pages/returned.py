"""Documents that come back, in the console: given for a request or a plan, and fetched.

The practice gives one on the page of what it answers; the MCO finds it there, at the plan, and
among what came back. The bytes go out as a download only, never shown inside a page.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from hub.asked import Actor  # the same
from hub.errors import Refused
from hub.web.bringing import bring, fetched
from hub.web.guards import allowed
from hub.web.pages.requests import PATH, shown
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import requests_of

ROUTER = APIRouter(include_in_schema=False)
Sides = Annotated[Actor, allowed(roles=("mco", "pcmh", "provider"))]
Gives = Annotated[Actor, allowed(roles=("pcmh", "provider"))]
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
_SHOWN = {400, 409, 413, 422}


@ROUTER.get("/documents")
async def listed(request: Request, actor: Sides) -> Response:
    """List documents that came back to an MCO, or that a practice gave, the newest first."""
    rows = await requests_of(request).returned(actor)
    return page(request, "documents.html", rows=rows, own="mco" not in actor.roles)


@ROUTER.get("/documents/{document}")
async def fetch(request: Request, actor: Sides, document: str) -> Response:
    """Hand a document out as it was given, under a name of ours."""
    return await fetched(request, actor, document)


@ROUTER.post(f"{PATH}/{{request_id}}/documents")
async def give(request: Request, actor: Gives, request_id: str) -> Response:
    """Take the document that was asked for; the request is answered by it."""
    found = ours(request_id)
    try:
        await bring(request, actor, found)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await shown(request, actor, found, refusal)
    return back(f"{PATH}/{found}", "document_given")


@ROUTER.post("/deliveries/{delivery}/documents")
async def give_unasked(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Take a practice's own care plan for a plan it got."""
    found = ours(delivery)
    await bring(request, actor, found)
    return back(f"/deliveries/{found}", "document_given")
