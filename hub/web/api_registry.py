"""One consent by API: read, history, what replaces it, its scan, the event that ends it, its check.

`hub.web.application` includes `ROUTER` before `api_consents`. A sender reaches its own members'
only. A record is never edited; a payer's member id is sent in a body, never in an address.
"""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime
from starlette.requests import Request
from starlette.responses import Response

from consent.comparing import chain, clashes, duplicates, last_day
from consent.records import Consent
from consent.registry import lapse
from hub.consents.scans import kind_of_scan
from hub.errors import Refused
from hub.render.consent_copy import LANGUAGES, Copy, copy_of
from hub.web.api_consents import (
    SKEW,
    MemberKey,
    Reads,
    Writes,
    by_id,
    by_key,
    listed,
    own,
    recorded,
)
from hub.web.consent_bodies import Signed, faults_of, made_of, plain, sound, told
from hub.web.identity import organisation_of
from hub.web.openapi import file_body, shown
from hub.web.replies import Body, Limit, Word, reply
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/v1/consents", tags=["consents"])
ZONE = "America/New_York"


class Recorded(Signed):
    """A signed form, and whose it is: the hub's own id of the member, or the payer's."""

    member: Word | None = None
    key: MemberKey | None = None


class Happened(Body):
    """When the event happened that a consent ends with; never after now."""

    at: AwareDatetime | None = None


@ROUTER.post("", responses=shown("granted", 201), status_code=201)
async def create(request: Request, actor: Writes, given: Recorded) -> Response:
    """Record a consent of a member named in the body; `faults` say what it lacks, with clauses."""
    return await recorded(request, actor, await _member(request, actor, given), given)


@ROUTER.post("/check", responses=shown("checked"))
async def try_out(request: Request, actor: Writes, given: Recorded) -> Response:
    """Say what a form lacks, what it doubles and contradicts; nothing is kept."""
    world = world_of(request)
    now = world.clock.now()
    member = await _member(request, actor, given)
    made = made_of(given, member, actor, now)
    known = await world.registry.of_member(member)
    return reply(
        {
            "faults": told(faults_of(made, now, world.policy)),
            "duplicates": list(duplicates(made, known)),
            "conflicts": list(clashes(made, known)),
        }
    )


@ROUTER.post("/search", responses=shown("consents"))
async def search(request: Request, actor: Reads, given: MemberKey) -> Response:
    """List a member's consents by the payer's id of the member."""
    return await listed(request, await by_key(request, actor, given.mco, given.member_id))


@ROUTER.get("/expiring", responses=shown("expiring"))
async def list_expiring(
    request: Request,
    actor: Reads,
    days: Annotated[int, Query(ge=1, le=366)] = 60,
    limit: Limit = 200,
) -> Response:
    """List grants that end soon, the next to end first."""
    world = world_of(request)
    until = world.clock.now() + timedelta(days=days)
    found = await world.registry.expiring(organisation_of(actor), until, limit)
    rows = [
        {"consent": one.id, "member": one.member, "kind": one.kind, "last_day": last_day(one)}
        for one in found
    ]
    return reply({"expiring": rows})


@ROUTER.get("/{consent}", responses=shown("consent"))
async def read_one(request: Request, actor: Reads, consent: str) -> Response:
    """Return a consent, its faults, whether it is in force, and its chain."""
    world = world_of(request)
    found = await _seen(request, actor, consent, "record")
    known = await world.registry.of_member(found.member)
    now = world.clock.now()
    body = plain(found) | {
        "lapse": lapse(found, now, ZONE),
        "faults": told(faults_of(found, now, world.policy)),
        "chain": [one.id for one in chain(found.id, known)],
    }
    return reply(body)


@ROUTER.get("/{consent}/history", responses=shown("history"))
async def read_history(request: Request, actor: Reads, consent: str) -> Response:
    """Return every version of a consent: what was stamped on it, when, by whom."""
    found = await _seen(request, actor, consent, "history")
    versions = await world_of(request).registry.history(found.id)
    rows = [
        {
            "version": o.number,
            "event": o.kind,
            "at": o.at,
            "actor": o.actor,
            "consent": plain(o.consent),
        }
        for o in versions
    ]
    return reply({"consent": found.id, "versions": rows})


@ROUTER.post("/{consent}/supersession", responses=shown("superseded", 201), status_code=201)
async def supersede(request: Request, actor: Writes, consent: str, given: Signed) -> Response:
    """Record the consent that replaces this one; the old one stays, marked as replaced."""
    world = world_of(request)
    old = await own(request, actor, consent)
    member, _ = await world.registry.owner(old)
    now = world.clock.now()
    made = made_of(given, member, actor, now)
    faults = sound(made, now, world.policy)
    await world.registry.supersede(actor, old, made)
    body = {"consent": made.id, "supersedes": old, "faults": told(faults)}
    return reply(body, 201, {"location": f"/v1/consents/{made.id}"})


@ROUTER.post("/{consent}/event", responses=shown("ended"))
async def end(request: Request, actor: Writes, consent: str, given: Happened) -> Response:
    """Record that the event happened that a consent ends with; what is queued under it stops."""
    world = world_of(request)
    now = world.clock.now()
    at: datetime = given.at or now
    if at > now + SKEW:
        raise Refused("in_the_future", "`at` is after now; record it when it is so", status=422)
    found = await own(request, actor, consent)
    await world.registry.happened(actor, found, at)
    return reply({"consent": found, "event_at": at})


@ROUTER.put(
    "/{consent}/scan",
    responses=shown("scanned", 201),
    status_code=201,
    openapi_extra=file_body("application/pdf"),
)
async def attach(request: Request, actor: Writes, consent: str) -> Response:
    """Attach the scan of the signed paper (PDF, TIFF, PNG, JPEG), once; it is kept encrypted."""
    world = world_of(request)
    found = await own(request, actor, consent)
    content = await request.body()
    if len(content) > world.settings.max_bytes:
        raise Refused("too_large", "the scan is too large; scan it at 300 dpi or less", status=413)
    media_type = kind_of_scan(content)
    (stored,) = await world.vault.put_many([content])
    await world.registry.attach(actor, found, stored.digest, media_type, stored.size)
    return reply({"consent": found, "sha256": stored.digest, "bytes": stored.size}, 201)


@ROUTER.get("/{consent}/scan", responses=shown("scan"))
async def read_scan(request: Request, actor: Reads, consent: str) -> Response:
    """Return the scan's bytes as they were attached."""
    world = world_of(request)
    found = await own(request, actor, consent)
    digest, media_type = await world.registry.scan(actor, found)
    return _file(await world.vault.get(digest), media_type, f"{found}-scan")


@ROUTER.get("/{consent}/copy", responses=shown("copy"))
async def copy(
    request: Request,
    actor: Reads,
    consent: str,
    media: Annotated[str, Query(alias="format", pattern="^(pdf|html)$")] = "pdf",
    language: Annotated[str, Query(max_length=20)] = "en",
    large: Annotated[bool, Query(description="large print, 18 pt and more")] = False,
) -> Response:
    """Return the member's own copy in plain language: what, to whom, until when, how to revoke."""
    world = world_of(request)
    found = await own(request, actor, consent)
    made = await world.registry.consent(found)
    member, mco = await world.registry.owner(found)
    named = made.disclosers, made.recipients
    organisations = [mco, *(one for side in named for one in side.organisations)]
    persons = [one for side in named for one in side.persons]
    folk = await world.registry.folk(member, organisations, persons)
    asked = Copy(world.clock.now(), world.policy, language, large)
    rendered = copy_of(made, folk.member, folk.names(), asked, media)
    detail = {"format": media, "language": language if language in LANGUAGES else "en"}
    await world.registry.told(actor, "consent.copied", found, mco, **detail)
    return _file(rendered.content, rendered.media_type, rendered.file_name.rpartition(".")[0])


async def _member(request: Request, actor: Writes, given: Recorded) -> str:
    if (given.member is None) == (given.key is None):
        raise Refused("member", "name the member by `member` or by `key`, one of them", status=422)
    if given.member is not None:
        return await by_id(request, actor, given.member)
    key: Any = given.key
    return await by_key(request, actor, key.mco, key.member_id)


async def _seen(request: Request, actor: Reads, consent: str, part: str) -> Consent:
    """Return one of the actor's members' consents, recorded as viewed."""
    world = world_of(request)
    found = await own(request, actor, consent)
    _, mco = await world.registry.owner(found)
    await world.registry.told(actor, "consent.viewed", found, mco, part=part)
    return await world.registry.consent(found)


def _file(content: bytes, media_type: str, name: str) -> Response:
    ending = {"application/pdf": "pdf", "text/html": "html"}.get(media_type, "bin")
    headers = {
        "content-disposition": f'attachment; filename="{name}.{ending}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
