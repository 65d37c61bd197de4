"""Who may call a route: every route names its scopes and roles, or says that anyone may.

`allowed(...)` and `anyone()` are FastAPI dependencies; a bare ASGI endpoint holds an `Allowed` as
`guard`. `create` refuses to build an application with an unguarded route. Systems are let in by
scope, people by role; a person's changing request must also prove that it comes from our own page.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request  # noqa: TC002  # FastAPI reads the signature at run time

from hub.asked import Actor  # noqa: TC001  # the same
from hub.errors import Refused
from hub.web.identity import ANONYMOUS, address, csrf_of, who
from hub.web.world import world_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from starlette.routing import BaseRoute

    from hub.asked import Role

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Allowed:
    """Lets a credential in that has one of `scopes`, and a person who has one of `roles`."""

    scopes: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()

    async def __call__(self, request: Request) -> Actor:
        """Return who asks; `Refused` 401, 403 or 429, and recorded."""
        world = world_of(request)
        try:
            actor = await who(request)
        except Refused as refused:
            world.limits.strangers.take(address(request))
            if "authorization" in request.headers:
                await record_refusal(request, ANONYMOUS, refused.code)
            raise
        world.limits.credentials.take(actor.id)
        try:
            self._may(actor)
            if "session" in request.scope["state"] and request.method not in SAFE:
                await _from_our_page(request)
        except Refused as refused:
            await record_refusal(request, actor, refused.code)
            raise
        return actor

    def _may(self, actor: Actor) -> None:
        if not (set(actor.scopes) & set(self.scopes) or set(actor.roles) & set(self.roles)):
            raise Refused("forbidden", "you may not do this", status=403)


@dataclass(frozen=True, slots=True)
class Anyone:
    """Lets anyone call a route, knowingly."""

    async def __call__(self) -> None:
        """Let the caller in."""


def allowed(*, scopes: tuple[str, ...] = (), roles: tuple[Role, ...] = ()) -> Any:  # noqa: ANN401  # FastAPI's marker has no public type
    """Return the dependency that gives the `Actor` with one of the scopes or roles."""
    return Depends(Allowed(scopes, roles))


def anyone() -> Any:  # noqa: ANN401  # FastAPI's marker has no public type
    """Return the dependency that says a route is for anyone."""
    return Depends(Anyone())


async def record_refusal(request: Request, actor: Actor, code: str) -> None:
    """Record a refusal; many of one kind become one event a minute with their count."""
    world = world_of(request)
    count = world.limits.refusals.worth_telling(actor.id, code)
    if count:
        route = getattr(request.scope.get("route"), "path", "")
        await world.desk.note(actor, "access.refused", actor.id, code=code, at=route, count=count)


async def _from_our_page(request: Request) -> None:
    """Refuse a person's changing request that another site may have made (CSRF).

    The session's token comes in the header `X-CSRF-Token` or the form field `csrf`. A multipart
    form is not read here: for it the browser's own word (`Sec-Fetch-Site`, `Origin`) must be there.
    """
    ours = same_site(request)
    if ours is False:
        raise Refused("other_site", "this request came from another site", status=403)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    given = request.headers.get("x-csrf-token", "")
    if not given and kind == _URLENCODED:
        given = str((await request.form()).get("csrf", ""))
    if not given and kind == "multipart/form-data" and ours:
        return
    known = csrf_of(request)
    if not known or not hmac.compare_digest(known.encode(), given.encode("utf-8", "replace")):
        raise Refused("csrf", "the form is too old; open the page again", status=403)


def same_site(request: Request) -> bool | None:
    """Return whether the browser says our own page made this request; None when it says nothing.

    The sign-in form, which has no session yet, is checked with this alone.
    """
    fetch = request.headers.get("sec-fetch-site")
    if fetch is not None:
        return fetch in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return None
    ours = {request.headers.get("host", ""), urlsplit(world_of(request).settings.public_url).netloc}
    return urlsplit(origin).netloc in ours


def guard_of(route: BaseRoute) -> Allowed | Anyone | None:
    """Return who may call a route: its dependency's guard, or its bare endpoint's."""
    endpoint = getattr(route, "endpoint", None) or getattr(route, "app", None)
    found = getattr(endpoint, "guard", None)
    if isinstance(found, (Allowed, Anyone)):
        return found
    waiting = [getattr(route, "dependant", None)]
    while waiting:
        dependant = waiting.pop()
        if dependant is None:
            continue
        if isinstance(dependant.call, (Allowed, Anyone)):
            return dependant.call
        waiting += dependant.dependencies
    return None


def walked(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[tuple[str, BaseRoute]]:
    """Yield (path, route) of every route, those of included routers too."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            context = getattr(route, "include_context", None)
            yield from walked(inner.routes, prefix + getattr(context, "prefix", ""))
        else:
            yield prefix + str(getattr(route, "path", "?")), route


def unguarded(routes: Iterable[BaseRoute]) -> list[str]:
    """Return the paths of routes that don't say who may call them."""
    return [path for path, route in walked(routes) if guard_of(route) is None]
