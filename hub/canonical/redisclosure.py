"""Recognises what a document says of its own release: a Part 2 notice, a refusal of the member.

Adapters ask `cites_part2` before they pass a printed line over; `hub.canonical.check` makes
findings of both and `hub.labels` protects by them. Forms: 42 CFR 2.32(a) as amended in 2024, the
longer and shorter ones before it, and plain words that cite Part 2 and forbid. Nothing is decided
here, and no text that matched is ever returned.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ANY: Final = "any"
"""The topic of a refusal that names none."""

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
    return _any_in(_LEADS, text.lower())


def folded(text: str) -> str:
    """Return a text in lower case without accents, its punctuation as single blanks."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(one for one in bare if not unicodedata.combining(one))
    return _INITIALS.sub(" cfr", _MARK.sub(" ", bare)).replace("  ", " ")


_TOPICS: Final = {
    "sud": r"\b(?:sud|oud|aud|aod|substance\w*|drugs?|alcohol|opioids?|addiction|part 2|d ?& ?a)\b",
    "hiv": r"\b(?:hiv|aids)\b",
    "mental_health": r"\b(?:mental|behaviou?ral|bh|mh|psych\w*)\b",
}
_ABOUT: Final = r"(?:consent\w*|roi|releas\w+|shar(?:e[ds]?|ing)|disclos\w+|authori[sz]\w+)"
_NO: Final = (
    r"(?:refus\w+|declin\w+|den(?:y|ies|ied)|revok\w+|withdr(?:ew|awn|aws)|opt(?:s|ed)? out)"
)
_MATTER: Final = r"(?:informat\w+|info|records?|plan|notes|data)"
_REFUSED: Final = (
    (
        ("refus", "declin", "den", "revok", "withdr", "opt"),
        re.compile(rf"\b{_NO}\b[^.;]{{0,25}}\b{_ABOUT}\b|\b{_ABOUT}\b[^.;☐☒]{{0,30}}\b{_NO}\b"),
    ),
    (
        ("no", "n't", "never", "without"),
        re.compile(
            rf"\b(?:not|n't|never|without|no)\b[^.;]{{0,30}}\b{_ABOUT}\b[^.;]{{0,40}}\b{_MATTER}\b"
        ),
    ),
    (("not",), re.compile(rf"\bnot\b[^.;]{{0,40}}\b{_MATTER}\b[^.;]{{0,12}}\b{_ABOUT}\b")),
    (("do not", "don't", "not to"), re.compile(rf"\b(?:do not|don't|not to) {_ABOUT}\b")),
    (
        (" only",),
        re.compile(
            rf"\b{_ABOUT}\b[^.;]{{0,120}}\b(?:pcp|pcmh|doctor|provider|\w+ medications?) only\b"
        ),
    ),
)
"""What a refusal looks like, each with beginnings of words without which it can't stand there."""
_FIELD: Final = (
    r"[^a-z0-9☐☒]{1,4}(?:[a-z]{2,4}-\d+: )?(?:n|no|none|false|refused|declined|denied)\b(?!/)"
)
_ANSWERED: Final = (
    (
        ("roi", "consent", "release", "share", "part 2"),
        re.compile(
            rf"\b(?:roi|consent|release|share|part 2)[-_ /]{{0,3}}[a-z0-9& ]{{0,30}}{_FIELD}"
        ),
    ),
    (("sud",), re.compile(rf"(?:^|[\s|;:-])sud{_FIELD}(?:\W|$)")),
)
_OPEN: Final = r"(?:☐|❑|□|\[ ?\]|\( ?\))"
_CROSSED: Final = r"(?:☒|☑|■|\[x\]|\(x\))"
_UNTICKED: Final = re.compile(rf"{_OPEN}[^☐☒☑❑□■\[\(]{{0,12}}{_ABOUT}[^☐☒☑❑□■\[]{{0,80}}")
_ANSWERED_NO: Final = re.compile(rf"{_OPEN}\s*(?:yes|y)\W{{1,6}}{_CROSSED}\s*(?:no|n)\b")
_HINTS: Final = ("consent", "roi", "releas", "shar", "disclos", "authori", "sud", "part 2")
"""Without one of these in it, folded for case, no text states a refusal."""
_ENDS: Final = (". ", ";", "|")
_ASIDE: Final = 60
"""How many characters before and after a refusal may say what it is about."""
_OTHER: Final = re.compile(
    r"(?:extended|delayed|sustained|immediate|modified)[ -]release|(?:prior|pre)[ -]?auth\w*"
    r"|share of cost|shar\w+ (?:of )?(?:needles?|syringes?|works|equipment)"
)
"""Words of care and of cost that look like words of release."""
_NOT_ASKED: Final = re.compile(r"n/a|not applicable")


def refusing(texts: Sequence[str]) -> dict[int, frozenset[str]]:
    """Return which of a document's texts refuse release, and of what: categories, or `any`.

    `sud`, `hiv`, `mental_health`; read with the marks of boxes: an unticked box to share a kind of
    substance use or HIV content counts. Doubtful words count: a person looks.
    """
    lows = [text.casefold() for text in texts]
    every = "\n".join(lows)
    hints = [hint for hint in _HINTS if hint in every]
    hinted = {n for hint in hints for n, low in enumerate(lows) if hint in low}
    found = {n: _refusals(lows[n]) for n in sorted(hinted)}
    return {n: topics for n, topics in found.items() if topics}


def _any_in(words: Iterable[str], text: str) -> bool:
    return any(map(text.__contains__, words))


def _refusals(low: str) -> frozenset[str]:
    low = _OTHER.sub(" ", " ".join(low.replace("\u2019", "'").split()))
    topics: set[str] = set()
    if not _any_in(_HINTS, low):
        return frozenset()
    for words, pattern in (*_REFUSED, *_ANSWERED):
        for hit in pattern.finditer(low) if _any_in(words, low) else ():
            topics |= _topics(_clause(low, hit)) or {ANY}
    if _ANSWERED_NO.search(low) and re.search(_ABOUT, low):
        topics |= _topics(low) or {ANY}
    for box in _UNTICKED.finditer(low):
        if not _NOT_ASKED.search(box[0]):
            topics |= _topics(box[0]) - {"mental_health"}
    return frozenset(topics)


def _clause(low: str, hit: re.Match[str]) -> str:
    """Return the clause a refusal stands in: what other clauses name is not what it is about."""
    start = max(low.rfind(mark, 0, hit.start()) for mark in _ENDS) + 1
    stop = min((at for mark in _ENDS if (at := low.find(mark, hit.end())) >= 0), default=len(low))
    return low[max(start, hit.start() - _ASIDE) : min(stop, hit.end() + _ASIDE)]


def speaks_of_release(text: str) -> bool:
    """Say whether a text is about releasing, as a form's line is, and not about care."""
    return bool(re.search(rf"\b{_ABOUT}\b", text.casefold()))


def _topics(low: str) -> set[str]:
    plain = low.replace("-", " ").replace("_", " ")
    return {topic for topic, words in _TOPICS.items() if re.search(words, plain)}
