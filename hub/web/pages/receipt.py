"""The decision receipt as a page: why a plan came as it did, to read and to print.

Two editions of one template: the practice's, which names nothing of what was withheld, and the
privacy officer's. Nothing is decided here.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.clearing.receipting import Edition, inside
from hub.web.api_receipts import receipt_row, with_proof
from hub.web.guards import allowed
from hub.web.pages.receipt_paper import as_pdf
from hub.web.pages.shell import page
from hub.web.replies import nothing
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
Officer = Annotated[Actor, allowed(roles=("privacy",))]


@ROUTER.get("/deliveries/{delivery}/decision")
async def theirs(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Show the practice why a plan came as it did."""
    row = await receipt_row(request, actor, delivery=delivery)
    if row["pcmh"] != actor.organisation:
        raise nothing()
    return _shown(request, row, "recipient")


@ROUTER.get("/privacy/releases/{release}/decision")
async def whole(request: Request, actor: Officer, release: str) -> Response:
    """Show the privacy officer the whole receipt."""
    return _shown(request, await receipt_row(request, actor, release=release), "officer")


@ROUTER.get("/deliveries/{delivery}/decision/paper")
async def their_paper(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Hand the practice its edition as a PDF."""
    row = await receipt_row(request, actor, delivery=delivery)
    if row["pcmh"] != actor.organisation:
        raise nothing()
    return _paper(request, row, "recipient")


@ROUTER.get("/privacy/releases/{release}/decision/paper")
async def whole_paper(request: Request, actor: Officer, release: str) -> Response:
    """Hand the privacy officer the whole receipt as a PDF."""
    return _paper(request, await receipt_row(request, actor, release=release), "officer")


def _paper(request: Request, row: dict[str, Any], edition: Edition) -> Response:
    world = world_of(request)
    content = as_pdf(with_proof(row, edition, world.policy), row, world.clock.now())
    headers = {"content-disposition": f'attachment; filename="{row["release"]}-receipt.pdf"'}
    return Response(content, 200, headers, "application/pdf")


def _shown(request: Request, row: dict[str, Any], edition: Edition) -> Response:
    told = with_proof(row, edition, world_of(request).policy)
    at = told["receipt"]["decided_at"]
    known = {one["rule"]: one for one in told["clauses"]}
    return page(
        request,
        "decision_receipt.html",
        row=row,
        said=told["receipt"],
        sha256=told["sha256"],
        event=told["event"],
        inside=inside(told["receipt"]),
        clauses=known,
        decided=datetime.fromisoformat(at) if at else None,
        officer=edition == "officer",
    )
