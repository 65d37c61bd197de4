"""The member's own copy: made from a plan's page, printed from a queue, given by a named person.

For the sender's people and for a practice that has the plan. `hub.copying` says what stays out;
printing and giving are recorded. Names stand on pages only, never in an address.
"""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.copies import FOR, WAYS, Wanted, Way
from hub.copying import copy
from hub.errors import Refused
from hub.hours import day_of
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import copies_of, world_of

PATH = "/copies"
ROUTER = APIRouter(prefix=PATH, include_in_schema=False)
Makers = Annotated[Actor, allowed(roles=("mco", "pcmh"))]


@ROUTER.get("")
async def queue(request: Request, actor: Makers) -> Response:
    """Show the copies to print, and those that were given."""
    return await _shown(request, actor)


@ROUTER.post("/of/{plan}")
async def make(request: Request, actor: Makers, plan: str) -> Response:
    """Make a copy of a plan and put it into the queue."""
    form, world = await form_of(request), world_of(request)
    try:
        whom = form.one("whom", "For whom", FOR)
        sight = await copies_of(request).plan_sight(actor, ours(plan))
        person = sight.member
        name = form.text("name", "Representative", wanted=whom == "representative")
        wanted = Wanted(
            "member" if whom == "member" else "representative",
            name if whom == "representative" else f"{person.given} {person.family}".strip(),
        )
        made = copy(sight, actor, wanted, world.clock.now(), world.policy)
        await copies_of(request).keep(actor, sight, wanted, made)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _shown(request, actor, refusal)
    return back(PATH, "copy_made")


@ROUTER.post("/{copy}/print")
async def printed(request: Request, actor: Makers, copy: str) -> Response:
    """Return a copy's PDF, recorded."""
    content = await copies_of(request).content(actor, ours(copy))
    headers = {
        "content-disposition": f"inline; filename={ours(copy)}.pdf",
        "cache-control": "no-store",
    }
    return Response(content, 200, headers, "application/pdf")


@ROUTER.post("/{copy}/given")
async def given(request: Request, actor: Makers, copy: str) -> Response:
    """Record that a copy was handed over or posted."""
    form = await form_of(request)
    try:
        way: Way = "handed" if form.one("way", "How", WAYS) == "handed" else "posted"
        on = form.day("on", "Day") or day_of(world_of(request).clock.now())
        name = form.text("name", "Your name", wanted=True)
        await copies_of(request).given(actor, ours(copy), way, name, on)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _shown(request, actor, refusal)
    return back(PATH, "copy_given")


async def _shown(request: Request, actor: Actor, refusal: Refused | None = None) -> Response:
    rows = await copies_of(request).queue(actor)
    today = day_of(world_of(request).clock.now())
    return page(
        request,
        "copies.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        waiting=[row for row in rows if row["given_at"] is None],
        given=[row for row in rows if row["given_at"] is not None],
        today=today.isoformat(),
    )
