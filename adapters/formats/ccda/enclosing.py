"""Files inside a document: the body of an unstructured one and pictures in entries.

Called by the body reader and for observationMedia. Bytes become an enclosure by their SHA-256,
plain text and a PDF's text layer become a note. Inflating stops at the size cap. A file that is
only referred to by name is never fetched; a damaged one is kept as it is, with a finding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from adapters.formats.ccda import narrative
from adapters.formats.ccda.tags import V3
from adapters.formats.xml import SIZE_CAP
from hub.canonical import folded

if TYPE_CHECKING:
    from lxml import etree

    from adapters.formats.ccda.gathering import Draft, Gathering, Scope

_SUFFIXES = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/html": "html",
    "text/rtf": "rtf",
    "application/msword": "doc",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/tiff": "tiff",
}
_WINDOWS = {"DF": -15, "ZL": 15, "GZ": 31}


def enclose(gathering: Gathering, element: etree._Element, at: str, scope: Scope) -> Draft | None:
    """Keep the file an ED element carries or names; its words, where it has any, are a note."""
    media = (element.get("mediaType") or "text/plain").strip().lower()
    reference = element.find(V3 + "reference")
    raw = narrative.words(element)
    named = reference.get("value") if reference is not None else None
    if not raw.strip():
        return _named(gathering, media, named, at, scope)
    if element.get("representation") != "B64":
        text = folded(raw)
        return _noted(gathering, text, at, scope)
    data = _decoded(gathering, raw, element.get("compression"), at)
    if data is None:
        gathering.spare(folded(raw), "damaged file", at, scope)
        return None
    digest = hashlib.sha256(data).hexdigest()
    gathering.enclosures[digest] = data
    draft = gathering.new("attachments", at, scope)
    draft.put("name", named or f"enclosure.{_SUFFIXES.get(media, 'bin')}", at)
    draft.put("media_type", media, at)
    draft.put("sha256", digest, at)
    draft.put("bytes", len(data), at)
    _noted(gathering, _words(data, media), at, scope)
    return draft


def _named(
    gathering: Gathering, media: str, name: str | None, at: str, scope: Scope
) -> Draft | None:
    if not name:
        return None
    draft = gathering.new("attachments", at, scope)
    draft.put("name", name, at)
    draft.put("media_type", media, at)
    gathering.find("file_elsewhere", "names a file that did not come with it; ask for it", at)
    return draft


def _noted(gathering: Gathering, text: str, at: str, scope: Scope) -> Draft | None:
    if not text:
        return None
    draft = gathering.new("notes", at, scope)
    draft.put("section", scope.title, at)
    draft.put("text", text, at)
    return draft


def _decoded(gathering: Gathering, raw: str, compression: str | None, at: str) -> bytes | None:
    try:
        data = base64.b64decode("".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        gathering.find("damaged_file", "holds a file whose base64 is damaged", at)
        return None
    if not compression:
        return data
    for window in (_WINDOWS.get(compression, -15), 15, 31):
        inflater = zlib.decompressobj(window)
        try:
            inflated = inflater.decompress(data, SIZE_CAP)
        except zlib.error:
            continue
        if inflater.unconsumed_tail:
            break
        return inflated
    gathering.find("damaged_file", "holds a compressed file that can't be opened", at)
    return None


def _words(data: bytes, media: str) -> str:
    if media == "text/plain":
        return folded(_text(data))
    if media == "text/html":
        stripper = _Stripper()
        stripper.feed(_text(data))
        return folded(stripper.pieces)
    if media == "application/pdf":
        return _pdf_words(data)
    return ""


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _pdf_words(data: bytes) -> str:
    """Return a PDF's words by the hub's own PDF reader, if it is installed."""
    try:
        from adapters.formats.pdf.words import plain_text  # noqa: PLC0415  # optional and slow
    except ImportError:
        return ""
    return folded(plain_text(data))


class _Stripper(HTMLParser):
    """Collects the words of an HTML file; never interprets it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the base's signature
        self._hidden += tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"script", "style"} and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data)
