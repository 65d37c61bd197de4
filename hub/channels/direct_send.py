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

from hub.channels.certificates import fact
from hub.channels.direct_mail import ADDRESS, Head, sealed
from hub.channels.direct_notices import ASKS
from hub.channels.direct_package import Packed, package
from hub.channels.direct_trust import certificates, judge
from hub.errors import Misconfigured, Trouble, Unreadable
from hub.ports import Look, Proof

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from cryptography import x509

    from hub.channels.direct_discovery import Finder
    from hub.channels.direct_mail import Identity
    from hub.channels.direct_relay import Relay
    from hub.channels.direct_revocation import Revocations
    from hub.ports import Clock, Endpoint, Parcel

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_TEXT: Final = (
    "A care plan is attached. Please see it in your records system, or sign in to the hub."
)


class Post:
    """What sending needs: who we are, the server, and the anchors of partners that name none.

    `lists`: who is asked whether a certificate is revoked; `finders`: who looks for the certificate
    of a partner whose entry has none, one after another. Left out, nobody.
    """

    def __init__(  # what a mail passes on its way, each once
        self,
        ours: Identity,
        relay: Relay,
        anchors: Sequence[x509.Certificate],
        clock: Clock,
        *,
        lists: Revocations | None = None,
        finders: Sequence[Finder] = (),
    ) -> None:
        self.ours = ours
        self.clock = clock
        self._relay = relay
        self._anchors = tuple(anchors)
        self._lists = lists
        self._finders = tuple(finders)

    def anchors(self, options: Mapping[str, str]) -> Sequence[x509.Certificate]:
        """Return a partner's trust anchors: its own, else the hub's; `Trouble` for bad PEM."""
        return _pem(options, "anchors") or self._anchors

    async def recipient(self, address: str, options: Mapping[str, str]) -> x509.Certificate:
        """Return a partner's certificate to encrypt for, judged now; `Trouble` permanent if bad.

        It is the one of its entry, else the first good one that is found for the address.
        """
        given = _pem(options, "certificate")
        anchors, now = self.anchors(options), self.clock.now()
        refusal = Unreadable("no_certificate", "it has no `certificate` (PEM), and none was found")
        async for one in self._candidates(address, given):
            try:
                path = judge(one, given[1:], anchors, address, "encrypt", now)
                await self.unrevoked(path)
            except Unreadable as fault:
                refusal = fault
            else:
                return one
        raise Trouble("permanent", refusal.code, f"{_END}: {refusal.detail}")

    async def _candidates(
        self, address: str, given: Sequence[x509.Certificate]
    ) -> AsyncIterator[x509.Certificate]:
        """Give the entry's certificate, else what the finders find; their `Trouble` comes last."""
        if given:
            yield given[0]
            return
        silent: Trouble | None = None
        for finder in self._finders:
            try:
                found = await finder.find(address)
            except Trouble as trouble:
                silent = trouble
                continue
            for one in found:
                yield one
        if silent is not None:
            raise silent

    async def unrevoked(self, path: Sequence[x509.Certificate]) -> None:
        """Return when nothing on a path is revoked; `Unreadable` or `Trouble` else."""
        if self._lists is not None:
            await self._lists.check(path, self.clock.now())

    async def close(self) -> None:
        """Close every connection that asks for lists."""
        if self._lists is not None:
            await self._lists.close()

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
        recipient = await self._post.recipient(address, endpoint.options)
        head = Head(ours.address, address, message_id(parcel.delivery, ours.domain))
        message = await asyncio.to_thread(self._message, self._post, parcel, endpoint, head)
        await self._post.send(message, head, recipient)
        return Proof("sent", "direct_sent")

    async def probe(self, endpoint: Endpoint) -> Look:
        """Judge the partner's certificate, and greet the mail server; no mail is sent."""
        if self._post is None:
            raise Trouble("permanent", "direct_not_set", "set ICP_HUB_DIRECT_ADDRESS and a relay")
        found = await self._post.recipient(endpoint.address.lower(), endpoint.options)
        await self._post.greet()
        return Look("direct_ready", (fact(found, "partner"),))

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
