"""Who may come in: one object for each connection of the SFTP server, until it is signed in.

`sftp_server` makes one for every connection. The key decides the organisation, by the hub's inbox;
the name a client gives is only looked up with it. It opens SFTP sessions and nothing else, and
bounds keys tried, connections and sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import asyncssh
import structlog

from hub.channels.sftp_files import VirtualFiles
from hub.channels.sftp_session import Session
from hub.channels.sftp_tenants import Tenants

if TYPE_CHECKING:
    from hub.channels.sftp_tenants import Limits, Tenant
    from hub.ports import Inbox

_log = structlog.get_logger(__name__)
_KEYS_A_CONNECTION_MAY_TRY: Final = 6


class Hall:
    """What all connections share; `most` of them may be open at a time."""

    def __init__(self, inbox: Inbox, limits: Limits, most: int) -> None:
        self.inbox = inbox
        self.most = most
        self.tenants = Tenants(limits)
        self.connections: set[asyncssh.SSHServerConnection] = set()


class Gate(asyncssh.SSHServer):
    """One connection: who it is, and how many sessions it has."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._connection: asyncssh.SSHServerConnection | None = None
        self._tried = 0
        self._sessions = 0
        self._claim: tuple[str, str] | None = None
        self._tenant: Tenant | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Count the connection in, or drop it when there are too many."""
        self._connection = conn
        if len(self._hall.connections) >= self._hall.most:
            _log.warning("sftp_too_many_connections")
            conn.abort()
            return
        self._hall.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the library's signature
        """Count the connection out."""
        if self._connection is not None:
            self._hall.connections.discard(self._connection)
        if self._tenant is not None:
            self._tenant.connections -= 1

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  # everybody has to show a key
        """Ask everybody for a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Allow keys, and nothing else."""
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Ask the hub whose key this is; asyncssh then checks that the client really holds it."""
        self._claim = None
        self._tried += 1
        if self._tried > _KEYS_A_CONNECTION_MAY_TRY:
            return False
        try:
            organisation = await self._hall.inbox.sign_in(username, key.get_fingerprint("sha256"))
        except Exception as failure:  # noqa: BLE001  # not a wrong key: the client should come again
            _log.error("sftp_sign_in_failed", error=type(failure).__name__)
            raise asyncssh.ServiceNotAvailable("try again later") from None
        if organisation is not None:
            self._claim = (username, organisation)
        return organisation is not None

    def auth_completed(self) -> None:
        """Bind the connection to the organisation of the key that was checked last."""
        if self._connection is None or self._claim is None:
            return
        user, organisation = self._claim
        tenant = self._hall.tenants.of(organisation)
        if user != self._connection.get_extra_info("username"):
            return
        if tenant.connections >= tenant.limits.connections:
            _log.warning("sftp_too_many_connections", organisation=organisation)
            reason = "too many connections of your organisation"
            self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, reason)
            return
        tenant.connections += 1
        self._tenant = tenant

    def session_requested(self) -> Any:  # noqa: ANN401  # asyncssh's type for it is private
        """Open an SFTP session for a signed-in connection."""
        tenant, connection = self._tenant, self._connection
        if tenant is None or connection is None or self._claim is None:
            return False
        if self._sessions >= tenant.limits.sessions:
            return False
        self._sessions += 1
        user = self._claim[0]
        session = Session(
            lambda channel: VirtualFiles(channel, self._hall.inbox, tenant, user), self._ended
        )
        return connection.create_server_channel(encoding=None), session

    def _ended(self) -> None:
        self._sessions -= 1
