"""Puts the web application together: the edge, the handlers, the API's routes, the console's pages.

`hub.main` calls `create` with the world and the console's `Pages`; tests call it with doubles. It
refuses to make an application in which a route doesn't say who may call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from hub.errors import Refused, Trouble
from hub.web import (
    api_consents,
    api_decisions,
    api_deliveries,
    api_fhir,
    api_files,
    api_imports,
    api_labels,
    api_ledger,
    api_open,
    api_receipts,
    api_registry,
    api_requests,
    api_returns,
    api_submissions,
    fhir_answers,
    problems,
    smart,
)
from hub.web.direct import Direct
from hub.web.edge import Edge
from hub.web.fhir import api_deliveries as fhir_deliveries
from hub.web.fhir import api_directory as fhir_directory
from hub.web.fhir import api_plans as fhir_plans
from hub.web.fhir import subscriptions as fhir_subscriptions
from hub.web.guards import record_refusal, unguarded
from hub.web.submit import PATH, Submit
from hub.web.world import World

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import APIRouter
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp


__all__ = ["Pages", "World", "create"]

_LARGE = (PATH, "/v1/rosters/", "/v1/directory", "/v1/consents/", "/fhir/Consent")
_MACHINES = ("/v1/", "/fhir/", "/oauth/", "/.well-known/", "/health")


@dataclass(frozen=True, slots=True)
class Pages:
    """What the console adds: routers, mounted ASGI apps, and how it shows a refusal to a person.

    `refused` gets every refusal outside the API's paths, 401 too (it may answer with a redirect to
    the sign-in page). `mounts` are (path, ASGI app with a `guard`), for static files. `large` are
    path prefixes whose requests may be as large as a submission.
    """

    routers: tuple[APIRouter, ...] = ()
    mounts: tuple[tuple[str, ASGIApp], ...] = ()
    refused: Callable[[Request, Refused], Awaitable[Response]] | None = None
    large: tuple[str, ...] = ()


def create(world: World, pages: Pages | None = None) -> FastAPI:
    """Return the application over a world; `RuntimeError` when a route has no guard."""
    shown = pages or Pages()
    app = FastAPI(
        title="ICP hub", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.world = world
    app.state.block_roots = {}
    app.state.pages = shown
    app.add_route(PATH, Submit(), methods=["POST"])  # type: ignore[arg-type]  # an ASGI endpoint, as Starlette takes them
    routers = [
        api_open.ROUTER,
        smart.ROUTER,
        api_submissions.ROUTER,
        api_deliveries.ROUTER,
        api_imports.ROUTER,
        api_registry.ROUTER,
        api_consents.ROUTER,
        api_requests.ROUTER,
        api_decisions.ROUTER,
        api_fhir.ROUTER,
        fhir_deliveries.ROUTER,
        fhir_plans.ROUTER,
        fhir_directory.ROUTER,
        fhir_subscriptions.ROUTER,
        api_files.ROUTER,
        api_labels.ROUTER,
        api_receipts.ROUTER,
        api_returns.ROUTER,
        api_ledger.ROUTER,
        *shown.routers,
    ]
    for router in routers:
        app.include_router(router)
    for path, mounted in shown.mounts:
        app.mount(path, mounted)
    _guarded(app)
    for kind in (Refused, Trouble, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _told)
    large = (*_LARGE, *shown.large)
    app.add_middleware(Direct, routes=app.routes, told=_told)
    app.add_middleware(Edge, settings=world.settings, large=large, answer=_answer)
    return app


def _guarded(app: FastAPI) -> None:
    open_ = unguarded(app.routes)
    if open_:
        raise RuntimeError(f"routes without a guard: {', '.join(open_)}")


async def _told(request: Request, error: Exception) -> Response:
    """Answer what a route refused or ran into; who keeps asking for what isn't theirs is noted."""
    if isinstance(error, RequestValidationError):
        refused = problems.from_validation(error)
    elif isinstance(error, HTTPException):
        refused = problems.from_http(error)
    else:
        refused = problems.refusal(error)
    actor = request.scope.get("state", {}).get("actor")
    if actor is not None and refused.status == HTTPStatus.NOT_FOUND:
        await record_refusal(request, actor, "not_found")
    return await _answer(request, refused)


async def _answer(request: Request, refused: Refused) -> Response:
    """Answer a refusal: as a problem, in FHIR's own form, or as the console shows it."""
    if request.url.path.startswith("/fhir/"):
        return fhir_answers.refused(refused, problems.request_id(request))
    show = cast("Pages", request.app.state.pages).refused
    if show is not None and not request.url.path.startswith(_MACHINES):
        return await show(request, refused)
    return problems.problem(refused, problems.request_id(request))
