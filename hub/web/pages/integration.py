"""Integration staff: what can't be read and why, who is bound to which adapter, and coverage.

They see findings, places and counts over all MCOs, never a plan. `Plans.retry` lets a submission be
read again, with whatever adapter is bound now.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.web.guards import allowed
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/integration", include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("integration",))]
MOST = 200


@ROUTER.get("")
async def quarantined(request: Request, actor: Staff) -> Response:
    """Show every submission that can't be read, oldest first, with its findings."""
    _ = actor
    rows = await _ask(request, "console_quarantined", limit=MOST)
    return page(request, "integration_home.html", rows=rows, full=len(rows) == MOST)


@ROUTER.get("/submissions/{submission}")
async def submission(request: Request, actor: Staff, submission: str) -> Response:
    """Show one submission's findings and counts; no plan, no member."""
    _ = actor
    row = one(await _ask(request, "console_submission", submission=ours(submission)))
    return page(request, "submission.html", row=row, plans=[], sent=[], whole=False)


@ROUTER.post("/submissions/{submission}/retry")
async def retry(request: Request, actor: Staff, submission: str) -> Response:
    """Let a quarantined submission be read again."""
    if ours(submission)[:3] != "sub":
        raise nothing()
    await world_of(request).plans.retry(actor, submission)
    return back("/integration", "retried")


@ROUTER.get("/senders")
async def senders(request: Request, actor: Staff) -> Response:
    """Show each sender's adapters, and how much of what they sent was mapped."""
    _ = actor
    return page(
        request,
        "integration_senders.html",
        rows=await _ask(request, "console_senders"),
        coverage=await _ask(request, "console_coverage"),
        recent=await _ask(request, "console_submissions", cursor=None, limit=25),
    )


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
