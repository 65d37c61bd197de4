"""The practice's worklist over all MCOs, and a delivered plan: read, acknowledge, answer.

Plan content comes through `Reception`, which asks consent again and records each access; when
consent no longer permits it, the person is told so. The addressed practice alone gets in.
"""

from dataclasses import replace
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.answers import AGREEMENT, CODES
from hub.asked import Actor
from hub.canonical import Plan, each, said
from hub.changes import by_part
from hub.correspondence import AnswerKind, Given
from hub.errors import Refused
from hub.render.pdf_view import view
from hub.web.guards import allowed
from hub.web.pages.covering import cover_of
from hub.web.pages.filled import form_of
from hub.web.pages.proposing import LISTS, beside, items, proposed
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
MOST = 100
ANSWERS = tuple(AGREEMENT)
_LATE = "9999"


@ROUTER.get("/worklist")
async def worklist(request: Request, actor: Pcmh) -> Response:
    """List the practice's plans: not yet taken first, then by due date."""
    desk = world_of(request).desk
    rows = await desk.ask("console_worklist", actor.organisation, limit=MOST)
    (home,) = await desk.ask(
        "console_organisation", actor.organisation, whose=actor.organisation
    ) or [{"name": ""}]
    for row in rows:
        row["ask"] = await _first_ask(request, actor, row)
    open_ = [row for row in rows if row["acknowledged_at"] is None]
    taken = [row for row in rows if row["acknowledged_at"] is not None]
    return page(
        request,
        "worklist.html",
        open=open_,
        taken=taken,
        home=home["name"],
        full=len(rows) == MOST,
        now=world_of(request).clock.now(),
    )


async def _first_ask(request: Request, actor: Actor, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what a plan asks of the practice first; None when it may not be opened any more.

    Rows that were answered need nothing more and are not opened for the list.
    """
    if row["state"] == "answered":
        return {"text": "", "due": "", "more": 0}
    try:
        plan = await world_of(request).reception.plan(actor, row["id"], listed=True)
    except Refused:
        return None
    asked = _asked(plan)
    if not asked:
        return {"text": "", "due": "", "more": 0}
    text, due = asked[0]
    return {"text": text, "due": due, "more": len(asked) - 1}


def _asked(plan: Plan) -> list[tuple[str, str]]:
    """Return (words, due) of what the practice is asked, by due; its interventions come last."""
    asks = [(said(a.text), said(a.due)) for a in plan.asks if a.of in {None, "pcmh"}]
    asks.sort(key=lambda one: one[1] or _LATE)
    given = [(said(i.text), "") for i in each(plan.interventions) if i.responsible == "pcmh"]
    known = {text for text, _ in asks}
    return asks + [one for one in given if one[0] not in known]


@ROUTER.get("/deliveries/{delivery}")
async def read(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Show a delivered plan and record that it was opened."""
    row = await _addressed(request, actor, delivery)
    plan = await world_of(request).reception.plan(actor, row["id"])
    await world_of(request).reception.shown(actor, row["id"])
    return await _shown(request, actor, row, plan)


@ROUTER.get("/deliveries/{delivery}/document")
async def document(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Hand out the released document, byte for byte."""
    row = await _addressed(request, actor, delivery)
    content, media_type, name = await world_of(request).reception.content(actor, row["id"])
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, 200, headers, media_type)


@ROUTER.post("/deliveries/{delivery}/acknowledge")
async def acknowledge(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Record that a named person of the practice took the plan."""
    row = await _addressed(request, actor, delivery)
    form = await form_of(request)
    try:
        name = form.text("name", "Your name", wanted=True)
        await world_of(request).reception.acknowledge(actor, row["id"], name)
    except Refused as refusal:
        return await _again(request, actor, row, refusal)
    return back(f"/deliveries/{row['id']}", "acknowledged")


@ROUTER.post("/deliveries/{delivery}/answer")
async def answer(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Record the practice's answer; a dispute and "cannot reach" need a reason."""
    row = await _addressed(request, actor, delivery)
    form = await form_of(request)
    try:
        kind = cast("AnswerKind", form.one("kind", "Your answer", ANSWERS))
        name = form.text("name", "Your name", wanted=True)
        reason = form.text("reason", "Reason", longest=2000)
        code = form.text(f"code-{kind}", "Which", longest=40)
        given = Given(kind, name, reason, code)
        if kind == "propose":
            plan = await world_of(request).reception.plan(actor, row["id"])
            given = replace(given, changes=proposed(form, plan))
        await world_of(request).reception.answer(actor, row["id"], given)
    except Refused as refusal:
        return await _again(request, actor, row, refusal, form.typed())
    if kind == "return":
        return back("/worklist", "returned")
    return back(f"/deliveries/{row['id']}", "answered")


async def _again(
    request: Request,
    actor: Actor,
    row: dict[str, Any],
    refusal: Refused,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    """Show the plan again with what was wrong; anything but a field is the refusal itself."""
    if refusal.status not in {409, 422}:
        raise refusal
    plan = await world_of(request).reception.plan(actor, row["id"])
    return await _shown(request, actor, row, plan, (refusal, typed or {}))


async def _shown(
    request: Request,
    actor: Actor,
    row: dict[str, Any],
    plan: Plan,
    wrong: tuple[Refused | None, dict[str, list[str]]] = (None, {}),
) -> Response:
    refusal, typed = wrong
    before = await world_of(request).reception.earlier(actor, row["id"])
    known = await world_of(request).registry.of_member(row["member"])
    return page(
        request,
        "delivery.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        plan=view(plan, cover_of(row, known)),
        lists=LISTS,
        typed=typed,
        codes=CODES,
        items=items(plan),
        said=[
            {"one": one, "changes": beside(one.changes)}
            for one in await world_of(request).reception.said(actor, row["id"])
        ],
        before=before,
        changes=by_part(before, plan),
        now=world_of(request).clock.now(),
    )


async def _addressed(request: Request, actor: Actor, delivery: str) -> dict[str, Any]:
    """Return a delivery to the actor's own practice; `Refused` 404 for everybody else's."""
    given = {"delivery": ours(delivery)}
    row = one(await world_of(request).desk.ask("console_delivery", actor.organisation, **given))
    if row["pcmh"] != actor.organisation:
        raise nothing()
    return row
