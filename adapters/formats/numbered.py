"""Headings that repeat with a number: what one says beyond the words the profile declares.

Called by the readers of PDF and of Word for blocks and bands. Pure: texts in, texts out; it never
says where a heading stands.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NUMBERED: Final = "block number"
"""The rule word of a number: it links rows and is no residue where no rule takes it."""
_SAID: Final = re.compile(
    r"(?:no\.? ?|# ?)?(\d+(?:\.\d+)*)?(?![\w/])[ .:)\u2013\u2014-]*(.*)", re.IGNORECASE
)
"""What a heading says beyond its declared words: its number, and the rest."""


def parted(shapes: Iterable[str], text: str, *, colon: bool = True) -> tuple[str, int]:
    """Return the number a heading prints, empty where none, and how many words stand behind it.

    Without `colon`, figures right behind a declared colon, or behind nothing, are no number.
    """
    text = text.rstrip(": ")
    found = ((one, _shape(one).fullmatch(text)) for one in shapes)
    shape, match = next(((one, match) for one, match in found if match), ("", None))
    rest = " ".join(match.groups()).strip() if match else ""
    before = shape.partition("*")[0].rstrip()
    if not colon and (before.endswith(":") or not before):
        return "", len(rest.split())
    said = _SAID.fullmatch(rest) if match else None
    number, rest = (said[1] or "", said[2]) if said else ("", "")
    return number, len(rest.split()) if any(map(str.isalnum, rest)) else 0


def numbers(printed: Sequence[str]) -> list[str]:
    """Return the printed numbers where each heading prints its own, else a count from 1."""
    whole = len(set(filter(None, printed))) == len(printed)
    return list(printed) if whole else [str(n) for n in range(1, len(printed) + 1)]


@functools.cache
def _shape(shape: str) -> re.Pattern[str]:
    """Return the pattern of a declared heading, a group for each of its wildcards."""
    parts = {"*": "(.*)", "?": "(.)"}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in shape), re.DOTALL)
