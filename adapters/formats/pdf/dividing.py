"""The rows that a rule makes its items of: mostly the row itself, or one for each paragraph.

Called by `filling`. A reader that knows the paragraphs of a cell (Word and RTF) gives them as the
value's `parts`; a rule with `each_paragraph` makes an item of each, and the rest of the row is
shared by all of them. Without parts the whole cell is one item.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.profiles import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from adapters.formats.pdf.claims import Found
    from adapters.profiles import RowRule


def divided(rule: RowRule, row: Mapping[str, Found]) -> Iterator[Mapping[str, Found]]:
    """Yield the rows that a rule makes items of; an id of the row is the first one's only."""
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
