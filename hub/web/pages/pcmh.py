"""A delivered plan as its practice handles it: read, acknowledge, answer.

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
from hub.canonical import Plan
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
from hub.web.world import requests_of, worklist_of, world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
ANSWERS = tuple(AGREEMENT)


@ROUTER.get("/deliveries/{delivery}")
async def read(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Show a delivered plan and record that it was opened."""
    row = await addressed(request, actor, delivery)
    plan = await world_of(request).reception.plan(actor, row["id"])
    await world_of(request).reception.shown(actor, row["id"])
    return await _shown(request, actor, row, plan)


@ROUTER.get("/deliveries/{delivery}/document")
async def document(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Hand out the released document, byte for byte."""
    row = await addressed(request, actor, delivery)
    content, media_type, name = await world_of(request).reception.content(actor, row["id"])
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(content, 200, headers, media_type)


@ROUTER.post("/deliveries/{delivery}/acknowledge")
async def acknowledge(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Record that a named person of the practice took the plan."""
    row = await addressed(request, actor, delivery)
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
    row = await addressed(request, actor, delivery)
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
        colleagues=await worklist_of(request).colleagues(actor),
        handed=await worklist_of(request).handed(actor, row["id"]),
        before=before,
        changes=by_part(before, plan),
        returned=await requests_of(request).returned(actor, row["id"]),
        most=world_of(request).settings.max_bytes,
        now=world_of(request).clock.now(),
    )


async def addressed(request: Request, actor: Actor, delivery: str) -> dict[str, Any]:
    """Return a delivery to the actor's own practice; `Refused` 404 for everybody else's."""
    given = {"delivery": ours(delivery)}
    row = one(await world_of(request).desk.ask("console_delivery", actor.organisation, **given))
    if row["pcmh"] != actor.organisation:
        raise nothing()
    return row
