"""Which sensitive categories words stand for, by the lexicon in `tables/lexicon.json`.

All units of a plan are read in one pass over their folded texts (`hub.labels.folding`): phrases
match at word boundaries, and a mention counts whether or not it is negated or about a relative.
Some words count with one letter wrong. Returns entry words, never the text that matched.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

from hub.labels.codes import read_table
from hub.labels.folding import folded_words, holding, undotted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from hub.labels.codes import Sign
    from hub.labels.folding import Folded

T = TypeVar("T")

STEM = 4
"""Stems are indexed by this many first letters; no stem in the lexicon is shorter."""

_BEGINNING = itemgetter(slice(STEM))

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One phrase: what to look for, its sign, its whole words, its exact case where that counts."""

    needle: str
    sign: Sign
    words: frozenset[str]
    cased: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Harmless:
    """One phrase that means no harm: what to look for, its words, and what to read instead."""

    needle: str
    words: frozenset[str]
    instead: str


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Entries by their first word or the beginning of a stem, and phrases that mean no harm.

    `near` are words with one letter wrong, and what they were meant to show. `known` holds the
    words of both: what else a plan says is passed over at once.
    """

    known: frozenset[str]
    words: Mapping[str, tuple[Entry, ...]]
    near: Mapping[str, Sign]
    stems: Mapping[str, tuple[Entry, ...]]
    harmless: Mapping[str, tuple[Harmless, ...]]


def word_signs(folded: Folded) -> dict[int, set[Sign]]:
    """Return the signs that words show in each unit, by the unit's index."""
    told = _telling(folded)
    found: defaultdict[int, set[Sign]] = defaultdict(set)
    if not told:
        return found
    for index, texts in enumerate(folded.units):
        if told.keys().isdisjoint(texts):
            continue
        for entry in {entry for text in texts for entry in told.get(text, ())}:
            if entry.cased is None or _as_cased(entry.cased, texts):
                found[index].add(entry.sign)
    return found


def _telling(folded: Folded) -> Mapping[str, set[Entry]]:
    """Return the entries found in each text, whatever their case; quiet texts are left out."""
    found: defaultdict[str, set[Entry]] = defaultdict(set)
    entries = _triggered(folded.tokens)
    if not entries:
        return found
    text = _without_harmless(folded.text, folded.tokens)
    held = holding({entry.needle for entry in entries}, text, folded.texts)
    for entry in entries:
        for one in held[entry.needle]:
            found[one].add(entry)
    return found


@functools.cache
def lexicon() -> Lexicon:
    """Return the lexicon, read once."""
    table = read_table("lexicon")
    words: defaultdict[str, list[Entry]] = defaultdict(list)
    stems: defaultdict[str, list[Entry]] = defaultdict(list)
    for category, phrases in table["phrases"].items():
        for phrase in phrases:
            bare = phrase.rstrip("*")
            stem = phrase != bare
            whole = frozenset(bare.split()[:-1] if stem else bare.split())
            entry = Entry(f" {bare}" + ("" if stem else " "), (category, f"word:{bare}"), whole)
            if stem and " " not in bare:
                stems[bare[:STEM]].append(entry)
                words[bare].append(entry)
            else:
                words[bare.split()[0]].append(entry)
    for category, phrases in table["cased"].items():
        for phrase in phrases:
            exact = re.compile(rf"\b{re.escape(phrase)}\b")
            plain = folded_words(phrase)
            needle = f" {' '.join(plain)} "
            entry = Entry(needle, (category, f"word:{phrase}"), frozenset(plain), exact)
            words[plain[0]].append(entry)
    harmless: defaultdict[str, list[Harmless]] = defaultdict(list)
    for phrase in table["harmless"]:
        first, *_ = whole = phrase.split()
        one = Harmless(f" {phrase} ", frozenset(whole), f" ~{'_'.join(whole)} ")
        harmless[first].append(one)
    near = _slips(table)
    known = frozenset(words.keys() | near.keys())
    return Lexicon(known, _frozen(words), near, _frozen(stems), _frozen(harmless))


def _slips(table: Any) -> Mapping[str, Sign]:  # noqa: ANN401  # JSON
    """Return every spelling with one letter left out, added, changed or swapped with the next."""
    known = {word for words in table["near"].values() for word in words} | set(table["far"])
    return {
        slip: (category, f"word:{word}~")
        for category, words in table["near"].items()
        for word in words
        for slip in _spelt(word)
        if slip not in known
    }


def _spelt(word: str) -> set[str]:
    parts = [(word[:at], word[at:]) for at in range(1, len(word) + 1)]
    out = {head + tail[1:] for head, tail in parts if tail}
    swapped = {head + tail[1] + tail[0] + tail[2:] for head, tail in parts if len(tail) > 1}
    wrong = {head + one + tail[1:] for head, tail in parts if tail for one in _LETTERS}
    more = {head + one + tail for head, tail in parts for one in _LETTERS}
    return out | swapped | wrong | more


def _frozen(lists: Mapping[str, list[T]]) -> Mapping[str, tuple[T, ...]]:
    return {key: tuple(items) for key, items in lists.items()}


def _triggered(tokens: AbstractSet[str]) -> set[Entry]:
    """Return the entries whose whole words, or whose stem's first letters, all occur somewhere."""
    book = lexicon()
    known = book.known & tokens
    met = [entry for word in known for entry in book.words.get(word, ())]
    found = {entry for entry in met if entry.words <= tokens}
    found.update(_slip(word, book.near[word]) for word in known if word in book.near)
    for beginning in book.stems.keys() & map(_BEGINNING, tokens):
        found.update(book.stems[beginning])
    return found


@functools.lru_cache(maxsize=1024)
def _slip(word: str, sign: Sign) -> Entry:
    """Return the entry of a word with one letter wrong."""
    return Entry(f" {word} ", sign, frozenset({word}))


def _without_harmless(text: str, tokens: AbstractSet[str]) -> str:
    """Return the text with harmless phrases made into one word each, so that no entry sees them."""
    book = lexicon()
    for word in tokens & book.harmless.keys():
        for phrase in book.harmless[word]:
            if phrase.words <= tokens:
                text = text.replace(phrase.needle, phrase.instead)
    return text


def _as_cased(exact: re.Pattern[str], texts: Sequence[str]) -> bool:
    """Say whether a word stands there in its own case, or in a text without any lower case."""
    return any(exact.search(undotted(raw)) is not None or raw.isupper() for raw in texts)
