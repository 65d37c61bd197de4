"""The privacy officer's home: what waits, held plans with what holds them, and how to resolve each.

Decisions are shown as they were made: which rule, which clause, which sentence. A plan goes again,
its sender is asked, or it is denied with a reason; each is one step and recorded.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.rules import RULES
from hub.asked import Actor
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(prefix="/privacy", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 200
DONE = {"again": "again", "ask": "asked", "deny": "denied"}


@ROUTER.get("")
async def held(request: Request, actor: Officer) -> Response:
    """Show held plans, what each waits for, and the rules that hold it."""
    _ = actor
    return await _held(request)


async def _held(request: Request, refusal: Refused | None = None) -> Response:
    desk = world_of(request).desk
    rows = await desk.ask("console_waiting", None, states=["held"], limit=MOST)
    for row in rows:
        row["rules"] = ruled(row["reason"].get("rules", ()))
    return page(
        request,
        "privacy_held.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        rows=rows,
        waiting=await officer_of(request).counts(),
        denials=wording.DENIALS,
    )


def ruled(names: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a list out of JSON
    """Return rules by id with their clause and sentence."""
    known = {one.id: one for one in RULES}
    return [
        {"id": name, "citation": known[name].citation, "sentence": known[name].sentence}
        for name in names
        if name in known
    ]


@ROUTER.post("/held/{plan}")
async def resolve(request: Request, actor: Officer, plan: str) -> Response:
    """Resolve a held plan: decide it again, ask its sender for a consent, or deny it."""
    form = await form_of(request)
    try:
        how = form.one("how", "What to do", DONE)
        why = form.one("why", "Why it does not go", wording.DENIALS) if how == "deny" else ""
        await officer_of(request).hold(actor, ours(plan), how, why)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _held(request, refusal)
    return back("/privacy", DONE[how])
