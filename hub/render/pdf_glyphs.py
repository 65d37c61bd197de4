"""Text that the bundled fonts can set: a character no font has becomes its code point, `[U+4E2D]`.

Called by `hub.render.pdf` when typst refuses a page. A standard makes a missing glyph an error, so
nothing is ever printed as an empty box. Never drops a character that carries meaning.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from collections.abc import Callable

STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
_PROBE = b'#set document(title: "probe")\n#set text(lang: "en")\n#sys.inputs.text'
_LATIN = frozenset(map(chr, (0x0A, *range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x180))))
_UNSEEN = ("Cc", "Cf")


def settable(data: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return JSON-able data without the characters that no page shows."""
    return _each_text(data, _clean)


def printable(data: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return the data with the code point in place of every character no bundled font has."""

    def spelt(text: str) -> str:
        clean = _clean(text)  # a character may be another once its form is normal
        return _spelled(clean, _missing(tuple(sorted(set(clean) - _LATIN))))

    return _each_text(data, spelt)


def latin(data: Any) -> Any:  # noqa: ANN401  # JSON of any shape
    """Return the data with the code point in place of everything but Latin letters."""

    def spelt(text: str) -> str:
        clean = _clean(text)
        return _spelled(clean, frozenset(clean) - _LATIN)

    return _each_text(data, spelt)


def _each_text(data: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  # JSON
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {key: _each_text(item, change) for key, item in data.items()}
    if isinstance(data, list):
        return [_each_text(item, change) for item in data]
    return data


def _clean(text: str) -> str:
    """Drop control and format characters; a lone surrogate can't leave Python and is spelled."""
    if text.isascii() and text.isprintable():
        return text
    whole = unicodedata.normalize("NFC", text)
    shown = "".join(c for c in whole if c == "\n" or unicodedata.category(c) not in _UNSEEN)
    return _spelled(shown, frozenset(c for c in shown if unicodedata.category(c) == "Cs"))


def _spelled(text: str, missing: frozenset[str]) -> str:
    return text.translate({ord(c): f"[U+{ord(c):04X}]" for c in missing})


def _missing(characters: tuple[str, ...]) -> frozenset[str]:
    """Return the characters that can't be set, halving the set until each is found."""
    if not characters or _sets("".join(characters)):
        return frozenset()
    if len(characters) == 1:
        return frozenset(characters)
    middle = len(characters) // 2
    return _missing(characters[:middle]) | _missing(characters[middle:])


@functools.lru_cache(maxsize=4096)
def _sets(characters: str) -> bool:
    """Say whether typst can set these characters; the cache holds no words, only sorted sets."""
    try:
        typst.compile(
            _PROBE,
            sys_inputs={"text": characters},
            pdf_standards=STANDARDS,
            ignore_system_fonts=True,
        )
    except (typst.TypstError, UnicodeEncodeError):
        return False
    return True
