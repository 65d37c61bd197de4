"""All words of a plan in one plain form: case, accents, invisible marks and punctuation fold away.

Every distinct text is folded once, for all who ask: `hub.labels.lexicon` for the words of its
entries, `hub.labels.wordings` for words that lean on the plan. `O.U.D.` is `OUD`. Nothing is kept
from one plan to the next.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

LEAF = "\x02"
"""Mark between texts; no phrase reaches across one."""

_INVISIBLE = re.compile(
    "[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_ENDS = re.compile(LEAF)
_DOTTED = re.compile(r"\b(?:[A-Za-z]\.){2,}")
_INITIAL = re.compile(r"\.[A-Za-z]\.")
"""Stands in every dotted abbreviation; looked for first, since it is found forty times as fast."""
_PLAIN = (
    bytes(byte if chr(byte).isalnum() or chr(byte) == LEAF else ord(" ") for byte in range(128))
    + b" " * 128
)

_CONTROL = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1c\x1d\x1e\x1f\x01\x02"})


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Folded:
    """The texts of a plan's units: `units` as they are, `texts` each once, `text` all, folded.

    `text` has a blank before and after each word, and the mark `LEAF` between two texts.
    """

    units: Sequence[Sequence[str]]
    texts: Sequence[str]
    text: str
    tokens: AbstractSet[str]


def fold(units: Sequence[Sequence[str]]) -> Folded:
    """Return the texts of units, folded together."""
    texts = list(set().union(*units))
    words = folded_words(_joined(texts))
    return Folded(units, texts, f" {' '.join(words)} ", set(words))


def holding(needles: Iterable[str], text: str, texts: Sequence[str]) -> dict[str, set[str]]:
    """Return in which of some texts, folded together as `text`, each needle stands."""
    ends = [mark.start() for mark in _ENDS.finditer(text)]
    last = len(text)
    found: dict[str, set[str]] = {}
    for needle in needles:
        held = set()
        at = text.find(needle)
        while at >= 0:
            which = bisect(ends, at)
            held.add(texts[which])
            at = text.find(needle, ends[which] if which < len(ends) else last)
        found[needle] = held
    return found


def folded_words(text: str) -> list[str]:
    """Return the words of a text: lower case, no accents, no invisible marks, no punctuation."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text)).casefold()
    plain = undotted(text).encode("ascii", "replace").lower().translate(_PLAIN, _CONTROL)
    return plain.decode("ascii").split()


def undotted(text: str) -> str:
    """Return a text with the dots taken out of abbreviations: `O.U.D.` becomes `OUD`."""
    return _DOTTED.sub(_letters, text) if _INITIAL.search(text) else text


def _letters(found: re.Match[str]) -> str:
    return found[0].replace(".", "")


def _joined(texts: Sequence[str]) -> str:
    """Return all texts as one, marked apart; marks that a text brought along are blanked."""
    between = f" {LEAF} "
    text = between.join(texts)
    if text.count(LEAF) == len(texts) - 1:
        return text
    return between.join([one.replace(LEAF, " ") for one in texts])
