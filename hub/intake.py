"""Step one: bytes become a submission. Channels write into an upload; `commit` makes it durable.

Nothing is answered before the bytes are in the vault and the row, event and work item are committed
together (invariants I1, I2). Small uploads that come at once share the waits for the disk and the
transaction; large ones stream. This step never looks into the bytes: a document that can't be read
is quarantined later, not refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hub.ports import Accepted, Envelope, Stored, Vault, VaultWriter

STREAM_ABOVE = 262_144


@dataclass(frozen=True, slots=True)
class Desk:
    """What an upload needs: where large ones stream to, what accepts, and the size limit in bytes.

    `take` accepts content that is not yet durable, or what says where it was streamed to.
    """

    vault: Vault
    take: Callable[[Envelope, bytes | Stored], Awaitable[Accepted]]
    max_bytes: int


class VaultUpload:
    """An upload under way; implements `hub.ports.Upload`."""

    def __init__(self, desk: Desk, envelope: Envelope) -> None:
        self._desk = desk
        self._envelope = envelope
        self._parts: list[bytes] = []
        self._size = 0
        self._writer: VaultWriter | None = None

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes; `Refused` 413 above the size limit."""
        self._size += len(chunk)
        if self._size > self._desk.max_bytes:
            await self.abort()
            raise Refused(
                "too_large",
                f"more than {self._desk.max_bytes} bytes; send a smaller document or split it",
                status=413,
            )
        if self._writer is None:
            self._parts.append(bytes(chunk))
            if self._size > STREAM_ABOVE:
                self._writer = self._desk.vault.writer()
                await self._writer.write(b"".join(self._parts))
                self._parts.clear()
        else:
            await self._writer.write(bytes(chunk))

    async def commit(self) -> Accepted:
        """Make the submission durable; `Refused` 400 for an empty one, 422 for a misused key."""
        if self._size == 0:
            raise Refused("empty", "the document has no bytes; send its content")
        if self._writer is not None:
            return await self._desk.take(self._envelope, await self._writer.commit())
        parts = self._parts
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        return await self._desk.take(self._envelope, content)

    async def abort(self) -> None:
        """Forget what was written."""
        self._parts.clear()
        if self._writer is not None:
            await self._writer.abort()
