"""What a form field shows against what it holds: the text of its drawn appearance.

Called by `form` for fields with a value. Only what can be read for sure is compared: simple fonts
without letters of their own, no format script, no request that the viewer draws the field anew.
"""

from __future__ import annotations

from typing import Any, Final

import pikepdf

_SHOWING: Final = {"Tj", "TJ", "'", '"'}
_PASSWORD: Final = 1 << 13
_MOST: Final = 100_000


def differs(widget: Any, flags: int, value: str) -> bool:  # noqa: ANN401  # a pikepdf object
    """Say whether the field is drawn with other letters or figures than it holds."""
    if flags & _PASSWORD or "/AA" in widget:
        return False
    shown = _shown(widget)
    return shown is not None and _letters(shown) != _letters(value)


def _letters(text: str) -> str:
    return "".join(one for one in text.lower() if one.isalnum() and one.isascii())


def _shown(widget: Any) -> str | None:  # noqa: ANN401  # a pikepdf object
    """Return the text of the normal appearance; None where there is none that can be read."""
    drawn = widget.get("/AP")
    stream = drawn.get("/N") if isinstance(drawn, pikepdf.Dictionary) else None
    if not isinstance(stream, pikepdf.Stream) or not _simple(stream):
        return None
    if int(stream.get("/Length") or 0) > _MOST:
        return None
    said = []
    for one in pikepdf.parse_content_stream(stream):
        if str(one.operator) in _SHOWING and len(one.operands):
            last: Any = one.operands[-1]
            parts = list(last) if isinstance(last, pikepdf.Array) else [last]
            said += [bytes(part) for part in parts if isinstance(part, pikepdf.String)]
    return b"".join(said).decode("cp1252", "replace")


def _simple(stream: pikepdf.Stream) -> bool:
    """Say whether every font of an appearance has the letters that its bytes say."""
    resources = stream.get("/Resources")
    fonts = resources.get("/Font") if isinstance(resources, pikepdf.Dictionary) else None
    for font in fonts.values() if isinstance(fonts, pikepdf.Dictionary) else ():
        encoding = font.get("/Encoding")
        if font.get("/Subtype") == "/Type0" or isinstance(encoding, pikepdf.Dictionary):
            return False
        if "/FontFile" in (font.get("/FontDescriptor") or {}):
            return False
    return isinstance(fonts, pikepdf.Dictionary)
