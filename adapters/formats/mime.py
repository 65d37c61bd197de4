"""The one hardened way for adapters to open a MIME message or part that was saved as a file.

Called by the XML opener for a part that holds a document, and by the archive reader for a message
of several. Headers are cut and encodings undone; a message inside a message is not opened. Nothing
is fetched and nothing is run; what a header says beyond type and name is never read.
"""

from __future__ import annotations

import email
import email.policy
import mimetypes
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

PARTS: Final = 200
_HEAD: Final = 20_000
_LARGEST: Final = 70_000_000
_HEADERS: Final = re.compile(
    rb"\s*(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n", re.ASCII
)
_TYPED: Final = re.compile(rb"^Content-Type:\s*(multipart/)?", re.IGNORECASE | re.MULTILINE)


def is_message(content: bytes) -> bool:
    """Say whether bytes are a MIME message of several parts, saved with its headers."""
    found = _TYPED.search(_headers(content))
    return found is not None and found[1] is not None


def is_part(content: bytes) -> bool:
    """Say whether bytes are one MIME part, saved with its headers."""
    found = _TYPED.search(_headers(content))
    return found is not None and found[1] is None


def _headers(content: bytes) -> bytes:
    """Return the headers a file begins with, none where it begins otherwise or is too large."""
    if not content[:1].isalpha() and not content[:1].isspace():
        return b""
    found = _HEADERS.match(content[:_HEAD]) if len(content) <= _LARGEST else None
    return found[0] if found else b""


def unwrapped(content: bytes) -> bytes | None:
    """Return the XML inside a part that was saved with its headers, or none where it is no such."""
    if not is_part(content):
        return None
    part = email.message_from_bytes(content.lstrip(), policy=email.policy.default)
    if "xml" not in part.get_content_type():
        return None
    return _payload(part).lstrip() or None


def parted(content: bytes) -> list[tuple[str, bytes]]:
    """Return (name, bytes) of every part of a message in its order, at most `PARTS` and one more.

    A part that gives no name is called by its number and what it is.
    """
    message = email.message_from_bytes(content.lstrip(), policy=email.policy.default)
    found: list[tuple[str, bytes]] = []
    for part in _leaves(message):
        if len(found) > PARTS:
            break
        ending = mimetypes.guess_extension(part.get_content_type()) or ""
        found.append((_name(part) or f"part{len(found) + 1}{ending}", _payload(part)))
    return found


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if not part.is_multipart():
            yield part


def _name(part: EmailMessage) -> str:
    try:
        return (part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    except (ValueError, LookupError):
        return ""


def _payload(part: EmailMessage) -> bytes:
    """Return a part's bytes with its transfer encoding undone; empty where it is damaged."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return payload if isinstance(payload, bytes) else b""
