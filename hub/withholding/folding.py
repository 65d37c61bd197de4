"""Texts folded to plain words, and which of many texts hold one of many phrases.

Everything in `hub.withholding` compares folded text: case, accents, punctuation and invisible marks
don't count. Many texts are folded in one go and searched as one. A phrase is only looked for where
its letters stand one after the other, whatever is between them. Nothing here knows a plan.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_BETWEEN = "|"
"""Stands between texts folded in one go, so that no phrase is found across two of them."""

_MARKS = re.compile(re.escape(_BETWEEN))
_APART = re.compile(r"[\W_]+")
_INVISIBLE = re.compile(
    "[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_TABLE = bytes(
    ord(chr(code).lower() if chr(code).isalnum() or chr(code) == _BETWEEN else " ")
    for code in range(128)
) + bytes(128)
"""Folds ASCII text: letters to lower case, everything but letters, digits and `|` apart."""

_LOWER = bytes(range(128)).lower() + bytes(128)
_BUT = {
    keep: bytes(code for code in range(128) if not chr(code).isalnum() and chr(code) not in keep)
    for keep in (_BETWEEN, "<>")
}
"""What a lean text leaves out, by the marks it keeps."""

_FOREIGN = "hub-fold"


def _folded(text: str) -> str:
    return _APART.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKD", text)).casefold())


def _as_ascii(error: UnicodeError) -> tuple[str, int]:
    """Fold a run of characters outside ASCII; the encoder refuses what is still outside."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _folded(error.object[error.start : error.end]), error.end


codecs.register_error(_FOREIGN, _as_ascii)


def folded_words(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _words(text.replace(_BETWEEN, " "))


def folded_text(text: str) -> str:
    """Return a text as its words between single blanks: no case, accents or punctuation."""
    return " ".join(folded_words(text))


def holding(texts: Iterable[str], wanted: Sequence[str]) -> set[str]:
    """Return those of several texts that hold one of several folded phrases."""
    distinct = list(set(texts))
    joined = _joined(distinct)
    likely = possible(wanted, lean(joined, _BETWEEN))
    found: set[str] = set()
    if not likely:
        return found
    whole = f" {' '.join(_words(joined))} "
    ends = [mark.start() for mark in _MARKS.finditer(whole)]
    for phrase in likely:
        at = whole.find(f" {phrase} ")
        while at >= 0:
            found.add(distinct[bisect(ends, at)])
            at = whole.find(f" {phrase} ", at + 1)
    return found


def folded_together(texts: Sequence[str]) -> str:
    """Return several texts folded as one, in which no phrase reaches from one into the next."""
    return " ".join(_words(_joined(texts)))


def lean(text: str, keep: str) -> bytes | None:
    """Return the folded letters and digits of a text, nothing between them but the marks to keep.

    None where letters of another script are left. A phrase that a text holds, its blanks left out,
    stands in the lean text too.
    """
    try:
        plain = text.encode("ascii", _FOREIGN)
    except UnicodeEncodeError:
        return None
    return plain.translate(_LOWER, _BUT[keep])


def possible(wanted: Iterable[str], *leans: bytes | None) -> list[str]:
    """Return the phrases that may stand in one of several lean texts: all, if one is unknown."""
    known = [one for one in leans if one is not None]
    if len(known) < len(leans):
        return list(wanted)
    return [
        phrase for phrase in wanted if any(phrase.replace(" ", "").encode() in one for one in known)
    ]


def _joined(texts: Sequence[str]) -> str:
    """Return several texts as one, with a mark between each two."""
    between = f" {_BETWEEN} "
    whole = between.join(texts)
    if whole.count(_BETWEEN) >= len(texts):
        return between.join([text.replace(_BETWEEN, " ") for text in texts])
    return whole


def _words(text: str) -> list[str]:
    """Return the folded words of a text, and its marks."""
    try:
        plain = text.encode("ascii", _FOREIGN)
    except UnicodeEncodeError:  # letters of another script: slower, by text
        return _BETWEEN.join([f" {_folded(one)} " for one in text.split(_BETWEEN)]).split()
    return plain.translate(_TABLE).decode("ascii").split()
