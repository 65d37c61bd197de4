"""Names and words that lean on a plan: what they mean hangs on what else it shows.

`hub.labels.stating` calls it. `leaning` reads, in a plan that shows substance use treatment, words
that are ambiguous elsewhere (CAC, CRS, counselling, groups). Lists: `plain` and `leaning` in
`tables/lexicon.json`. No sign is ever dropped here.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from hub.labels.codes import read_table
from hub.labels.folding import folded_words, holding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.labels.folding import Folded

_BODILY: Final = "rehabilitation"


def _bodily(text: str, plain: str) -> bool:
    """Say whether a text, and the same folded, speaks of bodily care."""
    bodily, cased, other = _plain()
    if other.search(plain):
        return False
    return bool(bodily.search(plain)) or (not text.isupper() and bool(cased.search(text)))


@functools.cache
def _plain() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return what shows bodily care: words, abbreviations in their very case; and what does not."""
    table = read_table("lexicon")["plain"]
    cased = re.compile(rf"\b(?:{'|'.join(table['cased'])})\b")
    return _any_of(table["words"]), cased, _any_of(table["not"])


@functools.cache
def _leaning() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = read_table("lexicon")["leaning"]
    return _any_of(table["words"]), _any_of(table["not"])


@functools.cache
def _needles() -> tuple[tuple[str, frozenset[str]], ...]:
    """Return what stands in folded text where an ambiguous phrase does, and its whole words."""
    return tuple(
        (
            f" {phrase} ".partition("*")[0],
            frozenset(one for one in phrase.split() if "*" not in one),
        )
        for phrase in read_table("lexicon")["leaning"]["words"]
    )


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of phrases in folded text; `*` stands for any ending."""
    each = (re.escape(one).replace(r"\*", r"\w*") for one in phrases)
    return re.compile(rf"\b(?:{'|'.join(each)})\b")


def may_lean(folded: Folded) -> set[str]:
    """Return the texts of a plan that may hold an ambiguous word; `leaning` says no of others."""
    needles = [needle for needle, words in _needles() if words <= folded.tokens]
    return set().union(*holding(needles, folded.text, folded.texts).values())


def leaning(words: Iterable[str]) -> str:
    """Return the ambiguous word that counts in a plan which shows treatment, or the empty string.

    A text that says what else it is about (nutrition counselling) does not count.
    """
    lean, other = _leaning()
    for text in words:
        plain = " ".join(folded_words(text))
        hit = lean.search(plain)
        if hit and not other.search(plain) and not (hit[0] == _BODILY and _bodily(text, plain)):
            return hit[0]
    return ""
