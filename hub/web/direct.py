"""The two busiest addresses, served without the framework's layers: submit and acknowledge.

`application.create` puts it inside the edge. Both are called for every plan, and the layers cost
more than what they do. It asks the very guards of their routes and answers refusals as they do;
a body that is not plainly right goes on to the route itself, so that there is one way to be wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from hub.errors import Refused, Trouble
from hub.web import api_deliveries, submit
from hub.web.guards import Allowed, guard_of, walked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BEFORE, _AFTER = f"{api_deliveries.PATH}/", "/acknowledgment"
_ACKNOWLEDGE = f"{_BEFORE}{{delivery}}{_AFTER}"


class Direct:
    """ASGI middleware that serves two addresses itself; `told` answers what was refused there."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        routes: Sequence[BaseRoute],
        told: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._told = told
        posts = {p: r for p, r in walked(routes) if "POST" in (getattr(r, "methods", None) or ())}
        self._submit, self._acknowledge = posts[submit.PATH], posts[_ACKNOWLEDGE]
        self._submits = submit.Submit()
        guard = guard_of(self._acknowledge)
        if not isinstance(guard, Allowed):
            raise TypeError("acknowledging needs a guard")
        self._may_acknowledge = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a submission or an acknowledgment; hand anything else on."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope.get("root_path"):
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        try:
            if path == submit.PATH:
                scope["route"] = self._submit
                await self._submits(scope, receive, send)
            elif path.endswith(_AFTER) and path.startswith(_BEFORE):
                await self._acknowledged(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        except (Refused, Trouble, HTTPException) as error:
            response = await self._told(Request(scope, receive), error)
            await response(scope, receive, send)

    async def _acknowledged(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            body = await request.body()
        except ClientDisconnect:
            return
        delivery = scope["path"][len(_BEFORE) : -len(_AFTER)]
        given = _given(request, body)
        if given is None or not delivery or "/" in delivery:
            await self._app(scope, _Again(body, receive), send)
            return
        scope["route"] = self._acknowledge
        actor = await self._may_acknowledge(request)
        response = await api_deliveries.acknowledge(request, actor, delivery, given)
        await response(scope, receive, send)


def _given(request: Request, body: bytes) -> api_deliveries.Acknowledgment | None:
    """Return who takes the plan, or None where the body is not plainly right."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return None
    try:
        return api_deliveries.Acknowledgment.model_validate_json(body)
    except ValidationError:
        return None


class _Again:
    """Gives a body that was read already to whoever reads it next."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        """Receive the whole body, and afterwards what else comes."""
        body, self._body = self._body, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}
