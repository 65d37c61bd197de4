"""Decisions by API: what consent would say to a recipient, and why. Nothing is released.

The privacy officer's alone. Each question is recorded with its answer. `hub.web.application`
includes `ROUTER`; `hub.deciding` asks the same rules that release.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from consent.checking import PURPOSES
from consent.terms import Matter, MinorBasis, Origin, RecipientKind
from hub import deciding
from hub.asked import Actor
from hub.consents.ports import Folk
from hub.errors import Refused
from hub.foreseeing import asked_of
from hub.web.api_consents import MemberKey, by_id, by_key
from hub.web.consent_bodies import Signed, made_of
from hub.web.guards import allowed
from hub.web.openapi import shown
from hub.web.replies import Body, Word, one, ours, reply
from hub.web.world import officer_of, world_of

ROUTER = APIRouter(prefix="/v1", tags=["decisions"])
Officer = Annotated[Actor, allowed(roles=("privacy",))]


class To(Body):
    """Who would receive; `kind` and `classes` are the directory's where they aren't given."""

    organisation: Word
    person: Word | None = None
    kind: RecipientKind | None = None
    classes: Annotated[frozenset[Word], Field(max_length=20)] | None = None


class About(Body):
    """One kind of content: category, Part 2 origin, and who consented to a minor's care."""

    category: Word
    part2_origin: Origin = "unknown"
    minor_basis: MinorBasis = "unknown"


class Question(Body):
    """A plan, or a member with kinds of content (all of them where none is given).

    `draft` is a form that was not recorded: what would it change?
    """

    plan: Word | None = None
    member: Word | None = None
    key: MemberKey | None = None
    recipient: To
    purpose: Word = "TREAT"
    at: AwareDatetime | None = None
    matters: Annotated[tuple[About, ...], Field(max_length=50)] = ()
    draft: Signed | None = None


@ROUTER.post("/decisions", responses=shown("explanation"))
async def explain(request: Request, actor: Officer, given: Question) -> Response:
    """Say what would go to a recipient for a purpose, by which rules and clauses; send nothing."""
    world = world_of(request)
    now = world.clock.now()
    if given.purpose not in PURPOSES:
        words = ", ".join(sorted(PURPOSES))
        raise Refused("unknown_purpose", f"`purpose` is one of {words}", status=422)
    member, mco = await _whose(request, actor, given)
    to = given.recipient
    folk = await world.registry.folk(member, [to.organisation, mco], [to.person or ""])
    asked = deciding.Inquiry(
        discloser=mco,
        organisation=to.organisation,
        person=to.person or "",
        purpose=given.purpose,
        at=given.at or now,
        kind=to.kind,
        classes=to.classes,
    )
    consents = list(await world.registry.of_member(member))
    if given.draft is not None:
        consents.append(made_of(given.draft, member, actor, now))
    labelling = None
    if given.plan is not None:
        sight = await officer_of(request).sight(actor, member, given.plan)
        found = asked_of(sight, tuple(consents), now, world.policy)
        question = deciding.about_plan(folk, asked, found, world.policy, given.at)
        labelling = found.labelling
    else:
        question = deciding.question(folk, asked, _about(given, folk), world.policy)
    body = deciding.explained(question, consents, world.policy, labelling)
    detail = {"recipient": to.organisation, "purpose": given.purpose, "outcome": body["outcome"]}
    noun = given.plan or member
    await world.registry.told(actor, "decision.explained", noun, mco, **detail)
    return reply({"member": member, "plan": given.plan, "draft": given.draft is not None, **body})


async def _whose(request: Request, actor: Actor, given: Question) -> tuple[str, str]:
    """Return (member, payer) of what is asked about; `Refused` 422 unless one thing is named."""
    if sum(value is not None for value in (given.plan, given.member, given.key)) != 1:
        told = "name one of `plan`, `member` and `key`"
        raise Refused("about", told, status=422)
    ask = world_of(request).desk.ask
    if given.plan is not None:
        row = one(await ask("plan_member", None, plan=ours(given.plan)))
        if row["member"] is None:
            raise Refused("unmatched", "the plan's member isn't known yet", status=409)
        return row["member"], row["mco"]
    if given.key is not None:
        member = await by_key(request, actor, given.key.mco, given.key.member_id)
    else:
        member = await by_id(request, actor, given.member or "")
    row = one(await ask("member_by_id", None, member=member))
    return row["id"], row["mco"]


def _about(given: Question, folk: Folk) -> frozenset[Matter]:
    """Return the matters to ask about: those given, or one of every category."""
    if not given.matters:
        return deciding.everything(folk.organisations[folk.member.mco])
    return frozenset(Matter(o.category, o.part2_origin, o.minor_basis) for o in given.matters)
