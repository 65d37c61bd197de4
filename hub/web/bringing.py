"""A document that comes back, from the socket to the board and out again.

Taken in, looked at by a reader, kept, and fetched: API and console call both ways. The reader runs
in its sandbox and may fail: a document need not be readable to be kept. What its giver called the
file is shown to the reader only.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import Response

from consent.notices import TEXTS, texts_of
from hub.canonical import Document
from hub.errors import Refused, Trouble
from hub.render.cover import Rendered
from hub.render.noticed import with_notices
from hub.requests import documents
from hub.requests.documents import READERS, media_type
from hub.requests.nouns import Brought
from hub.web.headers import file_name, header_file_name
from hub.web.multipart import OneFile
from hub.web.replies import ours
from hub.web.world import requests_of, world_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from hub.asked import Actor
    from hub.canonical import Plan

_LONGEST = 200


async def bring(request: Request, actor: Actor, noun: str) -> str:
    """Keep a request's body as the document that answers a request or a delivery; return its id.

    The body is the document itself, or a form with one file and who gives it as `name`.
    """
    content, name, called = await _taken(request, actor)
    if not content:
        raise Refused("empty", "choose a file that isn't empty", status=422)
    kind = media_type(content)
    reader, plans = await _read(request, actor, content, (called, kind))
    given = Brought(noun, name, content, kind, reader, plans)
    return await requests_of(request).bring(actor, given)


async def fetched(request: Request, actor: Actor, document: str) -> Response:
    """Return a document as a download, under a name of ours; never shown inside a page.

    Where the law wants a notice with it, it comes in a ZIP behind the notice.
    """
    content, row = await requests_of(request).document(actor, ours(document))
    name = documents.file_name(row["id"], row["media_type"])
    inner = Rendered(content=content, media_type=row["media_type"], file_name=name)
    known = {**TEXTS, **texts_of(world_of(request).policy.packs)}
    texts = [known[one] for one in row["notices"] if one in known]
    texts += [row["scope"]] if row["scope"] else []
    made = with_notices(row["id"], inner, texts, row["at"])
    headers = {"content-disposition": f'attachment; filename="{made.file_name}"'}
    return Response(made.content, 200, headers, made.media_type)


async def _taken(request: Request, actor: Actor) -> tuple[bytes, str, str]:
    """Return the bytes, who gives them, and what the file is called."""
    kind = request.headers.get("content-type", "")
    most, content = world_of(request).settings.max_bytes, bytearray()
    form = OneFile(kind) if kind.lower().startswith("multipart/form-data") else None
    async for chunk in request.stream():
        for part in form.feed(chunk) if form else [chunk]:
            content += part
            if len(content) > most:
                raise Refused("too_large", "the file is too large", status=413)
    if form is None:
        called = header_file_name(request.headers.get("content-disposition", ""))
        return bytes(content), actor.name, called
    form.end()
    name = " ".join(form.fields.get("name", "").split())[:_LONGEST]
    if not name:
        raise Refused("name_missing", "say the name of the person who gives it", status=422)
    return bytes(content), name, file_name(form.name)


async def _read(
    request: Request, actor: Actor, content: bytes, told: tuple[str, str]
) -> tuple[str, tuple[Plan, ...]]:
    """Let readers look at a document; return which one made plans of it, and them."""
    world = world_of(request)
    document = Document(
        content=content,
        name=told[0],
        media_type=told[1],
        digest=hashlib.sha256(content).hexdigest(),
        sender=actor.organisation,
    )
    async with world.limits.reading:
        bound = await world.bindings(actor.organisation)
        try:
            reader, reading = await world.reader.read((*bound, *READERS), document)
        except Trouble:
            return "", ()
    return (reader, tuple(reading.plans)) if reading.plans else ("", ())
