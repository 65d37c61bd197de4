"""Who would get it: a practice's routing rules, and the line's own answer for a made-up member.

The answer is `hub.routing.route`, which the line asks for every plan; nothing is decided here. The
words of the question stand in no address and are not kept.
"""

from datetime import date
from typing import Annotated, Any, cast

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub import routing
from hub.asked import Actor
from hub.directory import Purpose, RosterMember, Route
from hub.errors import Refused
from hub.provider_directory.keeping import Asked
from hub.provider_directory.stranding import PURPOSES
from hub.web.guards import allowed
from hub.web.pages import directory_words as words
from hub.web.pages.directory import found
from hub.web.pages.filled import Form, form_of
from hub.web.pages.shell import page
from hub.web.replies import nothing
from hub.web.world import directory_of, world_of

ROUTER = APIRouter(prefix="/directory", include_in_schema=False)
Reader = Annotated[Actor, allowed(roles=("operations", "integration", "privacy"))]
_NOBODY = "made-up"


@ROUTER.get("/organisations/{organisation}/routing")
async def rules(request: Request, actor: Reader, organisation: str) -> Response:
    """Show a practice's rules in their order, and the question."""
    return await _shown(request, actor, organisation)


@ROUTER.post("/organisations/{organisation}/routing")
async def who(request: Request, actor: Reader, organisation: str) -> Response:
    """Answer who would get what is about such a member on such a day, and why."""
    form = await form_of(request)
    try:
        asked = _asked(form, organisation)
        purpose = cast("Purpose", form.one("purpose", "Purpose", PURPOSES))
        on = form.day("on", "On") or world_of(request).clock.now().date()
        facts = await directory_of(request).facts(asked)
        way = routing.route(_NOBODY, facts, on, purpose)
    except Refused as refusal:
        if refusal.status != 422:  # noqa: PLR2004  # what was typed is wrong
            raise
        return await _shown(request, actor, organisation, refusal, typed=form.typed())
    return await _shown(request, actor, organisation, None, (way, on, purpose), form.typed())


def _asked(form: Form, organisation: str) -> Asked:
    member = RosterMember(
        _NOBODY,
        form.text("mco", "Sender"),
        "",
        county=form.text("county", "County"),
        line_of_business=form.text("line_of_business", "Line of business"),
        program=form.text("program", "Program"),
    )
    return Asked(organisation, member)


async def _shown(
    request: Request,
    actor: Actor,
    organisation: str,
    refusal: Refused | None = None,
    answer: tuple[Route, date, Purpose] | None = None,
    typed: dict[str, list[str]] | None = None,
) -> Response:
    known, entry = await found(request, organisation)
    if entry.kind != "pcmh":
        raise nothing()
    said: list[dict[str, Any]] = await world_of(request).desk.ask("directory_words", None)
    now = world_of(request).clock.now()
    return page(
        request,
        "directory_routing.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        one=entry,
        rules=known.rules,
        people={one.id: one for one in known.contacts},
        senders=[o for o in known.organisations if o.kind == "mco"],
        names={one.id: one.name for one in known.organisations},
        answer=answer,
        reasons=routing.REASONS,
        typed=typed or {"on": [now.date().isoformat()]},
        words=[(row["field"], row["word"]) for row in said],
        purposes=PURPOSES,
        keeper="operations" in actor.roles,
        say=words.word,
    )
