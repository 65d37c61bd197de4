"""The portal mailbox: a delivery that waits in the console until its contact opens and takes it.

The delivery step sends here like anywhere else; there is no wire, so the bytes are at the
practice's disposal as soon as the row says `sent`. Reading them asks consent again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.ports import Look, Proof

if TYPE_CHECKING:
    from hub.ports import Endpoint, Parcel


class Mailbox:
    """Puts deliveries into the practice's mailbox in the console."""

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Take the parcel; its bytes stay in the vault and are fetched from there."""
        del parcel, endpoint  # nothing crosses a wire
        return Proof("confirmed", "in_mailbox")

    async def probe(self, endpoint: Endpoint) -> Look:
        """Say that it works: a mailbox has no wire that could fail."""
        del endpoint  # the same for every practice
        return Look("in_mailbox")
