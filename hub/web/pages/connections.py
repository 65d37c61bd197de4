"""How connections fare: for operations all of them, for a practice its own; by their last probe.

A probe connects as a delivery would and sends no plan; each night, and once an hour while one
fails. These pages hold ids, codes and times. An MCO sees the same on its page of connections.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.web.guards import allowed
from hub.web.pages.shell import page
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("operations",))]
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]


@ROUTER.get("/operations/connections")
async def everything(request: Request, actor: Staff) -> Response:
    """Show every connection, those that fail first, and who was told."""
    _ = actor
    desk = world_of(request).desk
    told = {row["endpoint"]: row for row in await desk.ask("connections_told", None)}
    rows = [
        {**row, "told": told.get(row["endpoint"])} for row in await desk.ask("connections", None)
    ]
    return _shown(request, rows, staff=True)


@ROUTER.get("/connections")
async def own(request: Request, actor: Pcmh) -> Response:
    """Show a practice how the hub reaches it."""
    rows = await world_of(request).desk.ask("connections", actor.organisation)
    return _shown(request, [{**row, "told": None} for row in rows], staff=False)


def _shown(request: Request, rows: list[dict[str, Any]], *, staff: bool) -> Response:
    return page(request, "connections.html", rows=rows, staff=staff)
