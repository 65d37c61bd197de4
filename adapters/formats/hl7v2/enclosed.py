"""Files inside a message (OBX-2 `ED`): put together, decoded, checked, kept byte for byte.

`piece` is called for each such OBX, `opened` once at the end of the message. A C-CDA inside is read
by the C-CDA reader and becomes the plan; the words of a PDF, RTF, HTML or text file become a note;
all are attachments. A placeholder or a broken payload is an error with its place. A file its sender
withdrew is kept and not read. Nothing is fetched and nothing is run.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.formats.hl7v2 import datatypes
from adapters.formats.hl7v2.escapes import unescaped
from adapters.formats.hl7v2.gathering import place
from adapters.formats.hl7v2.wording import lines_of, worded
from hub.canonical import Document, Sealed, folded

if TYPE_CHECKING:
    from adapters.formats.hl7v2.gathering import Gathering
    from adapters.formats.hl7v2.segments import Segment

_SIGNATURES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"{\\rtf", "application/rtf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\xd0\xcf\x11\xe0", "application/msword"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)
_MEDIA: Final = frozenset(
    {"application", "text", "image", "multipart", "audio", "video", "model", "message"}
)
_LEGACY: Final = {"AP": "application", "TEXT": "text", "TX": "text", "IM": "image"}
_SUBTYPES: Final = {
    "pdf": "application/pdf",
    "rtf": "application/rtf",
    "xml": "application/xml",
    "html": "text/html",
    "plain": "text/plain",
    "text": "text/plain",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
    "tif": "image/tiff",
    "gif": "image/gif",
    "x-hl7-cda-level-one": "application/xml",
    "msword": "application/msword",
    "octet-stream": "application/octet-stream",
}
_XML_START: Final = (b"<?xml", b"<ClinicalDocument", b"\xef\xbb\xbf<")
_SUB_ID: Final = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,3}", re.ASCII)
_WITHDRAWN: Final = {"D": "deleted", "W": "withdrawn", "X": "not obtainable"}


@dataclass(frozen=True, slots=True, repr=False)
class Piece(Sealed):
    """One OBX of a file: its OBX-3, its OBX-4, and the five components of its ED."""

    at: str
    named: str
    title: str
    sub: str
    source: str
    media: str
    encoding: str
    data: str
    withdrawn: str = ""


def piece(segment: Segment, into: Gathering) -> None:
    """Remember one OBX that holds a file or a part of one."""
    named = segment.peek(3)
    title = datatypes.coded(segment.take(3), into.seps)[0]
    into.beside = title
    sub = segment.peek(4).strip()
    withdrawn = _WITHDRAWN.get(segment.peek(11), "")
    segment.ignore(4, 11)
    # a sub-component separator may stand in unescaped text of encoding A, never in the first four
    given = segment.take(5).split(into.seps.component, 4)
    given += [""] * (5 - len(given))
    source, kind, subtype, encoding = (datatypes.words(part, into.seps) for part in given[:4])
    kind = _LEGACY.get(kind.upper(), kind.lower())
    data = unescaped(given[4], into.seps)
    at = f"{segment.place}-5"
    media = f"{kind}/{subtype.lower()}"
    into.pieces.append(
        Piece(at, named, title, sub, source, media, encoding.upper(), data, withdrawn)
    )


def opened(into: Gathering) -> None:
    """Decode what the message enclosed and add attachments, notes and enclosed plans."""
    for group in _groups(into.pieces):
        content = _content(group, into.seps.charset)
        first = group[0]
        if not content:
            message = "the enclosed file is empty, a placeholder or not in the encoding it names"
            into.find("error", "bad_enclosure", message, first.at)
            continue
        media = _media(first, content)
        if not media:
            message = (
                "the media type is missing or unknown, name it in the second and third component"
            )
            into.find("warning", "media_fields", message, first.at)
            media = "application/octet-stream"
        elif _mislabelled(first, media):
            message = "the media type names another kind of file than the one enclosed"
            into.find("warning", "media_fields", message, first.at)
        _attach(first, content, media, into)
        if first.withdrawn:
            message = "a file its sender withdrew, it is kept and not read"
            into.find("note", "withdrawn_result", message, first.at)
            continue
        _read(first, content, media, into)
    into.pieces = []


def _groups(pieces: list[Piece]) -> list[list[Piece]]:
    """Put pieces of one file together: same OBX-3, no beginning of their own, rising OBX-4."""
    groups: list[list[Piece]] = []
    for one in pieces:
        if groups and _goes_on(groups[-1], one):
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def _goes_on(group: list[Piece], one: Piece) -> bool:
    """Say whether a piece belongs to the file before it.

    Without rising numbers it must have the same kind, and that file a beginning that shows.
    """
    first, last = group[0], group[-1]
    if (last.named, last.withdrawn) != (one.named, one.withdrawn) or not one.data or _begins(one):
        return False
    if last.sub != one.sub:
        return () != _rank(last) < _rank(one)
    alike = (first.media, first.encoding) == (one.media, one.encoding)
    return alike and _begins(first)


def _rank(one: Piece) -> tuple[int, ...]:
    """Return a piece's OBX-4 (`2`, `1.2`) as numbers, none where it is no number above nothing."""
    numbers = tuple(map(int, one.sub.split("."))) if _SUB_ID.fullmatch(one.sub) else ()
    return numbers if any(numbers) else ()


def _begins(one: Piece) -> bool:
    """Say whether a piece is the beginning of a file, by the signature of its bytes."""
    bare = one.data if one.encoding == "A" else "".join(one.data[:96].split())
    start = _decoded(bare[: min(len(bare), 64) // 4 * 4], one.encoding, "utf-8")
    return bool(start) and _signed(start) != ""


def _content(group: list[Piece], charset: str) -> bytes:
    """Return the bytes of a file, empty where they can't be had."""
    encoding = group[0].encoding
    whole = _decoded("".join(one.data for one in group), encoding, charset)
    if whole or len(group) == 1:
        return whole
    parts = [_decoded(one.data, encoding, charset) for one in group]
    return b"".join(parts) if all(parts) else b""


def _decoded(data: str, encoding: str, charset: str) -> bytes:
    """Decode by table 0299; empty for anything that isn't what it says it is.

    Encoding A is the message's own text, so its bytes are those of the message's character set.
    """
    if encoding == "A":
        try:
            return data.encode(charset or "utf-8")
        except UnicodeEncodeError:
            return data.encode()
    bare = "".join(data.split())
    try:
        if encoding == "HEX":
            return bytes.fromhex(bare)
        if encoding == "BASE64":
            return base64.b64decode(bare, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return b""


def _signed(content: bytes) -> str:
    """Return the media type a file's first bytes give away, or nothing."""
    for start, media in _SIGNATURES:
        if content.startswith(start):
            return media
    return "application/xml" if content.lstrip().startswith(_XML_START) else ""


def _media(first: Piece, content: bytes) -> str:
    """Return the media type: what the bytes show before what the message claims."""
    kind, _, subtype = first.media.partition("/")
    signed = _signed(content)
    if signed:
        return signed
    if kind == "multipart":
        return f"multipart/{subtype or 'mixed'}"
    named = _SUBTYPES.get(subtype) or (_SUBTYPES.get(kind) if not subtype else None)
    if named:
        return named
    return f"{kind}/{subtype}" if kind in _MEDIA and subtype else "text/plain" * (kind == "text")


def _mislabelled(first: Piece, media: str) -> bool:
    kind, _, subtype = first.media.partition("/")
    if kind == "multipart" or "/" not in media:
        return False
    claimed = _SUBTYPES.get(subtype) or _SUBTYPES.get(kind, "")
    return kind not in _MEDIA or bool(claimed and claimed not in (media, "text/plain"))


def _attach(first: Piece, content: bytes, media: str, into: Gathering) -> None:
    digest = hashlib.sha256(content).hexdigest()
    into.enclosures[digest] = content
    number = len(into.items["attachments"])
    title = folded(first.title or first.source) or None
    if first.withdrawn:
        title = f"{title or 'file'} ({first.withdrawn})"
    into.places[f"/attachments/{number}"] = place(first.at)
    item: dict[str, object] = {"media_type": media, "sha256": digest, "bytes": len(content)}
    into.items["attachments"].append(item | {"name": title})


def _read(first: Piece, content: bytes, media: str, into: Gathering) -> None:
    """Read what can be read of the file: a C-CDA as a plan, the words of another as a note."""
    if media == "application/xml" and b"<html" in content[:1024].lower():
        media = "text/html"
    if media in {"application/xml", "text/xml"} or media.startswith("multipart/"):
        _read_ccda(first, content, media, into)
        return
    try:
        lines = lines_of(content, media, into.seps.charset)
    except Exception:  # noqa: BLE001  # readers fail in many ways, each means: words unread
        lines = None
    if lines is None or (not lines and worded(media)):
        message = "no words of the enclosed file can be read, the file itself is kept; look at it"
        into.find("warning", "enclosure_unread", message, first.at)
    if lines:
        number = len(into.items["notes"])
        note = {"section": first.title or "Enclosed file", "text": "\n".join(lines)}
        into.items["notes"].append(note)
        into.places[f"/notes/{number}"] = place(first.at)


def _read_ccda(first: Piece, content: bytes, media: str, into: Gathering) -> None:
    """Read an enclosed C-CDA by its own reader; it becomes the message's plan."""
    xml = _first_xml(content) if media.startswith("multipart/") else content
    if b"ClinicalDocument" not in xml:
        return
    module = _module("adapters.formats.ccda", first.at, into)
    reader = getattr(module, "ADAPTER", None)
    if reader is None:
        return
    document = Document(xml, first.title, "application/xml", hashlib.sha256(xml).hexdigest())
    reading = reader.read(document)
    into.findings.extend(reading.findings)
    if reading.plans:
        into.enclosed.append((reading, document.digest))
    else:
        message = "the enclosed C-CDA is the plan and can't be read; ask the sender to mend it"
        into.find("error", "enclosure_unread", message, first.at)
        into.unread = True


def _first_xml(content: bytes) -> bytes:
    """Return the first XML part of a MIME wrapper, as the sender wrapped it; empty without one."""
    from email import message_from_bytes  # noqa: PLC0415  # slow to import, rarely needed

    for part in message_from_bytes(content).walk():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes) and b"<ClinicalDocument" in body:
            return body
    return b""


def _module(path: str, at: str, into: Gathering) -> Any:  # noqa: ANN401  # a module
    """Import another format's reader when it is first needed."""
    try:
        return importlib.import_module(path)
    except ImportError:
        message = "no reader for this kind of enclosed file is installed, the file itself is kept"
        into.find("warning", "enclosure_unread", message, at)
        return None
