"""Return files: a practice says of many plans at once what became of them, and sees line by line.

Each line is recorded as if it were said on the plan's own page, by whoever uploads it; a line that
says what was said already changes nothing, so that the same file may be sent twice.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.recording import Desk
from hub.recording import take as recorded
from hub.return_file import MOST, STATUSES
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.shell import page
from hub.web.world import returning_of, world_of

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
PATH = "/returns"
_TONES = {"taken": "good", "already": "idle", "refused": "bad"}


@ROUTER.get(PATH)
async def ask(request: Request, actor: Pcmh) -> Response:
    """Show the form for a return file."""
    return _shown(request, actor)


@ROUTER.post(PATH)
async def take(request: Request, actor: Pcmh) -> Response:
    """Take a return file, or pasted lines; tell what became of each line."""
    form = await form_of(request)
    given = (await request.form()).get("file")
    content = await given.read() if isinstance(given, UploadFile) else b""
    world = world_of(request)
    desk = Desk(world.reception, returning_of(request), world.clock)
    try:
        content = content or form.text("lines", "Lines", longest=200_000).encode()
        name = form.text("name", "Your name", wanted=True)
        found = await recorded(desk, actor, content, name)
    except Refused as refusal:
        return _shown(request, actor, alert=refusal.detail)
    told = [{"number": o.number, "tone": _TONES[o.outcome], "said": o.says} for o in found]
    return _shown(request, actor, told)


def _shown(
    request: Request,
    actor: Actor,
    told: list[dict[str, Any]] | None = None,
    alert: str | None = None,
) -> Response:
    status = 422 if alert else 200
    given = {"told": told or [], "statuses": STATUSES, "most": MOST, "name": actor.name}
    return page(request, "return_files.html", status, alert=alert, **given)
