"""Which word of a page went where: the ledger that lets no word vanish.

The binding functions in this package claim words as `mapped` or `ignored`; what nobody claims is
residue. The tally counts each line once per fate its words had, so it always adds up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import structs

from adapters.formats.pdf.words import Word, place_of
from hub.canonical import Finding, Place, Sealed, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.formats.pdf.lines import Line

Fate = Literal["mapped", "ignored", "residue", "kept"]
"""`kept` is residue that already has its own line in the plan: counted, not written twice."""
DOUBTFUL = 0.5
"""The confidence of what a person has to confirm."""


class Found(Sealed, msgspec.Struct, frozen=True, gc=False):
    """A value by its profile name: its text, where it stands, and the words it is made of."""

    name: str
    text: str
    place: Place
    words: tuple[Word, ...] = ()

    @property
    def lined(self) -> str:
        """Return the text with its printed lines one below the other."""
        if joined(self.words) != self.text:
            return self.text
        text = self.words[0].text if self.words else ""
        for one, two in pairwise(self.words):
            below = one.page != two.page or two.y0 > one.middle
            text += ("\n" if below else " ") + two.text
        return text


class Left(Sealed, msgspec.Struct, frozen=True, gc=False):
    """Text nobody claimed, with its place, and what it may be with the place that says so."""

    text: str
    place: Place
    label: str = ""
    labelled: Place | None = None


@dataclass(slots=True, repr=False)
class Claims(Sealed):
    """The fate of every word and form field of one document, and what was doubtful about them."""

    fates: dict[int, Fate] = field(default_factory=dict)
    fields: dict[Fate, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    doubts: dict[int, tuple[str, Place]] = field(default_factory=dict)
    again: set[int] = field(default_factory=set)

    def free(self, word: Word) -> bool:
        """Say whether nobody claimed the word yet."""
        return id(word) not in self.fates

    def untouched(self, words: Iterable[Word]) -> bool:
        """Say whether nobody claimed any of the words yet."""
        return self.fates.keys().isdisjoint(map(id, words))

    def claim(self, words: Iterable[Word], fate: Fate) -> None:
        """Give the words their fate; the last one given holds."""
        for word in words:
            self.fates[id(word)] = fate

    def count(self, fate: Fate) -> None:
        """Count one form field."""
        self.fields[fate] = self.fields.get(fate, 0) + 1

    def refuse(self, found: Found) -> None:
        """Count a value that was found but fits nowhere as residue."""
        self.claim(found.words, "kept")
        if not found.words:
            self.fields["mapped"] = self.fields.get("mapped", 0) - 1
            self.count("kept")

    def pass_over(self, found: Found) -> None:
        """Count a value that says nothing as one that holds none."""
        self.claim(found.words, "ignored")
        if not found.words:
            self.fields["mapped"] = self.fields.get("mapped", 0) - 1
            self.count("ignored")

    def twin(self, words: Iterable[Word]) -> None:
        """Claim words that say again what another value says."""
        every = list(words)
        self.claim(every, "mapped")
        self.again.update(map(id, every))

    def doubt(self, name: str, place: Place, why: str, words: Iterable[Word] = ()) -> None:
        """Note a value that was left out rather than guessed; its words are residue by its name."""
        message = f"`{name}` {why}: left out, read it off the page"
        self.findings.append(Finding("warning", "doubtful_field", message, place))
        for word in words:
            self.doubts.setdefault(id(word), (name, place))

    def reckon(self, landed: Iterable[Found]) -> None:
        """Let go of words that were taken for a value which then didn't come into the plan."""
        kept = self.again | {id(word) for found in landed for word in found.words}
        for word, fate in list(self.fates.items()):
            if fate == "mapped" and word not in kept:
                del self.fates[word]

    def settle(self, lines: Iterable[Line]) -> Tally:
        """Turn the words nobody claimed into residue and return the tally of lines and fields."""
        counts: dict[Fate, int] = {"mapped": 0, "ignored": 0, "residue": 0, "kept": 0}
        counts |= self.fields
        for line in lines:
            fates: list[Fate] = [self.fates.get(id(word), "residue") for word in line.words]
            for fate in set(fates):
                counts[fate] += 1
            if "residue" in fates:
                told = zip(line.words, fates, strict=True)
                self.left.append(self._left([word for word, fate in told if fate == "residue"]))
        residue = counts["residue"] + counts["kept"]
        return Tally(sum(counts.values()), counts["mapped"], residue, counts["ignored"])

    def _left(self, words: list[Word]) -> Left:
        name, told = self.doubts.get(id(words[0]), ("", None))
        if told is None or any(id(word) not in self.doubts for word in words):
            return Left(joined(words), place_of(words, "unclaimed"))
        return Left(joined(words), place_of(words, "doubtful", DOUBTFUL), name, told)


def joined(words: Iterable[Word]) -> str:
    """Return the words as text; a word broken by a hyphen is glued only where pdfium said so."""
    return " ".join([word.text for word in words])


def always(given: Mapping[str, str], row: dict[str, Found]) -> dict[str, Found]:
    """Return a row with what its table's heading says of every row, at the row's own place."""
    first = next(iter(row.values()))
    place = structs.replace(first.place, rule="table heading")
    return {**row, **{name: Found(name, text, place) for name, text in given.items()}}
