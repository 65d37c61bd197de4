"""Requests between organisations by API: made, listed, read, withdrawn, answered, with documents.

`hub.web.application` includes `ROUTER`. A payer names a member by its own number, a practice by a
delivery it got. Whether anything may be told is the board's question to consent, not decided here.
"""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from consent.notices import TEXTS, texts_of
from hub.asked import Actor
from hub.errors import Refused
from hub.requests import rules
from hub.requests.nouns import Attempt, Kind, Opening, Taken, Thread, Urgency, View
from hub.requests.nouns import Field as ContactField
from hub.web.api_consents import MemberKey, by_key
from hub.web.bringing import bring, fetched
from hub.web.guards import allowed
from hub.web.identity import organisation_of
from hub.web.openapi import file_body, shown
from hub.web.replies import Body, Cursor, Limit, Name, Prose, Word, next_page, one, ours, reply
from hub.web.request_bodies import document_told, told, whole
from hub.web.world import requests_of, world_of

PATH = "/v1/requests"
ROUTER = APIRouter(prefix="/v1", tags=["requests"])
SIDES = ("mco", "pcmh", "provider")
Reads = Annotated[Actor, allowed(scopes=("requests.read",), roles=SIDES)]
Writes = Annotated[Actor, allowed(scopes=("requests.write",), roles=SIDES)]
Gives = Annotated[Actor, allowed(scopes=("requests.write",), roles=("pcmh", "provider"))]


class Tried(Body):
    """An attempt to reach the member: the day, how, what came of it, and words."""

    on: date
    how: Word
    came: Word
    words: Prose = ""


class Wanted(Body):
    """A request: `plan` (an MCO's only), `outreach` or `correction`, and what is said of it.

    The member by `key` (an MCO), or by a `delivery` (a practice). `to` empty: the member's medical
    home, or a practice's way to the member's MCO. `due` empty: by `urgency`. `field` and `says`
    are a correction's.
    """

    kind: Kind
    key: MemberKey | None = None
    delivery: Word | None = None
    to: Annotated[str, Field(max_length=80)] = ""
    reason: Word
    urgency: Urgency = "routine"
    due: date | None = None
    words: Prose = ""
    name: Name
    attempts: Annotated[tuple[Tried, ...], Field(max_length=rules.MOST_ATTEMPTS)] = ()
    field: ContactField | None = None
    says: Annotated[str, Field(max_length=200)] = ""


class Said(Body):
    """An answer: an outcome, a refusal with its code, or the day by which one follows."""

    kind: Literal["answer", "refuse", "promise"]
    name: Name
    code: Annotated[str, Field(max_length=40)] = ""
    words: Prose = ""
    on: date | None = None


class Trying(Tried):
    """A further attempt, and who made it."""

    name: Name


class Named(Body):
    """Who withdraws or reminds, with words where there are any."""

    name: Name
    words: Prose = ""


@ROUTER.post("/requests", responses=shown("request_made", 201), status_code=201)
async def make(request: Request, actor: Writes, given: Wanted) -> Response:
    """Ask another organisation: consent first, then it is told, and a clock begins."""
    opening = Opening(
        kind=given.kind,
        member=await _member(request, actor, given),
        name=given.name,
        reason=given.reason,
        to=given.to,
        urgency=given.urgency,
        due=given.due,
        words=given.words,
        attempts=tuple(Attempt(x.on, x.how, x.came, x.words) for x in given.attempts),
        field=given.field,
        says=given.says,
    )
    made = await requests_of(request).open(actor, opening)
    where = f"{PATH}/{made}"
    return reply({"request": made, "status_url": where}, 201, {"location": where})


async def _member(request: Request, actor: Actor, given: Wanted) -> str:
    """Return the hub's id of the member a request names; the board checks whose it is."""
    if given.key is not None and given.delivery is None:
        return await by_key(request, actor, given.key.mco, given.key.member_id)
    if given.delivery is None or given.key is not None:
        raise Refused("member_missing", "name the member by `key` or by `delivery`", status=422)
    asked = {"delivery": ours(given.delivery)}
    rows = await world_of(request).desk.ask("request_member", organisation_of(actor), **asked)
    return str(one(rows)["member"])


@ROUTER.get("/requests", responses=shown("requests"))
async def list_requests(
    request: Request,
    actor: Reads,
    view: Annotated[View | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """List requests to you and of you: all of them newest first, or a view by due date."""
    after = None if cursor is None or view is not None else ours(cursor)
    rows = await requests_of(request).listed(actor, view, after, limit)
    following = next_page(PATH, rows, limit) if view is None else None
    return reply({"requests": [told(row, actor) for row in rows], "next": following})


@ROUTER.get("/requests/{request_id}", responses=shown("request"))
async def read(request: Request, actor: Reads, request_id: str) -> Response:
    """Return a request with its attempts, answers and documents; consent is asked again."""
    found: Thread = await requests_of(request).thread(actor, ours(request_id))
    policy = world_of(request).policy
    return reply(whole(found, actor, {**TEXTS, **texts_of(policy.packs)}))


@ROUTER.post("/requests/{request_id}/attempts", responses=shown("request_step"))
async def attempt(request: Request, actor: Writes, request_id: str, given: Trying) -> Response:
    """Record a further attempt to reach the member; either side may."""
    tried = Attempt(given.on, given.how, given.came, given.words)
    return await _take(request, actor, request_id, Taken("attempt", given.name, attempt=tried))


@ROUTER.post("/requests/{request_id}/answer", responses=shown("request_step"))
async def answer(request: Request, actor: Writes, request_id: str, given: Said) -> Response:
    """Answer as the asked side: an outcome, a refusal, or the day by which the answer comes."""
    taken = Taken(given.kind, given.name, given.code, given.words, given.on)
    return await _take(request, actor, request_id, taken)


@ROUTER.post("/requests/{request_id}/withdrawal", responses=shown("request_step"))
async def withdraw(request: Request, actor: Writes, request_id: str, given: Named) -> Response:
    """Take a request back as its asker."""
    taken = Taken("withdraw", given.name, words=given.words)
    return await _take(request, actor, request_id, taken)


@ROUTER.post("/requests/{request_id}/reminder", responses=shown("request_step"))
async def remind(request: Request, actor: Writes, request_id: str, given: Named) -> Response:
    """Have the asked side reminded, once a day at most; each reminder is counted."""
    taken = Taken("remind", given.name, words=given.words)
    return await _take(request, actor, request_id, taken)


async def _take(request: Request, actor: Actor, request_id: str, taken: Taken) -> Response:
    state = await requests_of(request).take(actor, ours(request_id), taken)
    return reply({"request": request_id, "state": state})


@ROUTER.post(
    "/requests/{request_id}/documents",
    responses=shown("document_made", 201),
    status_code=201,
    openapi_extra=file_body("application/octet-stream"),
)
async def give(request: Request, actor: Gives, request_id: str) -> Response:
    """Give back the document that was asked for, in any format; the request is answered by it."""
    return await _given(request, actor, request_id)


@ROUTER.post(
    "/deliveries/{delivery}/documents",
    responses=shown("document_made", 201),
    status_code=201,
    openapi_extra=file_body("application/octet-stream"),
)
async def give_unasked(request: Request, actor: Gives, delivery: str) -> Response:
    """Give your own care plan back for a plan you got; its sender finds it beside that plan."""
    return await _given(request, actor, delivery)


async def _given(request: Request, actor: Actor, noun: str) -> Response:
    made = await bring(request, actor, ours(noun))
    where = f"/v1/documents/{made}"
    return reply({"document": made, "answers": noun, "content": where}, 201, {"location": where})


@ROUTER.get("/documents", responses=shown("documents"))
async def list_documents(
    request: Request, actor: Reads, of: Annotated[str | None, Query(max_length=80)] = None
) -> Response:
    """List documents given or got, newest first; `of` a request, a delivery or a plan."""
    rows: list[dict[str, Any]] = await requests_of(request).returned(
        actor, None if of is None else ours(of)
    )
    return reply({"documents": [document_told(row) for row in rows]})


@ROUTER.get("/documents/{document}", responses=shown("content"))
async def fetch(request: Request, actor: Reads, document: str) -> Response:
    """Return a document's bytes, to the MCO it is for or to the practice that gave it."""
    return await fetched(request, actor, document)
