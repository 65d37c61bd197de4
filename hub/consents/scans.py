"""What may be kept as the scan of a signed paper: recognised by its first bytes.

The consent routes and the import ask; what a sender says the file is counts for nothing.
"""

from __future__ import annotations

from typing import Final

from hub.errors import Refused

_FIRST: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)


def kind_of_scan(content: bytes) -> str:
    """Return the media type of a scan; `Refused` 415 for anything but PDF, PNG, JPEG or TIFF."""
    found = next((kind for first, kind in _FIRST if content.startswith(first)), None)
    if found is None:
        told = "a scan is a PDF, TIFF, PNG or JPEG; scan the paper again"
        raise Refused("no_scan", told, status=415)
    return found
