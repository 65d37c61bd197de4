"""Return files: a practice says of many plans at once what became of them, and sees line by line.

Each line is recorded as if it were said on the plan's own page, by whoever uploads it; a line that
says what was said already changes nothing, so that the same file may be sent twice.
"""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.return_file import MOST, STATUSES, Line, lines
from hub.web.guards import allowed
from hub.web.pages.filled import form_of
from hub.web.pages.shell import page
from hub.web.world import returning_of, world_of

if TYPE_CHECKING:
    from hub.correspondence import Given

ROUTER = APIRouter(include_in_schema=False)
Pcmh = Annotated[Actor, allowed(roles=("pcmh",))]
PATH = "/returns"
_ID = "del_"


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
    try:
        text = content.decode("utf-8") or form.text("lines", "Lines", longest=200_000)
        name = form.text("name", "Your name", wanted=True)
        found = list(lines(text, world_of(request).clock.now().date()))
    except UnicodeDecodeError:
        return _shown(request, actor, alert="save the file as CSV in UTF-8")
    except Refused as refusal:
        return _shown(request, actor, alert=refusal.detail)
    told = []
    for one in found:
        if isinstance(one, tuple):
            told.append({"number": one[0], "tone": "bad", "said": one[1]})
            continue
        try:
            tone, said = await _recorded(request, actor, one, name)
        except Refused as refusal:
            tone, said = "bad", refusal.detail.replace("`", "")
        told.append({"number": one.number, "tone": tone, "said": said})
    alert = None if told else "the file has no lines"
    return _shown(request, actor, told, alert)


async def _recorded(request: Request, actor: Actor, line: Line, name: str) -> tuple[str, str]:
    """Record one line; return how it went and what to say of it."""
    reception, clock = world_of(request).reception, world_of(request).clock
    begun, delivery = clock.now(), line.key
    if not delivery.startswith(_ID):
        delivery = await returning_of(request).known(actor, line.key)
    given = line.given(name)
    if given is None:
        at = await reception.acknowledge(actor, delivery, name)
        return ("good", "acknowledged") if at >= begun else ("idle", "was acknowledged already")
    if await _said_already(request, actor, delivery, given):
        return "idle", "was said already"
    await reception.answer(actor, delivery, given)
    return "good", line.status.replace("_", " ")


async def _said_already(request: Request, actor: Actor, delivery: str, given: "Given") -> bool:
    said = await world_of(request).reception.said(actor, delivery)
    new = (given.kind, given.code, given.reason)
    return any((one.kind, one.code, one.reason) == new for one in said)


def _shown(
    request: Request,
    actor: Actor,
    told: list[dict[str, Any]] | None = None,
    alert: str | None = None,
) -> Response:
    status = 422 if alert else 200
    given = {"told": told or [], "statuses": STATUSES, "most": MOST, "name": actor.name}
    return page(request, "return_files.html", status, alert=alert, **given)
