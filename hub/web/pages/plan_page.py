"""A plan as it was read, for its sender and the privacy officer: findings, content, timeline.

`Plans` decides who may see it and records each view. The timeline is what the ledger holds, in
words, as far as the asker's organisation may see it.
"""

from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.canonical import Plan, said
from hub.changes import by_part
from hub.render.pdf_view import view
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.pages.covering import cover_as_read
from hub.web.pages.shell import page
from hub.web.replies import one, ours
from hub.web.workbench.fields import Field, sections
from hub.web.world import requests_of, world_of

ROUTER = APIRouter(include_in_schema=False)
CALL = frozenset({"Who called", "Taken by", "Taken when", "Taken how", "Attestation"})
Readers = Annotated[Actor, allowed(roles=("mco", "privacy"))]


@ROUTER.get("/plans/{plan}")
async def plan(request: Request, actor: Readers, plan: str) -> Response:
    """Show a plan as it was read, recorded as viewed."""
    world, scope = world_of(request), organisation_of(actor)
    row = one(await world.desk.ask("console_plan", scope, plan=ours(plan)))
    content = await world.plans.plan(actor, row["id"])
    before = await world.plans.earlier(actor, row["id"])
    asked = {"states": None, "plan": row["id"], "submission": None, "cursor": None, "limit": 50}
    shown = view(content, cover_as_read(row, row["made_at"]))
    shown["exchange"] = [pair for pair in shown["exchange"] if pair[0] != "Released"]
    return page(
        request,
        "plan.html",
        row=row,
        plan=shown,
        before=before,
        changes=by_part(before, content),
        call=_call(content) if row["channel"] == "phone" else [],
        sent=await world.desk.ask("console_deliveries", scope, **asked),
        fields=_places(content),
        events=_folded(await world.desk.ask("console_timeline", scope, plan=row["id"])),
        names=await _names(request, actor),
        returned=await requests_of(request).returned(actor, row["id"]),
    )


def _places(content: Plan) -> dict[str, list[Field]]:
    """Return each value with where it was read, by section; names of code systems left out."""
    found = sections(content, {}, 0).items()
    return {
        name: [one for one in rows if not one.pointer.endswith("/system")] for name, rows in found
    }


def _call(content: Plan) -> list[tuple[str, str]]:
    """Return who called, who took it, when, how and what was attested, as the plan says it."""
    told = [(said(note.section), said(note.text)) for note in content.notes]
    return [(section, text) for section, text in told if section in CALL]


def _folded(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return events in order, the same by the same person in a row as one with its count."""
    folded: list[dict[str, Any]] = []
    for _, alike in groupby(events, key=itemgetter("kind", "noun", "actor")):
        first, *more = alike
        folded.append({**first, "times": 1 + len(more)})
    return folded


async def _names(request: Request, actor: Actor) -> dict[str, Any]:
    """Return the names behind the actors of events: of the asker's own organisation, or all."""
    rows = await world_of(request).people.accounts(organisation_of(actor))
    return {"hub": "The hub", **{row["id"]: row["name"] for row in rows}}
