"""Released bytes on their short way from keeping to sending, so that they needn't be fetched again.

`batches` puts in what the vault has just made durable and takes it out for the first attempt. It is
bounded in bytes and seconds, holds nothing the vault does not have, and every miss is a fetch.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_BYTES: Final = 32_000_000
SECONDS: Final = 20.0


class Fresh(Sealed):
    """Bytes by digest, the oldest first; for one node's own use."""

    def __init__(
        self, most_bytes: int = MOST_BYTES, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most_bytes
        self._clock = clock
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._size = 0

    def keep(self, digest: str, content: bytes) -> None:
        """Hold bytes that are durable in the vault under this digest."""
        self.take(digest)
        self._kept[digest] = (self._clock() + SECONDS, content)
        self._size += len(content)
        while self._size > self._most:
            self.take(next(iter(self._kept)))

    def take(self, digest: str) -> bytes | None:
        """Return the bytes and forget them; None when they are not here."""
        found = self._kept.pop(digest, None)
        if found is None:
            return None
        self._size -= len(found[1])
        return found[1]

    def sweep(self) -> None:
        """Forget what nobody came for in time."""
        now = self._clock()
        while self._kept:
            digest = next(iter(self._kept))
            if self._kept[digest][0] > now:
                return
            self.take(digest)
