"""A Direct partner for tests that knows nothing of the hub: openssl, a CA, and SMTP by aiosmtpd.

`Authority` signs certificates; `Partner` signs, encrypts, decrypts and verifies with the `openssl`
program; `Post` is the SMTP server its mail arrives at; `hand_in` sends a mail to the hub's server.
"""

from __future__ import annotations

import asyncio
import functools
import shutil
import smtplib
import socket
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from pathlib import Path

OPENSSL = shutil.which("openssl")
HUB = "plans@direct.hub.example"
PRACTICE = "front@direct.orchard.example"
NOW = datetime.now(UTC)


@functools.cache
def rsa_key(_name: str, bits: int = 2048):
    """Return a key that is made once in a test run for each name."""
    return rsa.generate_private_key(65537, bits)


def pem(one) -> str:
    """Return a certificate as PEM."""
    return one.public_bytes(serialization.Encoding.PEM).decode()


def private(key) -> bytes:
    """Return a private key as PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass
class Asked:
    """How a certificate differs from a good one."""

    names: tuple = ()
    starts: datetime = NOW - timedelta(days=1)
    ends: datetime = NOW + timedelta(days=300)
    signs: bool = True
    encrypts: bool = True
    purpose: object = ExtendedKeyUsageOID.EMAIL_PROTECTION
    authority: bool = False
    lists: tuple = ()
    """Where the list is that says whether it is revoked."""


class Authority:
    """A certificate authority; `above` signs it, else it is an anchor."""

    def __init__(self, name: str, above: Authority | None = None) -> None:
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = rsa_key(name)
        self.above = above or self
        asked = Asked(authority=True, signs=False, encrypts=False, purpose=None)
        self.certificate = self.above.issue(self.name, self.key, asked)

    def issue(self, subject: x509.Name, key, asked: Asked) -> x509.Certificate:
        """Sign a certificate."""
        usage = x509.KeyUsage(
            *(asked.signs, False, asked.encrypts, False, False),
            *(asked.authority, asked.authority, False, False),
        )
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(asked.starts)
            .not_valid_after(asked.ends)
            .add_extension(x509.BasicConstraints(asked.authority, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        if asked.names:
            built = built.add_extension(
                x509.SubjectAlternativeName(list(asked.names)), critical=False
            )
        if asked.lists:
            points = [
                x509.DistributionPoint([x509.UniformResourceIdentifier(one)], None, None, None)
                for one in asked.lists
            ]
            built = built.add_extension(x509.CRLDistributionPoints(points), critical=False)
        if asked.purpose:
            built = built.add_extension(x509.ExtendedKeyUsage([asked.purpose]), critical=False)
        return built.sign(self.key, hashes.SHA256())

    def crl(self, *revoked: int) -> bytes:
        """Return a list of revoked numbers as DER, good for nine days."""
        built = x509.CertificateRevocationListBuilder().issuer_name(self.name)
        built = built.last_update(NOW - timedelta(days=1)).next_update(NOW + timedelta(days=9))
        for one in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(one).revocation_date(NOW)
            built = built.add_revoked_certificate(entry.build())
        made = built.sign(self.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.DER)

    def leaf(self, address: str, key=None, **differs) -> tuple[x509.Certificate, object]:
        """Return (certificate, key) for an address."""
        key = key or rsa_key(address)
        asked = Asked(**{"names": (x509.RFC822Name(address),), **differs})
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address[:64])])
        return self.issue(name, key, asked), key


@functools.cache
def curve_key():
    """Return a P-256 key, made once."""
    return ec.generate_private_key(ec.SECP256R1())


class Partner:
    """An organisation whose S/MIME is done by the openssl program."""

    def __init__(self, folder: Path, address: str, leaf: tuple, authority: Authority) -> None:
        self.address = address
        self.certificate, key = leaf
        self.folder = folder / address
        self.folder.mkdir(parents=True, exist_ok=True)
        self.anchor = authority.certificate
        for name, content in (
            ("own.crt", pem(self.certificate).encode()),
            ("own.key", private(key)),
            ("ca.crt", pem(authority.certificate).encode()),
        ):
            (self.folder / name).write_bytes(content)

    def options(self, **more: str) -> dict[str, str]:
        """Return what the hub's directory says of this partner."""
        return {"certificate": pem(self.certificate), "anchors": pem(self.anchor), **more}

    def openssl(self, *words: str, given: bytes) -> bytes:
        """Run openssl and return what it wrote; `CalledProcessError` when it refuses."""
        return subprocess.run(  # noqa: S603  # a test's own words
            [OPENSSL or "openssl", "cms", *words],
            input=given,
            capture_output=True,
            check=True,
            cwd=self.folder,
        ).stdout

    def reads(self, mail: bytes, sender_anchor: x509.Certificate) -> bytes:
        """Decrypt and verify a mail; return the entity that was signed."""
        (self.folder / "them.crt").write_text(pem(sender_anchor))
        plain = self.openssl("-decrypt", "-recip", "own.crt", "-inkey", "own.key", given=mail)
        return self.openssl(
            *("-verify", "-CAfile", "them.crt", "-purpose", "smimesign"), given=plain
        )

    def writes(self, message: bytes, to: x509.Certificate, **how: str) -> bytes:
        """Sign a message, wrapped, and encrypt it; return a mail. `how` changes the habits."""
        inner = message if how.get("bare") else b"Content-Type: message/rfc822\r\n\r\n" + message
        signed = self.openssl(
            *("-sign", "-signer", "own.crt", "-inkey", "own.key"),
            *("-md", how.get("digest", "sha256"), "-crlfeol", "-binary"),
            given=inner,
        )
        signed = how["change"](signed) if how.get("change") else signed
        (self.folder / "to.crt").write_text(pem(to))
        keys = ["-keyopt", how["padding"]] if how.get("padding") else []
        sealed = self.openssl(
            *("-encrypt", "-binary", "-crlfeol", f"-{how.get('cipher', 'aes-256-cbc')}"),
            *("-recip", "to.crt", *keys),
            given=signed,
        )
        head = f"From: {how.get('outside', self.address)}\r\nTo: {HUB}\r\n"
        head += f"Message-ID: {how.get('id', '<outer@x.example>')}\r\nSubject: x\r\n"
        return head.encode() + sealed


def letter(sender: str, *documents: tuple[bytes, str, str], id_="<m1@mco.example>", **heads):
    """Return a message with attachments of (content, media type, file name)."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Message-ID"] = sender, HUB, id_
    message["Subject"] = "Care plan"
    for name, value in heads.items():
        message[name.replace("_", "-")] = value
    message.set_content("Attached.")
    for content, kind, name in documents:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def report(sender: str, original: str, disposition: str, recipient: str = "", **fields: str):
    """Return an MDN as another implementation writes it."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    return (
        f"From: {sender}\r\nTo: {HUB}\r\nMessage-ID: <mdn@{sender}>\r\nSubject: Re\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=zz;"
        " report-type=disposition-notification\r\n\r\n--zz\r\n\r\ntold\r\n--zz\r\n"
        "Content-Type: message/disposition-notification\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient or sender}\r\nOriginal-Message-ID: {original}\r\n"
        f"Disposition: automatic-action/MDN-sent-automatically;{disposition}\r\n{more}"
        "\r\n--zz--\r\n"
    ).encode()


class Post:
    """A handler for a real SMTP server: keeps what it takes, or answers and behaves as told."""

    def __init__(self, answer: str = "250 OK", *, wait: float = 0.0, rcpt: str = "") -> None:
        self.taken: list[bytes] = []
        self.answer, self.wait, self.rcpt = answer, wait, rcpt

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  # aiosmtpd's name
        """Take an address, or refuse it."""
        if self.rcpt:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802  # aiosmtpd's name
        """Take a mail."""
        self.taken.append(envelope.content)
        if self.answer == "cut":
            server.transport.abort()
            return "250 OK"
        await asyncio.sleep(self.wait)
        return self.answer


class Office:
    """SMTP servers on loopback, ended together."""

    def __init__(self) -> None:
        self.running: list[Controller] = []

    def opens(self, post: Post) -> str:
        """Serve a post and return its URL."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Controller(post, hostname="127.0.0.1", port=port)
        controller.start()
        self.running.append(controller)
        return f"smtp://127.0.0.1:{port}"

    def close(self) -> None:
        """End every server."""
        for controller in self.running:
            controller.stop()


async def hand_in(port: int, mail: bytes, to: str = HUB, sender: str = "x@y.example"):
    """Send a mail to an SMTP server as another one would; return (code, words)."""

    def sending():
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            try:
                client.sendmail(sender, [to], mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
            except smtplib.SMTPRecipientsRefused as refused:
                return next(iter(refused.recipients.values()))
            except smtplib.SMTPResponseException as refused:
                return refused.smtp_code, refused.smtp_error
        return 250, b""

    return await asyncio.to_thread(sending)


def read(entity: bytes) -> EmailMessage:
    """Return the message in an entity of type message/rfc822."""
    (message,) = message_from_bytes(entity, policy=default).get_payload()
    return message
