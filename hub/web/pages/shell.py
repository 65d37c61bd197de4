"""The frame around every page: templates, navigation by role, refusals in plain words.

Page modules call `page` and `back`; `console` installs `refused`. Templates escape everything;
nothing of a page stands in an address but identifiers we made and words of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from hub.web.identity import csrf_of
from hub.web.pages import filters, told
from hub.web.pages.assets import STATIC, address
from hub.web.problems import request_id

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from hub.asked import Actor, Role
    from hub.errors import Refused

__all__ = ["STATIC", "Entry", "back", "home_of", "page", "refused"]

SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation; `also` are other paths that belong to it."""

    path: str
    label: str
    also: tuple[str, ...] = ()


NAVIGATION: dict[Role, tuple[Entry, ...]] = {
    "mco": (
        Entry("/mco", "To act on"),
        Entry("/mco/submissions", "Submissions"),
        Entry("/mco/deliveries", "Deliveries", ("/plans",)),
        Entry("/requests", "Requests", ("/documents",)),
        Entry("/mco/connections", "Connections"),
        Entry("/copies", "Member copies"),
        Entry("/confirm", "Confirm"),
        Entry("/phone", "Plan by phone"),
    ),
    "pcmh": (
        Entry("/worklist", "Worklist", ("/deliveries",)),
        Entry("/requests", "Requests", ("/documents",)),
        Entry("/returns", "Return file"),
        Entry("/copies", "Member copies"),
        Entry("/recalls", "Recalls"),
        Entry("/connections", "Connections"),
        Entry("/emergency", "Emergency"),
        Entry("/contacts", "Contacts"),
    ),
    "provider": (
        Entry("/requests", "Requests"),
        Entry("/documents", "Given documents"),
    ),
    "privacy": (
        Entry("/privacy", "Held plans", ("/plans",)),
        Entry("/privacy/members", "Members and consents", ("/privacy/consents",)),
        Entry("/privacy/worklists", "Worklists", ("/privacy/approvals", "/privacy/imports")),
        Entry("/privacy/emergencies", "Emergencies"),
        Entry("/privacy/incidents", "Incidents"),
        Entry("/privacy/releases", "Releases"),
        Entry("/privacy/requests", "Requests"),
        Entry("/directory", "Directory"),
    ),
    "integration": (
        Entry("/integration", "Quarantined"),
        Entry("/confirm", "Confirm"),
        Entry("/integration/senders", "Senders and coverage"),
        Entry("/phone", "Plan by phone"),
        Entry("/workbench", "Workbench"),
        Entry("/integration/profiles", "Profiles"),
        Entry("/variability", "Variability", ("/adapters",)),
        Entry("/directory", "Directory"),
    ),
    "operations": (
        Entry("/operations", "Operations"),
        Entry("/operations/rosters", "Rosters"),
        Entry("/operations/connections", "Connections"),
        Entry("/directory", "Directory"),
    ),
}
"""What each role finds at the top; the first is its home."""


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(filters.FILTERS)
    made.globals["asset"] = address
    return made


_TEMPLATES = _environment()


def page(request: Request, template: str, status: int = 200, **given: object) -> HTMLResponse:
    """Return a page made of a template; `given` are its own values."""
    state = request.scope.get("state", {})
    actor: Actor | None = state.get("actor")
    path = request.url.path
    frame = {
        "actor": actor,
        "csrf": csrf_of(request),
        "navigation": _navigation(actor),
        "here": _here(actor, path),
        "path": path,
        "done": told.DONE.get(request.query_params.get("done", ""), ""),
        "alert": None,
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(**{**frame, **given}), status)


def back(path: str, done: str = "") -> RedirectResponse:
    """Return the answer to a form that did its work: the page to see next, and what was done."""
    where = f"{path}{'&' if '?' in path else '?'}done={done}" if done else path
    return RedirectResponse(where, HTTPStatus.SEE_OTHER)


def home_of(actor: Actor) -> str:
    """Return the page a person lands on."""
    entries = _navigation(actor)
    return entries[0].path if entries else "/account"


def _navigation(actor: Actor | None) -> list[Entry]:
    return [entry for role in actor.roles for entry in NAVIGATION[role]] if actor else []


def _here(actor: Actor | None, path: str) -> str:
    """Return the entry that a path belongs to: the one with the longest beginning of it."""
    fitting = [
        (len(begins), one.path)
        for one in _navigation(actor)
        for begins in (one.path, *one.also)
        if path == begins or path.startswith(f"{begins}/")
    ]
    return max(fitting, default=(0, ""))[1]


async def refused(request: Request, refusal: Refused) -> Response:
    """Show a refusal: the sign-in page to a stranger, else why in plain words."""
    if refusal.status == HTTPStatus.UNAUTHORIZED and request.url.path != SIGN_IN:
        wanted = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"{SIGN_IN}?next={quote(wanted)}", HTTPStatus.SEE_OTHER)
    words = told.REFUSED.get(refusal.code) or told.STATUS.get(refusal.status)
    title, detail = words or told.STATUS[HTTPStatus.BAD_REQUEST]
    response = page(
        request,
        "refused.html",
        refusal.status,
        title=title,
        detail=detail,
        hint=refusal.detail if refusal.status in told.HINTED else "",
        request_id=request_id(request),
    )
    if "retry_after" in refusal.extra:
        response.headers["retry-after"] = str(refusal.extra["retry_after"])
    return response
