"""Requests and returned documents, for the privacy officer: who asked what of whom, on what ground.

Read only. Each shows the consent and rules that let it pass or stopped it, what came back, and who
saw it. Looking at one is recorded; a document's bytes are not handed out here.
"""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.requests import rules
from hub.web.guards import allowed
from hub.web.pages.privacy_releases import explained
from hub.web.pages.shell import page
from hub.web.replies import one, ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(prefix="/privacy/requests", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 200


@ROUTER.get("")
async def requests(request: Request, actor: Officer, member: str = "") -> Response:
    """List requests and documents, and what consent did not let pass; of one member, or all."""
    _ = actor
    found = ours(member) if member else ""
    whose = None
    if found:
        whose = one(await world_of(request).desk.ask("console_member", None, member=found))
    return page(
        request,
        "privacy_requests.html",
        whose=whose,
        rows=await officer_of(request).requests(found, MOST),
        untold=await officer_of(request).untold(found, MOST),
        most=MOST,
        rules=rules,
    )


@ROUTER.get("/{noun}")
async def request_(request: Request, actor: Officer, noun: str) -> Response:
    """Explain one request, or one document that was given unasked."""
    found = await officer_of(request).request(actor, ours(noun))
    policy = world_of(request).policy
    held = found.row["decision"]
    return page(
        request,
        "privacy_request.html",
        row=found.row,
        found=found,
        reasons=explained(held, policy) if held else [],
        untold=[
            (one, explained(one["decision"], policy) if one["decision"] else [])
            for one in found.untold
        ],
        answered=[
            (one, explained(one["decision"], policy) if one["decision"] else [])
            for one in found.documents
        ],
        rules=rules,
    )
