"""Texts folded to plain words, and which of many texts hold one of many phrases.

Everything in `hub.withholding` compares folded text: case, accents, punctuation and invisible marks
don't count. Many texts are folded in one go and searched as one. A phrase whose words don't all
occur is never looked for. Nothing here knows a plan.
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

_LONGEST = 64
"""Most letters of a word that is tried as glued of pieces; a longer one might always be."""

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
    words = _side_by_side(distinct)
    likely = possible(wanted, set(words))
    found: set[str] = set()
    if not likely:
        return found
    whole = f" {' '.join(words)} "
    ends = [mark.start() for mark in _MARKS.finditer(whole)]
    for phrase in likely:
        at = whole.find(f" {phrase} ")
        while at >= 0:
            found.add(distinct[bisect(ends, at)])
            at = whole.find(f" {phrase} ", at + 1)
    return found


def folded_together(texts: Sequence[str]) -> str:
    """Return several texts folded as one, in which no phrase reaches from one into the next."""
    return " ".join(_side_by_side(texts))


def possible(wanted: Iterable[str], words: set[str], *, glued: bool = False) -> list[str]:
    """Return the phrases whose words all occur; `glued` lets a word be made of several."""
    if not glued:
        return [phrase for phrase in wanted if words.issuperset(phrase.split())]
    return [one for one in wanted if all(w in words or _glued(w, words) for w in one.split())]


def _glued(word: str, pieces: set[str]) -> bool:
    """Say whether a word may be made of several pieces, one after the other."""
    if len(word) > _LONGEST:
        return True
    reached = [0]
    for end in range(1, len(word) + 1):
        if any(word[start:end] in pieces for start in reached):
            reached.append(end)
    return reached[-1] == len(word)


def _side_by_side(texts: Sequence[str]) -> list[str]:
    """Return the words of several texts, with a mark between each two texts."""
    between = f" {_BETWEEN} "
    whole = between.join(texts)
    if whole.count(_BETWEEN) >= len(texts):
        whole = between.join([text.replace(_BETWEEN, " ") for text in texts])
    return _words(whole)


def _words(text: str) -> list[str]:
    """Return the folded words of a text, and its marks."""
    try:
        plain = text.encode("ascii", _FOREIGN)
    except UnicodeEncodeError:  # letters of another script: slower, by text
        return _BETWEEN.join([f" {_folded(one)} " for one in text.split(_BETWEEN)]).split()
    return plain.translate(_TABLE).decode("ascii").split()
