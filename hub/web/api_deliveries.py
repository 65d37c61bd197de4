"""Deliveries: what a practice's system fetches, acknowledges and answers; what a sender watches.

`hub.web.application` includes `ROUTER`. Content is given to the addressee only, and only after
consent was asked again; that and the recording are the reception's.
"""

import base64
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor, AnswerKind
from hub.receipts import delivery as ledgers
from hub.receipts import instant
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import shown
from hub.web.replies import (
    Body,
    Cursor,
    Limit,
    Name,
    Prose,
    next_page,
    nothing,
    one,
    ours,
    reply,
    state_of,
)
from hub.web.world import world_of

PATH = "/v1/deliveries"
ROUTER = APIRouter(prefix=PATH, tags=["deliveries"])
Reads = Annotated[
    Actor, allowed(scopes=("deliveries.read",), roles=("mco", "pcmh", "privacy", "operations"))
]
Fetches = Annotated[Actor, allowed(scopes=("deliveries.read",), roles=("pcmh",))]
Answers = Annotated[Actor, allowed(scopes=("deliveries.answer",), roles=("pcmh",))]


class Acknowledgment(Body):
    """Who at the practice took the plan."""

    name: Name


class Answer(Body):
    """What the practice answers; `dispute` and `cannot_reach` need a reason."""

    kind: AnswerKind
    name: Name
    reason: Prose = ""


@ROUTER.get("", responses=shown("deliveries"))
async def list_deliveries(
    request: Request,
    actor: Reads,
    state: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List deliveries to your practice, or of your plans, newest first."""
    rows = await world_of(request).desk.ask(
        "deliveries_page",
        organisation_of(actor),
        state=state_of("delivery", state),
        cursor=None if cursor is None else ours(cursor),
        limit=limit,
    )
    following = next_page(PATH, rows, limit, state=state)
    return reply({"deliveries": [_shown(row, actor) for row in rows], "next": following})


@ROUTER.get("/{delivery}", responses=shown("delivery"))
async def read_delivery(request: Request, actor: Reads, delivery: str) -> Response:
    """Return a delivery with its three ledgers."""
    return reply(_shown(await _found(request, actor, delivery), actor))


@ROUTER.get("/{delivery}/content", responses=shown("content"))
async def read_content(request: Request, actor: Fetches, delivery: str) -> Response:
    """Return the released bytes; consent is asked again, and the fetching recorded."""
    row = await _addressed(request, actor, delivery)
    content, media_type, name = await world_of(request).reception.content(actor, row["id"])
    digest = base64.b64encode(bytes.fromhex(row["digest"])).decode()
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-digest": f"sha-256=:{digest}:",
    }
    return Response(content, 200, headers, media_type)


@ROUTER.post("/{delivery}/acknowledgment", responses=shown("acknowledgment"))
async def acknowledge(
    request: Request, actor: Answers, delivery: str, given: Acknowledgment
) -> Response:
    """Record that a named person at your practice took the plan; the first time counts."""
    at = await world_of(request).reception.acknowledge(actor, ours(delivery), given.name)
    return reply({"delivery": delivery, "acknowledged_at": instant(at)})


@ROUTER.post("/{delivery}/answer", responses=shown("answer"))
async def answer(request: Request, actor: Answers, delivery: str, given: Answer) -> Response:
    """Answer the plan: accept it, dispute its criteria, or say the member can't be reached."""
    at = await world_of(request).reception.answer(
        actor, ours(delivery), given.kind, given.reason, given.name
    )
    return reply({"delivery": delivery, "answer": given.kind, "answered_at": instant(at)})


async def _found(request: Request, actor: Actor, delivery: str) -> dict[str, Any]:
    scope = organisation_of(actor)
    rows = await world_of(request).desk.ask("delivery_by_id", scope, delivery=ours(delivery))
    return one(rows)


async def _addressed(request: Request, actor: Actor, delivery: str) -> dict[str, Any]:
    """Return a delivery to the actor's own practice; `Refused` 404 for its sender too."""
    row = await _found(request, actor, delivery)
    if row["pcmh"] != actor.organisation:
        raise nothing()
    return row


def _shown(row: dict[str, Any], actor: Actor) -> dict[str, object]:
    links = {"self": f"{PATH}/{row['id']}"}
    if row["pcmh"] == actor.organisation:
        for name in ("content", "acknowledgment", "answer"):
            links[name] = f"{PATH}/{row['id']}/{name}"
    return {**ledgers(row), "links": links}
