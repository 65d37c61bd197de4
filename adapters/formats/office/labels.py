"""Where the labels of a form stand in its paragraphs, and the words between one and the next.

`binding` asks for each paragraph and cell. A label stands at the beginning, after a gap, or ends
with a colon; the longest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.formats.office.taken import give, text_of
from adapters.formats.pdf.layout import token
from hub.canonical import Sealed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.office.flow import Block, Word
    from adapters.formats.pdf.layout import Layout, Tokens


@dataclass(frozen=True, slots=True, repr=False)
class Hit(Sealed):
    """A printed label: its name, and which words of its paragraph it is."""

    name: str
    start: int
    stop: int


class Labels(Sealed):
    """The printed labels of a layout, found by their first word."""

    def __init__(self, layout: Layout) -> None:
        self._printed: dict[str, list[tuple[str, Tokens]]] = {}
        for name, rule in layout.labels.items():
            for printed in rule.printed:
                self._printed.setdefault(printed[0] if printed else "", []).append((name, printed))

    def cut(self, block: Block) -> list[tuple[Hit, list[Word]]]:
        """Return each label of a paragraph with the words between it and the next one."""
        hits = self.hits(block)
        cut = []
        for number, hit in enumerate(hits):
            stop = hits[number + 1].start if number + 1 < len(hits) else len(block.words)
            give(block.words[hit.start : hit.stop], "ignored")
            words = block.words[hit.stop : stop]
            while words and words[0].text in {":", "-", "\u2013"}:
                words[0].fate = "ignored"
                words = words[1:]
            cut.append((hit, [word for word in words if word.fate == "free"]))
        return cut

    def hits(self, block: Block) -> list[Hit]:
        """Return the labels of a paragraph, in their order."""
        hits: list[Hit] = []
        at = 0
        while at < len(block.words):
            hit = self._longest(block.words, at)
            bounded = hit and (
                at == 0 or block.words[at].fresh or block.words[hit.stop - 1].text.endswith(":")
            )
            if hit and bounded:
                hits.append(hit)
                at = hit.stop
            else:
                at += 1
        return hits

    def _longest(self, words: Sequence[Word], at: int) -> Hit | None:
        if words[at].fate == "mapped":
            return None
        best: Hit | None = None
        for name, printed in self._printed.get(token(words[at].text), ()):
            stop = matched(words, at, printed)
            if stop and (best is None or stop > best.stop):
                best = Hit(name, at, stop)
        return best


def question(layout: Layout, block: Block, first: Word) -> list[Word]:
    """Return the free words before a block's first option that the form surely prints: `Risk:`."""
    stop = next((n for n, word in enumerate(block.words) if word is first), 0)
    for at in range(stop):
        before = block.words[at:stop]
        if all(word.fate == "free" for word in before) and layout.asks(text_of(before)):
            return before
    return []


def matched(words: Sequence[Word], at: int, printed: Tokens) -> int:
    """Return where a label that begins at `at` ends, 0 where it doesn't stand there."""
    stop = at + len(printed)
    if stop > len(words) or tuple(token(word.text) for word in words[at:stop]) != printed:
        return 0
    while stop < len(words) and not token(words[stop].text) and words[stop].text in {":", "*"}:
        stop += 1
    return stop
