"""The console's own few files: a style sheet, a script, a mark. For anyone; none tells anything.

`console` mounts `Assets`; templates name files through `address`, which carries a digest of the
content, so that a browser may keep a file for good and still never shows an old one.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.staticfiles import StaticFiles

from hub.web.guards import Anyone

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

STATIC = "/static"
_FOLDER = Path(__file__).resolve().parent.parent / "static"
_KEEP = (b"cache-control", b"public, max-age=31536000, immutable")


class Assets:
    """Static files as an ASGI app; `guard` says who may have them."""

    guard = Anyone()

    def __init__(self) -> None:
        self._files = StaticFiles(directory=_FOLDER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one file, to be kept by the browser."""

        async def kept(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                message = {**message, "headers": [*headers, _KEEP]}  # type: ignore[misc]  # a list of pairs, by ASGI
            await send(message)

        await self._files(scope, receive, kept)  # type: ignore[arg-type]  # the same message type


@functools.cache
def address(name: str) -> str:
    """Return a file's address with the digest of its content."""
    digest = hashlib.sha256((_FOLDER / name).read_bytes()).hexdigest()[:12]
    return f"{STATIC}/{name}?v={digest}"
