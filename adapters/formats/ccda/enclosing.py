"""Files inside a document: the body of an unstructured one and pictures in entries.

Called by the body reader and for observationMedia. Bytes become an enclosure by their SHA-256; the
words of text, RTF, a web page and a PDF's text layer become notes too. Inflating stops at the size
cap. A file that is only referred to by name is never fetched; a damaged one is kept as it is, with
a finding.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from typing import TYPE_CHECKING

from adapters.formats.ccda import narrative
from adapters.formats.ccda.tags import V3
from adapters.formats.filewords import media_of, worded
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
_RICH = frozenset({"text/rtf", "text/richtext"})
_WINDOWS = {"DF": -15, "ZL": 15, "GZ": 31}


def enclose(gathering: Gathering, element: etree._Element, at: str, scope: Scope) -> Draft | None:
    """Keep the file an ED element carries or names; its words, where it has any, are a note."""
    media = (element.get("mediaType") or "text/plain").strip().lower()
    reference = element.find(V3 + "reference")
    raw = narrative.words(element)
    named = reference.get("value") if reference is not None else None
    if not raw.strip():
        return _named(gathering, media, named, at, scope)
    if element.get("representation") != "B64" and not _unsaid(gathering, raw, media, at):
        text = folded(raw)
        return _noted(gathering, text, at, scope)
    data = _decoded(gathering, raw, element.get("compression"), at)
    if data is None:
        gathering.spare(folded(raw), "damaged file", at, scope)
        return None
    seen = media_of(data, media)
    if _alike(seen) != _alike(media):
        gathering.find("media_mislabelled", "holds a file of another kind than it says", at)
    digest = hashlib.sha256(data).hexdigest()
    gathering.enclosures[digest] = data
    draft = gathering.new("attachments", at, scope)
    draft.put("name", named or f"enclosure.{_SUFFIXES.get(media, 'bin')}", at)
    draft.put("media_type", media, at)
    draft.put("sha256", digest, at)
    draft.put("bytes", len(data), at)
    for heading, text in worded(data, media):
        _noted(gathering, text or heading, at, scope, heading)
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


def _alike(media: str) -> str:
    """Return a media type without the difference between two names of one kind."""
    return media.replace("application/rtf", "text/rtf").replace("text/richtext", "text/rtf")


def _noted(
    gathering: Gathering, text: str, at: str, scope: Scope, heading: str = ""
) -> Draft | None:
    if not text:
        return None
    draft = gathering.new("notes", at, scope)
    draft.put("section", heading or scope.title, at)
    draft.put("text", text, at)
    return draft


def _decoded(gathering: Gathering, raw: str, compression: str | None, at: str) -> bytes | None:
    try:
        data = base64.b64decode("".join(raw.split()), validate=True)
    except (binascii.Error, ValueError):
        gathering.find("damaged_file", "holds a file whose base64 is damaged", at)
        return None
    return _inflated(gathering, data, compression, at) if compression else data


def _inflated(gathering: Gathering, data: bytes, algorithm: str, at: str) -> bytes | None:
    """Return a file unpacked as its `compression` says (ED.compression), or as it really is."""
    if algorithm not in _WINDOWS:
        gathering.find("damaged_file", "holds a file compressed in a way that is not read", at)
        return None
    for window in dict.fromkeys((_WINDOWS[algorithm], *_WINDOWS.values())):
        inflater = zlib.decompressobj(window)
        try:
            inflated = inflater.decompress(data, SIZE_CAP)
        except zlib.error:
            continue
        if inflater.unconsumed_tail:
            gathering.find("damaged_file", "holds a file that unpacks to more than is read", at)
            return None
        if inflater.eof:
            return inflated
    gathering.find("damaged_file", "holds a compressed file that can't be opened", at)
    return None


def _unsaid(gathering: Gathering, raw: str, media: str, at: str) -> bool:
    """Say whether text without `representation` is base64 all the same, as some vendors send it."""
    if media.startswith("text/") and media not in _RICH:
        return False
    start = "".join(raw[:64].split())[:32]
    try:
        known = media_of(base64.b64decode(start, validate=True)) != ""
    except (binascii.Error, ValueError):
        return False
    if known:
        gathering.find("base64_unsaid", "holds a file in base64 that does not say so", at, "note")
    return known
