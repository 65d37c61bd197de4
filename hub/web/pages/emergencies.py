"""Break-glass: a clinician opens a plan in an emergency; the privacy officer reviews it afterwards.

42 CFR 2.51: medical personnel may have what they need without consent, and what happened is
recorded at once: who, affiliation, when, the nature of the emergency. The member is named exactly,
never searched for, and the plan is shown to the one who invoked it for an hour.
"""

from typing import Annotated, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.foreseeing import emergency
from hub.officer import EmergencyReason, Invoked, Review
from hub.render.pdf_view import view
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.covering import cover_as_read
from hub.web.pages.filled import Form, form_of
from hub.web.pages.privacy_releases import explained
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
Officer = Annotated[Actor, allowed(roles=("privacy",))]
LONGEST = 2000


@ROUTER.get("/emergency")
async def ask(request: Request, actor: Pcmh) -> Response:
    """Show what must be said before a plan is opened in an emergency."""
    return await _form(request, actor)


async def _form(
    request: Request,
    actor: Actor,
    refusal: Refused | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    return page(
        request,
        "emergency.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        open=await officer_of(request).own_emergencies(actor),
        reasons=wording.EMERGENCIES,
        typed=typed or {},
    )


@ROUTER.post("/emergency")
async def invoke(request: Request, actor: Pcmh) -> Response:
    """Record an emergency, then open the plan; refused with a reason when no rule permits it."""
    form = await form_of(request)
    try:
        made = await _opened(request, actor, _invoked(form))
    except Refused as refusal:
        if refusal.status not in {403, 409, 422}:
            raise
        return await _form(request, actor, refusal, form.typed())
    return back(f"/emergency/{made[0]}" if len(made) == 1 else "/emergency", "emergency")


async def _opened(request: Request, actor: Actor, invoked: Invoked) -> list[str]:
    """Open every plan of the person that a rule lets be opened; `Refused` 403 when none does."""
    officer, made, refused = officer_of(request), [], None
    for sight in await officer.emergency_sights(actor, invoked):
        try:
            opened = emergency(sight, actor.organisation, world_of(request).clock.now())
        except Refused as refusal:
            await officer.emergency_denied(actor, sight)
            refused = refusal
            continue
        made.append(await officer.open_emergency(actor, sight, invoked, opened))
    if not made:
        raise refused or Refused("emergency_denied", "no plan may be opened so", status=403)
    return made


def _invoked(form: Form) -> Invoked:
    born = form.day("born", "Birth date")
    if born is None or not form.ticked("attested"):
        lacks = "the member's birth date" if born is None else "that consent can't be obtained"
        raise Refused("incomplete", f"say {lacks}", status=422)
    reason = form.one("reason", "Why", wording.EMERGENCIES)
    return Invoked(
        name=form.text("name", "Your name", wanted=True),
        affiliation=form.text("affiliation", "Your affiliation", wanted=True),
        reason=cast("EmergencyReason", reason),
        nature=form.text("nature", "Nature of the emergency", longest=LONGEST, wanted=True),
        family=form.text("family", "Family name", wanted=True),
        birth_date=born.isoformat(),
        number=form.text("number", "Member id or Medicaid id", wanted=True),
    )


@ROUTER.get("/emergency/{emergency}")
async def read(request: Request, actor: Pcmh, emergency: str) -> Response:
    """Show the plan to whoever invoked it, while its time lasts."""
    plan, row = await officer_of(request).emergency_plan(actor, ours(emergency))
    about = {**row, "sender_npi": "", "practice": None, "contact": row["name"]}
    shown = view(plan, cover_as_read(about, row["at"]))
    return page(request, "emergency_plan.html", row=row, plan=shown)


@ROUTER.get("/privacy/emergencies")
async def queue(request: Request, actor: Officer) -> Response:
    """Show emergencies that wait for a review, and those that were reviewed."""
    _ = actor
    return await _queue(request)


async def _queue(request: Request, refusal: Refused | None = None) -> Response:
    officer = officer_of(request)
    waiting = await officer.emergencies(reviewed=False)
    for row in waiting:
        row["reasons"] = explained(row["decision"])
    return page(
        request,
        "privacy_emergencies.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        waiting=waiting,
        reviewed=await officer.emergencies(reviewed=True),
        reasons=wording.EMERGENCIES,
        outcomes=wording.REVIEWS,
    )


@ROUTER.post("/privacy/emergencies/{emergency}")
async def review(request: Request, actor: Officer, emergency: str) -> Response:
    """Record the outcome of a review, with its reason."""
    form = await form_of(request)
    try:
        outcome = cast("Review", form.one("outcome", "Outcome", wording.REVIEWS))
        note = form.text("note", "Why", longest=LONGEST, wanted=True)
        await officer_of(request).review(actor, ours(emergency), outcome, note)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _queue(request, refusal)
    return back("/privacy/emergencies", "reviewed")
