"""The form that makes a request: whom it is about, what is wanted, by when.

An MCO names a member by its own number, typed, or comes from a plan; a practice comes from a plan
it got. Neither number nor name ever stands in an address. The board asks consent before it keeps
anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter, Query
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from hub.asked import Actor  # the same
from hub.errors import Refused
from hub.hours import day_of
from hub.requests import rules
from hub.requests.nouns import Opening
from hub.web.guards import allowed
from hub.web.pages.filled import Form, form_of
from hub.web.pages.requests import PATH, attempt
from hub.web.pages.shell import back, page
from hub.web.replies import one, ours
from hub.web.world import requests_of, world_of

if TYPE_CHECKING:
    from hub.requests.nouns import Field, Kind, Urgency

ROUTER = APIRouter(include_in_schema=False)
Sides = Annotated[Actor, allowed(roles=("mco", "pcmh"))]
About = Annotated[str, Query(max_length=80)]
ROWS = ("-1", "-2", "-3")
_SHOWN = {404, 409, 422}


@ROUTER.get(f"{PATH}/new")
async def new(request: Request, actor: Sides, about: About = "") -> Response:
    """Show the form, about the member of a plan or delivery where one is named."""
    return await _shown(request, actor, about)


async def _shown(
    request: Request,
    actor: Actor,
    about: str,
    refusal: Refused | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    member = await _about(request, actor, about)
    sender = "mco" in actor.roles
    board = requests_of(request)
    return page(
        request,
        "request_new.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        about=about if member else "",
        member=member,
        sender=sender,
        kinds={k: v for k, v in rules.KINDS.items() if sender or k != "plan"},
        reach=await board.reach(actor, member["member"]) if member else (),
        parties=await board.parties(actor) if sender else (),
        typed=typed or {},
        attempts=ROWS,
        today=day_of(world_of(request).clock.now()).isoformat(),
        rules=rules,
    )


async def _about(request: Request, actor: Actor, about: str) -> dict[str, Any] | None:
    """Return the member of a plan or delivery of the actor's, or None where none is named."""
    if not about:
        return None
    given = {"noun": ours(about)}
    return one(await world_of(request).desk.ask("request_about", actor.organisation, **given))


@ROUTER.post(f"{PATH}/new")
async def make(request: Request, actor: Sides) -> Response:
    """Make the request; what is wrong is told above the form, with everything still in it."""
    form = await form_of(request)
    about = form.text("about", "About", longest=80)
    try:
        made = await requests_of(request).open(actor, await _opening(request, actor, form, about))
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, actor, about, _told(refusal, about), form.typed())
    return back(f"{PATH}/{made}", "request_made")


def _told(refusal: Refused, about: str) -> Refused:
    """Return a refusal as the form tells it: a number nobody has is a field's fault."""
    if refusal.status != 404 or about:  # noqa: PLR2004  # nothing is there
        return refusal
    return Refused("member_unknown", "no member of yours has this number", status=422)


async def _opening(request: Request, actor: Actor, form: Form, about: str) -> Opening:
    kind = cast("Kind", form.one("kind", "What you ask for", rules.KINDS))
    day = form.day("due", "By when")
    correction = kind == "correction"
    return Opening(
        kind=kind,
        member=await _member(request, actor, form, about),
        name=form.text("name", "Your name", wanted=True),
        reason=form.one(f"reason-{kind}", "Why", rules.REASONS[kind]),
        to=form.text("to", "Whom", longest=80),
        urgency=cast("Urgency", form.one("urgency", "How urgent", rules.URGENCIES)),
        due=day,
        words=form.text("words", "In words", longest=rules.LONGEST),
        attempts=tuple(x for row in ROWS if kind == "outreach" and (x := attempt(form, row))),
        field=cast("Field", form.one("field", "What", rules.FIELDS)) if correction else None,
        says=form.text("says", "What is right") if correction else "",
    )


async def _member(request: Request, actor: Actor, form: Form, about: str) -> str:
    """Return the hub's id of the member; `Refused` 404 where the number is nobody's of theirs."""
    found = await _about(request, actor, about)
    if found is not None:
        return str(found["member"])
    number = form.text("member_id", "Member number", wanted=True, longest=100)
    given = {"mco": actor.organisation, "member_id": number}
    rows = await world_of(request).desk.ask("member_by_key", actor.organisation, **given)
    return str(one(rows)["id"])
