"""Real receivers for tests: a webhook sink and a practice's SFTP server, which can misbehave.

`HookSink` speaks HTTP/1.1 on loopback, keeps what it took and verifies signatures with the
`standardwebhooks` package. Give it a script, one line for each request, and it answers so;
after the script it answers 204. `PracticeSftp` is an SFTP server over a temporary folder that can
fail an operation or cut the line around it. Both are async context managers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import ssl
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, Self

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SECRET = "whsec_" + b64encode(b"a practice's webhook secret, 32B").decode()

Deed = Literal["answer", "hang", "cut", "cut_before_body", "trickle", "flood", "garbage"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sink does with one request: answers with a status, or misbehaves."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    deed: Deed = "answer"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Taken:
    """One request the sink read to its end."""

    id: str
    path: str
    headers: dict[str, str]
    body: bytes
    signatures: int


class HookSink:
    """A receiver of signed webhooks that remembers everything and deduplicates by webhook-id."""

    def __init__(
        self,
        script: Sequence[Answer] = (),
        *,
        secrets: Sequence[str] = (SECRET,),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.script = list(script)
        self.secrets = list(secrets)
        self.tls = tls
        self.taken: list[Taken] = []
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def port(self) -> int:
        """The free port it listens on."""
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        """Where to post."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/hook"

    @property
    def effects(self) -> dict[str, bytes]:
        """What a practice that deduplicates by id and refuses bad signatures now has."""
        kept: dict[str, bytes] = {}
        for one in self.taken:
            if one.signatures:
                kept.setdefault(one.id, one.body)
        return kept

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        self._open.add(task)
        try:
            ends = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError)
            with contextlib.suppress(*ends):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (h.partition(":") for h in head[1:-2])
        }
        answer = self.script.pop(0) if self.script else Answer()
        if answer.deed == "cut_before_body":
            writer.transport.abort()
            return False
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        signatures = sum(verifies(s, headers, body) for s in self.secrets)
        path = head[0].split(" ")[1]
        self.taken.append(Taken(headers.get("webhook-id", ""), path, headers, body, signatures))
        return await self._answer(writer, answer)

    async def _answer(self, writer: asyncio.StreamWriter, answer: Answer) -> bool:
        if answer.deed == "hang":
            await asyncio.sleep(3600)
        if answer.deed == "cut":
            writer.transport.abort()
            return False
        if answer.deed == "garbage":
            writer.write(b"\x00\x01 not HTTP at all\r\n\r\n")
            return False
        length = {"flood": 10**10, "trickle": 10**6}.get(answer.deed, len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} X", *(f"{k}: {v}" for k, v in answer.headers.items())]
        if answer.status != 204:
            lines.append(f"content-length: {length}")
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + answer.body)
        while answer.deed == "flood":
            writer.write(b"x" * 65_536)
            await writer.drain()
        while answer.deed == "trickle":
            writer.write(b"x")
            await asyncio.sleep(0.05)
        await writer.drain()
        return True


def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Verify a Standard Webhooks signature over raw bytes, as any practice could."""
    key = b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
    expected = b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(f"v1,{expected}", one) for one in given)


def tls_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a self-signed certificate for a host name; return (the server's, a client's) context."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{name}.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


class PracticeSftp:
    """A practice's SFTP server over a folder, with one user and one key.

    `fail` maps an operation (`open`, `write`, `posix_rename`, `stat` …) to an exception it raises;
    `cut` names operations after which the line is cut; `before` calls something first.
    """

    def __init__(self, folder: Path, user: str = "icp") -> None:
        self.folder = folder
        self.user = user
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.fail: dict[str, Exception] = {}
        self.cut: set[str] = set()
        self.before: dict[str, Callable[[], None]] = {}
        self.grows: list[int] | None = None
        """Set: what is read of any file goes on for ever; how much was, read by read."""
        self.connections = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def __aenter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._acceptor = await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Door(self),
            server_host_keys=[self.host_key],
            sftp_factory=lambda channel: _Folder(channel, self),
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._acceptor.close()
        await self._acceptor.wait_closed()

    @property
    def port(self) -> int:
        """The free port it listens on."""
        return self._acceptor.get_port()

    def waits(self, _operation: str) -> float:
        """Return how many seconds an operation's answer takes."""
        return 0.0

    def lies(self, _operation: str) -> str:
        """Return what is wrong with the answer to an operation, or nothing."""
        return ""

    @property
    def url(self) -> str:
        """The folder `in`, as an endpoint's address."""
        return f"sftp://{self.user}@127.0.0.1:{self._acceptor.get_port()}/in"

    @property
    def options(self) -> dict[str, str]:
        """What an endpoint's options need."""
        return {"host_key": self.host_key.export_public_key().decode()}

    @property
    def secrets(self) -> dict[str, str]:
        """What an endpoint's secrets need."""
        return {"private_key": self.user_key.export_private_key().decode()}

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in the practice's folder `in`."""
        return {p.name: p.read_bytes() for p in sorted((self.folder / "in").iterdir())}


class _Door(asyncssh.SSHServer):
    def __init__(self, practice: PracticeSftp) -> None:
        self.practice = practice

    def connection_made(self, _conn: asyncssh.SSHServerConnection) -> None:
        self.practice.connections += 1

    def begin_auth(self, _username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = self.practice.user_key.get_fingerprint()
        return username == self.practice.user and key.get_fingerprint() == known


class _Folder(asyncssh.SFTPServer):
    """asyncssh's own server over the folder, with the practice's failures in front of it."""

    def __init__(self, channel, practice: PracticeSftp) -> None:
        super().__init__(channel, chroot=str(practice.folder).encode())
        self._practice = practice
        self._lie = ""
        self._says, channel.write = channel.write, self._write

    def _write(self, packet: bytes, datatype=None) -> None:
        """Send an answer as it is, or as the practice lies."""
        lie, self._lie = self._lie, ""
        if lie == "forged":  # the answer to a request nobody made
            packet = packet[:5] + b"\xff\xff\xff\xfe" + packet[9:]
        if lie == "endless":
            self._flood = asyncio.ensure_future(self._floods())
            return
        for _ in range(2 if lie == "duplicate" else 1):
            self._says(packet, datatype)

    async def _floods(self) -> None:
        """Say a packet of four gigabytes, as long as anybody listens."""
        self._says(b"\xff\xff\xff\xff", None)
        while not self.channel.is_closing():
            if self.channel.get_write_buffer_size() < 1_000_000:
                self._says(b"x" * 32_768, None)
            await asyncio.sleep(0)

    def _meet(self, operation: str) -> None:
        if operation in self._practice.before:
            self._practice.before[operation]()
        if operation in self._practice.fail:
            raise self._practice.fail[operation]

    def _after(self, operation: str) -> None:
        if operation in self._practice.cut:
            self.connection.abort()

    def open(self, path, pflags, attrs):
        self._meet("open" if pflags & asyncssh.FXF_WRITE else "read")
        self._lie = self._practice.lies("open" if pflags & asyncssh.FXF_WRITE else "read")
        return super().open(path, pflags, attrs)

    def write(self, file_obj, offset, data):
        self._meet("write")
        written = super().write(file_obj, offset, data)
        self._after("write")
        return written

    def read(self, file_obj, offset, size):
        if self._practice.grows is None:
            return super().read(file_obj, offset, size)
        self._practice.grows.append(size)
        return b"x" * size

    def fstat(self, file_obj):
        if self._practice.grows is None:
            return super().fstat(file_obj)
        return asyncssh.SFTPAttrs(size=10**10)

    def stat(self, path):
        self._meet("stat")
        return super().stat(path)

    def fsync(self, file_obj):
        self._meet("fsync")
        return super().fsync(file_obj)

    async def posix_rename(self, oldpath, newpath):
        self._meet("posix_rename")
        super().posix_rename(oldpath, newpath)
        self._after("posix_rename")
        await asyncio.sleep(self._practice.waits("posix_rename"))

    def rename(self, oldpath, newpath):
        self._meet("rename")
        super().rename(oldpath, newpath)
