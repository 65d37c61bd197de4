"""What a practice puts into its SFTP inbox: a return file, recorded line by line, with a receipt.

`opening` gives the SFTP server's inbox `Sorted`, which tells a practice's file from a sender's
document: the first is taken here, the second goes on as a submission.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hub import recording
from hub.asked import Actor
from hub.errors import Refused
from hub.ids import new_id
from hub.intake import VaultUpload
from hub.ports import Accepted

if TYPE_CHECKING:
    from hub.main.opening import Hub
    from hub.ports import Envelope, Upload


class Sorted:
    """An upload that becomes a submission or a return file, by whose it is."""

    def __init__(self, hub: Hub, envelope: Envelope) -> None:
        self._hub = hub
        self._envelope = envelope
        self._inner: Upload | None = None

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        await (await self._sorted()).write(chunk)

    async def commit(self) -> Accepted:
        """Make it durable; `Refused` for what can't be taken."""
        return await (await self._sorted()).commit()

    async def abort(self) -> None:
        """Forget what was written."""
        if self._inner is not None:
            await self._inner.abort()

    async def _sorted(self) -> Upload:
        if self._inner is None:
            whose = self._envelope.organisation
            practice = await self._hub.drops.practice(whose)
            self._inner = (
                ReturnsUpload(self._hub, self._envelope)
                if practice
                else VaultUpload(self._hub.intake, self._envelope)
            )
        return self._inner


class ReturnsUpload:
    """A return file under way; it is recorded when the client closes it."""

    def __init__(self, hub: Hub, envelope: Envelope) -> None:
        self._hub = hub
        self._envelope = envelope
        self._content = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes; `Refused` 413 for more than a return file can have."""
        if len(self._content) + len(chunk) > recording.MOST_BYTES:
            raise Refused("too_large", "a return file has at most a megabyte", status=413)
        self._content += chunk

    async def commit(self) -> Accepted:
        """Record every line and keep the receipt; `Refused` for what is no return file."""
        hub, content = self._hub, bytes(self._content)
        whose, user = self._envelope.organisation, self._envelope.actor
        actor = Actor(id=user, organisation=whose, name=user, roles=("pcmh",))
        desk = recording.Desk(hub.reception, hub.returning, hub.clock)
        told = await recording.take(desk, actor, content)
        rows = [(one.number, one.key, one.status, one.outcome, one.says) for one in told]
        made, at = new_id("ret"), hub.clock.now()
        await hub.drops.keep(made, whose, self._envelope.name, rows, at)
        return Accepted(made, hashlib.sha256(content).hexdigest(), len(content), at)

    async def abort(self) -> None:
        """Forget what was written."""
        self._content.clear()
