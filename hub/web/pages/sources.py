"""What a person compares a doubtful value with: the page's picture, or the source's own words.

`hub.web.pages.confirm` asks. Both are made by the confined child that reads documents, from the
original bytes of the vault; nothing of a sender's document is parsed or drawn in this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from hub.canonical import Document
from hub.errors import HubError
from hub.ports import Binding
from hub.web.replies import nothing
from hub.web.world import world_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from hub.asked import Doubtful

CLIP = "adapters.formats.pdf.clip:clip"
EXCERPT = "adapters.formats.excerpt:excerpt"
_PNG = b"\x89PNG\r\n\x1a\n"


async def clipped(request: Request, shown: Doubtful, number: int) -> bytes:
    """Return the PNG of the page around a doubt's place; `Refused` 404 when there is none."""
    if number >= len(shown.doubts) or shown.doubts[number].kind != "page":
        raise nothing()
    made = await _made(request, shown, Binding(CLIP, shown.doubts[number].at))
    if not made.startswith(_PNG):
        raise nothing()
    return made


async def excerpts(request: Request, shown: Doubtful) -> list[str]:
    """Return the source's words at each doubt's place; empty where there are none to show."""
    places = [(one.kind, one.at) for one in shown.doubts]
    empty = [""] * len(places)
    if all(kind == "page" for kind, _ in places):
        return empty
    try:
        made = await _made(request, shown, Binding(EXCERPT, msgspec.json.encode(places).decode()))
        found: list[Any] = msgspec.json.decode(made or b"[]", type=list[str])
    except (HubError, msgspec.DecodeError):
        return empty
    return found if len(found) == len(places) else empty


async def _made(request: Request, shown: Doubtful, binding: Binding) -> bytes:
    """Let the child look at the original bytes; return what it made, or nothing."""
    world = world_of(request)
    content = await world.vault.get(shown.source)
    document = Document(content, shown.name, shown.media_type, shown.source, shown.mco)
    async with world.limits.reading:
        _, reading = await world.reader.read((binding,), document)
    return next(iter(reading.enclosures.values()), b"")
