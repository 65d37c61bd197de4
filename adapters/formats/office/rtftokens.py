"""The marks of an RTF file one by one: groups, control words, bytes (RTF 1.9.1, "Conventions").

Called by the RTF reader. A file that nests deeper or holds more marks than any plan is refused.
Binary data after `bin` is handed on whole and never looked at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from adapters.formats.zipped import NotUnzipped

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST: Final = 4_000_000
DEEPEST: Final = 300
_MARK: Final = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])"
    rb"|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)


class Mark(NamedTuple):
    """One mark: `{`, `}`, a control `word` with its number, a `symbol`, or `bytes` of text."""

    kind: str
    word: str = ""
    number: int | None = None
    raw: bytes = b""


def marks(content: bytes) -> Iterator[Mark]:
    """Yield the marks of an RTF file; raises `NotUnzipped` where it is beyond what is read."""
    at = depth = count = 0
    while at < len(content):
        found = _MARK.match(content, at)
        if found is None:
            at += 1
            continue
        at = found.end()
        count += 1
        depth += {b"{": 1, b"}": -1}.get(found[5] or b"", 0)
        if count > MOST or depth > DEEPEST:
            raise NotUnzipped("too_large", "the document has more marks than are read; split it")
        mark = _mark(found)
        if mark is not None and mark.word == "bin" and mark.number:
            raw = content[at : at + max(0, mark.number)]
            at += len(raw)
            mark = Mark("bytes", "bin", None, raw)
        if mark is not None:
            yield mark


def _mark(found: re.Match[bytes]) -> Mark | None:
    word, number, hexed, symbol, brace, text = found.groups()
    if word is not None:
        return Mark("word", word.decode(), int(number) if number else None)
    if hexed is not None:
        return Mark("bytes", "hex", None, bytes.fromhex(hexed.decode()))
    if symbol is not None:
        return Mark("symbol", symbol.decode("latin-1"))
    if brace is not None:
        return Mark(brace.decode())
    return Mark("bytes", "text", None, text) if text else None
