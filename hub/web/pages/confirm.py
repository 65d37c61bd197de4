"""The confirm queue: doubtful values beside their source; a person confirms, corrects or rejects.

For integration staff and, for their own plans, the sending MCO. Each decision is recorded with who
and when; with the last one the plan goes on by itself. A consent is never confirmed here.
"""

from typing import Annotated, Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub import doubting
from hub.asked import Actor, Doubtful, Settled
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.pages import sources
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/confirm", include_in_schema=False)
Staff = Annotated[Actor, allowed(roles=("mco", "integration"))]
MOST = 200
_LONG = 2000
_DIGEST = 64


@ROUTER.get("")
async def waiting(request: Request, actor: Staff) -> Response:
    """List plans that wait for somebody to compare doubtful values, oldest first."""
    asked = {"states": ["doubtful"], "limit": MOST}
    rows = await world_of(request).desk.ask("console_waiting", organisation_of(actor), **asked)
    return page(request, "confirm_home.html", rows=rows)


@ROUTER.get("/{plan}")
async def compare(request: Request, actor: Staff, plan: str) -> Response:
    """Show a plan's doubtful values, each beside its source; recorded as viewed."""
    return await _shown(request, actor, await _doubtful(request, actor, plan))


@ROUTER.post("/{plan}")
async def settle(request: Request, actor: Staff, plan: str) -> Response:
    """Record what a person decided about one value."""
    form = await form_of(request)
    try:
        left = await world_of(request).confirming.settle(actor, ours(plan), _settled(form))
    except Refused as refusal:
        if refusal.status != 422:  # noqa: PLR2004  # what was typed is wrong
            raise
        shown = await _doubtful(request, actor, plan)
        return await _shown(request, actor, shown, refusal=refusal, form=form)
    return back(f"/confirm/{plan}", "one_settled") if left else back("/confirm", "settled")


@ROUTER.get("/{plan}/source/{number}")
async def source(request: Request, actor: Staff, plan: str, number: str) -> Response:
    """Return the picture of the page around a doubtful value."""
    if not number.isascii() or not number.isdigit() or len(number) > 4:  # noqa: PLR2004  # four digits
        raise nothing()
    shown = await _doubtful(request, actor, plan)
    picture = await sources.clipped(request, shown, int(number))
    return Response(picture, media_type="image/png", headers={"cache-control": "no-store"})


async def _doubtful(request: Request, actor: Actor, plan: str) -> Doubtful:
    return await world_of(request).confirming.doubtful(actor, ours(plan))


def _settled(form: Form) -> Settled:
    decision = cast("doubting.Decision", form.one("decision", "What it is", _DECISIONS))
    number = form.text("number", "Which value", wanted=True)
    if not number.isascii() or not number.isdigit():
        raise Refused("incomplete", "choose which value", status=422)
    changing = decision != "confirm"
    return Settled(
        digest=form.text("digest", "The plan", longest=_DIGEST, wanted=True),
        number=int(number),
        decision=decision,
        value=form.text("value", "New value", longest=_LONG, wanted=decision == "correct"),
        target=form.text("target", "Where it belongs"),
        reason=form.text("reason", "Reason", longest=_LONG, wanted=changing),
    )


_DECISIONS = ("confirm", "correct", "reject")


async def _shown(
    request: Request,
    actor: Actor,
    shown: Doubtful,
    *,
    refusal: Refused | None = None,
    form: Form | None = None,
) -> Response:
    texts = await sources.excerpts(request, shown)
    plan = shown.plan
    return page(
        request,
        "confirm_plan.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        shown=shown,
        rows=[_row(shown, one, text) for one, text in zip(shown.doubts, texts, strict=True)],
        typed=form.typed() if form is not None else {},
        member=doubting.words_at(plan, "/member/name"),
        settled=await world_of(request).desk.ask(
            "console_settled", organisation_of(actor), plan=shown.id
        ),
        targets=doubting.PLACES_FOR,
        because=doubting.BECAUSE,
    )


def _row(shown: Doubtful, doubt: doubting.Doubt, text: str) -> dict[str, Any]:
    return {
        "doubt": doubt,
        "label": doubting.label(doubt.pointer),
        "words": doubting.words_at(shown.plan, doubt.pointer),
        "text": text,
    }
