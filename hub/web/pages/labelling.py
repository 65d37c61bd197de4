"""Labels before people: where each comes from, raised by anybody, lowered by the officer (HR-21).

`/plans/{plan}/labels` is the sender's and the officer's; `/deliveries/{delivery}/sensitive` is the
practice's, which raises what it was given and sees no label.
"""

from typing import Annotated, Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.canonical import Plan
from hub.errors import Refused
from hub.foreseeing import part_words
from hub.labels import CHANGEABLE
from hub.labels.asking import Labels, LabelWish
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.pages import wording
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import world_of
from hub.withholding.anatomy import FRAME, list_of, own_parts, unit_pointers

ROUTER = APIRouter(include_in_schema=False)
Readers = Annotated[Actor, allowed(roles=("mco", "privacy"))]
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
LONGEST = 2000
_SHOWN = {409, 422}
_CATEGORIES = {name: words for name, words in wording.CATEGORIES.items() if name in CHANGEABLE}


@ROUTER.get("/plans/{plan}/labels")
async def labels(request: Request, actor: Readers, plan: str) -> Response:
    """Show each element of a plan with its labels and what each stands on; recorded as viewed."""
    return await _labels(request, actor, ours(plan))


@ROUTER.post("/plans/{plan}/labels")
async def change(request: Request, actor: Readers, plan: str) -> Response:
    """Raise or lower one element's label; what is held or queued is decided again."""
    form, found = await form_of(request), ours(plan)
    try:
        direction = form.one("direction", "Raise or lower", ("raise", "lower"))
        wish = LabelWish(
            cast("Any", direction),
            form.text("element", "Element", wanted=True),
            form.text("digest", "Element", wanted=True),
            (form.one("category", "Kind of content", _CATEGORIES),),
            form.text("reason", "Why", longest=LONGEST),
        )
        await _port(request).change(actor, found, wish)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _labels(request, actor, found, refusal)
    return back(f"/plans/{found}/labels", "raised" if direction == "raise" else "lowered")


async def _labels(
    request: Request, actor: Actor, plan: str, refusal: Refused | None = None
) -> Response:
    world = world_of(request)
    row = one(await world.desk.ask("console_plan", organisation_of(actor), plan=plan))
    content = await world.plans.plan(actor, plan)
    shown = {each.element: each for each in await _port(request).of_plan(actor, plan)}
    rows = [{**part, "label": shown[part["pointer"]]} for part in _parts(content, set(shown))]
    return page(
        request,
        "labels.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        marked=[one for one in rows if set(one["label"].categories) - {"general"}],
        plain=[one for one in rows if not set(one["label"].categories) - {"general"}],
        categories=_CATEGORIES,
        officer="privacy" in actor.roles,
    )


def _parts(plan: Plan, wanted: set[str]) -> list[dict[str, Any]]:
    """Return the elements a person may label: pointer, what it is, what it says."""
    parts, found = own_parts(plan), []
    for at in unit_pointers(plan):
        if at in wanted and at in parts and at not in FRAME:
            text, more = part_words(parts[at])
            name = wording.part(list_of(at))
            found.append({"pointer": at, "part": name, "text": text, "more": more})
    return found


@ROUTER.get("/deliveries/{delivery}/sensitive")
async def sensitive(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Let a practice say that something it was given is sensitive."""
    return await _sensitive(request, actor, ours(delivery))


@ROUTER.post("/deliveries/{delivery}/sensitive")
async def say_so(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Raise the label of one element from the practice that has the plan."""
    form, found = await form_of(request), ours(delivery)
    try:
        element = form.text("element", "Which part", wanted=True)
        category = form.one("category", "Kind of content", _CATEGORIES)
        await _port(request).raised_there(actor, found, element, (category,))
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _sensitive(request, actor, found, refusal)
    return back("/worklist", "raised")


async def _sensitive(
    request: Request, actor: Actor, delivery: str, refusal: Refused | None = None
) -> Response:
    content = await world_of(request).reception.plan(actor, delivery)
    return page(
        request,
        "sensitive.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        delivery=delivery,
        parts_of=_parts(content, set(unit_pointers(content))),
        categories=_CATEGORIES,
    )


def _port(request: Request) -> Labels:
    found = world_of(request).labels
    if found is None:
        raise nothing()
    return found
