"""Consents by API: what a member signed, recorded, revoked, and approved by a second person.

A sender reaches its own members only; the privacy officer reaches all. `hub.web.application`
includes `ROUTER`. Whether a consent suits a release is never decided here. A payer's member id is
never part of an address: `look_up` gives the hub's own id for it.
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from consent.records import Consent, Expiry, Parties
from consent.terms import Authority, Kind, Method
from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
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
Words = Annotated[frozenset[Word], Field(max_length=50)]
SKEW = timedelta(minutes=5)


class Named(Body):
    """Organisations and persons by id, classes by word."""

    organisations: Words = frozenset()
    persons: Words = frozenset()
    classes: Words = frozenset()


class Ends(Body):
    """When a consent ends: a day, an instant, an event, or never."""

    on: date | None = None
    at: AwareDatetime | None = None
    event: Word | None = None
    never: bool = False


class Signed(Body):
    """A signed consent, refusal or restriction, as the form says (42 CFR 2.31, 45 CFR 164.508)."""

    kind: Kind
    disclosers: Named = Named()
    recipients: Named = Named()
    intermediary: Word | None = None
    purposes: Words = frozenset()
    categories: Words = frozenset()
    signed_on: date | None = None
    signed_by: Name | None = None
    authority: Authority = "member"
    proven: bool = False
    method: Method = "paper"
    witness: Name | None = None
    starts: AwareDatetime | date | None = None
    expires: Ends = Ends()
    statements: Words = frozenset()
    bulk: bool = False


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
    return reply({"member": await _by_key(request, actor, given.mco, given.member_id)})


@ROUTER.get("/members/{member}/consents", responses=shown("consents"))
async def list_consents(request: Request, actor: Reads, member: str) -> Response:
    """List a member's consents, those no longer in force too."""
    return await _listed(request, await _by_id(request, actor, member))


@ROUTER.post("/members/{member}/consents", responses=shown("granted", 201), status_code=201)
async def record(request: Request, actor: Writes, member: str, given: Signed) -> Response:
    """Record a consent; deficiencies, if any, say why it can't be relied on."""
    return await _recorded(request, actor, await _by_id(request, actor, member), given)


@ROUTER.post("/consents/{consent}/revocation", responses=shown("revoked"))
async def revoke(request: Request, actor: Writes, consent: str, given: Revocation) -> Response:
    """Revoke a consent: what is queued under it stops before this answers."""
    world = world_of(request)
    now = world.clock.now()
    at = given.at or now
    if at > now + SKEW:
        raise Refused("in_the_future", "`at` is after now; revoke when it is so", status=422)
    await world.registry.revoke(actor, await _own(request, actor, consent), at, given.how)
    return reply({"consent": consent, "revoked_at": at})


@ROUTER.post("/consents/{consent}/approval", responses=shown("approved"))
async def approve(request: Request, actor: Approves, consent: str) -> Response:
    """Approve a back-dated or bulk consent as a second person."""
    await world_of(request).registry.approve(actor, await _own(request, actor, consent))
    return reply({"consent": consent, "approved_by": actor.id})


async def _by_key(request: Request, actor: Actor, mco: str, member_id: str) -> str:
    given = {"mco": mco, "member_id": member_id}
    rows = await world_of(request).desk.ask("member_by_key", organisation_of(actor), **given)
    return _sender_or_staff(one(rows), actor)


async def _by_id(request: Request, actor: Actor, member: str) -> str:
    given = {"member": ours(member)}
    rows = await world_of(request).desk.ask("member_by_id", organisation_of(actor), **given)
    return _sender_or_staff(one(rows), actor)


async def _own(request: Request, actor: Actor, consent: str) -> str:
    """Return a consent's id if it is of one of the actor's members; `Refused` 404 otherwise."""
    rows = await world_of(request).desk.ask("consent_owner", None, consent=ours(consent))
    return _sender_or_staff(one(rows), actor)


def _sender_or_staff(row: dict[str, Any], actor: Actor) -> str:
    if organisation_of(actor) not in {None, row["mco"]}:
        raise nothing()
    return str(row["id"])


async def _listed(request: Request, member: str) -> Response:
    found = await world_of(request).registry.of_member(member)
    return reply({"member": member, "consents": [_plain(each) for each in found]})


async def _recorded(request: Request, actor: Actor, member: str, given: Signed) -> Response:
    world = world_of(request)
    made = _consent(given, member, actor, world.clock.now())
    deficiencies = await world.registry.grant(actor, made)
    body = {"consent": made.id, "member": member, "deficiencies": list(deficiencies)}
    return reply(body, 201, {"location": f"/v1/members/{member}/consents"})


def _consent(given: Signed, member: str, actor: Actor, now: datetime) -> Consent:
    return Consent(
        id=new_id("cns"),
        member=member,
        kind=given.kind,
        disclosers=Parties(**given.disclosers.model_dump()),
        recipients=Parties(**given.recipients.model_dump()),
        intermediary=given.intermediary or "",
        purposes=given.purposes,
        categories=given.categories,
        signed_on=given.signed_on,
        signed_by=given.signed_by or "",
        authority=given.authority,
        proven=given.proven,
        method=given.method,
        witness=given.witness or "",
        starts=given.starts,
        expires=Expiry(
            on=given.expires.on,
            at=given.expires.at,
            event=given.expires.event or "",
            never=given.expires.never,
        ),
        statements=given.statements,
        recorded_at=now,
        recorded_by=actor.id,
        bulk=given.bulk,
    )


def _plain(consent: Consent) -> dict[str, Any]:
    """Return a consent as JSON, its sets in a steady order."""
    plain: dict[str, Any] = msgspec.to_builtins(consent, order="deterministic")
    return plain
