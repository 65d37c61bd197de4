"""What became of what was handed in: submissions, their receipts, and plans as they were read.

The sender sees its own, the hub's staff see all; row-level security decides, not these routes.
`hub.web.application` includes `ROUTER`. Nothing here changes anything.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.canonical.wire import tidy
from hub.changes import told
from hub.receipts import receipt, summary
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import Cursor, Limit, next_page, one, ours, reply, state_of
from hub.web.submit import PATH
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1", tags=["submissions"])
Reads = Annotated[
    Actor,
    allowed(scopes=("submissions.read",), roles=("mco", "privacy", "integration", "operations")),
]
ReadsPlans = Annotated[Actor, allowed(scopes=("submissions.read",), roles=("mco", "privacy"))]


@ROUTER.get("/submissions", responses=shown("submissions"))
async def list_submissions(
    request: Request,
    actor: Reads,
    state: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List your submissions, newest first."""
    rows = await world_of(request).desk.ask(
        "submissions_page",
        organisation_of(actor),
        state=state_of("submission", state),
        cursor=None if cursor is None else ours(cursor),
        limit=limit,
    )
    following = next_page(PATH, rows, limit, state=state)
    return reply({"submissions": [summary(row) for row in rows], "next": following})


@ROUTER.get("/submissions/{submission}", responses=shown("receipt"))
async def read_submission(request: Request, actor: Reads, submission: str) -> Response:
    """Say what became of a submission: findings, plans, whose turn it is, who took them."""
    found = await _receipt(request, actor, submission)
    links = {"self": f"{PATH}/{found['submission']}"}
    links["receipt"] = f"{links['self']}/receipt"
    return reply({**found, "links": links})


@ROUTER.get("/submissions/{submission}/receipt", responses=shown("receipt"))
async def read_receipt(request: Request, actor: Reads, submission: str) -> Response:
    """Return the receipt, byte for byte what an SFTP sender finds beside its file."""
    return reply(await _receipt(request, actor, submission))


async def _receipt(request: Request, actor: Actor, submission: str) -> dict[str, Any]:
    desk, scope = world_of(request).desk, organisation_of(actor)
    row = one(await desk.ask("submission_by_id", scope, submission=ours(submission)))
    first = row["duplicate_of"] or row["id"]
    plans = await desk.ask("plans_of_submission", scope, submission=first)
    deliveries = await desk.ask("deliveries_of_submission", scope, submission=first)
    return receipt(row, plans, deliveries)


@ROUTER.get("/plans/{plan}", responses=shown("plan"))
async def read_plan(request: Request, actor: ReadsPlans, plan: str) -> Response:
    """Return a plan as it was read, in schema icp/1; recorded as viewed."""
    found = await world_of(request).plans.plan(actor, ours(plan))
    return Response(tidy(found), media_type="application/json")


@ROUTER.get("/plans/{plan}/changes", responses=shown("plan_changes"))
async def read_plan_changes(request: Request, actor: ReadsPlans, plan: str) -> Response:
    """Say what a plan changes since the version before, as both were read; recorded as viewed."""
    plans = world_of(request).plans
    found = await plans.plan(actor, ours(plan))
    before = await plans.earlier(actor, plan)
    return reply({"plan": plan, **told(before, found)})
