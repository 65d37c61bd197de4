"""The rows that a rule makes its items of: mostly the row itself, or one for each part of a value.

Called by `filling`. A reader that knows the paragraphs of a cell (Word and RTF) gives them as the
value's `parts`; a rule with `each_paragraph` makes an item of each, and the rest of the row is
shared by all of them. Without parts the whole cell is one item. `each_part` divides a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from adapters.profiles import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.formats.pdf.claims import Found
    from adapters.profiles import RowRule


def divided(rule: RowRule, row: Mapping[str, Found]) -> Iterator[Mapping[str, Found]]:
    """Yield the rows that a rule makes items of; an id of the row is the first one's only."""
    for name, divider in rule.each_part.items():
        if name in row:
            yield from ({**row, name: part} for part in _parts(row[name], divider))
            return
    name = rule.each_paragraph
    parts = getattr(row.get(name), "parts", ())
    if not parts:
        yield row
        return
    ids = {one.source for one in rule.fields if one.target == "id"}
    ids -= {one.source for one in rule.fields if one.target != "id"}
    shared = {key: one for key, one in row.items() if key not in ids}
    for number, part in enumerate(parts):
        if number == 0:
            yield {**row, name: part}
        elif rule.into in targets.WORDS:
            yield {name: part}
        else:
            yield {**shared, name: part}


def _parts(found: Found, divider: str) -> list[Found]:
    """Return the parts of a value between a divider, each with the words that it is made of."""
    parts: list[Found] = []
    at = 0
    for text in found.text.split(divider):
        said = text.strip()
        if said:
            begins = at + text.index(said)
            parts.append(_cut(found, begins, begins + len(said)))
        at += len(text) + len(divider)
    return parts


def _cut(found: Found, begins: int, ends: int) -> Found:
    """Return the part of a value from one letter to another."""
    name = "marks" if getattr(found, "marks", ()) else "words"
    some, at = [], 0
    for word in getattr(found, name):
        if at < ends and at + len(word.text) > begins:
            some.append(word)
        at += len(word.text) + 1
    return structs.replace(found, text=found.text[begins:ends], **{name: tuple(some)})
