"""Files inside a PDF: a C-CDA among them is read as the plan, the others are kept as attachments.

Called by the reader in this package. Other readers are imported only when they are needed; nothing
is ever written to disk, and a file inside a file inside the PDF is not opened.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hub.canonical import Attachment, Document, Sealed

if TYPE_CHECKING:
    import pikepdf

    from hub.canonical import Adapter, Reading

_MOST = 50
_LARGEST = 32 * 1024 * 1024
_HEAD = 4096


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
        _take(found, objects, str(name))
    return found


def _take(found: Enclosed, objects: Any, name: str) -> None:  # noqa: ANN401  # pikepdf is untyped
    try:
        file = objects.attachments[name].get_file()
        content = bytes(file.read_bytes())
        media_type = str(file.mime_type or "application/octet-stream")
    except Exception:  # noqa: BLE001  # one bad file inside must not lose the others
        found.unread += 1
        return
    if len(content) > _LARGEST:
        found.unread += 1
        return
    digest = hashlib.sha256(content).hexdigest()
    found.contents[digest] = content
    found.attachments.append(
        Attachment(name=name, media_type=media_type, sha256=digest, bytes=len(content))
    )


def enclosed_ccda(found: Enclosed, around: Document) -> Reading | None:
    """Return the reading of the first enclosed C-CDA; None where there is none or no reader."""
    for one in found.attachments:
        content = found.contents[one.sha256 or ""]
        if b"ClinicalDocument" in content[:_HEAD]:
            reader = ccda_reader()
            inner = Document(content, "enclosed.xml", "text/xml", one.sha256 or "", around.sender)
            return reader.read(inner) if reader and reader.identify(inner) else None
    return None


def ccda_reader() -> Adapter | None:
    """Return the C-CDA reader, None where it isn't installed."""
    try:
        reader: Adapter = import_module("adapters.formats.ccda").ADAPTER
    except (ImportError, AttributeError):
        return None
    return reader
