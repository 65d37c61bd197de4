"""Direct's notifications: processed, dispatched, failed; written, and read from a trusted message.

RFC 8098 reports, one for one recipient. `dispatched` counts only with the field that says it went
to its final destination. A failed delivery report (RFC 3464) inside a trusted message reads as
failed. Whether a notification is believed is not decided here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from hub.channels.direct_mail import MESSAGE_ID
from hub.errors import Unreadable

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

    from hub.channels.direct_mail import Head
    from hub.ports import Disposition

FINAL: Final = "X-DIRECT-FINAL-DESTINATION-DELIVERY"
ASKS: Final = f"{FINAL}=optional,true"
"""The value of Disposition-Notification-Options that asks for `dispatched`."""

_SAYS: Final = {
    "processed": "Your message was decrypted and its signature is trusted. Nobody has read it yet.",
    "dispatched": "Your message was delivered to its final destination and is kept there.",
    "failed": "Your message was not taken. Please ask whoever runs this address.",
}
_FAILS: Final = frozenset({"failed", "denied", "error"})


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification: of which message (its id, with brackets), for whom, and what became of it."""

    original: str
    recipient: str
    disposition: Disposition


def written(notice: Notice, head: Head, at: datetime) -> bytes:
    """Return a notification as a message (RFC 5322 bytes)."""
    mark = "direct-notification"
    fields = [
        f"Reporting-UA: {notice.recipient.rpartition('@')[2]}; ICP hub",
        f"Final-Recipient: rfc822; {notice.recipient}",
        f"Original-Message-ID: {notice.original}",
        f"Disposition: automatic-action/MDN-sent-automatically; {notice.disposition}",
    ]
    if notice.disposition == "dispatched":
        fields.append(f"{FINAL}: true")
    lines = [
        f"From: {head.sender}",
        f"To: {head.recipient}",
        f"Subject: {notice.disposition.capitalize()}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {head.message_id}",
        f"In-Reply-To: {notice.original}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=disposition-notification;",
        f' boundary="{mark}"',
        *("", f"--{mark}", "Content-Type: text/plain; charset=us-ascii", ""),
        _SAYS[notice.disposition],
        *("", f"--{mark}", "Content-Type: message/disposition-notification", ""),
        *fields,
        *("", f"--{mark}--", ""),
    ]
    return "\r\n".join(lines).encode("ascii")


def asks_dispatched(message: Message) -> bool:
    """Say whether a message asks to be told when it is at its final destination."""
    given = str(message.get("disposition-notification-options", "")).lower()
    return bool(re.search(rf"{FINAL.lower()}\s*=\s*(?:optional|required)\s*,\s*true", given))


def parsed(message: bytes) -> Message:
    """Return a trusted message, parsed; `Unreadable` for what can't be."""
    try:
        return BytesParser(policy=policy.compat32).parsebytes(message)
    except (ValueError, LookupError, RecursionError):
        raise Unreadable("bad_mail", "the message can't be read") from None


def is_report(message: Message) -> bool:
    """Say whether a message reports on another, so that it is no document and is never answered."""
    return message.get_content_type() == "multipart/report"


def read(message: Message) -> Notice | None:
    """Return the notification of a report; None for one that says nothing that counts."""
    fields: dict[str, str] = {}
    for part in message.walk():
        name = part.get_content_type()
        if name in {"message/disposition-notification", "message/delivery-status"}:
            fields["kind"] = name
            for block in part.get_payload() if part.is_multipart() else ():
                for key, value in block.items():  # type: ignore[union-attr]  # blocks of headers
                    fields.setdefault(key.lower(), " ".join(str(value).split()))
    original = fields.get("original-message-id", "")
    recipient = fields.get("final-recipient", "").rpartition(";")[2].strip().lower()
    disposition = _disposition(fields)
    if disposition is None or not MESSAGE_ID.fullmatch(original) or not recipient:
        return None
    return Notice(original, recipient, disposition)


def _disposition(fields: dict[str, str]) -> Disposition | None:
    if fields.get("kind") == "message/delivery-status":
        return "failed" if fields.get("action", "").lower() == "failed" else None
    kind, _, modifier = fields.get("disposition", "").rpartition(";")[2].lower().partition("/")
    kind = kind.strip()
    if kind in _FAILS or _FAILS & {one.strip() for one in modifier.split(",")}:
        return "failed"
    if kind == "processed":
        return "processed"
    if kind == "dispatched" and FINAL.lower() in fields:
        return "dispatched"
    return None
