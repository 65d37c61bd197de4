"""The words of a file that came inside or beside a document: text, web page, RTF or PDF.

Readers of C-CDA and of archives call `worded`. It says nothing of files that hold no words (scans,
pictures) and never raises: a file that can't be opened has none. Nothing is interpreted or fetched;
the readers of PDF and RTF are imported only when such a file is there.
"""

from __future__ import annotations

from typing import Final

from adapters.formats.hypertext import text_of
from hub.canonical import folded

_LARGEST: Final = 20_000_000
_SIGNS: Final = ((b"%PDF-", "application/pdf"), (b"{\\rtf", "text/rtf"))
_RTF: Final = frozenset({"text/rtf", "application/rtf", "text/richtext"})


def media_of(content: bytes, claimed: str = "") -> str:
    """Return a file's media type: by its first bytes where they tell, else as claimed."""
    start = content[:1024].lstrip()
    for sign, media in _SIGNS:
        if start.startswith(sign):
            return media
    return claimed.partition(";")[0].strip().lower()


def worded(content: bytes, media: str) -> list[tuple[str, str]]:
    """Return (heading or nothing, words) for each part of a file, in its order; folded."""
    if len(content) > _LARGEST:
        return []
    media = media_of(content, media)
    if media in _RTF:
        return _rtf(content)
    text = ""
    if media == "text/plain":
        text = _text(content)
    elif media == "text/html":
        text = text_of(_text(content))
    elif media == "application/pdf":
        text = _pdf(content)
    return [("", words)] if (words := folded(text)) else []


def _text(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _pdf(content: bytes) -> str:
    """Return a PDF's words by the hub's own PDF reader, if it is installed."""
    try:
        from adapters.formats.pdf.words import plain_text  # noqa: PLC0415  # optional and slow
    except ImportError:
        return ""
    return plain_text(content)


def _rtf(content: bytes) -> list[tuple[str, str]]:
    """Return the words of a rich text file under its headings, by the hub's own reader."""
    try:
        from adapters.formats.office.rtf import flow_of  # noqa: PLC0415  # optional and slow
        from adapters.formats.zipped import NotUnzipped  # noqa: PLC0415  # as above
    except ImportError:
        return []
    try:
        blocks = flow_of(content.lstrip()).blocks()
    except NotUnzipped:
        return []
    found: list[tuple[str, list[str]]] = [("", [])]
    for block in blocks:
        if block.level and block.text:
            found.append((block.text, []))
        else:
            found[-1][1].append(block.text)
    told = [(heading, folded(texts)) for heading, texts in found]
    return [(heading, words) for heading, words in told if heading or words]
