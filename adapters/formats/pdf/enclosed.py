"""Files inside a PDF: a C-CDA among them is read as the plan, the others are kept as attachments.

Called by the reader in this package. Other readers are imported only when they are needed; nothing
is ever written to disk, and a file inside a file inside the PDF is not opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pikepdf

from hub.canonical import Attachment, Document, Sealed, each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical import Adapter, Reading

_MOST = 50
_LARGEST = 32 * 1024 * 1024
_HEAD = 4096
_CCDA = tuple("ClinicalDocument".encode(one) for one in ("ascii", "utf-16-le", "utf-16-be"))


class Enclosed(Sealed):
    """The files inside a PDF by hex sha256, with what is said of each."""

    __slots__ = ("attachments", "contents", "unread")

    def __init__(self) -> None:
        self.attachments: list[Attachment] = []
        self.contents: dict[str, bytes] = {}
        self.unread = 0


def enclosed_in(objects: pikepdf.Pdf) -> Enclosed:
    """Return the embedded files, at most 50 of 32 MB; `unread` counts those that can't be taken."""
    found = Enclosed()
    for number, name in enumerate(objects.attachments):
        if number >= _MOST:
            found.unread += 1
            continue
        _named(found, objects, str(name))
    for number, spec in enumerate(_pinned(objects)):
        if number >= _MOST:
            found.unread += 1
            break
        _take(found, spec)
    return found


def _pinned(objects: pikepdf.Pdf) -> Iterator[Any]:
    """Yield the files that are pinned to pages as annotations."""
    for page in objects.pages:
        annotations = page.obj.get("/Annots")
        for one in annotations if isinstance(annotations, pikepdf.Array) else ():
            if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/FileAttachment":
                yield one.get("/FS")


def _named(found: Enclosed, objects: pikepdf.Pdf, name: str) -> None:
    try:
        spec = objects.attachments[name]
    except Exception:  # noqa: BLE001  # one bad file inside must not lose the others
        found.unread += 1
        return
    _take(found, spec, name)


def _take(found: Enclosed, spec: Any, name: str = "") -> None:  # noqa: ANN401  # pikepdf is untyped
    try:
        if name:
            file = spec.get_file()
            content, kind = bytes(file.read_bytes()), str(file.mime_type)
        else:
            stream = spec.EF.get("/UF") or spec.EF.F
            name = str(spec.get("/UF") or spec.F)
            content, kind = stream.read_bytes(), str(stream.get("/Subtype") or "").lstrip("/")
        media_type = kind or "application/octet-stream"
    except Exception:  # noqa: BLE001  # one bad file inside must not lose the others
        found.unread += 1
        return
    if len(content) > _LARGEST:
        found.unread += 1
        return
    digest = hashlib.sha256(content).hexdigest()
    if digest in found.contents:
        return
    found.contents[digest] = content
    found.attachments.append(
        Attachment(name=name, media_type=media_type, sha256=digest, bytes=len(content))
    )


def enclosed_ccda(found: Enclosed, around: Document) -> Reading | None:
    """Return the reading of the first enclosed C-CDA; None where there is none or no reader.

    Its plan carries the PDF around it, and the PDF's other files, as attachments.
    """
    for one in found.attachments:
        content = found.contents[one.sha256 or ""]
        if not any(mark in content[:_HEAD] for mark in _CCDA):
            continue
        reader = ccda_reader()
        inner = Document(content, "enclosed.xml", "text/xml", one.sha256 or "", around.sender)
        if reader and reader.identify(inner):
            return _carrying(reader.read(inner), found, around, one)
    return None


def _carrying(reading: Reading, found: Enclosed, around: Document, own: Attachment) -> Reading:
    """Return the reading with the PDF and the files in it that are not the plan itself."""
    digest = hashlib.sha256(around.content).hexdigest()
    pdf = Attachment(
        name="document.pdf",
        media_type="application/pdf",
        sha256=digest,
        bytes=len(around.content),
    )
    others = tuple(one for one in found.attachments if one is not own)
    plans = tuple(
        replace(plan, attachments=(*each(plan.attachments), pdf, *others)) for plan in reading.plans
    )
    files = {**found.contents, digest: around.content, **reading.enclosures}
    return replace(reading, plans=plans, enclosures=files)


def ccda_reader() -> Adapter | None:
    """Return the C-CDA reader, None where it isn't installed."""
    try:
        reader: Adapter = import_module("adapters.formats.ccda").ADAPTER
    except (ImportError, AttributeError):
        return None
    return reader
