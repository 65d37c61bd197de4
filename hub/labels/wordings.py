"""Words whose meaning hangs on what stands around them: `rehab`, and names that lean on a plan.

`hub.labels.inference` calls it. `explained` drops the sign of a word that its own unit explains as
bodily care ("Outpatient PT and OT (Hamilton Rehab)"), nothing else; in doubt the sign stays.
`leaning` reads, in a plan that shows substance use treatment, words that are ambiguous elsewhere
(CAC, CRS, counselling, groups). Lists: `plain` and `leaning` in `tables/lexicon.json`.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from consent.terms import SUD
from hub.labels.codes import Sign, read_table
from hub.labels.lexicon import folded_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from hub.labels.units import Unit

REHAB: Final = frozenset({(SUD, "word:rehab"), (SUD, "word:rehabs")})
_NAMED: Final = re.compile(r"((?:[\w'&.-]+\s+){1,3})rehab\b", re.IGNORECASE)
_BODILY: Final = frozenset({"rehabilitation"})
NONE: Final[frozenset[Sign]] = frozenset()
_CALLED: Final = 2
"""How many words a name has at the least: `Hamilton Rehab`."""


def explained(
    found: Sequence[Unit], signs: Mapping[int, AbstractSet[Sign]]
) -> Mapping[int, AbstractSet[Sign]]:
    """Return the signs without `rehab` where the unit shows that it is of the body.

    A party (a care team's row) is cleared too where it bears the name of an organisation that such
    a unit names: `Rehab | Hamilton Rehab front desk`.
    """
    doubted = [index for index, shown in signs.items() if not REHAB.isdisjoint(shown)]
    clear = {index for index in doubted if _bodily(found[index].words, signs[index])}
    names = {name for index in clear for name in _names(found[index].words)}
    for index in doubted:
        party = found[index].pattern == "/team/*" and signs[index] <= REHAB | _others(signs[index])
        if party and index not in clear and names & _names(found[index].words):
            clear.add(index)
    if not clear:
        return signs
    return {i: set(shown) - REHAB if i in clear else shown for i, shown in signs.items()}


def _others(signs: Iterable[Sign]) -> frozenset[Sign]:
    return frozenset(sign for sign in signs if sign[0] != SUD)


def _bodily(words: Sequence[str], signs: AbstractSet[Sign]) -> bool:
    """Say whether a unit speaks of bodily care, and shows no substance use but by `rehab`."""
    if any(category == SUD for category, _ in signs - REHAB):
        return False
    bodily, cased, other = _plain()
    every = " ".join(folded_words(" | ".join(words)))
    if other.search(every):
        return False
    return bool(bodily.search(every)) or any(
        cased.search(text) for text in words if not text.isupper()
    )


def _names(words: Iterable[str]) -> set[str]:
    """Return the names that end in `rehab`: of `(Hamilton Rehab / 3 times)`, `hamilton rehab`."""
    found = set()
    for text in words:
        for hit in _NAMED.finditer(text):
            before = [one for one in hit[1].split() if one[:1].isupper()]
            if before:
                found.add(" ".join([*folded_words(before[-1]), "rehab"]))
    return {one for one in found if len(one.split()) >= _CALLED}


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


def _any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of phrases in folded text; `*` stands for any ending."""
    each = (re.escape(one).replace(r"\*", r"\w*") for one in phrases)
    return re.compile(rf"\b(?:{'|'.join(each)})\b")


def leaning(words: Iterable[str]) -> str:
    """Return the ambiguous word that counts in a plan which shows treatment, or the empty string.

    A text that says what else it is about (nutrition counselling) does not count.
    """
    lean, other = _leaning()
    for text in words:
        plain = " ".join(folded_words(text))
        hit = lean.search(plain)
        if hit and not other.search(plain) and not (hit[0] in _BODILY and _bodily([text], NONE)):
            return hit[0]
    return ""
