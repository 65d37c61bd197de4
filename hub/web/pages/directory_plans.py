"""Planned changes of the directory in the console: what comes, what is over, taking one back.

`directory` and `directory_form` show `coming`; only operations take back. A planned change is made
by the form of its row, with a day to come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time
from starlette.responses import Response  # noqa: TC002  # the same

from hub.asked import Actor  # the same
from hub.errors import Refused
from hub.web.guards import allowed
from hub.web.pages.comparison import worded
from hub.web.pages.shell import back
from hub.web.replies import nothing, ours
from hub.web.world import directory_of

if TYPE_CHECKING:
    from hub.provider_directory.planning import Planned

ROUTER = APIRouter(prefix="/directory", include_in_schema=False)
Keeper = Annotated[Actor, allowed(roles=("operations",))]
Told = list[tuple[str, str, str]]


async def coming(
    request: Request, organisation: str | None, noun: str = ""
) -> list[tuple[Planned, Told]]:
    """Return what is planned with its changes in words: of one row, or of an organisation.

    Of an organisation what was made, withdrawn or refused is there too; None: all that is planned.
    """
    book = directory_of(request)
    found = await book.planned(organisation)
    rows = (await book.standing(organisation)).rows() if found else {}
    return [
        (one, worded(one.told(rows.get((one.kind, one.noun)))))
        for one in found
        if not noun or (one.noun == noun and one.state == "planned")
    ]


@ROUTER.post("/planned/{planned}/withdrawal")
async def withdraw(request: Request, actor: Keeper, planned: str) -> Response:
    """Take a planned change back; one that is over already is shown as it is."""
    if not ours(planned).startswith("dpl_"):
        raise nothing()
    try:
        owner = await directory_of(request).withdraw(actor, planned)
    except Refused as refusal:
        if refusal.code != "not_open":
            raise
        return back("/directory")
    return back(f"/directory/organisations/{owner}", "withdrawn")
