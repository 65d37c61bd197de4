"""The SFTP server senders drop documents into: keys only, strict algorithms, virtual files.

`main.py` starts it with `serve` and closes what that returns. Shells, commands, scp, terminals and
forwarding do not exist. Nothing a user names is ever a place on a disk, and nobody is told why a
sign-in failed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import asyncssh

from hub.channels.sftp_gate import Gate, Hall
from hub.channels.sftp_tenants import Limits
from hub.errors import Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

    from hub.ports import Inbox

_LOWEST: Final = (2, 24, 1)
_CLOSE_SECONDS: Final = 10.0
_ALGORITHMS: Final[dict[str, Any]] = {
    "kex_algs": [
        *("mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org"),
        *("ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "diffie-hellman-group16-sha512"),
    ],
    "encryption_algs": [
        *("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"),
        "aes256-ctr",
    ],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"],
    "signature_algs": [
        *("ssh-ed25519", "sk-ssh-ed25519@openssh.com", "ecdsa-sha2-nistp256"),
        *("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"),
    ],
    "compression_algs": ["none"],
}


@dataclass(frozen=True, slots=True)
class SftpSettings:
    """Where the server listens and with which key; `port` 0 takes a free one.

    `host_key` is a file with an OpenSSH private key, made (ed25519, mode 0600) when missing.
    """

    host_key: Path
    host: str = "127.0.0.1"
    port: int = 2222
    limits: Limits = field(default_factory=Limits)
    connections: int = 200
    login_seconds: float = 20.0
    keepalive_seconds: float = 15.0


class SftpServer:
    """A running server: its port, its public host key, and how to end it."""

    def __init__(self, acceptor: asyncssh.SSHAcceptor, hall: Hall, host_key: str) -> None:
        self.port: int = acceptor.get_port()
        self.host_key = host_key
        self._acceptor = acceptor
        self._hall = hall

    async def close(self) -> None:
        """Take no more connections, end those that are open and forget what was not complete."""
        self._acceptor.close()
        for connection in list(self._hall.connections):
            connection.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                for connection in list(self._hall.connections):
                    await connection.wait_closed()
        for connection in list(self._hall.connections):
            connection.abort()
        await self._acceptor.wait_closed()
        self._hall.tenants.close()


async def serve(inbox: Inbox, settings: SftpSettings) -> SftpServer:
    """Start the server; `Misconfigured` for an unusable host key or a too old asyncssh."""
    _hold_to_version()
    key = _host_key(settings.host_key)
    for name in ("asyncssh", "asyncssh.sftp"):  # below this level they log names of files
        logging.getLogger(name).setLevel(logging.WARNING)
    hall = Hall(inbox, settings.limits, settings.connections)
    try:
        acceptor = await asyncssh.listen(
            settings.host,
            settings.port,
            server_factory=lambda: Gate(hall),
            server_host_keys=[key],
            server_version="icp-hub",
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,
            allow_pty=False,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_scp=False,
            login_timeout=settings.login_seconds,
            keepalive_interval=settings.keepalive_seconds,
            keepalive_count_max=3,
            **_ALGORITHMS,
        )
    except OSError as failure:
        raise Misconfigured(
            "ICP_HUB_SFTP_PORT", f"can't be listened on ({type(failure).__name__})"
        ) from None
    return SftpServer(acceptor, hall, key.export_public_key().decode().strip())


def _hold_to_version() -> None:
    found = tuple(int(part) for part in asyncssh.__version__.split(".")[:3])
    if found < _LOWEST:
        lowest = ".".join(map(str, _LOWEST))
        raise Misconfigured("asyncssh", f"is {asyncssh.__version__}; install {lowest} or later")


def _host_key(path: Path) -> asyncssh.SSHKey:
    """Read the host key, or make one that only its owner can read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = asyncssh.generate_private_key("ssh-ed25519").export_private_key()
        with tempfile.NamedTemporaryFile(dir=path.parent) as file:  # mode 0600
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(file.name, path)
    if path.stat().st_mode & 0o007:
        raise Misconfigured(str(path), "can be read by everybody; make its mode 0600")
    try:
        return asyncssh.read_private_key(path)
    except (asyncssh.KeyImportError, OSError):
        raise Misconfigured(str(path), "is not an OpenSSH private key without passphrase") from None
