"""What an MCO's care manager sees: what waits for them, what they sent, who took it, the upload.

Row-level security shows them their own rows only. Uploading posts into the same intake as API and
SFTP; nothing here reads a document.
"""

from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.answers import REPLIES
from hub.asked import Actor
from hub.errors import Refused
from hub.requests.documents import file_name, media_type
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.proposing import beside
from hub.web.pages.shell import back, page
from hub.web.replies import nothing, one, ours
from hub.web.submit import take_in
from hub.web.world import requests_of, world_of

if TYPE_CHECKING:
    from hub.correspondence import ReplyKind

ROUTER = APIRouter(include_in_schema=False)
UPLOAD = "/mco/upload"
Mco = Annotated[Actor, allowed(roles=("mco",))]
Before = Annotated[str | None, Query(max_length=64)]
PAGE = 50
_OPEN = ["doubtful", "unmatched", "unroutable", "held", "denied"]
_ANSWERS = {"disputed": 0, "returned": 1, "changes_proposed": 2, "accepted": 9}


@ROUTER.get("/mco")
async def to_act_on(request: Request, actor: Mco) -> Response:
    """Show what waits for the sender: unreadable, stuck, disputed, overdue, failing."""
    answered = await _deliveries(request, actor, ["answered"])
    answered += await _deliveries(request, actor, ["returned"])
    current = [row for row in answered if row["plan_state"] not in {"superseded", "recalled"}]
    (requests,) = await _ask(request, actor, "console_requests", whose=actor.organisation)
    return page(
        request,
        "mco_home.html",
        requests=requests,
        quarantined=await _ask(request, actor, "console_quarantined", limit=100),
        waiting=await _ask(request, actor, "console_waiting", states=_OPEN, limit=200),
        disputes=[row for row in current if row["agreement"] != "accepted"],
        accepted=sum(row["agreement"] == "accepted" for row in current),
        late=await _deliveries(request, actor, ["overdue"]),
        stopped=await _deliveries(request, actor, ["undeliverable", "stopped"]),
    )


@ROUTER.get("/mco/submissions")
async def submissions(request: Request, actor: Mco, before: Before = None) -> Response:
    """List what was handed in, newest first, with the upload form."""
    return await _listed(request, actor, before)


async def _listed(
    request: Request, actor: Actor, before: str | None = None, refusal: Refused | None = None
) -> Response:
    cursor = None if before is None else ours(before)
    rows = await _ask(request, actor, "console_submissions", cursor=cursor, limit=PAGE)
    return page(
        request,
        "mco_submissions.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        rows=rows,
        upload=UPLOAD,
        older=rows[-1]["id"] if len(rows) == PAGE else "",
        newest=before is None,
        most=world_of(request).settings.max_bytes,
    )


@ROUTER.post(UPLOAD)
async def upload(request: Request, actor: Mco) -> Response:
    """Take one document in from the browser, as the API would."""
    try:
        accepted = await take_in(world_of(request), request, actor, None)
    except Refused as refusal:
        return await _listed(request, actor, refusal=refusal)
    done = "duplicate" if accepted.duplicate_of else "uploaded"
    return back(f"/mco/submissions/{accepted.submission}", done)


@ROUTER.get("/mco/submissions/{submission}")
async def submission(request: Request, actor: Mco, submission: str) -> Response:
    """Show what became of one submission: findings, plans, and each delivery's ledgers."""
    row = one(await _ask(request, actor, "console_submission", submission=ours(submission)))
    first = row["duplicate_of"] or row["id"]
    plans = await _ask(request, actor, "console_plans_of", submission=first)
    sent = await _deliveries(request, actor, None, submission=first)
    return page(request, "submission.html", row=row, plans=plans, sent=sent, whole=True)


@ROUTER.get("/mco/submissions/{submission}/document")
async def document(request: Request, actor: Mco, submission: str) -> Response:
    """Hand a document out as it was handed in, under a name of ours; never shown inside a page."""
    found = _kind(submission, "sub")
    content = await world_of(request).plans.source(actor, found)
    name = file_name(found, media_type(content))
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, 200, headers, "application/octet-stream")


@ROUTER.post("/mco/submissions/{submission}/retry")
async def retry_submission(request: Request, actor: Mco, submission: str) -> Response:
    """Let a quarantined submission be read again."""
    await world_of(request).plans.retry(actor, _kind(submission, "sub"))
    return back(f"/mco/submissions/{submission}", "retried")


@ROUTER.get("/mco/deliveries")
async def deliveries(request: Request, actor: Mco, before: Before = None) -> Response:
    """List deliveries with their three ledgers, newest first."""
    cursor = None if before is None else ours(before)
    rows = await _deliveries(request, actor, None, cursor=cursor, limit=PAGE)
    older = rows[-1]["id"] if len(rows) == PAGE else ""
    return page(request, "mco_deliveries.html", rows=rows, older=older, newest=before is None)


@ROUTER.post("/mco/retry/{noun}")
async def retry(request: Request, actor: Mco, noun: str) -> Response:
    """Let an unroutable plan or an undeliverable delivery of theirs go again."""
    await world_of(request).plans.retry(actor, _kind(noun, "pln", "del"))
    return back("/mco", "retried")


@ROUTER.get("/mco/answers/{delivery}")
async def read_answers(request: Request, actor: Mco, delivery: str) -> Response:
    """Show what a practice answered about one plan, and what was replied."""
    return await _answers(request, actor, delivery)


async def _answers(
    request: Request, actor: Actor, delivery: str, refusal: Refused | None = None
) -> Response:
    row = one(await _ask(request, actor, "console_answered", delivery=_kind(delivery, "del")))
    told = await world_of(request).reception.said(actor, row["id"])
    return page(
        request,
        "mco_answer.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        row=row,
        said=[{"one": each, "changes": beside(each.changes)} for each in reversed(told)],
        replies=REPLIES,
        returned=await requests_of(request).returned(actor, row["id"]),
    )


@ROUTER.post("/mco/answers/{delivery}/{answer}")
async def reply(request: Request, actor: Mco, delivery: str, answer: str) -> Response:
    """Record the sender's reply to one answer."""
    form = await form_of(request)
    try:
        kind = cast("ReplyKind", form.one("kind", "Your reply", tuple(REPLIES)))
        reason = form.text("reason", "In words", longest=2000)
        name = form.text("name", "Your name", wanted=True)
        await world_of(request).reception.reply(actor, _kind(answer, "ans"), kind, reason, name)
    except Refused as refusal:
        if refusal.status != 422:  # noqa: PLR2004  # anything but a field is the refusal itself
            raise
        return await _answers(request, actor, delivery, refusal)
    return back(f"/mco/answers/{_kind(delivery, 'del')}", "replied")


def _kind(noun: str, *known: str) -> str:
    """Return an identifier of one of the kinds named; `Refused` 404 otherwise."""
    if ours(noun)[:3] not in known:
        raise nothing()
    return noun


async def _ask(request: Request, actor: Actor, query: str, **given: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # values of a named query
    return await world_of(request).desk.ask(query, actor.organisation, **given)


async def _deliveries(
    request: Request,
    actor: Actor,
    states: list[str] | None,
    **given: Any,  # noqa: ANN401  # values of a named query
) -> list[dict[str, Any]]:
    asked = {"plan": None, "submission": None, "cursor": None, "limit": 200, **given}
    rows = await _ask(request, actor, "console_deliveries", states=states, **asked)
    if states == ["answered"]:
        rows.sort(key=lambda row: _ANSWERS.get(row["agreement"], 5))
    return rows
