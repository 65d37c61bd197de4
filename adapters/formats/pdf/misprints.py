"""Printed words of a known form that a scan shows badly, as the form has them.

Called by the reader in this package for pages that were recognised in pictures, before anything is
bound: `Date wrilten` is the label `Date written`. Only what the sender's form prints is put right,
never a value, and never a figure.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from msgspec import structs

from adapters.formats.pdf.layout import tokens
from adapters.formats.pdf.lines import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.formats.pdf.layout import Layout, Tokens
    from adapters.formats.pdf.lines import Line, Sheet
    from adapters.formats.pdf.words import Word

_ALIKE: Final = 0.8
_SHORTEST: Final = 4
_SURE: Final = 0.85


def put_right(
    sheets: Sequence[Sheet], layout: Layout, identifying: Iterable[str]
) -> tuple[Sheet, ...]:
    """Return the sheets, those seen in a picture with the form's own words as it prints them."""
    if not any(sheet.seen for sheet in sheets):
        return tuple(sheets)
    known = _known(layout, identifying)
    return tuple(
        replace(sheet, lines=tuple(_right(line, known) for line in sheet.lines))
        if sheet.seen
        else sheet
        for sheet in sheets
    )


def _known(layout: Layout, identifying: Iterable[str]) -> list[Tokens]:
    """Return what the form prints, the longest first."""
    known = {words for rule in layout.labels.values() for words in rule.printed}
    for table in layout.tables.values():
        known |= {words for printed in table.columns.values() for words in printed}
    for options in layout.choices.values():
        known |= {words for printed in options.values() for words in printed}
    known |= set(layout.notes) | {tokens(text) for text in identifying}
    known |= {tokens(text) for text in layout.furniture if not {"*", "?"} & set(text)}
    return sorted(known, key=lambda words: -len("".join(words)))


def _right(line: Line, known: Sequence[Tokens]) -> Line:
    """Return a line whose beginning is a printed text, but for a letter or two, put right."""
    keys = tuple(key for key in line.keys if key)
    if any(keys[: len(words)] == words for words in known):
        return line
    for words in known:
        for count in sorted({len(words), len(words) + 1, max(len(words) - 1, 1)}):
            if count <= len(line.words) and _misread(line, count, words):
                return _replaced(line, count, words)
    return line


def _misread(line: Line, count: int, words: Tokens) -> bool:
    """Say whether the first words are nearly the printed ones; other sure words are no misprint."""
    if count != len(words) and all(one.sure >= _SURE for one in line.words[:count]):
        return False
    return _like("".join(line.keys[:count]), "".join(words))


def _like(seen: str, printed: str) -> bool:
    """Say whether a text is nearly the printed one; figures must be the same."""
    if len(printed) < _SHORTEST or abs(len(seen) - len(printed)) > max(1, len(printed) // 6):
        return False
    if [one for one in seen if one.isdigit()] != [one for one in printed if one.isdigit()]:
        return False
    return SequenceMatcher(None, seen, printed, autojunk=False).ratio() >= _ALIKE


def _replaced(line: Line, count: int, words: Tokens) -> Line:
    """Return the line with its first words replaced by those of the form."""
    first: list[Word] = list(line.words[:count])
    left, right = first[0].x0, max(one.x1 for one in first)
    colon = ":" if first[-1].text.endswith(":") else ""
    step = (right - left) / len(words)
    made = [
        structs.replace(
            first[0],
            text=word + (colon if at == len(words) - 1 else ""),
            x0=left + at * step,
            x1=left + (at + 1) * step,
        )
        for at, word in enumerate(words)
    ]
    return line_of([*made, *line.words[count:]], line.cell)
