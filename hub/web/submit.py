"""`POST /v1/submissions`: bytes go straight from the socket into an upload, whatever they are.

A bare ASGI endpoint, since it is the line's first step and the most used. The console's upload page
calls `take_in`. The answer comes after the bytes and their row are durable, never before. With
`dry_run` the document is read under the sender's own bindings and nothing is kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from hub.canonical import Document
from hub.canonical.wire import plain
from hub.errors import Refused
from hub.intake import VaultUpload
from hub.ports import Envelope
from hub.receipts import coverage, instant
from hub.web.guards import Allowed
from hub.web.headers import file_name, header_file_name, idempotency_key, media_type
from hub.web.multipart import OneFile
from hub.web.world import world_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import Receive, Scope, Send

    from hub.asked import Actor
    from hub.ports import Accepted, Upload
    from hub.web.world import World

PATH = "/v1/submissions"
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Submit:
    """The endpoint; `guard` says who may hand documents in."""

    guard = Allowed(scopes=("submissions.write",))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one document in, or read it without keeping it."""
        request = Request(scope, receive)
        actor = await self.guard(request)
        flags = _flags(scope["query_string"])
        try:
            if flags.get("dry_run"):
                response = await _dry_run(request, actor, whole=flags.get("plans", False))
            else:
                response = await _kept(request, actor)
        except ClientDisconnect:
            return
        await response(scope, receive, send)


def _flags(query: bytes) -> dict[str, bool]:
    """Return the query's flags; a misspelt one is refused, lest a dry run be kept."""
    try:
        given = {name: _FLAGS[value.lower()] for name, value in parse_qsl(query.decode(), True)}
    except (KeyError, UnicodeDecodeError):
        given = {"": True}
    if not set(given) <= {"dry_run", "plans"}:
        raise Refused("unknown_parameter", "only `dry_run` and `plans`, each true or false")
    return given


async def _kept(request: Request, actor: Actor) -> Response:
    world = world_of(request)
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    accepted = await take_in(world, request, actor, key)
    status_url = f"{PATH}/{accepted.submission}"
    body = {
        "submission": accepted.submission,
        "sha256": accepted.digest,
        "bytes": accepted.size,
        "received_at": instant(accepted.received_at),
        "duplicate_of": accepted.duplicate_of,
        "status_url": status_url,
    }
    headers = {"location": status_url}
    if accepted.replayed:
        headers["idempotency-replayed"] = "true"
    return Response(msgspec.json.encode(body), 202, headers, "application/json")


async def take_in(world: World, request: Request, actor: Actor, key: str | None) -> Accepted:
    """Make a request's body a submission of the actor's organisation: raw, or a form's one file.

    `Refused` 400 for an empty or broken one, 413 above the limit, 422 for a misused key.
    """
    _checked(request, world.settings.max_bytes)
    upload: Upload | None = None
    try:
        async for part in _parts(request):
            if upload is None:
                upload = VaultUpload(world.inbox, _envelope(actor, part, key))
            if part.data:
                await upload.write(part.data)
        return await _some(upload).commit()
    except BaseException:
        if upload is not None:
            await upload.abort()
        raise


def _some(upload: Upload | None) -> Upload:
    if upload is None:
        raise Refused("empty", "the document has no bytes; send its content")
    return upload


@dataclass(frozen=True, slots=True)
class _Part:
    """Some bytes of the document, with what the sender calls it."""

    data: bytes
    name: str
    media_type: str


async def _parts(request: Request) -> AsyncIterator[_Part]:
    """Yield the document as it comes; at least one part for any readable body."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        name = header_file_name(request.headers.get("content-disposition", ""))
        media = media_type(kind)
        async for chunk in request.stream():
            yield _Part(chunk, name, media)
        return
    form = OneFile(kind)
    async for chunk in request.stream():
        for data in form.feed(chunk):
            yield _Part(data, file_name(form.name), media_type(form.media_type))
    form.end()


def _envelope(actor: Actor, part: _Part, key: str | None) -> Envelope:
    return Envelope(
        organisation=actor.organisation,
        channel="api",
        actor=actor.id,
        name=part.name,
        media_type=part.media_type,
        idempotency_key=key,
    )


def _checked(request: Request, most: int) -> None:
    """Refuse by the headers what would only be refused at its end."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused("content_encoding", "send the document as it is, not encoded", status=415)
    form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    if not form and int(request.headers.get("content-length", "0")) > most:
        raise Refused("too_large", f"more than {most} bytes; send a smaller one", status=413)


async def _dry_run(request: Request, actor: Actor, *, whole: bool) -> Response:
    """Read the document as the pipeline would; answer findings, coverage and plans."""
    world = world_of(request)
    most = world.settings.max_bytes
    _checked(request, most)
    async with world.limits.reading:
        document = await _document(request, actor, most)
        bindings = await world.bindings(actor.organisation)
        reader, reading = await world.reader.read(bindings, document)
    body = {
        "reader": reader or None,
        "findings": reading.findings,
        "coverage": coverage(msgspec.to_builtins(reading.coverage)),
        "plans": [plain(plan) for plan in reading.plans] if whole else len(reading.plans),
    }
    return Response(msgspec.json.encode(body), 200, media_type="application/json")


async def _document(request: Request, actor: Actor, most: int) -> Document:
    parts: list[_Part] = []
    size = 0
    async for part in _parts(request):
        size += len(part.data)
        if size > most:
            raise Refused("too_large", f"more than {most} bytes; send a smaller one", status=413)
        parts.append(part)
    content = _joined(parts)
    if not content:
        raise Refused("empty", "the document has no bytes; send its content")
    return Document(
        content=content,
        name=parts[0].name,
        media_type=parts[0].media_type,
        digest=hashlib.sha256(content).hexdigest(),
        sender=actor.organisation,
    )


def _joined(parts: Sequence[_Part]) -> bytes:
    return b"".join(part.data for part in parts)
