"""Operations: one screen of what is late, stuck or failing and whose turn it is; rosters.

Nothing of a plan is shown here but ids, states and codes. Naming an unmatched plan's member is
picking a row of its sender's roster; a roster is searched by form, never by address.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.clocks import LADDER, SAYS
from hub.errors import Refused
from hub.lifecycle import STATES
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/operations", include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("operations",))]
MOST = 200


@ROUTER.get("")
async def overview(request: Request, actor: Staff) -> Response:
    """Show everything that waits for a person, oldest first, and how the line stands."""
    _ = actor
    stuck = await _ask(request, "console_waiting", states=["unmatched", "unroutable"], limit=MOST)
    head = await _ask(request, "head_newest")
    due = await _ask(request, "oldest_due")
    return page(
        request,
        "operations_home.html",
        unmatched=[row for row in stuck if row["state"] == "unmatched"],
        unroutable=[row for row in stuck if row["state"] == "unroutable"],
        trying=await _ask(request, "console_trying", limit=MOST),
        silent=await _silent(request),
        lost=await _deliveries(request, "undeliverable"),
        paused=await _ask(request, "console_paused"),
        notices=await _ask(request, "console_unsent_notices"),
        turns=_turns(await _ask(request, "console_turns")),
        due=due[0]["seconds"],
        head=head[0] if head else None,
    )


async def _silent(request: Request) -> list[dict[str, Any]]:
    """Return silences with what each means and how far up its ladder it is."""
    rows = await _ask(request, "console_silent", limit=MOST)
    return [{**row, "says": SAYS[row["clock"]], "steps": len(LADDER[row["clock"]])} for row in rows]


def _turns(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the states with something in them, in the lifecycle's order, with whose turn it is."""
    found = {(row["noun"], row["state"]): row for row in rows}
    return [
        {**found[state.noun, state.name], "turn": state.turn, "meaning": state.meaning}
        for state in STATES
        if (state.noun, state.name) in found
    ]


@ROUTER.post("/retry/{noun}")
async def retry(request: Request, actor: Staff, noun: str) -> Response:
    """Let an unroutable plan or an undeliverable delivery go again."""
    if ours(noun)[:3] not in {"pln", "del"}:
        raise nothing()
    await world_of(request).plans.retry(actor, noun)
    return back("/operations", "retried")


@ROUTER.get("/plans/{plan}")
async def unmatched(request: Request, actor: Staff, plan: str) -> Response:
    """Show why a plan's member is unclear, and the search of its sender's roster."""
    _ = actor
    return await _candidates(request, await _plan(request, plan))


@ROUTER.post("/plans/{plan}/candidates")
async def candidates(request: Request, actor: Staff, plan: str) -> Response:
    """Search the sender's roster for the member."""
    _ = actor
    row = await _plan(request, plan)
    form = await form_of(request)
    try:
        words = form.text("words", "Name or id", wanted=True)
    except Refused as refusal:
        return await _candidates(request, row, refusal=refusal)
    return await _candidates(request, row, words)


@ROUTER.post("/plans/{plan}/member")
async def resolve(request: Request, actor: Staff, plan: str) -> Response:
    """Name the member of an unmatched plan; it goes on from there."""
    row = await _plan(request, plan)
    form = await form_of(request)
    try:
        member = ours(form.text("member", "The member", wanted=True))
        await world_of(request).plans.resolve_member(actor, row["id"], member)
    except Refused as refusal:
        return await _candidates(request, row, refusal=refusal)
    return back("/operations", "resolved")


@ROUTER.get("/rosters")
async def rosters(request: Request, actor: Staff) -> Response:
    """List roster files: what each changed, or why it was refused whole."""
    _ = actor
    rows = await _ask(request, "console_rosters", limit=MOST)
    return page(request, "operations_rosters.html", rows=rows)


async def _plan(request: Request, plan: str) -> dict[str, Any]:
    row = one(await _ask(request, "console_plan", plan=ours(plan)))
    if row["state"] != "unmatched":
        raise Refused("not_open", "this plan's member is known by now", status=409)
    return row


async def _candidates(
    request: Request, row: dict[str, Any], words: str = "", refusal: Refused | None = None
) -> Response:
    given = {"words": words, "mco": row["mco"], "limit": 25}
    found = await _ask(request, "console_members", **given) if words else None
    return page(
        request,
        "operations_unmatched.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        rows=found,
        words=words,
    )


async def _deliveries(request: Request, state: str) -> list[dict[str, Any]]:
    asked = {"plan": None, "submission": None, "cursor": None, "limit": MOST}
    return await _ask(request, "console_deliveries", states=[state], **asked)


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
