"""Where printed labels stand in a line, as words: the longest one counts, a slash is no word.

Called by `labels`, `ticks` and `aligned`. A heading that the layout declares as such is no label.
Claims nothing, and decides nothing about values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.layout import Layout, Tokens
    from adapters.formats.pdf.lines import Line
    from adapters.formats.pdf.words import Word

    Printed = dict[str, list[tuple[str, Tokens]]]

_MORE: Final = 2
COLON: Final = re.compile(r"[^\W\d][^\W\d()/.'-]*:(?!//)")
"""The end of a label, whether a blank stands behind it or its value."""
_BETWEEN: Final = frozenset("/")
"""Signs that may stand by themselves between two words of a label."""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A printed label: which name it stands for and which words of which line it is.

    `over` is the middle of its first line where it goes over several; `line` is the last.
    """

    name: str
    line: Line
    start: int
    stop: int
    over: float | None = None

    @property
    def top(self) -> float:
        """Return the middle of the label's first line."""
        return self.line.middle if self.over is None else self.over

    @property
    def first(self) -> Word:
        """Return the label's first word."""
        return self.line.words[self.start]

    @property
    def colon(self) -> bool:
        """Say whether a colon ends the label."""
        return self.line.words[self.stop - 1].text.endswith(":")


def hits_of(line: Line, printed: Printed) -> list[Hit]:
    """Return the labels in a line: at its start, or further on where the label ends in a colon."""
    hits: list[Hit] = []
    if printed.keys().isdisjoint(line.keys):
        return hits
    at = 0
    while at < len(line.words):
        hit = _longest(line, at, printed) if line.keys[at] in printed else None
        if hit and (at == 0 or hit.colon):
            hits.append(hit)
            at = hit.stop
        else:
            at += 1
    return hits


def printed_by(layout: Layout) -> Printed:
    """Return every printed label with its name, by the label's first word."""
    printed: Printed = {}
    for name, rule in layout.labels.items():
        for words in rule.printed:
            if words:
                printed.setdefault(words[0], []).append((name, words))
    return printed


def longer(hit: Hit) -> bool:
    """Say whether a hit only begins another label: `Care manager signature:`, `Date signed:`."""
    after = [word.text for word in hit.line.words[hit.stop : hit.stop + _MORE]]
    return not hit.colon and any(map(COLON.fullmatch, after))


def _longest(line: Line, at: int, printed: Printed) -> Hit | None:
    best: Hit | None = None
    for name, words in printed[line.keys[at]]:
        stop = matched(line, at, words)
        if stop and (best is None or stop > best.stop):
            best = Hit(name, line, at, stop)
    return best


def matched(line: Line, at: int, printed: Tokens) -> int:
    """Return where a label that begins at `at` ends, 0 where it doesn't stand there."""
    words, keys = line.words, line.keys
    stop = at + len(printed)
    if keys[at:stop] != printed:
        stop = _slashed(line, at, printed)
    if not stop:
        return 0
    while stop < len(words) and not keys[stop] and words[stop].text in {":", "*"}:
        stop += 1
    return stop


def _slashed(line: Line, at: int, printed: Tokens) -> int:
    """Return where a label ends that has a slash by itself in it; 0 where it isn't there."""
    stop = at
    for number, key in enumerate(printed):
        while number and stop < len(line.words) and line.words[stop].text in _BETWEEN:
            stop += 1
        if stop == len(line.words) or line.keys[stop] != key:
            return 0
        stop += 1
    return stop


def heads(line: Line, hit: Hit, layout: Layout) -> bool:
    """Say whether a line is a heading that the layout declares, longer than the label in it."""
    said = tuple(key for key in line.keys if key)
    return said in layout.notes and any(line.keys[hit.stop :])


def bracketed(hit: Hit, words: Sequence[Word]) -> bool:
    """Say whether a value is all in brackets right behind a label, where the label may go on."""
    after = hit.line.words[hit.stop :]
    return (
        not hit.colon
        and bool(after)
        and tuple(words) == after
        and after[0].text.startswith("(")
        and after[-1].text.rstrip(".:").endswith(")")
        and sum(word.text.count("(") for word in after) == 1
    )
