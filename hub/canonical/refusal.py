"""Recognises a refusal of release that a document states: in a sentence, a field, an open box.

`hub.canonical.check` makes findings of it and `hub.labels` protects by it. A text is taken apart at
its boxes; texts that a reader cut at a line or a cell are joined again where the one is no end and
the next no beginning. Doubtful words count, since a person looks (45 CFR 164.508, 42 CFR 2.31).
Nothing is decided here, and no text that matched is ever returned.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ANY: Final = "any"
"""The topic of a refusal that names none."""

_TOPICS: Final = {
    "sud": r"\b(?:sud|oud|aud|aod|substance\w*|drugs?|alcohol|opioids?|addiction|part 2|d ?& ?a)\b",
    "hiv": r"\b(?:hiv|aids)\b",
    "mental_health": r"\b(?:mental|behaviou?ral|bh|mh|psych\w*)\b",
}
_ABOUT: Final = r"(?:consent\w*|roi|releas\w+|shar(?:e[ds]?|ing)|disclos\w+|authori[sz]\w+)"
_NO: Final = (
    r"(?:refus(?!al skill)\w+|declin\w+|den(?:y|ies|ied)|revok\w+|withdr(?:ew|awn|aws)"
    r"|opt(?:s|ed)? out"
    r"|(?:said|says|answered) no)"
)
_MATTER: Final = r"(?:informat\w+|info|records?|plan|notes|data)"
_HOME: Final = r"(?:pcp|pcmh|primary care|(?:family )?doctor|dr|practice|provider|physician|anyone)"
_TOLD: Final = r"(?:knows?|told|see|hear|receive|have|get|informed|notified|contacted)"
_WITHIN: Final = r"(?:(?!\byes\b)[^.;|☐☒])"
_SIGNED: Final = r"\b(?:sign|signed|signature|on file|obtained|given|received)\b"
_REFUSED: Final = (
    re.compile(rf"\b{_NO}\b{_WITHIN}{{0,40}}\b{_ABOUT}\b|\b{_ABOUT}\b{_WITHIN}{{0,80}}\b{_NO}\b"),
    re.compile(
        rf"(?:\bnot|n't|\bnever|\bwithout|\bno)\b[^.;☐☒]{{0,30}}\b{_ABOUT}\b[^.;☐☒]{{0,40}}\b{_MATTER}\b"
    ),
    re.compile(rf"\bnot\b[^.;☐☒]{{0,40}}\b{_MATTER}\b[^.;☐☒]{{0,12}}\b{_ABOUT}\b"),
    re.compile(rf"\b(?:do not|don't|not to|may not|must not) {_ABOUT}\b"),
    re.compile(
        rf"\b(?:does|did|will|would|can|could|may|must|should|is|are)(?: ?not|n't) (?:to )?(?:be )?"
        rf"(?:{_ABOUT}|sent to {_HOME}|sent to the {_HOME})\b"
    ),
    re.compile(rf"\b(?:objects? to (?:any |the )?|not for ){_ABOUT}\b"),
    re.compile(r"\bno (?:permission|consent|authorization)\b(?! (?:is )?(?:needed|required|nec))"),
    re.compile(
        rf"\b(?:do not|don't|not to) (?:send|give|fax|tell|inform)\b[^.;]{{0,40}}\b{_HOME}\b"
    ),
    re.compile(
        rf"\b{_ABOUT}\b[^.;]{{0,120}}\b(?:pcp|pcmh|doctor|provider|\w+ medications?) only\b"
    ),
    re.compile(
        rf"(?:\bnot|n't|\bnever) (?:want|wish|like|agree)\w*\b[^.;]{{0,30}}\b{_HOME}\b"
        rf"[^.;]{{0,20}}\b{_TOLD}\b"
    ),
    re.compile(rf"\bno (?:signed |current |valid )?{_ABOUT}\b{_WITHIN}{{0,50}}{_SIGNED}"),
    re.compile(rf"\b{_ABOUT}\b{_WITHIN}{{0,50}}\b(?:not|never)(?: yet)?(?: been)? {_SIGNED}"),
)
_BUT: Final = re.compile(
    rf"\b{_ABOUT}\b[^.;☐☒]{{0,80}}(?:\b(?:except|excluding|other than|but)\b(?: for| not)?"
    rf"|, ?not\b|\bnot including\b)(?P<what>[^.;☐☒]{{0,60}})"
)
_FIELD: Final = (
    r"[^a-z0-9☐☒]{1,4}(?:[a-z]{2,4}-\d+: )?(?:n|no|none|false|refused|declined|denied)\b(?!/)"
)
_ANSWERED: Final = (
    re.compile(
        rf"\b(?:roi|consent|release|share|part 2)[-_ /]{{0,3}}(?!\w* ?{_NO})"
        rf"(?:(?!{_NO}|\byes\b)[a-z0-9&() ]){{0,80}}{_FIELD}"
    ),
    re.compile(rf"(?:^|[\s|;:-])sud{_FIELD}(?:\W|$)"),
)
_BARE: Final = re.compile(r"(?:n|no|none|false)$")
"""An answer that is no more than an open box: of mental health, which needs none, it says nothing.
"""
_DENIED: Final = re.compile(
    rf"(?:\b{_NO}[^.;:☐☒]{{0,30}}\b{_ABOUT}|\b{_ABOUT}[^.;:☐☒]{{0,30}}\b{_NO})\b"
    r"(?: ?\?)?[\s:=|-]{1,4}(?:no|n|false|0|none|n/a|na)(?= ?(?:$|[,;|)\]]|\. ))"
)
"""A field that asks whether release was refused, answered with no."""

_BOXES: Final = (
    (re.compile(r"[☑☒■✓✔✅✗✘🗹🗷⊠]|\[ ?[xX✓✔] ?\]|\( ?[xX✓✔] ?\)|(?<![\w])_+ ?[xX] ?_+(?!\w)"), "☒"),
    (
        re.compile(
            r"[☐❑❒❏□▢◻⬜○]|\[[ _]{0,3}\]|\([ _]{1,3}\)|(?<![\w_:] )(?<![\w_])_{2,5}(?= ?\w)"
        ),
        "☐",
    ),
)
_YES_NO: Final = re.compile(r"☐ ?(?:yes|y)\W{1,6}☒ ?(?:no|n)\b|\b(?:yes|y) ?☐\W{0,6}\b(?:no|n) ?☒")
_NO_YES: Final = re.compile(r"☒ ?(?:no|n)\W{1,6}☐ ?(?:yes|y)\b|\b(?:no|n) ?☒\W{0,6}\b(?:yes|y) ?☐")
_TO_HOME: Final = re.compile(rf"\b(?:{_HOME}|medical home|my plan|this plan|care plan)\b")
_UNSIGNED: Final = re.compile(
    r"\b(?:refus\w+|declin\w+|unwilling|would not|did not) (?:to )?sign\b|\bnot signed\b"
)
_HINTS: Final = (
    *("consent", "roi", "releas", "shar", "disclos", "authori", "sud", "part 2", "sign"),
    *("send", "give", "tell", "inform", "fax", "want", "wish", "like", "agree"),
    *("sent", "object", "permi"),
)
_ENDS: Final = (". ", ";", "|", "☐", "☒")
_ASIDE: Final = 60
"""How many characters before and after a refusal may say what it is about."""
_OTHER: Final = re.compile(
    r"(?:extended|delayed|sustained|immediate|modified)[ -]release|(?:prior|pre)[ -]?auth\w*"
    r"|\bconsent\w* (?:to|for) (?:treat\w*|care|surgery|procedure|telehealth|immuni\w+)"
    r"|share of cost|\bshar\w+ (?:of )?(?:needles?|syringes?|works|equipment)"
)
"""Words of care and of cost that look like words of release."""
_ALIKE: Final = ("release", "auth", "consent", "shar")
"""Beginnings of words without which none of them can stand in a text."""
_NOT_ASKED: Final = re.compile(r"n/a|not applicable")
_PERMITS: Final = re.compile(rf"\b{_ABOUT}\b")
_ANSWER: Final = re.compile(
    rf"(?:(?:the |this )?(?:member|patient|parent|guardian) )?(?:{_NO}|no|n)\b[^a-z]*"
    r"(?:(?:by|per|on) .{0,30})?[^a-z]*"
)
_GOES_ON: Final = re.compile(
    r"[:,(-]$|\b(?:of|to|the|a|an|with|for|and|or|not|from|that|may|refuses?|refused|declines?"
    r"|declined|release|share|disclose|except|by|on|my|his|her|their|any|sud|d&a)$"
)
_LAST: Final = 12
"""More letters than the longest word of those by which a line shows that it goes on."""
_MARKS: Final = ("☐", "☒")
_LONGEST: Final = 300
_NEAR: Final = 4
"""How many texts before and after a missing signature may say that it is a release's."""


def refusing(texts: Sequence[str]) -> dict[int, frozenset[str]]:
    """Return which of a document's texts refuse release, and of what: categories, or `any`.

    `sud`, `hiv`, `mental_health`; read with the marks of boxes: an unticked box to share a kind of
    substance use or HIV content counts, or to share with primary care at all.
    """
    if not _hinted("\n".join(texts).casefold(), _HINTS):
        return {}
    plain = _plain(texts)
    every = "\n".join(plain)
    hints = [one for one in _HINTS if one in every]
    found = {n: topics for n, text in enumerate(plain) if (topics := _refusals(text, hints))}
    for first, whole in _joined(plain, hints):
        topics = _refusals(whole, _HINTS)
        if topics:
            found[first] = topics | (found.get(first, topics) - {ANY})
    for number, text in enumerate(plain):
        if "☒" not in text or number in found:
            continue
        if _unsigned(text, plain[max(0, number - _NEAR) : number + _NEAR]):
            found[number] = frozenset({ANY})
    return dict(sorted(found.items()))


def speaks_of_release(text: str) -> bool:
    """Say whether a text is about releasing, as a form's line is, and not about care."""
    return bool(_PERMITS.search(text.casefold()))


def _hinted(low: str, hints: Sequence[str]) -> bool:
    """Say whether a text may hold a refusal at all: quick, and never wrong about a no."""
    for one in hints:  # noqa: SIM110  # four times as fast as `any` over a generator
        if one in low:
            return True
    return False


def _plain(texts: Sequence[str]) -> list[str]:
    """Return texts in lower case, boxes as ☐ and ☒, without words that only look alike."""
    lows = []
    for text in texts:
        boxed = text
        if not text.isascii() or "(" in text or "[" in text or "_" in text:
            for shape, mark in _BOXES:
                boxed = shape.sub(f" {mark} ", boxed)
        low = " ".join(boxed.casefold().replace("\u2019", "'").split())
        lows.append(_OTHER.sub(" ", low).strip() if _hinted(low, _ALIKE) else low)
    return lows


def _joined(plain: Sequence[str], hints: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (number, text) of texts put together with the next, where a reader may have cut."""
    for number, (one, two) in enumerate(pairwise(plain)):
        if one and two and len(one) <= _LONGEST and len(two) <= _LONGEST:
            whole = _boxed(plain, number) if two in _MARKS else _continued(one, two, hints)
            if whole and _hinted(whole, _HINTS):
                yield number, whole


def _continued(one: str, two: str, hints: Sequence[str]) -> str:
    """Return a text with what goes on with it: a box's words, an answer, the rest of a line."""
    if one in _MARKS:
        return f"{one} {two}"
    if _ANSWER.match(two) and _hinted(one, hints) and _ANSWER.fullmatch(two):
        return f"{one}: {two}"
    return f"{one} {two}" if _GOES_ON.search(one[-_LAST:]) and two[0] not in _MARKS else ""


def _boxed(plain: Sequence[str], number: int) -> str:
    """Return a text with the box behind it, unless the box is the next text's or it has its own."""
    last = number + 2 >= len(plain) or not _PERMITS.search(plain[number + 2])
    first = not number or plain[number - 1] not in _MARKS
    return f"{plain[number + 1]} {plain[number]}" if last or first else ""


def _refusals(low: str, hints: Sequence[str]) -> frozenset[str]:
    if not _hinted(low, hints):
        return frozenset()
    topics: set[str] = set()
    if _PERMITS.search(low) and (_YES_NO.search(low) or _NO_YES.search(low)):
        topics |= _topics(low) or {ANY}
    for mark, words in _statements(low):
        topics |= _open(words) if mark == "☐" else _said(words)
    return frozenset(topics)


def _statements(low: str) -> Iterator[tuple[str, str]]:
    """Yield (box, words) of each statement; the box stands before its words, or at their end."""
    parts = re.split("([☐☒])", low)
    words, boxes = parts[::2], parts[1::2]
    if boxes and words[0].strip() and not words[-1].strip():
        yield from zip(boxes, words, strict=False)
        return
    yield "", words[0]
    yield from zip(boxes, words[1:], strict=True)


def _open(words: str) -> set[str]:
    """Return what an unticked box refuses: its permission, not what it would refuse if ticked."""
    if not _PERMITS.search(words) or _NOT_ASKED.search(words):
        return set()
    said_no = re.search(r"\((?:[^)]*\b)?(?:said no|refus\w+|declin\w+)", words)
    if not said_no and re.search(rf"\b{_NO}\b|\bnot\b", words):
        return set()
    topics = _topics(words)
    if said_no:
        return topics or {ANY}
    return topics - {"mental_health"} or ({ANY} if not topics and _TO_HOME.search(words) else set())


def _said(words: str) -> set[str]:
    """Return what a statement refuses in words, or a field by its answer."""
    words = _DENIED.sub(" ", words)
    topics: set[str] = set()
    for pattern in _REFUSED:
        for hit in pattern.finditer(words):
            topics |= _topics(_clause(words, hit)) or {ANY}
    for pattern in _ANSWERED:
        for hit in pattern.finditer(words):
            about = _topics(_clause(words, hit)) or {ANY}
            topics |= about - {"mental_health"} if _BARE.search(hit[0]) else about
    for hit in _BUT.finditer(words):
        topics |= _topics(hit["what"])
    return topics


def _clause(low: str, hit: re.Match[str]) -> str:
    """Return the clause a refusal stands in: what other clauses name is not what it is about."""
    start = max(low.rfind(mark, 0, hit.start()) for mark in _ENDS) + 1
    stop = min((at for mark in _ENDS if (at := low.find(mark, hit.end())) >= 0), default=len(low))
    return low[max(start, hit.start() - _ASIDE) : min(stop, hit.end() + _ASIDE)]


def _unsigned(low: str, near: Sequence[str]) -> bool:
    """Say whether a ticked or plain line tells of a signature refused, among lines of release."""
    if not any(_PERMITS.search(one) and ("☐" in one or "☒" in one) for one in near):
        return False
    return any(mark == "☒" and _UNSIGNED.search(words) for mark, words in _statements(low))


def _topics(low: str) -> set[str]:
    plain = low.replace("-", " ").replace("_", " ")
    return {topic for topic, words in _TOPICS.items() if re.search(words, plain)}
