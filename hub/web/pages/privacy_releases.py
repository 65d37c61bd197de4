"""Releases, each explained: per kind of content which rule, which clause, which consent."""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.rules import RULES
from hub.asked import Actor
from hub.web.guards import allowed
from hub.web.pages.shell import page
from hub.web.replies import one, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/privacy/releases", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 200


@ROUTER.get("")
async def releases(request: Request, actor: Officer, every: bool = False) -> Response:
    """List releases; those with something withheld, unless every one is asked for."""
    _ = actor
    desk = world_of(request).desk
    rows = await desk.ask("console_releases", None, withheld=not every, limit=MOST)
    return page(request, "privacy_releases.html", rows=rows, every=every)


@ROUTER.get("/{release}")
async def release(request: Request, actor: Officer, release: str) -> Response:
    """Explain one release: per matter, which rule, which clause, which consent."""
    _ = actor
    row = one(await world_of(request).desk.ask("console_release", None, release=ours(release)))
    kept = row["decision"]
    withheld = [(matter[0], matter[1]) for matter in sorted(kept["withheld"])]
    return page(
        request, "privacy_release.html", row=row, withheld=withheld, reasons=explained(kept)
    )


def explained(kept: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the reasons a release keeps, each with its rule's clause and sentence."""
    known = {one.id: one for one in RULES}
    return [
        {
            "category": matter[0],
            "origin": matter[1],
            "effect": effect,
            "rule": rule,
            "citation": known[rule].citation if rule in known else "",
            "sentence": known[rule].sentence if rule in known else "",
            "consent": consent,
        }
        for matter, rule, consent, effect in kept["reasons"]
    ]
