"""What the SFTP server holds for one organisation at present, and how much it may be.

The gate counts connections here, the virtual files count open files and keep what is staged: closed
under a name like `NAME.part`, waiting for its rename. Nothing here was promised to anybody: a
staged file lives in this process only, for a bounded time, and is not yet a submission.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from asyncssh import SFTPFailure

if TYPE_CHECKING:
    from pathlib import Path

    from hub.channels.sftp_spool import Spool

_MAX_DIGESTS: Final = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What one organisation may hold: bytes a file, files open or staged, connections, seconds."""

    file_bytes: int = 50_000_000
    files: int = 32
    connections: int = 8
    sessions: int = 4
    staged_seconds: float = 3600.0
    spool: Path | None = None


class Tenant:
    """One organisation's connections, file slots, staged uploads and announced digests."""

    def __init__(self, organisation: str, limits: Limits) -> None:
        self.organisation = organisation
        self.limits = limits
        self.connections = 0
        self._files = 0
        self._staged: dict[str, tuple[Spool, asyncio.TimerHandle]] = {}
        self._digests: dict[str, str] = {}

    def take_slot(self) -> None:
        """Count a file in; refused above the limit."""
        if self._files >= self.limits.files:
            raise SFTPFailure("too many files are open or waiting for a rename; finish some first")
        self._files += 1

    def free_slot(self) -> None:
        """Count a file out."""
        self._files -= 1

    def staged(self) -> dict[str, int]:
        """Return the sizes of what waits for its rename, by name."""
        return {name: spool.size for name, (spool, _) in self._staged.items()}

    def stage(self, name: str, spool: Spool) -> None:
        """Keep a closed file and its slot for a while; a second one of its name replaces it."""
        self.discard(name)
        timer = asyncio.get_running_loop().call_later(
            self.limits.staged_seconds, self.discard, name
        )
        self._staged[name] = (spool, timer)

    def unstage(self, name: str) -> Spool | None:
        """Give a staged file and its slot to the caller."""
        spool, timer = self._staged.pop(name, (None, None))
        if timer is not None:
            timer.cancel()
        return spool

    def discard(self, name: str) -> bool:
        """Forget a staged file; False when there is none."""
        spool = self.unstage(name)
        if spool is None:
            return False
        spool.drop()
        self.free_slot()
        return True

    def announce(self, name: str, digest: str) -> None:
        """Remember the SHA-256 that the next file of this name must have."""
        self._digests[name] = digest
        while len(self._digests) > _MAX_DIGESTS:
            del self._digests[next(iter(self._digests))]

    def announced(self, name: str) -> str | None:
        """Return the announced SHA-256 of a name, once."""
        return self._digests.pop(name, None)


class Tenants:
    """The tenants that have come so far, by organisation."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all: dict[str, Tenant] = {}

    def of(self, organisation: str) -> Tenant:
        """Return the organisation's tenant, the same for all its connections."""
        return self._all.setdefault(organisation, Tenant(organisation, self._limits))

    def close(self) -> None:
        """Forget everything staged."""
        for tenant in self._all.values():
            for name in tenant.staged():
                tenant.discard(name)
