"""Opens PDF bytes, or says precisely why they can't be read: the gate before any reading.

Called by the reader in this package inside the sandboxed child. A file that opens proves nothing:
a file that needs repair or whose pages don't decode is refused, since parsers lose words silently.
Never asks for a password, and never follows a link out of the file.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pikepdf
import pypdfium2
from pypdfium2 import raw

from adapters.formats.pdf.words import PAGE_CAP
from hub.canonical import Finding, Place

if TYPE_CHECKING:
    from hub.canonical import Document

_HEAD = b"%PDF-"
_WINDOW = 1024
_STREAM_CAP = 64 * 1024 * 1024


class NotReadable(Exception):  # the house names errors by who can mend them
    """A document that can't be read: `finding` says why and where."""

    def __init__(self, code: str, message: str, place: Place | None = None) -> None:
        super().__init__(code)
        self.finding = Finding("error", code, message, place)


@dataclass(frozen=True, slots=True)
class Opened:
    """A PDF open in both libraries: `pdfium` for words and ink, `objects` for form and files."""

    pdfium: pypdfium2.PdfDocument
    objects: pikepdf.Pdf
    findings: tuple[Finding, ...] = ()

    def close(self) -> None:
        """Let both libraries go."""
        self.pdfium.close()
        self.objects.close()


def looks_like_pdf(document: Document) -> bool:
    """Say whether bytes, claimed type or name speak of a PDF; cheap, and never raises."""
    head = document.content[: _WINDOW + len(_HEAD)]
    if head.startswith(b"PK\x03\x04"):
        return False  # a zip may hold a PDF as it is
    named = document.name.lower().endswith(".pdf")
    return _HEAD in head or named or document.media_type.lower().startswith("application/pdf")


def opened(content: bytes) -> Opened:
    """Return the open file; `NotReadable` with the precise reason otherwise."""
    findings = _header(content)
    objects = _objects(content)
    pages = len(objects.pages)
    if not pages:
        raise NotReadable("damaged_pdf", "the file has no pages, send it again")
    if pages > PAGE_CAP:
        raise NotReadable("too_many_pages", f"more than {PAGE_CAP} pages, send the plan alone")
    for number in range(pages):
        _decode(objects.pages[number], number + 1)
    if objects.is_encrypted:
        message = "protected by an owner's password, opened without one; send it unprotected"
        findings = (*findings, Finding("note", "owner_password", message))
    return Opened(_pdfium(content), objects, findings)


def _header(content: bytes) -> tuple[Finding, ...]:
    at = content.find(_HEAD, 0, _WINDOW + len(_HEAD))
    if at < 0:
        raise NotReadable("not_pdf", "not a PDF in spite of its name, send the plan itself")
    if at == 0:
        return ()
    message = f"the PDF begins after {at} other bytes, have the sender's export looked at"
    return (Finding("warning", "pdf_header_offset", message),)


def _objects(content: bytes) -> pikepdf.Pdf:
    """Open without repair; encryption with an empty user password opens."""
    try:
        return pikepdf.open(io.BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError:
        raise NotReadable("encrypted", "needs a password, send it without one") from None
    except Exception:  # noqa: BLE001  # any failure of the parser means the same to the sender
        _pdfium(content).close()
        raise NotReadable(
            "damaged_pdf", "truncated or damaged, parts may be missing, send it again"
        ) from None


def _pdfium(content: bytes) -> pypdfium2.PdfDocument:
    """Open for words; pdfium knows some encryptions the other library takes for damage."""
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD:
            raise NotReadable("encrypted", "needs a password, send it without one") from None
        raise NotReadable("damaged_pdf", "the pages can't be opened, send it again") from None


def _decode(page: Any, number: int) -> None:  # noqa: ANN401  # pikepdf is untyped here
    """Refuse a page whose content doesn't decode whole, or decodes to more than the cap."""
    contents = page.obj.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    for stream in streams:
        if isinstance(stream, pikepdf.Stream):
            _inflate(stream, Place(f"page {number}", "page"))


def _inflate(stream: pikepdf.Stream, place: Place) -> None:
    if stream.get("/Filter") not in (pikepdf.Name.FlateDecode, [pikepdf.Name.FlateDecode]):
        return
    try:
        inflater = zlib.decompressobj()
        inflater.decompress(stream.read_raw_bytes(), _STREAM_CAP)
    except zlib.error:
        raise NotReadable(
            "damaged_pdf", "a page doesn't decode, parts are missing, send it again", place
        ) from None
    if inflater.unconsumed_tail:
        raise NotReadable("too_large", "a page unpacks to more than 64 MB, send it again", place)
    if not inflater.eof:
        raise NotReadable("damaged_pdf", "a page ends too early, send it again", place)
