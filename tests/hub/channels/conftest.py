"""An in-memory inbox for the SFTP server, and the real OpenSSH client beside it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import asyncssh
import pytest

from hub.channels.sftp_server import SftpSettings, serve
from hub.channels.sftp_tenants import Limits
from hub.errors import Refused
from hub.ports import Accepted, OutFile

if TYPE_CHECKING:
    from pathlib import Path

    from hub.channels.sftp_server import SftpServer
    from hub.ports import Envelope

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class InboxDouble:
    """The hub as the SFTP server sees it: who has which key, what was taken, what is to fetch."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], str] = {}
        self.taken: list[tuple[Envelope, bytes]] = []
        self.begun = 0
        self.aborted = 0
        self.outfiles: dict[tuple[str, str, str], bytes] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.sign_in_failure: Exception | None = None

    async def sign_in(self, user: str, key_fingerprint: str) -> str | None:
        """Look the key up."""
        if self.sign_in_failure:
            raise self.sign_in_failure
        return self.keys.get((user, key_fingerprint))

    def upload(self, envelope: Envelope) -> UploadDouble:
        """Begin an upload and count it."""
        self.begun += 1
        return UploadDouble(self, envelope)

    async def files(self, organisation: str, folder: str) -> list[OutFile]:
        """List what lies ready."""
        return [
            OutFile(name, len(content), NOW)
            for (whose, where, name), content in self.outfiles.items()
            if (whose, where) == (organisation, folder)
        ]

    async def file(self, organisation: str, folder: str, name: str) -> bytes:
        """Give one file."""
        try:
            return self.outfiles[organisation, folder, name]
        except KeyError:
            raise Refused("not_found", "no such file", status=404) from None

    @property
    def names(self) -> list[str]:
        """The names of what was taken, in order."""
        return [envelope.name for envelope, _ in self.taken]


class UploadDouble:
    """One upload into the double; empty ones are refused as the real one refuses them."""

    def __init__(self, inbox: InboxDouble, envelope: Envelope) -> None:
        self.inbox = inbox
        self.envelope = envelope
        self.content = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Keep the bytes."""
        self.content += chunk

    async def commit(self) -> Accepted:
        """Take the upload once the gate is open, unless told to fail."""
        await self.inbox.gate.wait()
        if self.inbox.failure:
            raise self.inbox.failure
        if not self.content:
            raise Refused("empty", "the file is empty; send it again")
        content = bytes(self.content)
        self.inbox.taken.append((self.envelope, content))
        digest = hashlib.sha256(content).hexdigest()
        return Accepted(f"sub_{len(self.inbox.taken)}", digest, len(content), NOW)

    async def abort(self) -> None:
        """Count the abortion."""
        self.inbox.aborted += 1


class Client:
    """A user with a key, by OpenSSH's `sftp` in batch mode or by asyncssh."""

    def __init__(self, folder: Path, server: SftpServer, user: str) -> None:
        self.folder = folder
        self.port = server.port
        self.user = user
        self.key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_file = folder / f"{user}.key"
        self.key_file.write_bytes(self.key.export_private_key())
        self.key_file.chmod(0o600)
        self.known = folder / "known_hosts"
        self.known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")

    @property
    def fingerprint(self) -> str:
        """The key's SHA256:… form."""
        return self.key.get_fingerprint("sha256")

    def command(self, *options: str) -> list[str]:
        """OpenSSH's sftp with nothing of this machine's configuration."""
        strict = ["BatchMode=yes", "IdentitiesOnly=yes", f"UserKnownHostsFile={self.known}"]
        fixed = ["-P", str(self.port), "-i", str(self.key_file), "-F", "/dev/null"]
        chosen = [x for option in strict for x in ("-o", option)]
        return ["sftp", *fixed, *chosen, *options, f"{self.user}@127.0.0.1"]

    async def batch(self, *commands: str, options: tuple[str, ...] = ()) -> tuple[int, str]:
        """Run OpenSSH's sftp with these commands; it stops at the first that fails."""
        script = "\n".join(commands) + "\n"
        ran = await asyncio.to_thread(
            subprocess.run,
            self.command(*options, "-b", "-"),
            input=script,
            text=True,
            capture_output=True,
            check=False,
            cwd=self.folder,
            timeout=60,
        )
        return ran.returncode, ran.stdout + ran.stderr

    async def refused(self, command: str) -> bool:
        """Say whether the one command fails."""
        code, _ = await self.batch(command)
        return code != 0

    def connect(self):
        """Connect with asyncssh."""
        known = asyncssh.import_known_hosts(self.known.read_text())
        return asyncssh.connect(
            "127.0.0.1", self.port, username=self.user, client_keys=[self.key], known_hosts=known,
            config=None, agent_path=None,
        )  # fmt: skip


@pytest.fixture
def inbox() -> InboxDouble:
    return InboxDouble()


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    return Limits(file_bytes=64_000_000, spool=tmp_path)


@pytest.fixture
async def server(inbox: InboxDouble, limits: Limits, tmp_path: Path):
    settings = SftpSettings(tmp_path / "hub_key", port=0, limits=limits)
    running = await serve(inbox, settings)
    yield running
    await running.close()


@pytest.fixture
def client(server: SftpServer, inbox: InboxDouble, tmp_path: Path) -> Client:
    made = Client(tmp_path, server, "keystone")
    inbox.keys["keystone", made.fingerprint] = "mco-keystone"
    return made


@pytest.fixture
def openssh(client: Client) -> Client:
    if shutil.which("sftp") is None:
        pytest.skip("OpenSSH's sftp is not installed")
    return client
