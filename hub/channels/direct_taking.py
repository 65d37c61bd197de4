"""One Direct mail on its way in: opened, trusted, then a document, a notification or nothing.

The Direct server calls `take` and answers its sender by what comes back. A document of an MCO goes
to the same intake as by any other way; our own notification is owed once it is durable, not before.
A mail that isn't trusted is `Unreadable`: its sender is told no more than that.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from cryptography.hazmat.primitives import serialization

from hub.channels import direct_notices
from hub.channels.direct_mail import opened, trusted
from hub.errors import Refused, Unreadable
from hub.ports import DirectReport, Envelope

if TYPE_CHECKING:
    from email.message import Message

    from hub.channels.direct_mail import Opened
    from hub.channels.direct_send import Post
    from hub.ports import DirectInbox, DirectPartner, Disposition

log = structlog.get_logger(__name__)

_MOST_DOCUMENTS: Final = 32
_ENDING: Final = re.compile(r"\.([A-Za-z0-9]{1,5})\Z")
_BROKEN: Final = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the mail parser raises for headers that are none."""

_PROSE: Final = frozenset({"text/plain", "text/html"})


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a mail: its media type, the ending of its name, and its bytes."""

    media_type: str
    ending: str
    content: bytes


class Taker:
    """Takes mails in for one Direct address."""

    def __init__(self, inbox: DirectInbox, post: Post) -> None:
        self._inbox = inbox
        self._post = post

    async def take(self, raw: bytes) -> None:
        """Take one mail: durable, or answered, when this returns.

        `Unreadable` for one that is not encrypted for us, not signed by a known partner, or
        changed; `Trouble` when it can't be kept now.
        """
        try:
            mail = await asyncio.to_thread(opened, raw, self._post.ours)
        except _BROKEN:
            raise Unreadable("bad_mail", "its headers can't be read") from None
        partner = await self._inbox.partner(mail.head.sender)
        if partner is None:
            raise Unreadable("unknown_sender", "no partner has this address")
        anchors = self._post.anchors(partner.options)
        found = await asyncio.to_thread(trusted, mail, anchors, self._post.clock.now())
        await self._post.unrevoked(found.path)
        message = await asyncio.to_thread(direct_notices.parsed, mail.message)
        if direct_notices.is_report(message):
            await self._notified(partner, message)
            return
        if str(message.get("auto-submitted", "")).strip().lower().startswith("auto-replied"):
            log.info("direct_auto_reply", endpoint=partner.endpoint)
            return
        took = await self._documents(partner, mail, message)
        if mail.head.message_id:
            dispositions: list[Disposition] = ["processed" if took else "failed"]
            if took and direct_notices.asks_dispatched(message):
                dispositions.append("dispatched")
            theirs = b"".join(
                one.public_bytes(serialization.Encoding.PEM)
                for one in (found.certificate, *found.others)
            )
            await self._inbox.owe(partner, mail.head.message_id, dispositions, theirs.decode())

    async def _notified(self, partner: DirectPartner, message: Message) -> None:
        """Hand a notification on; one of nothing we sent is not believed and changes nothing."""
        notice = direct_notices.read(message)
        if notice is None:
            log.info("direct_notice_without_meaning", endpoint=partner.endpoint)
            return
        delivery, _, domain = notice.original[1:-1].rpartition("@")
        report = DirectReport(delivery, notice.recipient, notice.disposition)
        ours = domain.lower() == self._post.ours.domain
        if not ours or not await self._inbox.report(partner, report):
            log.warning("direct_notice_of_nothing", endpoint=partner.endpoint)

    async def _documents(self, partner: DirectPartner, mail: Opened, message: Message) -> bool:
        """Hand every document in; False when it isn't for us to take, with the reason logged."""
        if partner.kind != "mco":
            log.warning("direct_document_not_expected", endpoint=partner.endpoint)
            return False
        found = await asyncio.to_thread(parts, message)
        if not 0 < len(found) <= _MOST_DOCUMENTS:
            log.warning("direct_no_documents", endpoint=partner.endpoint, count=len(found))
            return False
        stem = hashlib.sha256(f"{partner.address} {mail.head.message_id}".encode()).hexdigest()
        try:
            for number, one in enumerate(found, 1):
                key = f"direct:{stem}:{number}" if mail.head.message_id else None
                name = f"direct-{stem[:12]}-{number}{one.ending}"
                await self._hand_in(partner, one, name, key)
        except Refused as refused:
            log.warning("direct_document_refused", endpoint=partner.endpoint, code=refused.code)
            return False
        return True

    async def _hand_in(self, partner: DirectPartner, one: Part, name: str, key: str | None) -> None:
        upload = self._inbox.upload(
            Envelope(
                organisation=partner.organisation,
                channel="direct",
                actor=partner.endpoint,
                name=name,
                media_type=one.media_type,
                idempotency_key=key,
            )
        )
        try:
            await upload.write(one.content)
            await upload.commit()
        except BaseException:
            await upload.abort()
            raise


def parts(message: Message) -> list[Part]:
    """Return a mail's documents: its attachments, or its text where it has none."""
    leaves = [one for one in message.walk() if not one.is_multipart()]
    attached = [one for one in leaves if _attached(one)]
    found = []
    for one in attached or leaves:
        content = one.get_payload(decode=True)
        if isinstance(content, bytes) and content.strip():
            ending = _ENDING.search(one.get_filename() or "")
            name = f".{ending.group(1).lower()}" if ending else ""
            found.append(Part(one.get_content_type(), name, content))
    return found


def _attached(part: Message) -> bool:
    """Say whether a leaf is a document rather than the words that go with it."""
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return True
    return part.get_content_type() not in _PROSE
