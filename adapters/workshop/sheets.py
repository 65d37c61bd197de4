"""The sheets of a workbook in a proposal: which holds the members and plans, which their items.

Called by `proposing` and `drafting`. It goes by sheet names and headings, never by values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adapters.workshop import bound, proposing, wording
from adapters.workshop.writing import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.workshop.bound import Proposal

_MEMBERS = "MEMBER"


def items_only(sheets: Sequence[Mapping[str, Any]], kind: str) -> set[str]:
    """Return the headings that stand only where items are: what they say is said of an item."""
    items = [one for one in sheets if kind in _heads(one) or (not kind and _list(one))]
    others = [one for one in sheets if one not in items]
    if not items or not others:
        return set()
    return set().union(*map(_heads, items)) - set().union(*map(_heads, others))


def by_sheet(found: Proposal, columns: Mapping[str, Any], rest: Sequence[str]) -> None:
    """Bind each sheet that is named after a list to that list; its rows are of one kind."""
    used: set[str] = set()
    for sheet in found.extra["sheets"]:
        into = _list(sheet)
        if not into:
            continue
        bundle = bound.Bundle(into, into.upper())
        for title in (one for one in rest if one in _heads(sheet)):
            proposing.column(bundle, title, columns[title]["shape"], wording.inside(into))
        used |= {one.printed for one in bundle.columns}
        if bundle.columns:
            found.bundles.append(bundle)
    found.unbound += [title for title in rest if title not in used]


def tables(found: Proposal, names: Mapping[str, str], keys: Sequence[str]) -> Iterator[str]:
    """Write which sheet is which table: its name, what its rows are, and what joins it."""
    if not found.extra.get("sheets"):
        return
    kind = found.extra.get("kind", "")
    titles = {name: title for title, name in names.items()}
    yield "tables:"
    for sheet in found.extra["sheets"]:
        heads = _heads(sheet)
        key = ", ".join(name for name in keys if titles.get(name) in heads)
        into = _list(sheet)
        rows = "" if kind in heads else f"kind: {into.upper() or _MEMBERS}, "
        name = bound.slug(sheet["named"])
        yield f"  {name}: {{named: [{quoted(sheet['named'])}], {rows}key: [{key}]}}"


def _heads(sheet: Mapping[str, Any]) -> set[str]:
    return {one["text"] for one in sheet["columns"]}


def _list(sheet: Mapping[str, Any]) -> str:
    """Return the list a sheet is named after, if it is."""
    guess = wording.guess(sheet["named"], wording.called())
    return guess.target if guess and guess.target != "crisis_plan" else ""
