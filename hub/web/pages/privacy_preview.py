"""What each recipient would see today: the plan with its struck-out parts, each with its rule.

Uses the release step's own labels, question, decision and withholding, and releases nothing. That
somebody looked is recorded.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.foreseeing import Foreseen, foresee, readers
from hub.web.guards import allowed
from hub.web.pages import wording
from hub.web.pages.shell import page
from hub.web.replies import nothing, one, ours
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]


@ROUTER.get("/{member}/preview")
async def preview(
    request: Request, actor: Officer, member: str, to: str = "", plan: str = ""
) -> Response:
    """Show what a recipient would see of the newest plan, or of the one named."""
    wanted = ours(plan) if plan else None
    sight = await officer_of(request).sight(actor, ours(member), wanted)
    row = one(await world_of(request).desk.ask("console_member", None, member=sight.member.id))
    now = world_of(request).clock.now()
    everybody = readers(sight, now)
    chosen = next((one for one in everybody if one.key == to), everybody[0])
    if to and chosen.key != to:
        raise nothing()
    return page(
        request,
        "privacy_preview.html",
        row=row,
        sight=sight,
        everybody=[(one, foresee(sight, one, sight.consents, now)) for one in everybody],
        seen=foresee(sight, chosen, sight.consents, now),
        parts_of=parts(foresee(sight, chosen, sight.consents, now)),
    )


def parts(seen: Foreseen) -> list[dict[str, Any]]:
    """Return the lines of a plan by the part they stand in, parts with something struck first."""
    found: dict[str, list[Any]] = {}
    for line in seen.lines:
        found.setdefault(line.part, []).append(line)
    ordered = sorted(found.items(), key=lambda one: not any(line.struck for line in one[1]))
    return [{"name": wording.part(at), "lines": lines} for at, lines in ordered]
