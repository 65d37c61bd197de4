"""The privacy officer's pages: held plans, members and their consents, approvals, releases.

Consents are read and changed through `Registry`, decisions are shown as they were made: which rule,
which clause, which consent. Member names are searched by form, never by address.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.decision import Decision, Reason
from consent.forms import deficiencies
from consent.registry import lapse
from consent.rules import RULES
from consent.signing import unapproved
from consent.terms import Matter
from hub.asked import Actor
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import one, ours
from hub.web.world import world_of

ROUTER = APIRouter(prefix="/privacy", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
MOST = 200
ZONE = "America/New_York"


@ROUTER.get("")
async def held(request: Request, actor: Officer) -> Response:
    """Show held plans, what each waits for, and the rules that hold it."""
    _ = actor
    rows = await _ask(request, "console_waiting", states=["held"], limit=MOST)
    for row in rows:
        row["rules"] = _rules(row["reason"].get("rules", ()))
    return page(request, "privacy_held.html", rows=rows)


def _rules(names: Any) -> list[dict[str, str]]:  # noqa: ANN401  # a list out of JSON
    """Return rules by id with their clause and sentence."""
    known = {one.id: one for one in RULES}
    return [
        {"id": name, "citation": known[name].citation, "sentence": known[name].sentence}
        for name in names
        if name in known
    ]


@ROUTER.get("/members")
async def members(request: Request, actor: Officer) -> Response:
    """Show the member search."""
    _ = actor
    return page(request, "privacy_members.html", rows=None, words="")


@ROUTER.post("/members")
async def find_members(request: Request, actor: Officer) -> Response:
    """Find members by part of a name or a whole id; the search is recorded, its words are not."""
    form = await form_of(request)
    try:
        words = form.text("words", "Name or id", wanted=True)
    except Refused as refusal:
        given = {"rows": None, "words": "", "alert": refusal.detail}
        return page(request, "privacy_members.html", refusal.status, **given)
    rows = await _ask(request, "console_members", words=words, mco=None, limit=50)
    _ = actor
    return page(request, "privacy_members.html", rows=rows, words=words)


@ROUTER.get("/members/{member}")
async def member(request: Request, actor: Officer, member: str) -> Response:
    """Show a member's consents, plans and what was disclosed about them."""
    return await _member(request, actor, ours(member))


async def _member(
    request: Request, actor: Actor, member: str, refusal: Refused | None = None
) -> Response:
    row = one(await _ask(request, "console_member", member=member))
    known = await world_of(request).registry.of_member(member)
    now = world_of(request).clock.now()
    newest = sorted(known, key=lambda one: one.recorded_at, reverse=True)
    return page(
        request,
        "privacy_member.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        homes=await _ask(request, "console_homes", member=member),
        plans=await _ask(request, "console_plans_of_member", member=member),
        disclosures=await _ask(request, "console_disclosures", member=member),
        consents=[
            {
                "consent": one,
                "lapse": lapse(one, now, ZONE),
                "lacks": deficiencies(one),
                "waits": unapproved(one, world_of(request).policy),
                "own": one.recorded_by == actor.id,
            }
            for one in newest
        ],
        names=await _parties(request),
        now=now,
    )


@ROUTER.post("/consents/{consent}/revoke")
async def revoke(request: Request, actor: Officer, consent: str) -> Response:
    """Revoke a consent: what is queued under it stops before this answers."""
    form, world = await form_of(request), world_of(request)
    member = ours(form.text("member", "Member", wanted=True))
    try:
        how = form.one("how", "How it was revoked", ("written", "verbal"))
        await world.registry.revoke(actor, ours(consent), world.clock.now(), how)
    except Refused as refusal:
        return await _member(request, actor, member, refusal)
    return back(f"/privacy/members/{member}", "revoked")


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
    days = world_of(request).policy.approval_after_days
    rows = await _ask(request, "console_unapproved", actor=actor.id, days=days, limit=MOST)
    alert = refusal.detail if refusal else None
    status = refusal.status if refusal else 200
    return page(request, "privacy_approvals.html", status, alert=alert, rows=rows, days=days)


@ROUTER.get("/releases")
async def releases(request: Request, actor: Officer, every: bool = False) -> Response:
    """List releases; those with something withheld, unless every one is asked for."""
    _ = actor
    rows = await _ask(request, "console_releases", withheld=not every, limit=MOST)
    return page(request, "privacy_releases.html", rows=rows, every=every)


@ROUTER.get("/releases/{release}")
async def release(request: Request, actor: Officer, release: str) -> Response:
    """Explain one release: per matter, which rule, which clause, which consent."""
    _ = actor
    row = one(await _ask(request, "console_release", release=ours(release)))
    decision = _decision(row["decision"])
    known = {one.id: one for one in RULES}
    reasons = [
        {
            "category": reason.matter.category,
            "origin": reason.matter.part2_origin,
            "effect": reason.effect,
            "rule": reason.rule,
            "citation": known[reason.rule].citation if reason.rule in known else "",
            "sentence": known[reason.rule].sentence if reason.rule in known else "",
            "consent": reason.consent,
        }
        for reason in decision.reasons
    ]
    withheld = [(one.category, one.part2_origin) for one in sorted(decision.withhold)]
    return page(request, "privacy_release.html", row=row, withheld=withheld, reasons=reasons)


def _decision(kept: dict[str, Any]) -> Decision:
    """Return the decision a release keeps, to be explained."""
    return Decision(
        outcome=kept["outcome"],
        withhold=frozenset(Matter(*matter) for matter in kept["withheld"]),
        released=frozenset(Matter(*matter) for matter in kept["released"]),
        reasons=tuple(
            Reason(Matter(*matter), rule, consent, effect)
            for matter, rule, consent, effect in kept["reasons"]
        ),
        errors=tuple((rule, name) for rule, name in kept["errors"]),
        notices=tuple(kept["notices"]),
        duties=(),
        held_for=(),
        consents=tuple(kept["consents"]),
        conflicts=(),
        policy_version=kept["policy"],
    )


async def _parties(request: Request) -> dict[str, str]:
    return {row["id"]: row["name"] for row in await _ask(request, "console_parties")}


async def _ask(request: Request, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, None, **given)
