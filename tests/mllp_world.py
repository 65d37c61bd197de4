"""Both ends of an MLLP line for tests: a raw sender, a practice's engine that misbehaves, a CA.

`Caller` writes any bytes and reads frames; `Engine` answers by a script, one deed for each message;
`Authority` signs certificates for a host, good or expired. Nothing here uses the hub's own framing.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def message(control="M1", *, body="PID|1||K1||DOE^JANE", version="2.5.1", mode="|", kind="MDM^T02"):
    """Return a small message; `mode` is MSH-15 and MSH-16 with their separator."""
    head = f"MSH|^~\\&|CARE|MCO|HUB|ICP|20261122080000||{kind}|{control}|P|{version}|||{mode}"
    return f"{head}\r{body}\r".encode()


def frame(content: bytes) -> bytes:
    """Put content into a frame."""
    return b"\x0b" + content + b"\x1c\x0d"


def told(answer: bytes) -> tuple[str, str, list[str]]:
    """Return MSA-1, MSA-2 and the codes in ERR-3 of an acknowledgement."""
    lines = [line.split("|") for line in answer.decode().split("\r")]
    msa = next(line for line in lines if line[0] == "MSA")
    return msa[1], msa[2], [line[3].split("^")[0] for line in lines if line[0] == "ERR"]


class Caller:
    """A sender's end of one line."""

    def __init__(self, reader, writer) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, port: int, tls: ssl.SSLContext | None = None) -> Self:
        """Connect to a port of this machine."""
        name = "localhost" if tls else None
        streams = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname=name, limit=2**26
        )
        return cls(*streams)

    async def say(self, raw: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()

    async def hear(self, seconds: float = 10.0) -> bytes:
        """Return the content of the next frame."""
        async with asyncio.timeout(seconds):
            assert await self.reader.readexactly(1) == b"\x0b"
            return (await self.reader.readuntil(b"\x1c\x0d"))[:-2]

    async def ask(self, content: bytes) -> tuple[str, str, list[str]]:
        """Send a message in a frame and return what it was told."""
        await self.say(frame(content))
        return told(await self.hear())

    async def ended(self, seconds: float = 10.0) -> bool:
        """Say whether the other end closed without another word."""
        async with asyncio.timeout(seconds):
            try:
                return await self.reader.read(1) == b""
            except (ConnectionError, ssl.SSLError):
                return True

    def close(self) -> None:
        """Close without a goodbye."""
        self.writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Deed:
    """What the engine does with one message: answers with a code, or misbehaves."""

    what: str = "answer"
    code: str = "AA"
    error: str = ""
    about: str | None = None


class Engine:
    """A practice's interface engine; it keeps every whole message it got."""

    def __init__(self, script: Sequence[Deed] = (), tls: ssl.SSLContext | None = None) -> None:
        self.script = list(script)
        self.tls = tls
        self.taken: list[bytes] = []
        self.connections = 0
        self._open: set[asyncio.Task] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=self.tls, limit=2**26
        )
        return self

    async def __aexit__(self, *_exc: object) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def address(self) -> str:
        """The endpoint's address."""
        port = self._server.sockets[0].getsockname()[1]
        return f"{'mllps' if self.tls else 'mllp'}://localhost:{port}"

    @property
    def effects(self) -> dict[str, bytes]:
        """What an engine that drops a second message of one MSH-10 now has."""
        kept: dict[str, bytes] = {}
        for one in self.taken:
            kept.setdefault(one.split(b"|")[9].decode(), one)
        return kept

    async def _serve(self, reader, writer) -> None:
        self.connections += 1
        self._open.add(asyncio.current_task())
        ends = (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError)
        try:
            with contextlib.suppress(*ends):
                while await self._one(reader, writer):
                    pass
        finally:
            self._open.discard(asyncio.current_task())
            writer.transport.abort()

    async def _one(self, reader, writer) -> bool:
        deed = self.script.pop(0) if self.script else Deed()
        if deed.what == "cut_before":
            await reader.readexactly(100)
            return False
        taken = (await reader.readuntil(b"\x1c\x0d"))[1:-2]
        self.taken.append(taken)
        about = taken.split(b"|")[9].decode() if deed.about is None else deed.about
        lines = ["MSH|^~\\&|E|P|H|I|20261122||ACK|A1|P|2.5.1", f"MSA|{deed.code}|{about}"]
        lines += [f"ERR|||{deed.error}^words of theirs^HL70357|E"] if deed.error else []
        answer = frame(("\r".join(lines) + "\r").encode())
        if deed.what == "hang":
            await asyncio.sleep(3600)
        if deed.what == "garbage":
            writer.write(b"HTTP/1.1 400 what?\r\n\r\n" * 4000)
        if deed.what == "flood":
            writer.write(b"\x0b")
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        if deed.what == "answer_and_close":
            writer.write(answer)
            await writer.drain()
            writer.close()
            return False
        if deed.what in {"answer", "twice"}:
            writer.write(answer * (2 if deed.what == "twice" else 1))
        await writer.drain()
        return deed.what != "cut_after"


class Authority:
    """A certificate authority of one test."""

    def __init__(self, folder: Path, name: str = "test CA") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._made(self._name, self._key, ca=True)
        self.pem = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.path = folder / f"{name.replace(' ', '-')}.pem"
        self.path.write_text(self.pem)

    def _made(self, subject, key, *, ca: bool = False, days: int = 1, host: str = ""):
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if ca:
            usage = x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=True,
                crl_sign=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            )
            built = built.add_extension(usage, critical=True)
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            built = built.add_extension(names, critical=False)
        return built.sign(self._key, hashes.SHA256())

    def issue(self, name: str, host: str = "", days: int = 1) -> Issued:
        """Sign a certificate; `days` below 0 makes it expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._made(subject, key, host=host, days=days)
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        form = serialization.PrivateFormat.PKCS8
        private = key.private_bytes(
            serialization.Encoding.PEM, form, serialization.NoEncryption()
        ).decode()
        certificate_file, key_file = self._folder / f"{name}.crt", self._folder / f"{name}.key"
        certificate_file.write_text(pem)
        key_file.write_text(private)
        digest = sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()
        return Issued(pem, private, certificate_file, key_file, digest)

    def client(self, issued: Issued | None = None) -> ssl.SSLContext:
        """Return a client's TLS that trusts this authority."""
        context = ssl.create_default_context(cadata=self.pem)
        if issued:
            context.load_cert_chain(issued.certificate_file, issued.key_file)
        return context

    def server(self, issued: Issued, *, mutual: bool = False) -> ssl.SSLContext:
        """Return a server's TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate_file, issued.key_file)
        if mutual:
            context.load_verify_locations(cadata=self.pem)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, as text and as files, and its SHA-256."""

    pem: str
    private: str
    certificate_file: Path
    key_file: Path
    digest: str
