"""Consents by API: what a member signed, recorded, revoked, and approved by a second person.

A sender reaches its own members only; the privacy officer reaches all. `hub.web.application`
includes `ROUTER`. Whether a consent suits a release is never decided here. A payer's member id is
never part of an address: `look_up` gives the hub's own id for it.
"""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.web.consent_bodies import Signed, made_of, plain, sound, told
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import Body, Name, Word, nothing, one, ours, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1", tags=["consents"])
Reads = Annotated[Actor, allowed(scopes=("consents.read",), roles=("privacy",))]
Writes = Annotated[Actor, allowed(scopes=("consents.write",), roles=("privacy",))]
Finds = Annotated[Actor, allowed(scopes=("consents.read", "consents.write"), roles=("privacy",))]
Approves = Annotated[Actor, allowed(roles=("privacy",))]
SKEW = timedelta(minutes=5)


class Revocation(Body):
    """When the member revoked, not after now, and how (`written`, `verbal` …)."""

    at: AwareDatetime | None = None
    how: Word = "written"


class MemberKey(Body):
    """A member as their payer knows them."""

    mco: Word
    member_id: Name


@ROUTER.post("/members/lookup", responses=shown("member"))
async def look_up(request: Request, actor: Finds, given: MemberKey) -> Response:
    """Return the hub's own id of a member, to use in addresses instead of the payer's."""
    return reply({"member": await by_key(request, actor, given.mco, given.member_id)})


@ROUTER.get("/members/{member}/consents", responses=shown("consents"))
async def list_consents(request: Request, actor: Reads, member: str) -> Response:
    """List a member's consents, those no longer in force too."""
    return await listed(request, await by_id(request, actor, member))


@ROUTER.post("/members/{member}/consents", responses=shown("granted", 201), status_code=201)
async def record(request: Request, actor: Writes, member: str, given: Signed) -> Response:
    """Record a consent; deficiencies, if any, say why it can't be relied on."""
    return await recorded(request, actor, await by_id(request, actor, member), given)


@ROUTER.post("/consents/{consent}/revocation", responses=shown("revoked"))
async def revoke(request: Request, actor: Writes, consent: str, given: Revocation) -> Response:
    """Revoke a consent: what is queued under it stops before this answers."""
    world = world_of(request)
    now = world.clock.now()
    at = given.at or now
    if at > now + SKEW:
        raise Refused("in_the_future", "`at` is after now; revoke when it is so", status=422)
    await world.registry.revoke(actor, await own(request, actor, consent), at, given.how)
    return reply({"consent": consent, "revoked_at": at})


@ROUTER.post("/consents/{consent}/approval", responses=shown("approved"))
async def approve(request: Request, actor: Approves, consent: str) -> Response:
    """Approve a back-dated or bulk consent as a second person."""
    await world_of(request).registry.approve(actor, await own(request, actor, consent))
    return reply({"consent": consent, "approved_by": actor.id})


async def by_key(request: Request, actor: Actor, mco: str, member_id: str) -> str:
    """Return the hub's id of a member of the actor's; `Refused` 404 otherwise."""
    given = {"mco": mco, "member_id": member_id}
    rows = await world_of(request).desk.ask("member_by_key", organisation_of(actor), **given)
    return _sender_or_staff(one(rows), actor)


async def by_id(request: Request, actor: Actor, member: str) -> str:
    """Return a member's id if it is one of the actor's; `Refused` 404 otherwise."""
    given = {"member": ours(member)}
    rows = await world_of(request).desk.ask("member_by_id", organisation_of(actor), **given)
    return _sender_or_staff(one(rows), actor)


async def own(request: Request, actor: Actor, consent: str) -> str:
    """Return a consent's id if it is of one of the actor's members; `Refused` 404 otherwise."""
    rows = await world_of(request).desk.ask("consent_owner", None, consent=ours(consent))
    return _sender_or_staff(one(rows), actor)


def _sender_or_staff(row: dict[str, Any], actor: Actor) -> str:
    if organisation_of(actor) not in {None, row["mco"]}:
        raise nothing()
    return str(row["id"])


async def listed(request: Request, member: str) -> Response:
    """Return a member's consents as JSON."""
    found = await world_of(request).registry.of_member(member)
    return reply({"member": member, "consents": [plain(each) for each in found]})


async def recorded(request: Request, actor: Actor, member: str, given: Signed) -> Response:
    """Record a form and say what it lacks; `Refused` 422 when it can't be one at all."""
    world = world_of(request)
    made = made_of(given, member, actor, world.clock.now())
    faults = sound(made, world.clock.now(), world.policy)
    deficiencies = await world.registry.grant(actor, made)
    body: dict[str, Any] = {
        "consent": made.id,
        "member": member,
        "deficiencies": list(deficiencies),
    }
    body["faults"] = told(faults)
    return reply(body, 201, {"location": f"/v1/consents/{made.id}"})
