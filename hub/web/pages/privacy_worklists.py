"""Worklists of consents: ending soon, contradicting, lacking something, or one without its second.

Reads every consent that stands and asks the consent island's own functions about each.
"""

from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.forms import deficiencies
from consent.records import Policy
from consent.registry import conflicts, lapse
from hub.asked import Actor
from hub.errors import Refused
from hub.officer import Listed
from hub.web.guards import allowed
from hub.web.pages.privacy_members import ZONE, waits_for_second
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import officer_of, world_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

ROUTER = APIRouter(prefix="/privacy", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 200
EVERY = 20_000
SOON = timedelta(days=30)


@ROUTER.get("/worklists")
async def worklists(request: Request, actor: Officer) -> Response:
    """Show consents that somebody should look at."""
    _ = actor
    now = world_of(request).clock.now()
    known = await officer_of(request).consents(EVERY)
    standing = [one for one in known if lapse(one.consent, now, ZONE) != "expired"]
    return page(
        request,
        "privacy_worklists.html",
        ending=ending(standing, now),
        clashing=clashing(standing, now),
        lacking=[(one, lacks) for one in standing if (lacks := deficiencies(one.consent))],
        second=[one for one in standing if waits_for_second(one.consent)],
        full=len(known) == EVERY,
        days=SOON.days,
    )


def ending(known: "Sequence[Listed]", now: "datetime") -> list[Listed]:
    """Return consents in force now that are no more in thirty days, the first to end first."""
    found = [
        one
        for one in known
        if lapse(one.consent, now, ZONE) is None
        and lapse(one.consent, now + SOON, ZONE) == "expired"
    ]
    return sorted(found, key=lambda one: str(one.consent.expires.on or one.consent.expires.at))


def clashing(known: "Sequence[Listed]", now: "datetime") -> list[tuple[Listed, Listed]]:
    """Return (refusal, grant) pairs of one member that contradict each other."""
    pairs = []
    ordered = sorted(known, key=lambda one: one.consent.member)
    for _, group in groupby(ordered, key=lambda one: one.consent.member):
        own = {one.consent.id: one for one in group}
        found = conflicts([one.consent for one in own.values()], now, ZONE)
        pairs += [(own[refusal], own[grant]) for refusal, grant in found]
    return pairs


@ROUTER.get("/approvals")
async def approvals(request: Request, actor: Officer) -> Response:
    """Show grants that carry nothing until a second person approves them."""
    return await _approvals(request, actor)


@ROUTER.post("/approvals/{consent}")
async def approve(request: Request, actor: Officer, consent: str) -> Response:
    """Approve a back-dated or bulk grant as a second person."""
    try:
        await world_of(request).registry.approve(actor, ours(consent))
    except Refused as refusal:
        return await _approvals(request, actor, refusal)
    return back("/privacy/approvals", "approved")


async def _approvals(request: Request, actor: Actor, refusal: Refused | None = None) -> Response:
    days = Policy().approval_after_days
    desk = world_of(request).desk
    rows = await desk.ask("console_unapproved", None, actor=actor.id, days=days, limit=MOST)
    alert = refusal.detail if refusal else None
    status = refusal.status if refusal else 200
    return page(request, "privacy_approvals.html", status, alert=alert, rows=rows, days=days)
