"""The practice's worklist over all MCOs: ranked, filtered, in pages; and who looks after what.

A row says why it stands where it stands. `hub.worklist` ranks; consent was asked for whatever a row
shows of a plan. The addressed practice alone gets in.
"""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.pcmh import addressed
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import worklist_of, world_of
from hub.worklist import PAGE, VIEWS, View, Wanted, why

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
Sender = Annotated[str, Query(alias="from", max_length=64)]
Page = Annotated[int, Query(ge=1, le=10_000)]
PATH = "/worklist"


@ROUTER.get(PATH)
async def worklist(
    request: Request, actor: Pcmh, view: View = "todo", sender: Sender = "", number: Page = 1
) -> Response:
    """List what is open, the most pressing first, with what each plan asks and why it is there."""
    now = world_of(request).clock.now()
    wanted = Wanted(view, ours(sender) if sender else "", number)
    found = await worklist_of(request).listed(actor, wanted, now)
    desk = world_of(request).desk
    (home,) = await desk.ask(
        "console_organisation", actor.organisation, whose=actor.organisation
    ) or [{"name": ""}]
    (requests,) = await desk.ask("console_requests", actor.organisation, whose=actor.organisation)
    rows: list[dict[str, Any]] = [
        {**row, "ask": found.briefs.get(row["id"]), "why": why(row, now)} for row in found.rows
    ]
    return page(
        request,
        "worklist.html",
        rows=rows,
        home=home["name"],
        requests=requests,
        view=view,
        sender=wanted.sender,
        senders=found.senders,
        tabs=[
            (kind, label, _address(Wanted(kind, wanted.sender)), found.counts.get(kind))
            for kind, label in VIEWS.items()
        ],
        first=(number - 1) * PAGE + 1,
        newer=_address(Wanted(view, wanted.sender, number - 1)) if number > 1 else "",
        older=_address(Wanted(view, wanted.sender, number + 1)) if found.more else "",
        now=now,
    )


def _address(wanted: Wanted) -> str:
    given: dict[str, str] = {}
    if wanted.view != "todo":
        given["view"] = wanted.view
    if wanted.sender:
        given["from"] = wanted.sender
    if wanted.page > 1:
        given["number"] = str(wanted.page)
    return f"{PATH}?{urlencode(given)}" if given else PATH


@ROUTER.post("/deliveries/{delivery}/assign")
async def assign(request: Request, actor: Pcmh, delivery: str) -> Response:
    """Hand a delivery to a colleague with a note, take it oneself, or leave it to nobody."""
    row = await addressed(request, actor, delivery)
    form = await form_of(request)
    account = form.text("account", "Who looks after it", longest=64)
    note = form.text("note", "Note", longest=500)
    try:
        await worklist_of(request).assign(actor, row["id"], account, note)
    except Refused as refusal:
        if refusal.code != "colleague_unknown":
            raise
        return back(f"/deliveries/{row['id']}")
    return back(f"/deliveries/{row['id']}", "assigned" if account else "unassigned")
