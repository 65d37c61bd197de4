"""How far a recognised word is to be trusted: two readings, the recogniser's score, the picture.

Called by `ocr` for each line of a scanned page. A word is sure only where a second reading of the
same line, softened and at half its size, says the same, and where it is a word or a known shape.
What is not sure goes to a person; no word is ever changed here.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from difflib import SequenceMatcher
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SURE: Final = 0.96
"""A word on which everything agrees; with a ruled cell around it, still above the usual bound."""
ONCE: Final = 0.85
"""A word that was read only once, or in a picture too coarse: a person confirms it."""
DIFFERS: Final = 0.7
"""A word that the second reading has otherwise."""
_COARSE: Final = 170.0
"""Dots an inch; below it small print can't be told apart, whatever the recogniser says."""
_SCORE: Final = 0.9
_DOTLESS: Final = "\u0131"
"""What an i without its dot looks like to a recogniser."""
_TRIM: Final = ".,;:!?()[]\"'/-"
_PLAIN: Final = re.compile(r"[a-z]{2,}(?:['\u2019-][a-z]+)*")
_ALIKE: Final = re.compile(r"[01IlO|]{2,}")
_FIGURES: Final = re.compile(
    r"[+(]?\d[\d().,:/%+-]*|\d+(?:[.,]\d+)?(?:mg|mcg|ml|kg|g|mm|cm|st|nd|rd|th|pm|am|x)"
    r"|[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?|[A-Z]{1,3}\d{1,2}|[A-Z]\d{7,}|[A-Z\d]+(?:-[A-Z\d]+)+"
    r"|A1[cC]"
)


def plain(text: str) -> str:
    """Return text in plain letters, without the blanks around it."""
    return unicodedata.normalize("NFKC", text).replace(_DOTLESS, "i").strip()


def sureness(words: Sequence[tuple[str, float]], again: str | None, dots: float) -> list[float]:
    """Return how sure each word of a line is, from 0 to `SURE`.

    `words` are the first reading's with the recogniser's scores, `again` the second reading of the
    line (None: there was none), `dots` those an inch of the scan.
    """
    most = ONCE if again is None or 0 < dots < _COARSE else SURE
    same = _same([text for text, _ in words], again) if again is not None else None
    found = []
    for number, (text, score) in enumerate(words):
        sure = min(score, most) if score < _SCORE else most
        if same is not None and number not in same:
            sure = min(sure, DIFFERS)
        if not _well_formed(text):
            sure = min(sure, ONCE)
        found.append(round(sure, 2))
    return found


def _same(first: Sequence[str], again: str) -> set[int]:
    """Return which words the second reading has too, in their order."""
    other = again.split()
    blocks = SequenceMatcher(None, first, other, autojunk=False).get_matching_blocks()
    return {at for start, _, size in blocks for at in range(start, start + size)}


def _well_formed(text: str) -> bool:
    """Say whether a word is one of the language's, a capitalised name or a known figure."""
    bare = text.strip(_TRIM)
    if not bare or not bare.isascii() or _ALIKE.fullmatch(bare):
        return not bare
    if _PLAIN.fullmatch(bare):
        return all(part in _lexicon() for part in re.split(r"['-]", bare) if len(part) > 1)
    if bare.isalpha():
        return bare[1:].islower() or bare.isupper()
    if any(one.isdigit() for one in bare):
        return _FIGURES.fullmatch(bare) is not None
    return all(part.isalpha() for part in re.split(r"[-'/&.;,]", bare) if part)


@functools.cache
def _lexicon() -> Any:  # noqa: ANN401  # pyspellchecker is untyped and may not be installed
    """Return the words of English that are in use, lower case; it comes with the extra."""
    return import_module("spellchecker").SpellChecker(language="en", distance=1).word_frequency
