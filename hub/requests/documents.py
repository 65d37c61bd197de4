"""What a returned document is, by its first bytes, and which readers may look at it.

Whoever takes one in asks; what a sender says the file is counts for nothing. A document need not be
readable: it is kept as it is. Its own name is not kept, since people name files after members.
"""

from __future__ import annotations

from typing import Final

from hub.ports import Binding

_FIRST: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"%PDF-", "application/pdf", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"II*\x00", "image/tiff", "tif"),
    (b"MM\x00*", "image/tiff", "tif"),
    (b"PK\x03\x04", "application/zip", "zip"),
    (b"{\\rtf", "application/rtf", "rtf"),
    (b"MSH|", "x-application/hl7-v2+er7", "hl7"),
    (b"\x0bMSH|", "x-application/hl7-v2+er7", "hl7"),
    (b"<", "application/xml", "xml"),
    (b"{", "application/json", "json"),
)
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ENDINGS: Final = {kind: ending for _, kind, ending in _FIRST} | {
    _DOCX: "docx",
    _XLSX: "xlsx",
    "text/plain": "txt",
}

READERS: Final = tuple(
    Binding(f"adapters.formats.{name}:ADAPTER")
    for name in ("ccda", "fhir", "hl7v2", "archive", "pdf", "office", "tabular")
)
"""Who may try to read a document of a practice: the formats themselves, no sender's habits."""


def media_type(content: bytes) -> str:
    """Return the media type of a document by what it begins with."""
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    for first, kind, _ in _FIRST:
        if start.startswith(first):
            return _packed(content) if kind == "application/zip" else kind
    try:
        content[:65536].decode("utf-8", "strict" if len(content) <= 65536 else "ignore")  # noqa: PLR2004  # a cut may halve a letter
    except UnicodeDecodeError:
        return "application/octet-stream"
    return "application/octet-stream" if b"\0" in content[:65536] else "text/plain"


def file_name(document: str, kind: str) -> str:
    """Return the name a document is downloaded under: its id, never what its giver called it."""
    return f"{document}.{_ENDINGS.get(kind, 'bin')}"


def _packed(content: bytes) -> str:
    """Return what a ZIP is: a Word or Excel file by its inner names, else a ZIP."""
    if b"word/document.xml" in content:
        return _DOCX
    return _XLSX if b"xl/workbook.xml" in content else "application/zip"
