"""The Direct channel: one delivery as one signed and encrypted mail to a Direct address.

`main.py` binds it for endpoints of kind `direct`. Every attempt carries the same Message-ID, which
is the delivery's, so that a mail that comes twice is one message. An SMTP server's 250 is `sent`;
only the partner's own notification confirms. It never puts anything of the plan in outer headers.
"""

from __future__ import annotations

import asyncio
import re
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Final

from hub.channels.direct_mail import ADDRESS, Head, sealed
from hub.channels.direct_notices import ASKS
from hub.channels.direct_package import Packed, package
from hub.channels.direct_trust import certificates, judge
from hub.errors import Misconfigured, Trouble, Unreadable
from hub.ports import Look, Proof

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography import x509

    from hub.channels.direct_mail import Identity
    from hub.channels.direct_relay import Relay
    from hub.ports import Clock, Endpoint, Parcel

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_TEXT: Final = (
    "A care plan is attached. Please see it in your records system, or sign in to the hub."
)


class Post:
    """What sending needs: who we are, the server, and the anchors of partners that name none."""

    def __init__(
        self, ours: Identity, relay: Relay, anchors: Sequence[x509.Certificate], clock: Clock
    ) -> None:
        self.ours = ours
        self.clock = clock
        self._relay = relay
        self._anchors = tuple(anchors)

    def anchors(self, options: Mapping[str, str]) -> Sequence[x509.Certificate]:
        """Return a partner's trust anchors: its own, else the hub's; `Trouble` for bad PEM."""
        return _pem(options, "anchors") or self._anchors

    def recipient(self, address: str, options: Mapping[str, str]) -> x509.Certificate:
        """Return a partner's certificate to encrypt for, judged now; `Trouble` permanent if bad."""
        found = _pem(options, "certificate")
        if not found:
            raise Trouble("permanent", "no_certificate", f"{_END} has no `certificate` (PEM)")
        anchors, now = self.anchors(options), self.clock.now()
        try:
            judge(found[0], found[1:], anchors, address, "encrypt", now)
        except Unreadable as fault:
            raise Trouble("permanent", fault.code, f"{_END}: {fault.detail}") from None
        return found[0]

    @property
    def trusted(self) -> tuple[x509.Certificate, ...]:
        """The anchors of partners that name none."""
        return self._anchors

    async def greet(self) -> bytes:
        """Say hello to the mail server and leave; return its certificate (DER), or `Trouble`."""
        return await self._relay.greet()

    async def send(self, message: bytes, head: Head, recipient: x509.Certificate) -> None:
        """Seal a message and hand it to the server; `Trouble` when that fails."""
        at = self.clock.now()
        try:
            mail = await asyncio.to_thread(sealed, message, head, self.ours, recipient, at)
        except (TypeError, ValueError):
            what = f"{_END}: its certificate's key can't be encrypted for; use RSA"
            raise Trouble("permanent", "certificate_key", what) from None
        await self._relay.send(mail, head)


_END: Final = "the Direct endpoint"


class DirectSend:
    """The `Channel` of endpoints of kind `direct`; the address is the partner's Direct address.

    Options: `certificate` (PEM of the address or its domain, with its chain), `anchors` (PEM the
    chain must lead to; else the hub's), `package`: `xdm` (the default) or `plain`.
    """

    def __init__(self, post: Post | None) -> None:
        self._post = post

    async def send(self, parcel: Parcel, endpoint: Endpoint) -> Proof:
        """Send once; `Proof` sent when the SMTP server took it, else `Trouble`."""
        if self._post is None:
            raise Trouble("permanent", "direct_not_set", "set ICP_HUB_DIRECT_ADDRESS and a relay")
        address = endpoint.address.lower()
        if not ADDRESS.fullmatch(address):
            raise Trouble("permanent", "bad_address", f"{_END} needs an address like a@b.example")
        if endpoint.options.get("package", "xdm") not in {"xdm", "plain"}:
            raise Trouble("permanent", "bad_option", f"{_END}: `package` is `xdm` or `plain`")
        ours = self._post.ours
        recipient = self._post.recipient(address, endpoint.options)
        head = Head(ours.address, address, message_id(parcel.delivery, ours.domain))
        message = await asyncio.to_thread(self._message, self._post, parcel, endpoint, head)
        await self._post.send(message, head, recipient)
        return Proof("sent", "direct_sent")

    async def probe(self, endpoint: Endpoint) -> Look:
        """Judge the partner's certificate, and greet the mail server; no mail is sent."""
        if self._post is None:
            raise Trouble("permanent", "direct_not_set", "set ICP_HUB_DIRECT_ADDRESS and a relay")
        self._post.recipient(endpoint.address.lower(), endpoint.options)
        await self._post.greet()
        return Look("direct_ready")

    @staticmethod
    def _message(post: Post, parcel: Parcel, endpoint: Endpoint, head: Head) -> bytes:
        """Return the message inside: a line of text and the document, packed or plain."""
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"] = head.sender, head.recipient
        message["Message-ID"] = head.message_id
        message["Date"] = post.clock.now()
        message["Disposition-Notification-To"] = head.sender
        message["Disposition-Notification-Options"] = ASKS
        message.set_content(_TEXT)
        if endpoint.options.get("package", "xdm") == "xdm":
            message["Subject"] = "XDM/1.0/DDM"
            packed = Packed(parcel.content, parcel.media_type, parcel.delivery, post.clock.now())
            content, kind, name = package(packed), "application/zip", f"{parcel.delivery}.zip"
        else:
            message["Subject"] = "Care plan"
            content, kind = parcel.content, parcel.media_type
            name = _UNSAFE.sub("_", parcel.file_name) or parcel.delivery
        main, _, sub = kind.partition(";")[0].strip().partition("/")
        message.add_attachment(content, maintype=main, subtype=sub or "xml", filename=name)
        return message.as_bytes()


def message_id(delivery: str, domain: str) -> str:
    """Return the Message-ID every attempt of a delivery carries."""
    return f"<{delivery}@{domain}>"


def anchors_of(path: str, content: bytes) -> list[x509.Certificate]:
    """Return the anchors of a bundle (PEM or .p7b); `Misconfigured` when it holds none."""
    try:
        return certificates(content)
    except ValueError:
        raise Misconfigured("ICP_HUB_DIRECT_ANCHORS", f"{path} holds no certificates") from None


def _pem(options: Mapping[str, str], name: str) -> list[x509.Certificate]:
    text = options.get(name, "")
    try:
        return certificates(text) if text else []
    except ValueError:
        raise Trouble("permanent", "bad_option", f"{_END}: `{name}` must be PEM") from None
