"""The directory as a file: have it as YAML or FHIR, try one out row by row, load it.

Operations load, integration and privacy staff have it and try out. A dry run keeps nothing; what
loading would leave unreached has to be meant. Secrets are in no file that goes out.
"""

from dataclasses import replace
from typing import Annotated, cast

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from hub.asked import Actor
from hub.errors import Refused
from hub.provider_directory import bundle_reading, bundle_writing
from hub.provider_directory.keeping import Outcome
from hub.provider_directory.taking import taken
from hub.web.guards import allowed
from hub.web.pages import directory_words as words
from hub.web.pages.comparison import shown_outcome
from hub.web.pages.consent_page import file_of
from hub.web.pages.shell import page
from hub.web.world import directory_of, world_of

PATH = "/directory/files"
ROUTER = APIRouter(prefix=PATH, include_in_schema=False)
Reader = Annotated[Actor, allowed(roles=("operations", "integration", "privacy"))]
_SHOWN = {400, 409, 413, 415, 422}


@ROUTER.get("")
async def files(request: Request, actor: Reader) -> Response:
    """Show the downloads and the upload form."""
    return _page(request, actor)


@ROUTER.get("/directory.yaml")
async def as_yaml(request: Request, actor: Reader) -> Response:
    """Return the whole directory as YAML, secrets left out."""
    content = await world_of(request).rosters.dump_directory(actor)
    return _file(content, "application/yaml", "directory.yaml")


@ROUTER.get("/directory.json")
async def as_fhir(request: Request, actor: Reader) -> Response:
    """Return the directory as a FHIR R4 bundle."""
    _ = actor
    known = await directory_of(request).standing()
    content = msgspec.json.encode(bundle_writing.bundle(known, world_of(request).clock.now()))
    return _file(content, "application/fhir+json", "directory.json")


@ROUTER.post("")
async def bring(request: Request, actor: Reader) -> Response:
    """Try a file out, or load it."""
    directory = directory_of(request)
    outcome: Outcome | None = None
    notes: tuple[bundle_reading.Note, ...] = ()
    loaded = False
    try:
        content, form = await file_of(request)
        given = taken(content, await directory.standing())
        notes = given.notes
        proposed = replace(given.proposed, reason=form.fields.get("reason", "").strip()[:500])
        outcome = await directory.try_out(proposed)
        if form.fields.get("go") == "load":
            sure = bool(form.fields.get("sure"))
            outcome = await directory.change(_keeper(actor), replace(proposed, sure=sure))
            loaded = True
    except Refused as refusal:
        if refusal.status not in _SHOWN:
            raise
        outcome = cast("Outcome | None", refusal.extra.get("outcome", outcome))
        return _page(request, actor, refusal, (outcome, notes, False))
    return _page(request, actor, None, (outcome, notes, loaded))


def _keeper(actor: Actor) -> Actor:
    if "operations" not in actor.roles:
        raise Refused("forbidden", "operations load the directory", status=403)
    return actor


def _page(
    request: Request,
    actor: Actor,
    refusal: Refused | None = None,
    report: tuple[Outcome | None, tuple[bundle_reading.Note, ...], bool] | None = None,
) -> Response:
    outcome, notes, loaded = report or (None, (), False)
    return page(
        request,
        "directory_files.html",
        refusal.status if refusal else 200,
        alert=refusal.detail if refusal else None,
        outcome=shown_outcome(outcome) if outcome else None,
        notes=notes,
        loaded=loaded,
        keeper="operations" in actor.roles,
        say=words.word,
    )


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "cache-control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
