"""Binds form fields to a profile's names by field name or tooltip, and rows of numbered fields.

Called by the reader in this package. A filled field nobody declares is residue under its tooltip;
an empty one is counted and left. A field that contradicts itself is doubtful and left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from adapters.formats.pdf.claims import DOUBTFUL, Claims, Found, Left, always
from adapters.formats.pdf.layout import tokens
from hub.canonical import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.pdf.form import FormField
    from adapters.formats.pdf.layout import Layout

Row = dict[str, Found]


def bind_fields(
    fields: Sequence[FormField], layout: Layout, claims: Claims
) -> tuple[dict[str, Found], dict[str, list[Row]]]:
    """Return (values by name, rows by table) of the filled fields; counts every field once."""
    values, fields = _boxed(fields, layout, claims)
    cells: dict[tuple[str, int, str], Found] = {}
    names, numbered = _names(layout), _numbered(layout)
    for one in fields:
        name = names.get(one.name) or names.get(" ".join(tokens(one.label)))
        cell = numbered.get(one.name)
        if _unusable(one, name or (cell and cell[0]), claims):
            continue
        if one.differs:
            message = f"`{name or 'form field'}` is drawn with another value than it holds, compare"
            claims.findings.append(Finding("warning", "appearance_differs", message, one.place))
        if name and name not in values:
            values[name] = _found(one, name)
        elif cell:
            cells[cell] = _found(one, cell[2])
        else:
            claims.left.append(Left(one.value or "", one.place, one.label or "form field"))
            claims.count("kept")
            continue
        claims.count("mapped")
    return values, _rows(cells, layout)


def _unusable(one: FormField, known: str | None, claims: Claims) -> bool:
    """Count an empty field as ignored; leave a doubtful one out, as residue without a value."""
    if one.doubtful:
        claims.doubt(known or "form field", one.place, "contradicts itself")
        claims.count("kept")
        return True
    if one.value is None:
        claims.count("ignored")
        return True
    return False


def _names(layout: Layout) -> dict[str, str]:
    """Return profile names by field name and by the words of a tooltip."""
    names = {}
    for name, given in layout.fields.items():
        for one in given:
            names[one] = name
            names.setdefault(" ".join(tokens(one)), name)
    return names


def _numbered(layout: Layout) -> dict[str, tuple[str, int, str]]:
    return {
        shape.replace("{n}", str(number)): (table, number, column)
        for table, rule in layout.rows.items()
        for number in range(1, rule.most + 1)
        for column, shape in rule.columns.items()
    }


def _boxed(
    fields: Sequence[FormField], layout: Layout, claims: Claims
) -> tuple[dict[str, Found], list[FormField]]:
    """Return the one ticked option of each group of boxes, and the fields that are in no group."""
    values: dict[str, Found] = {}
    grouped: set[str] = set()
    for name, options in layout.boxes.items():
        boxes = {
            option: one for option, box in options.items() for one in fields if one.name == box
        }
        grouped |= {one.name for one in boxes.values()}
        ticked = [option for option, one in boxes.items() if one.value]
        doubtful = [one for one in boxes.values() if one.doubtful]
        if doubtful or len(ticked) > 1:
            place = doubtful[0].place if doubtful else boxes[ticked[0]].place
            claims.doubt(name, place, "has no single clear mark")
        elif ticked:
            values[name] = Found(
                name, ticked[0], structs.replace(boxes[ticked[0]].place, rule="boxes")
            )
        for option in boxes:
            claims.count(
                "ignored" if option not in ticked else "mapped" if name in values else "kept"
            )
    return values, [one for one in fields if one.name not in grouped]


def _rows(cells: dict[tuple[str, int, str], Found], layout: Layout) -> dict[str, list[Row]]:
    rows: dict[tuple[str, int], Row] = {}
    for (table, number, column), found in sorted(cells.items(), key=lambda item: item[0]):
        rows.setdefault((table, number), {})[column] = found
    tables: dict[str, list[Row]] = {}
    for (table, _), row in rows.items():
        tables.setdefault(table, []).append(always(layout.rows[table].always, row))
    return tables


def _found(one: FormField, name: str) -> Found:
    sure = DOUBTFUL if one.differs else one.place.confidence
    place = structs.replace(one.place, rule=f"field {name}", confidence=sure)
    return Found(name, one.value or "", place)
