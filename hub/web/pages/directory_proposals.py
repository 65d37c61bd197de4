"""What practices propose for their own contacts: operations compare, accept or decline.

Accepting changes the contact like any other change, with its history; what it would leave unreached
stands beside the proposal. Integration and privacy staff may read.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.provider_directory.entries import file_of, made
from hub.provider_directory.keeping import Proposed
from hub.web.guards import allowed
from hub.web.pages import directory_words as words
from hub.web.pages.comparison import shown_outcome
from hub.web.pages.filled import form_of
from hub.web.pages.shell import back, page
from hub.web.replies import ours
from hub.web.world import directory_of, world_of

PATH = "/directory/proposals"
ROUTER = APIRouter(prefix=PATH, include_in_schema=False)
Reader = Annotated[Actor, allowed(roles=("operations", "integration", "privacy"))]
Keeper = Annotated[Actor, allowed(roles=("operations",))]
MOST = 100
_SHOWN = {409, 422}


@ROUTER.get("")
async def proposals(request: Request, actor: Reader) -> Response:
    """Show open proposals with what each would change, then those decided."""
    return await _shown(request, actor)


@ROUTER.post("/{proposal}")
async def decide(request: Request, actor: Keeper, proposal: str) -> Response:
    """Accept or decline a proposal; declining needs a word to the practice."""
    form = await form_of(request)
    try:
        accept = form.one("verdict", "Accept or decline", ("accept", "decline")) == "accept"
        note = form.text("note", "A word to the practice", longest=500, wanted=not accept)
        await directory_of(request).decide(actor, ours(proposal), accept=accept, note=note)
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        return await _shown(request, actor, refusal)
    return back(PATH, "decided")


async def _shown(request: Request, actor: Actor, refusal: Refused | None = None) -> Response:
    given: dict[str, Any] = {"whose": None, "limit": MOST}
    rows = await world_of(request).desk.ask("directory_proposals", None, **given)
    for row in rows:
        row["contact_row"] = row["proposed"]
        row["outcome"] = await _outcome(request, row) if row["verdict"] is None else None
    return page(
        request,
        "directory_proposals.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        open=[row for row in rows if row["verdict"] is None],
        decided=[row for row in rows if row["verdict"] is not None],
        keeper="operations" in actor.roles,
        say=words.word,
    )


async def _outcome(request: Request, row: dict[str, Any]) -> dict[str, Any]:
    """Return what accepting would do; why it can't be where its contact is no longer right."""
    try:
        contact = made("contact", row["proposed"])
        outcome = await directory_of(request).try_out(Proposed(file_of(contact), sure=True))
    except Refused as refusal:
        return {"wrong": refusal.detail, "changes": [], "remarks": (), "stranded": ()}
    return {"wrong": "", **shown_outcome(outcome)}
