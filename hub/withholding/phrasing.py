"""Distinctive phrases of withheld parts, and whether a text still holds one.

A phrase is a whole text of a withheld part, one of its sentences, a code or its display, an id, or
a party's name, folded: case, accents, punctuation and invisible marks don't count. It is
distinctive when it has at least four letters and not all of its words are everyday ones. Statuses,
headings, roles, dates and amounts are no phrases. `withhold` uses it, and the release step on
rendered text.
"""

from __future__ import annotations

import html
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from hub.canonical import wire
from hub.withholding.folding import folded_text, lean, possible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.canonical import Plan

SHORTEST = 4
DIGITS = 6
"""Fewest letters of a phrase; fewest digits of a number that counts as a code."""

SENTENCE = 3
"""Fewest words of a sentence that counts as a phrase of its own."""

EVERYDAY = frozenset(
    resources.files("hub.withholding").joinpath("everyday.txt").read_text(encoding="utf-8").split()
)
"""Words that give nothing away by themselves."""

_KEPT_OUT = frozenset(
    """
    absent amount bytes category concerns conventional_cost county date domain dose due end
    enrolled_on estimated_cost frequency funding gl_code goals interventions involvement kind label
    labels level media_type method of on onset part2_origin priority relationship responsible role
    savings section setting severity sha256 spent start status system term timeline use whose
    """.split()  # noqa: SIM905  # a list of words reads better as one
)
"""Fields that hold statuses, headings, dates, amounts or links; any other counts as words."""

_PARTIES = frozenset({"party", "by", "requested_by", "signed_by", "participants"})
_SENTENCES = re.compile(r"[.;!?\r\n•|]+")
_TAG = re.compile(r"<[^<>]*>")
_BARE_TAGS = re.compile(rb"(?:<[^<>]*+>)++")
_ESCAPED = re.compile(r"\\[nrt]")


def leaks(text: str, wanted: Iterable[str]) -> bool:
    """Say whether a text, rendered markup and JSON included, holds one of these phrases.

    It is read as it stands, and with its tags taken for blanks and for nothing. Its bare letters,
    with and without those of the tags, rule most phrases out before any is sought.
    """
    plain = html.unescape(_ESCAPED.sub(" ", text))
    letters = lean(plain, "<>")
    if letters is not None:
        readings = [letters, _BARE_TAGS.sub(b"", letters)] if b"<" in letters else [letters]
        wanted = possible(wanted, *(one.translate(None, b"<>") for one in readings))
        if not wanted:
            return False
    texts = (plain, _TAG.sub(" ", plain), _TAG.sub("", plain))
    return any(_holds(folded_text(one), wanted) for one in texts)


def phrases(plan: Plan, pointers: Iterable[str]) -> tuple[str, ...]:
    """Return the distinctive phrases of the parts at these pointers, folded and sorted."""
    found: set[str] = set()
    for pointer in pointers:
        part = wire.plain(resolve(plan, pointer))
        found.update(own_phrases(part), party_phrases(part))
    return tuple(sorted(found))


def own_phrases(part: object) -> set[str]:
    """Return the distinctive phrases of a part in plain form, the names of its parties left out."""
    found = set()
    for text in set(_texts(part)):
        found.add(folded_text(text))
        sentences = _SENTENCES.split(text)
        if len(sentences) > 1:
            folded = map(folded_text, sentences)
            found.update(one for one in folded if one.count(" ") >= SENTENCE - 1)
    return {one for one in found if _distinctive(one)}


def party_phrases(part: object) -> set[str]:
    """Return the distinctive names of the people and organisations in a part in plain form."""
    names = {folded_text(one) for one in _party_names(part, inside=False)}
    return {one for one in names if _distinctive(one)}


def every_text(part: object) -> list[str]:
    """Return every string in plain lists and dicts."""
    found: list[str] = []
    _gather(part, found)
    return found


def _gather(part: object, found: list[str]) -> None:
    if isinstance(part, str):
        found.append(part)
    elif isinstance(part, (dict, list, tuple)):
        for item in part.values() if isinstance(part, dict) else part:
            if item.__class__ is str:
                found.append(item)
            elif item:
                _gather(item, found)


def resolve(plan: Plan, pointer: str) -> object:
    """Return the part of a plan at a JSON pointer; `LookupError` where there is none."""
    value: Any = plan
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
    return value


def _texts(part: object, field: str = "") -> Iterator[str]:
    """Yield the strings of a part that say something, by the name of their field."""
    if field in _KEPT_OUT or field in _PARTIES:
        return
    if isinstance(part, str):
        yield part
    elif isinstance(part, (list, tuple)):
        for item in part:
            yield from _texts(item)
    elif isinstance(part, dict):
        for name, item in part.items():
            yield from _texts(item, name)


def _party_names(part: object, *, inside: bool) -> Iterator[str]:
    if isinstance(part, (list, tuple)):
        for item in part:
            yield from _party_names(item, inside=inside)
    elif isinstance(part, dict):
        for name, item in part.items():
            if inside and name in {"name", "organization"} and isinstance(item, str):
                yield item
            else:
                yield from _party_names(item, inside=inside or name in _PARTIES)


def _distinctive(phrase: str) -> bool:
    if len(phrase) < SHORTEST:
        return False
    return any(
        len(word) >= DIGITS if word.isdigit() else len(word) > 1 and word not in EVERYDAY
        for word in phrase.split()
    )


def _holds(text: str, wanted: Iterable[str]) -> bool:
    padded = f" {text} "
    return any(f" {phrase} " in padded for phrase in wanted)
