"""The words of a file inside a message: text, HTML, RTF, Word and PDF, as lines. Pure.

Called by `enclosed` for what is no C-CDA; the words become a note and the file stays an attachment.
Other formats' readers are imported when first needed. Nothing is fetched, run or interpreted: of
HTML only the text counts, without scripts and styles. Whatever a reader raises is the caller's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from adapters.formats.hypertext import text_of
from hub.canonical import folded

if TYPE_CHECKING:
    from collections.abc import Callable


def lines_of(content: bytes, media: str, charset: str) -> list[str]:
    """Return the words of a file line by line, white space folded; none for a kind without words.

    `charset` is tried where the bytes are no UTF-8. Raises what the kind's reader raises, a
    `UnicodeDecodeError` for letters nobody can tell, an `ImportError` without such a reader.
    """
    found = _KINDS.get(media)
    if found is None and media.startswith("text/"):
        found = _plain
    lines = found(content, charset).splitlines() if found else []
    return [line for line in map(folded, lines) if line]


def worded(media: str) -> bool:
    """Say whether a file of this kind should have words."""
    return media in _KINDS


def _plain(content: bytes, charset: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode(charset or "ascii")


def _html(content: bytes, charset: str) -> str:
    return text_of(_plain(content, charset))


def _pdf(content: bytes, _: str) -> str:
    return str(import_module("adapters.formats.pdf.words").plain_text(content))


def _office(content: bytes, _: str) -> str:
    """Return the paragraphs of an RTF or Word document; nothing for another kind of zip."""
    flow = import_module("adapters.formats.office.reader").flow_of(content)
    return "\n".join(block.text for block in flow.blocks()) if flow else ""


_KINDS: Final[dict[str, Callable[[bytes, str], str]]] = {
    "text/html": _html,
    "application/xhtml+xml": _html,
    "text/rtf": _office,
    "application/rtf": _office,
    "application/zip": _office,
    "application/pdf": _pdf,
}
