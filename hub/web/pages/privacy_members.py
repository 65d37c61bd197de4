"""Members, their consents, and the revocation of one: its effect shown before and after.

Members are searched by form, never by address, and every search is recorded without its words.
"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.forms import deficiencies
from consent.records import Consent, Policy
from consent.registry import lapse
from consent.signing import wants_approval
from hub.asked import Actor
from hub.errors import Refused
from hub.foreseeing import compare, readers, stopping
from hub.hours import day_of
from hub.officer import Sight
from hub.treating import SOURCES
from hub.web.guards import allowed
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.world import officer_of, treating_of, world_of

ROUTER = APIRouter(prefix="/privacy", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 50
ZONE = "America/New_York"
HOWS = ("written", "verbal")


@ROUTER.get("/members")
async def members(request: Request, actor: Officer) -> Response:
    """Show the member search."""
    _ = actor
    return page(request, "privacy_members.html", rows=None, typed={})


@ROUTER.post("/members")
async def find_members(request: Request, actor: Officer) -> Response:
    """Find members by name, birth date and id, as many as were given; recorded without words."""
    form = await form_of(request)
    try:
        given = _searched(form)
    except Refused as refusal:
        shown = {"rows": None, "typed": form.typed(), "alert": refusal.detail}
        return page(request, "privacy_members.html", refusal.status, **shown)
    rows = await _ask(request, "officer_members", **given, limit=MOST)
    await world_of(request).desk.note(actor, "members.searched", actor.id, found=len(rows))
    return page(request, "privacy_members.html", rows=rows, typed=form.typed())


def _searched(form: Form) -> dict[str, str]:
    born = form.day("born", "Birth date")
    given = {
        "words": form.text("words", "Part of the name"),
        "born": born.isoformat() if born else "",
        "number": form.text("number", "Id"),
    }
    if not any(given.values()):
        raise Refused("incomplete", "fill in a name, a birth date or an id", status=422)
    return given


@ROUTER.get("/members/{member}")
async def member(request: Request, actor: Officer, member: str) -> Response:
    """Show a member's consents, plans and what was disclosed about them."""
    _ = actor
    return await shown_member(request, ours(member))


async def shown_member(request: Request, member: str, refusal: Refused | None = None) -> Response:
    """Return a member's page, with what was wrong with the form that was sent."""
    row = one(await _ask(request, "console_member", member=member))
    parties = await _ask(request, "console_parties")
    known = await world_of(request).registry.of_member(member)
    now = world_of(request).clock.now()
    newest = sorted(known, key=lambda one: one.recorded_at, reverse=True)
    return page(
        request,
        "privacy_member.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        treating=await treating_of(request).of_member(member),
        sources=SOURCES,
        providers=[p for p in parties if p["kind"] in {"pcmh", "other"}],
        today=day_of(now),
        homes=await _ask(request, "console_homes", member=member),
        plans=await _ask(request, "console_plans_of_member", member=member),
        disclosures=await _ask(request, "console_disclosures", member=member),
        consents=[
            {
                "consent": one,
                "lapse": lapse(one, now, ZONE),
                "lacks": deficiencies(one),
                "waits": waits_for_second(one, world_of(request).policy),
            }
            for one in newest
        ],
        names={party["id"]: party["name"] for party in parties},
    )


def waits_for_second(consent: Consent, policy: Policy) -> bool:
    """Say whether a second person has yet to approve a grant (HR-20)."""
    return wants_approval(consent, policy) and not consent.approved_by


@ROUTER.get("/members/{member}/revoke/{consent}")
async def before(request: Request, actor: Officer, member: str, consent: str) -> Response:
    """Show what revoking a consent would stop, what had left under it, and ask how."""
    return await _before(request, actor, ours(member), ours(consent))


async def _before(
    request: Request, actor: Actor, member: str, consent: str, refusal: Refused | None = None
) -> Response:
    row = one(await _ask(request, "console_member", member=member))
    sight = await officer_of(request).sight(actor, member)
    now, policy = world_of(request).clock.now(), world_of(request).policy
    revoked = _without(sight, consent, now)
    changes = [compare(sight, reader, revoked, now, policy) for reader in readers(sight, now)]
    under = await _ask(request, "officer_under_consent", member=member, consent=consent)
    told = await _ask(request, "officer_told_under_consent", member=member, consent=consent)
    stopped = set(stopping(sight, revoked, now, policy))
    return page(
        request,
        "privacy_revoke.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        consent=next(one for one in sight.consents if one.id == consent),
        changes=changes,
        told=told,
        stopped=[one for one in under if one["id"] in stopped],
        sent=[one for one in under if one["sent_at"]],
    )


def _without(sight: Sight, consent: str, now: Any) -> tuple[Consent, ...]:  # noqa: ANN401  # an instant
    """Return a member's consents with one revoked now; `Refused` 404 when it isn't theirs."""
    if consent not in {one.id for one in sight.consents}:
        raise nothing()
    return tuple(
        replace(one, revoked_at=one.revoked_at or now) if one.id == consent else one
        for one in sight.consents
    )


@ROUTER.post("/consents/{consent}/revoke")
async def revoke(request: Request, actor: Officer, consent: str) -> Response:
    """Revoke a consent: what is queued under it stops before this answers."""
    form, world = await form_of(request), world_of(request)
    member, consent = ours(form.text("member", "Member", wanted=True)), ours(consent)
    try:
        how = form.one("how", "How it was revoked", HOWS)
        await world.registry.revoke(actor, consent, world.clock.now(), how)
    except Refused as refusal:
        if refusal.status not in {409, 422}:
            raise
        return await _before(request, actor, member, consent, refusal)
    return back(f"/privacy/members/{member}/revoked/{consent}", "revoked")


@ROUTER.get("/members/{member}/revoked/{consent}")
async def after(request: Request, actor: Officer, member: str, consent: str) -> Response:
    """Show what a revocation stopped, what had left before, and who was told."""
    _ = actor
    row = one(await _ask(request, "console_member", member=ours(member)))
    known = await world_of(request).registry.of_member(row["id"])
    found = [one for one in known if one.id == consent and one.revoked_at]
    if not found:
        raise nothing()
    asked = {"member": row["id"], "consent": found[0].id}
    under = await _ask(request, "officer_under_consent", **asked)
    return page(
        request,
        "privacy_revoked.html",
        row=row,
        told=await _ask(request, "officer_told_under_consent", **asked),
        consent=found[0],
        stopped=[one for one in under if not one["sent_at"]],
        sent=[one for one in under if one["sent_at"]],
        plans=await _ask(request, "console_plans_of_member", member=row["id"]),
    )


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
