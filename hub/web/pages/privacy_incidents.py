"""Incidents: report one, see its clocks, record what is done, close it by name; recalls.

The practice's own page of recalls stands here too: it sees what it is asked to destroy or return,
and answers by name. Nothing said about an incident stands in an address or an event.
"""

from datetime import UTC, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub import incidents as known
from hub.asked import Actor
from hub.errors import Refused
from hub.hours import day_of
from hub.officer import Reported, Step
from hub.web.guards import allowed
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
MOST = 100
LONGEST = 2000


@ROUTER.get("/privacy/incidents")
async def incidents(request: Request, actor: Officer) -> Response:
    """Show open incidents with their clocks, deliveries that may be one, and closed ones."""
    _ = actor
    officer, now = officer_of(request), world_of(request).clock.now()
    open_ = await officer.incidents(closed=False)
    for row in open_:
        _, steps = await officer.incident(row["id"])
        row["clocks"] = [one for one in known.clocks(row, steps) if one.done_at is None]
    return page(
        request,
        "privacy_incidents.html",
        open=open_,
        closed=await officer.incidents(closed=True),
        suspects=await officer.suspects(MOST),
        known=known,
        now=now,
    )


@ROUTER.get("/privacy/members/{member}/incident")
async def ask(request: Request, actor: Officer, member: str, delivery: str = "") -> Response:
    """Show the form that reports an incident about a member, from a delivery or by hand."""
    _ = actor
    return await _form(request, ours(member), ours(delivery) if delivery else "")


async def _form(
    request: Request,
    member: str,
    delivery: str,
    refusal: Refused | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    desk = world_of(request).desk
    row = one(await desk.ask("console_member", None, member=member))
    sent = None
    if delivery:
        sent = one(await desk.ask("officer_delivery", None, delivery=delivery, member=member))
    parties = await desk.ask("console_parties", None)
    return page(
        request,
        "privacy_incident_form.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        sent=sent,
        practices=[one for one in parties if one["kind"] == "pcmh"],
        causes=known.CAUSES,
        typed=typed or {},
        today=day_of(world_of(request).clock.now()).isoformat(),
    )


@ROUTER.post("/privacy/members/{member}/incident")
async def report(request: Request, actor: Officer, member: str) -> Response:
    """Open an incident; what is queued to that practice for the member stops."""
    form, member = await form_of(request), ours(member)
    delivery = form.text("delivery", "Delivery")
    try:
        reported = _reported(form, member, delivery, world_of(request).clock.now())
        made = await officer_of(request).open_incident(actor, reported)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _form(request, member, delivery, refusal, form.typed())
    return back(f"/privacy/incidents/{made}", "incident")


def _reported(form: Form, member: str, delivery: str, now: datetime) -> Reported:
    found = form.day("found_on", "Found on")
    if found is not None and found > day_of(now):
        raise Refused("in_the_future", "“Found on” lies in the future", status=422)
    at = now
    if found is not None and found < day_of(now):
        at = datetime.combine(found, time(), tzinfo=UTC)
    return Reported(
        member=member,
        pcmh=ours(form.text("pcmh", "Who got it", wanted=True)),
        delivery=ours(delivery) if delivery else None,
        cause=form.one("cause", "What went wrong", known.CAUSES),
        told=form.text("told", "What happened", longest=LONGEST, wanted=True),
        found_at=at,
    )


@ROUTER.get("/privacy/incidents/{incident}")
async def incident(request: Request, actor: Officer, incident: str) -> Response:
    """Show an incident: what happened, its clocks, what was done, what is still missing."""
    _ = actor
    return await _incident(request, ours(incident))


async def _incident(request: Request, incident: str, refusal: Refused | None = None) -> Response:
    row, steps = await officer_of(request).incident(incident)
    did = {step["kind"] for step in steps}
    return page(
        request,
        "privacy_incident.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        steps=steps,
        did=did,
        clocks=known.clocks(row, steps),
        missing=known.missing(steps, row["conclusion"] or "not_a_breach"),
        known=known,
        now=world_of(request).clock.now(),
    )


@ROUTER.post("/privacy/incidents/{incident}")
async def step(request: Request, actor: Officer, incident: str) -> Response:
    """Record what was done about an incident."""
    form, incident = await form_of(request), ours(incident)
    try:
        kind = form.one("kind", "What was done", known.STEPS)
        choice = form.text("choice", "How it came out")
        factor = kind in known.FACTORS or kind == "closed"
        words = form.text("words", "In your own words", longest=LONGEST, wanted=factor)
        await officer_of(request).step(actor, incident, Step(kind, choice, words))
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _incident(request, incident, refusal)
    return back(f"/privacy/incidents/{incident}", "step")


@ROUTER.get("/recalls")
async def recalls(request: Request, actor: Pcmh) -> Response:
    """Show a practice what it is asked to destroy or return."""
    return await _recalls(request, actor)


async def _recalls(request: Request, actor: Actor, refusal: Refused | None = None) -> Response:
    rows = await officer_of(request).recalls(actor)
    status = refusal.status if refusal else 200
    alert = refusal.detail if refusal else None
    given: dict[str, Any] = {"rows": rows, "answers": known.ANSWERS, "alert": alert}
    return page(request, "recalls.html", status, **given)


@ROUTER.post("/recalls/{incident}")
async def answer(request: Request, actor: Pcmh, incident: str) -> Response:
    """Record a practice's answer to a recall, by a named person."""
    form = await form_of(request)
    if ours(incident) not in {row["id"] for row in await officer_of(request).recalls(actor)}:
        raise nothing()
    try:
        choice = form.one("choice", "What became of it", known.ANSWERS)
        name = form.text("name", "Your name", wanted=True)
        await officer_of(request).answer_recall(actor, incident, choice, name)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _recalls(request, actor, refusal)
    return back("/recalls", "recalled")
