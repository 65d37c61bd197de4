"""A Direct mail's two coats: the message signed, then encrypted; and the same way back.

Out: the whole message goes in as `message/rfc822`, so that its subject is covered too; the outer
headers say who, to whom and nothing else (RFC 8551; Applicability Statement 1.3). In: `opened`
takes the outer coat off, `trusted` the inner one. Before trust only headers are looked at.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from dataclasses import dataclass, field, replace
from email import policy
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses
from typing import TYPE_CHECKING, Final

from hub.canonical import Sealed
from hub.channels.cms_opening import PrivateKey, decrypted
from hub.channels.cms_signing import Signer, encrypted, signature, signer
from hub.channels.direct_trust import judge
from hub.errors import Unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from email.message import Message

    from cryptography import x509

SUBJECT: Final = "Encrypted message"
ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{2,253}"
)
"""A Direct address in plain letters (RFC 5321 section 4.1.2, without quoting)."""

MESSAGE_ID: Final = re.compile(r"<[!-;=?-~]{1,900}>")
_HEAD_BYTES: Final = 65_536
_ENCRYPTED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_AS_IS: Final = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True, repr=False)
class Identity(Sealed):
    """We: a Direct address, its certificate with the chain to its anchor, and the private key."""

    address: str
    certificate: x509.Certificate
    key: PrivateKey
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def domain(self) -> str:
        """The address's domain."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Head:
    """What a mail's outer headers say: from whom, to whom, its Message-ID with the brackets."""

    sender: str
    recipient: str
    message_id: str


@dataclass(frozen=True, slots=True, repr=False)
class Opened(Sealed):
    """A decrypted mail nobody has vouched for yet: whom it claims to be from, and its signature."""

    head: Head
    content: bytes
    signature: bytes
    message: bytes
    outer: Head = field(default=Head("", "", ""))


def sealed(
    message: bytes, head: Head, ours: Identity, recipient: x509.Certificate, at: datetime
) -> bytes:
    """Return the mail that carries a message (RFC 5322 bytes) to the recipient, ready for SMTP."""
    inner = b"Content-Type: message/rfc822\r\n\r\n" + message
    proof = signature(inner, ours.certificate, ours.key, ours.chain)
    mark = f"signed-{secrets.token_hex(16)}"
    entity = b"\r\n".join(
        (
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";',
            f' micalg=sha-256; boundary="{mark}"\r\n\r\n--{mark}'.encode(),
            inner,
            f"--{mark}".encode(),
            b'Content-Type: application/pkcs7-signature; name="smime.p7s"',
            b"Content-Transfer-Encoding: base64\r\n",
            _base64(proof),
            f"--{mark}--\r\n".encode(),
        )
    )
    lines = (
        f"From: {head.sender}",
        f"To: {head.recipient}",
        f"Subject: {SUBJECT}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {head.message_id}",
        "MIME-Version: 1.0",
        'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
        "Content-Transfer-Encoding: base64",
        'Content-Disposition: attachment; filename="smime.p7m"',
    )
    outer = "\r\n".join(lines).encode("ascii")
    return outer + b"\r\n\r\n" + _base64(encrypted(entity, recipient)) + b"\r\n"


def opened(raw: bytes, ours: Identity) -> Opened:
    """Return a mail decrypted with our key; `Unreadable` when it isn't one, or not for us."""
    head, body = _split(raw)
    if head.get_content_type() not in _ENCRYPTED:
        raise Unreadable("not_encrypted", "the mail is not encrypted")
    entity = decrypted(_decoded(head, body), ours.certificate, ours.key)
    content, proof = _signed(entity)
    outer = _head(head)
    inner, message = _split(content)
    if inner.get_content_type() != "message/rfc822":
        return Opened(outer, content, proof, _joined(head, content), outer)
    if str(inner.get("content-transfer-encoding", "")).strip().lower() not in _AS_IS:
        raise Unreadable("bad_mail", "the wrapped message is encoded")
    found = _head(_split(message)[0])
    return Opened(found, content, proof, message, outer)


def trusted(mail: Opened, anchors: Sequence[x509.Certificate], now: datetime) -> Signer:
    """Return who signed the mail, whose chain and name fit its From; else `Unreadable`."""
    if mail.head.sender != mail.outer.sender:
        raise Unreadable("sender_differs", "inside it is from somebody else than outside")
    found = signer(mail.content, mail.signature)
    path = judge(found.certificate, found.others, anchors, mail.head.sender, "sign", now)
    return replace(found, path=path)


def _split(raw: bytes) -> tuple[Message, bytes]:
    """Return an entity's headers and the rest; no content is parsed."""
    found = re.search(rb"\r?\n\r?\n", raw[:_HEAD_BYTES])
    if found is None:
        raise Unreadable("bad_mail", "its headers have no end")
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(raw[: found.end()])
    return head, raw[found.end() :]


def _head(head: Message) -> Head:
    """Return who and to whom; one From with one plain address, or `Unreadable`."""
    senders = [one for _, one in getaddresses([str(h) for h in head.get_all("from", [])])]
    if len(senders) != 1 or not ADDRESS.fullmatch(senders[0]):
        raise Unreadable("bad_mail", "it is not from one plain address")
    to = [one for _, one in getaddresses([str(h) for h in head.get_all("to", [])])]
    found = str(head.get("message-id", "")).strip()
    return Head(
        senders[0].lower(),
        to[0].lower() if to else "",
        found if MESSAGE_ID.fullmatch(found) else "",
    )


def _decoded(head: Message, body: bytes) -> bytes:
    if str(head.get("content-transfer-encoding", "")).strip().lower() != "base64":
        return body
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise Unreadable("bad_mail", "it isn't base64") from None


def _signed(entity: bytes) -> tuple[bytes, bytes]:
    """Return the exact bytes that were signed, and the signature (RFC 1847)."""
    head, body = _split(entity)
    mark = head.get_boundary() or ""
    if head.get_content_type() != "multipart/signed" or not mark.isascii():
        raise Unreadable("not_signed", "the mail is not signed")
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(mark.encode()) + rb"(?:--)?[ \t]*(?=\r?\n|\Z)")
    marks = list(line.finditer(body))
    if len(marks) != 3:  # noqa: PLR2004  # before the content, between, and at the end
        raise Unreadable("not_signed", "the mail is not two parts, content and signature")
    begins = re.compile(rb"\r?\n").match(body, marks[0].end())
    content = body[begins.end() if begins else marks[0].end() : marks[1].start()]
    after = body[marks[1].end() : marks[2].start()].lstrip(b"\r\n")
    proof_head, proof = _split(after)
    return content, _decoded(proof_head, proof)


def _joined(head: Message, content: bytes) -> bytes:
    """Return an unwrapped message: the outer headers of the mail, with the signed content's."""
    kept = [
        f"{name}: {' '.join(str(value).split())}"
        for name, value in head.items()
        if not name.lower().startswith("content-") and str(value).isascii()
    ]
    return "\r\n".join(kept).encode("ascii") + b"\r\n" + content


def _base64(raw: bytes) -> bytes:
    return base64.encodebytes(raw).replace(b"\n", b"\r\n").rstrip(b"\r\n") + b"\r\n"
