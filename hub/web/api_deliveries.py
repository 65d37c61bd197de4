"""Deliveries: what a practice's system fetches, acknowledges and answers; what a sender watches.

`hub.web.application` includes `ROUTER`. Content is given to the addressee only, and only after
consent was asked again; that and the recording are the reception's.
"""

import base64
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from hub.answers import CODES, MOST_CHANGES
from hub.asked import Actor
from hub.changes import told
from hub.correspondence import AnswerKind, Change, Given, ReplyKind, Said
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
Replies = Annotated[Actor, allowed(scopes=("submissions.write",), roles=("mco",))]


class Acknowledgment(Body):
    """Who at the practice took the plan."""

    name: Name


class Proposed(Body):
    """A change you propose: an item of the plan by JSON pointer (`/goals/0`, `/asks/-` adds one).

    `says` is what it should say; empty takes the item out.
    """

    pointer: Annotated[str, Field(max_length=60)]
    says: Prose = ""


class Answer(Body):
    """What the practice answers; all but `accept` and `meeting` need a reason or its code."""

    kind: AnswerKind
    name: Name
    reason: Prose = ""
    code: Annotated[str, Field(max_length=40)] = ""
    changes: Annotated[tuple[Proposed, ...], Field(max_length=MOST_CHANGES)] = ()


class Reply(Body):
    """What the sender says to an answer; `keep` needs a reason."""

    kind: ReplyKind
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


@ROUTER.get("/{delivery}/changes", responses=shown("changes"))
async def read_changes(request: Request, actor: Fetches, delivery: str) -> Response:
    """Say what a delivered plan changes since the version your practice took last.

    Where none was taken, since the last one that arrived. Both are compared as they were released
    to you; consent is asked again for each, and the opening recorded.
    """
    row = await _addressed(request, actor, delivery)
    reception = world_of(request).reception
    plan = await reception.plan(actor, row["id"])
    before = await reception.earlier(actor, row["id"])
    return reply({"delivery": row["id"], **told(before, plan)})


@ROUTER.post("/{delivery}/acknowledgment", responses=shown("acknowledgment"))
async def acknowledge(
    request: Request, actor: Answers, delivery: str, given: Acknowledgment
) -> Response:
    """Record that a named person at your practice took the plan; the first time counts."""
    at = await world_of(request).reception.acknowledge(actor, ours(delivery), given.name)
    return reply({"delivery": delivery, "acknowledged_at": instant(at)})


@ROUTER.post("/{delivery}/answer", responses=shown("answer"))
async def answer(request: Request, actor: Answers, delivery: str, given: Answer) -> Response:
    """Answer the plan: accept it, dispute it, propose changes, give it back, ask to meet, close it.

    A return (`wrong_member`, `wrong_practice`, `no_longer_here`) takes the plan back from you.
    """
    changes = tuple(Change(one.pointer, one.says) for one in given.changes)
    answered = Given(given.kind, given.name, given.reason, given.code, changes)
    at = await world_of(request).reception.answer(actor, ours(delivery), answered)
    return reply({"delivery": delivery, "answer": given.kind, "answered_at": instant(at)})


@ROUTER.get("/{delivery}/answers", responses=shown("answers"))
async def answers_of(request: Request, actor: Reads, delivery: str) -> Response:
    """Return what was answered and replied, oldest first; the practice and the sender may."""
    row = await _found(request, actor, delivery)
    history = await world_of(request).reception.said(actor, row["id"])
    return reply({"delivery": row["id"], "answers": [_said(one) for one in history]})


@ROUTER.post("/answers/{answer}/reply", responses=shown("reply"))
async def reply_to(request: Request, actor: Replies, answer: str, given: Reply) -> Response:
    """Reply to a practice's answer to one of your plans."""
    at = await world_of(request).reception.reply(
        actor, ours(answer), given.kind, given.reason, given.name
    )
    return reply({"answer": answer, "reply": given.kind, "replied_at": instant(at)})


def _said(one: Said) -> dict[str, object]:
    out: dict[str, object] = {
        "id": one.id,
        "kind": one.kind,
        "code": one.code or None,
        "name": one.name,
        "at": instant(one.at),
        "reason": one.reason or None,
    }
    if one.code:
        out["code_means"] = CODES[cast("AnswerKind", one.kind)][one.code]
    if one.id.startswith("ans"):
        out["changes"] = [
            {"pointer": c.pointer, "before": c.before or None, "says": c.says} for c in one.changes
        ]
        out["replies"] = [_said(reply) for reply in one.replies]
    return out


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
        for name in ("content", "changes", "acknowledgment", "answer"):
            links[name] = f"{PATH}/{row['id']}/{name}"
    return {**ledgers(row), "links": links}
