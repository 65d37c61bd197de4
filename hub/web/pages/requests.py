"""Requests in the console: what is asked of us, what we asked, and each with its next steps.

Both sides use the same pages; the board shows each what it may see and asks consent again at every
look. What may be done next is what the rules say of the request as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from hub.asked import Actor  # the same
from hub.errors import Refused
from hub.hours import day_of
from hub.requests import rules
from hub.requests.nouns import Attempt, Taken, View  # the same
from hub.web.guards import allowed
from hub.web.pages.covering import texts_of
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.world import requests_of, world_of

if TYPE_CHECKING:
    from hub.requests.nouns import Step

ROUTER = APIRouter(include_in_schema=False)
Sides = Annotated[Actor, allowed(roles=("mco", "pcmh", "provider"))]
PATH = "/requests"
MOST = 200
VIEWS = {"asked": "Asked of us", "asking": "We asked", "done": "Over"}
STEPS = ("attempt", "promise", "answer", "refuse", "withdraw", "remind")
_SHOWN = {409, 413, 422, 400}


@ROUTER.get(PATH)
async def listed(request: Request, actor: Sides, view: View = "asked") -> Response:
    """List what is open, the earliest due first, or what is over, the newest first."""
    rows = await requests_of(request).listed(actor, view, None, MOST)
    return page(
        request,
        "requests.html",
        rows=rows,
        view=view,
        tabs=[(name, label, _tab(name)) for name, label in VIEWS.items()],
        now=world_of(request).clock.now(),
        rules=rules,
    )


def _tab(view: str) -> str:
    return PATH if view == "asked" else f"{PATH}?view={view}"


@ROUTER.get(f"{PATH}/{{request_id}}")
async def read(request: Request, actor: Sides, request_id: str) -> Response:
    """Show a request with everything done about it, and what may be done next."""
    return await shown(request, actor, ours(request_id))


async def shown(
    request: Request, actor: Actor, request_id: str, refusal: Refused | None = None
) -> Response:
    """Return a request's page, with what was wrong with the form that was sent."""
    found = await requests_of(request).thread(actor, request_id)
    return page(
        request,
        "request.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=found.row,
        found=found,
        notices=texts_of(found.row["notices"], world_of(request).policy),
        steps=rules.steps(found.row, actor.organisation),
        gives=found.mine and found.row["kind"] == "plan" and found.row["state"] in _TAKES,
        most=world_of(request).settings.max_bytes,
        today=day_of(world_of(request).clock.now()).isoformat(),
        rules=rules,
    )


_TAKES = {*rules.OPEN, "answered"}


@ROUTER.post(f"{PATH}/{{request_id}}/steps/{{step}}")
async def take(request: Request, actor: Sides, request_id: str, step: str) -> Response:
    """Record a step that somebody took on a request."""
    if step not in STEPS:
        raise nothing()
    form, found = await form_of(request), ours(request_id)
    try:
        await requests_of(request).take(actor, found, _taken(form, cast("Step", step)))
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await shown(request, actor, found, refusal)
    return back(f"{PATH}/{found}", f"request_{step}")


def _taken(form: Form, step: Step) -> Taken:
    name = form.text("name", "Your name", wanted=True)
    words = form.text("words", "In words", longest=rules.LONGEST)
    if step == "attempt":
        tried = attempt(form, "")
        if tried is None:
            raise Refused("incomplete", "fill in “Day”", status=422)
        return Taken(step, name, attempt=tried)
    code = form.text("code", "Which", longest=40)
    return Taken(step, name, code, words, form.day("on", "By when"))


def attempt(form: Form, row: str) -> Attempt | None:
    """Return the attempt a form's row says, or None where its day was left empty."""
    on = form.day(f"on{row}", "Day")
    if on is None:
        return None
    how = form.one(f"how{row}", "How", rules.HOW)
    came = form.one(f"came{row}", "What came of it", rules.CAME)
    return Attempt(on, how, came, form.text(f"words{row}", "In words", longest=rules.LONGEST))
