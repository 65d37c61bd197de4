"""The print packet of a delivered plan, and the page where its return code is typed back.

A practice prints the packet while signed in; whoever reads the paper says that it came, with the
code and a name and no account. That page shows no plan and names no member; only its POST does
anything, and guessing is slowed down per address.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.render.packet import Front, to_packet
from hub.web.guards import allowed, anyone, same_site
from hub.web.identity import address
from hub.web.pages.covering import cover_of
from hub.web.pages.filled import form_of
from hub.web.pages.pcmh import addressed
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import returning_of, world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
PATH = "/return"


@ROUTER.post("/deliveries/{delivery}/packet")
async def packet(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Make the packet: consent is asked again, a fresh return code stands on its cover."""
    row = await addressed(request, actor, ours(delivery))
    world = world_of(request)
    plan = await world.reception.plan(actor, row["id"])
    known = await world.registry.of_member(row["member"])
    code = await returning_of(request).issue(actor, row["id"])
    where = f"{world.settings.public_url.rstrip('/')}{PATH}"
    by = None if row["acknowledged_at"] else row["acknowledge_due"]
    front = Front(code.printed, where, code.ends_at, by)
    made = to_packet(plan, cover_of(row, known), front)
    name = quote(made.file_name, safe="")
    headers = {
        "content-disposition": f"inline; filename*=UTF-8''{name}",
        "cache-control": "no-store",
    }
    return Response(made.content, 200, headers, made.media_type)


@ROUTER.get(PATH, dependencies=[anyone()])
async def ask_code(request: Request) -> Response:
    """Show the form for a return code."""
    return page(request, "return_code.html", typed={})


@ROUTER.post(PATH, dependencies=[anyone()])
async def take(request: Request) -> Response:
    """Acknowledge the delivery of a code for a named person; every wrong code is told alike."""
    if same_site(request) is False:
        raise Refused("other_site", "this request came from another site", status=403)
    world, codes = world_of(request), returning_of(request)
    form = await form_of(request)
    try:
        world.limits.codes.take(address(request))
        code = form.text("code", "Return code", longest=40, wanted=True)
        name = form.text("name", "Your name", wanted=True)
        delivery, practice = await codes.redeem(code)
        actor = Actor(id="return-code", organisation=practice, name=name, roles=("pcmh",))
        await world.reception.acknowledge(actor, delivery, name)
        await codes.used(code)
    except Refused as refusal:
        status = refusal.status
        return page(request, "return_code.html", status, alert=refusal.detail, typed=form.typed())
    return back(PATH, "code_taken")
