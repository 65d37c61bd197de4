"""All the words in rendered bytes, wherever they hide, for the release step's last scan.

Attributes, comments, metadata and the file name count as much as the text a reader sees. The
release step calls `searchable` when something was withheld and looks for it here.
"""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING, Any, Final

import pypdfium2

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.render.cover import Rendered

_ENCLOSED: Final = re.compile(r"\^Base64\^([A-Za-z0-9+/=]+)")
_ESCAPE: Final = re.compile(r"\\(F|S|T|R|E|\.br|X2222)\\")
_ESCAPES: Final = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\", ".br": "\n", "X2222": '""'}


def searchable(rendered: Rendered) -> str:
    """Return everything readable in rendered bytes and their file name, as one text."""
    if rendered.content.startswith(b"%PDF"):
        words = _pdf(rendered.content)
    elif rendered.media_type.endswith("json"):
        words = "\n".join(_strings(json.loads(rendered.content)))
    elif rendered.content.startswith(b"MSH|"):
        words = _message(rendered.content.decode())
    elif rendered.media_type == "text/csv":
        words = "\n".join(map(_row, csv.reader(io.StringIO(rendered.content.decode()))))
    else:
        words = html.unescape(rendered.content.decode())  # `leaks` reads it with and without tags
    return f"{rendered.file_name}\n{words}"


def _pdf(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
        # a soft hyphen at a line's end is U+0002 in pdfium's text
        text = "\n".join(pages).replace("\x02\r\n", "").replace("\x02", "")
        return "\n".join([text, *document.get_metadata_dict().values()])
    finally:
        document.close()


def _message(content: str) -> str:
    """Return a message's words, its escapes resolved and an enclosed document decoded."""
    enclosed = "".join(found[1] for found in _ENCLOSED.finditer(content))
    inside = html.unescape(base64.b64decode(enclosed).decode()) if enclosed else ""
    plain = _ESCAPE.sub(lambda found: _ESCAPES[found[1]], content)
    return f"{plain}\n{inside}"


def _row(cells: list[str]) -> str:
    """Return a row's words, each cell without the mark that keeps it from being a formula."""
    return "\n".join(cell.removeprefix("'") for cell in cells)


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON of any shape
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif value is not None:
        yield str(value)
