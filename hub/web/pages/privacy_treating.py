"""Who treats a member beside their medical home, recorded by the privacy officer on their page.

The same member, organisation and first day is one relationship: sent again with a last day it ends.
`hub.treating` says what holds; nothing here decides what may be disclosed.
"""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.treating import SOURCES, Claim
from hub.web.guards import allowed
from hub.web.pages.filled import Form, form_of
from hub.web.pages.privacy_members import shown_member
from hub.web.pages.shell import back
from hub.web.replies import ours
from hub.web.world import treating_of

ROUTER = APIRouter(prefix="/privacy/members", include_in_schema=False)
Officer = Annotated[Actor, allowed(roles=("privacy",))]
UNPROCESSABLE = 422


@ROUTER.post("/{member}/treating")
async def record(request: Request, actor: Officer, member: str) -> Response:
    """Record that an organisation treats the member from a day on, or until when it did."""
    form, found = await form_of(request), ours(member)
    try:
        await treating_of(request).record(actor, _claim(form, found))
    except Refused as refusal:
        if refusal.status != UNPROCESSABLE:
            raise
        return await shown_member(request, found, refusal)
    return back(f"/privacy/members/{found}", "treating")


def _claim(form: Form, member: str) -> Claim:
    whose = form.text("organisation", "Who treats them", wanted=True, longest=64)
    starts, ends = form.day("from", "From"), form.day("to", "Until and with")
    if starts is None:
        raise Refused("from_missing", "fill in the day they began", status=UNPROCESSABLE)
    return Claim(member, whose, starts, ends, form.one("source", "Who says so", tuple(SOURCES)))
