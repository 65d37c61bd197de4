"""One consent on its page: what it says, what is wrong by clause, its history, its scan, its copy.

The privacy officer's. The form leads here; from here it is revoked, replaced by a newer form, ended
by its event, and completed by the scan of its paper. A record itself is never edited.
"""

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.comparing import ZONE, chain
from consent.registry import lapse, local_day
from hub.asked import Actor
from hub.consents.scans import kind_of_scan
from hub.errors import Refused
from hub.web.consent_bodies import faults_of
from hub.web.guards import allowed
from hub.web.multipart import OneFile
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import one, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/privacy", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
SCANS = "/privacy/scans/"
_SHOWN = {409, 413, 415, 422, 400}


@ROUTER.get("/consents/{consent}")
async def show(request: Request, actor: Officer, consent: str) -> Response:
    """Show a consent with its faults, its chain and everything that was stamped on it."""
    world = world_of(request)
    found = ours(consent)
    _, mco = await world.registry.owner(found)
    await world.registry.told(actor, "consent.viewed", found, mco, part="page")
    return await _shown(request, found)


async def _shown(request: Request, consent: str, refusal: Refused | None = None) -> Response:
    world = world_of(request)
    made = await world.registry.consent(consent)
    known = await world.registry.of_member(made.member)
    now = world.clock.now()
    asked = await world.desk.ask("console_member", None, member=made.member)
    return page(
        request,
        "consent.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=one(asked),
        c=made,
        lapse=lapse(made, now, ZONE),
        faults=faults_of(made, now, world.policy),
        chain=[found for found in chain(made.id, known) if found.id != made.id],
        history=await _history(request, consent),
        names=await _names(request),
        today=local_day(now, ZONE).isoformat(),
    )


async def _history(request: Request, consent: str) -> list[dict[str, Any]]:
    """Return what was stamped on a consent, oldest first, with the names of who did it."""
    versions = await world_of(request).registry.history(consent)
    actors = [one.actor for one in versions]
    rows = await world_of(request).desk.ask("console_actors", None, actors=actors)
    names = {row["id"]: row["name"] for row in rows}
    return [
        {"kind": one.kind, "at": one.at, "who": names.get(one.actor, one.actor)} for one in versions
    ]


async def _names(request: Request) -> dict[str, str]:
    desk = world_of(request).desk
    parties = await desk.ask("console_parties", None)
    people = await desk.ask("console_contacts", None)
    return {one["id"]: one["name"] for one in (*parties, *people)} | {"hub": "This hub"}


@ROUTER.post("/consents/{consent}/event")
async def happened(request: Request, actor: Officer, consent: str) -> Response:
    """Record that the event a consent ends with occurred; what is queued under it stops."""
    form, world, found = await form_of(request), world_of(request), ours(consent)
    try:
        at = _occurred(form, world.clock.now())
        await world.registry.happened(actor, found, at)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, found, refusal)
    return back(f"/privacy/consents/{found}", "ended")


def _occurred(form: Form, now: datetime) -> datetime:
    """Return the instant an event occurred: the beginning of its day in the members' zone."""
    day = form.day("on", "Occurred on")
    if day is None or day > local_day(now, ZONE):
        raise Refused("day", "say on which day it occurred; not after today", status=422)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(ZONE))


@ROUTER.post("/scans/{consent}")
async def scan(request: Request, actor: Officer, consent: str) -> Response:
    """Attach the scan of the signed paper, once."""
    world, found = world_of(request), ours(consent)
    try:
        content, _ = await file_of(request)
        media_type = kind_of_scan(content)
        (stored,) = await world.vault.put_many([content])
        await world.registry.attach(actor, found, stored.digest, media_type, stored.size)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, found, refusal)
    return back(f"/privacy/consents/{found}", "scanned")


async def file_of(request: Request) -> tuple[bytes, OneFile]:
    """Return the bytes of a form's one file, and the form; `Refused` 400 or 413."""
    form, content = OneFile(request.headers.get("content-type", "")), bytearray()
    most = world_of(request).settings.max_bytes
    async for chunk in request.stream():
        for part in form.feed(chunk):
            content += part
            if len(content) > most:
                raise Refused("too_large", "the file is too large", status=413)
    form.end()
    if not content:
        raise Refused("empty", "choose a file that isn't empty", status=422)
    return bytes(content), form
