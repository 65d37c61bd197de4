"""Recognises the notice of 42 CFR Part 2 that a document prints.

Adapters ask `cites_part2` before they pass a printed line over; `hub.canonical.check` makes
findings of it and `hub.labels` protects by it. Forms: 42 CFR 2.32(a) as amended in 2024, the
longer and shorter ones before it, and plain words that cite Part 2 and forbid. Nothing is decided
here, and no text that matched is ever returned.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK: Final = re.compile(r"[^a-z0-9]+")
_INITIALS: Final = re.compile(r"\bc f r\b|(?<=\d)cfr\b")
_CITED: Final = (
    r"\b(?:42 cfr (?:(?:part[es]?|pt|p) )?(?:2|ii)\b|42 ?cfr ?2\b|cfr 42 part 2\b|42 usc 290dd 2\b"
    r"|part 2 of title 42\b"
    r"|(?:title )?42 (?:of the )?(?:cfr|code of federal regulations) parts? 2\b"
    r"|federal (?:law and )?(?:substance use |drug and alcohol )?confidentiality "
    r"(?:rule|regulation|law)s?)\b"
)
_FORBIDS: Final = (
    r"\b(?:prohib\w+|forbid\w*|unauthori[sz]ed|re ?disclos\w+|disclosed to you|(?:any )?"
    r"(?:further|other use or) disclos\w+|not sufficient)\b"
)
_GUARDS: Final = r"\b(?:protected|confidential|governed|subject to|restrict\w*)\b"
_NEAR: Final = r".{0,160}?"
_NOTICE: Final = re.compile(f"{_CITED}{_NEAR}{_FORBIDS}|{_FORBIDS}{_NEAR}{_CITED}")
_GUARDED: Final = re.compile(f"{_CITED}{_NEAR}{_GUARDS}|{_GUARDS}{_NEAR}{_CITED}")
_UNDERSTOOD: Final = re.compile(
    r"\b(?:i (?:understand|authori[sz]e|consent|agree|give)"
    r"|my (?:\w+ ){0,4}(?:records?|information)"
    r"|(?:contains? no|does not contain|no|not) (?:\w+ ){0,8}(?:42 cfr|part 2))\b"
)
_LEADS: Final = (
    *("cfr", "c.f.r", "c. f. r", "title 42", "code of federal", "290dd", "confidentiality"),
)
WINDOW: Final = 2
"""How many texts before and after one may hold the rest of a notice that was cut at its lines."""


def prints_notice(text: str) -> bool:
    """Say whether a text tells its reader that 42 CFR Part 2 protects what it came with.

    A form's sentence in which the member speaks ("I understand that my records…"), or one that
    says that nothing of the kind is inside, is none unless it forbids disclosure too.
    """
    if not _leads(text):
        return False
    plain = folded(text)
    if _NOTICE.search(plain):
        return True
    return bool(_GUARDED.search(plain)) and not _UNDERSTOOD.search(plain)


def cites_part2(text: str) -> bool:
    """Say whether a text names 42 CFR Part 2 or the rules in it: no form's line to pass over."""
    return _leads(text) and re.search(_CITED, folded(text)) is not None


def noticing(texts: Sequence[str]) -> frozenset[int]:
    """Return which of a document's texts, in order, print the notice, also one cut in pieces."""
    if not _leads("\n".join(texts)):
        return frozenset()
    leads = [index for index, text in enumerate(texts) if _leads(text)]
    found = {index for index in leads if prints_notice(texts[index])}
    for index in leads:
        around = range(max(0, index - WINDOW), min(len(texts), index + WINDOW + 1))
        if found.isdisjoint(around):
            whole = " ".join(texts[one] for one in around)
            if _NOTICE.search(folded(whole)):
                found.add(index)
    return frozenset(found)


def _leads(text: str) -> bool:
    low = text.lower()
    return any(lead in low for lead in _LEADS)


def folded(text: str) -> str:
    """Return a text in lower case without accents, its punctuation as single blanks."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    return _INITIALS.sub(" cfr", _MARK.sub(" ", bare)).replace("  ", " ")
