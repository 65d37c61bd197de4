"""The page behind a link of a notice mail: acknowledge that a plan came, without signing in.

It shows a reference and the sender, no plan and no member. Opening it changes nothing: mail
scanners open every link. Its POST acknowledges for the person named; guessing is slowed down per
address, and every refusal is told in words.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.linking import ACTOR, PATH
from hub.web.guards import anyone, same_site
from hub.web.identity import address
from hub.web.pages.filled import form_of
from hub.web.pages.shell import page
from hub.web.world import linking_of, world_of

ROUTER = APIRouter(include_in_schema=False)
_QUIET = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
}


@ROUTER.get(PATH + "/{token}", dependencies=[anyone()])
async def ask(request: Request, token: str) -> Response:
    """Show what the link is for; nothing is recorded."""
    try:
        offered = await linking_of(request).read(token)
    except Refused as refusal:
        world_of(request).limits.codes.take(address(request))
        return _shown(request, refusal.status, ended=refusal.detail)
    return _shown(request, offered=offered, token=token)


@ROUTER.post(PATH + "/{token}", dependencies=[anyone()])
async def take(request: Request, token: str) -> Response:
    """Acknowledge the link's delivery for a named person."""
    if same_site(request) is False:
        raise Refused("other_site", "this request came from another site", status=403)
    world = world_of(request)
    world.limits.codes.take(address(request))
    form = await form_of(request)
    try:
        offered = await linking_of(request).read(token)
    except Refused as refusal:
        return _shown(request, refusal.status, ended=refusal.detail)
    try:
        name = form.text("name", "Your name", wanted=True)
        actor = Actor(id=ACTOR, organisation=offered.practice, name=name, roles=("pcmh",))
        await world.reception.acknowledge(actor, offered.delivery, name)
    except Refused as refusal:
        return _shown(request, refusal.status, offered=offered, token=token, alert=refusal.detail)
    return _shown(request, offered=offered, taken=True)


def _shown(request: Request, status: int = 200, **given: object) -> Response:
    usual = {"offered": None, "token": "", "ended": "", "taken": False, "alert": None}
    response = page(request, "received.html", status, **{**usual, **given})
    response.headers.update(_QUIET)
    return response
