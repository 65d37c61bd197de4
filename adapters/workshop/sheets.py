"""The sheets of a workbook in a proposal: which holds the members and plans, which their items.

Called by `proposing` and `drafting`. It goes by sheet names and headings, never by values.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from adapters.workshop import bound, proposing, wording
from adapters.workshop.writing import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.workshop.bound import Proposal

_MEMBERS = "MEMBER"
_MANY = 1_000
_NUMBER = re.compile(r"^\W*\d{1,2}\s*[-.):\u2013]\s*(?=\D)")
_PERSON = frozenset({"member.birth_date", "member.name.family"})


def items_only(sheets: Sequence[Mapping[str, Any]], kind: str) -> set[str]:
    """Return the headings that stand only where items are: what they say is said of an item."""
    items = [one for one in sheets if kind in _heads(one) or (not kind and _holds(one))]
    others = [one for one in sheets if one not in items]
    if not items or not others:
        return set()
    return set().union(*map(_heads, items)) - set().union(*map(_heads, others))


def by_sheet(found: Proposal, columns: Mapping[str, Any], rest: Sequence[str]) -> None:
    """Bind each sheet that is named after a list to that list; its rows are of one kind."""
    used: set[str] = set()
    for sheet in found.extra["sheets"]:
        titles = [one["text"] for one in sheet["columns"] if one["text"] in rest]
        for bundle in _bundles(sheet, titles, columns):
            used |= {one.printed for one in bundle.columns}
            if bundle.columns:
                found.bundles.append(bundle)
    found.unbound += [title for title in rest if title not in used]


def _bundles(
    sheet: Mapping[str, Any], titles: Sequence[str], columns: Mapping[str, Any]
) -> list[bound.Bundle]:
    """Return what the rows of a sheet hold: the list it is named after, else one for each text."""
    into = _list(sheet)
    made = _opened(sheet, titles, into)
    left = list(titles)
    for bundle, at in made if not into else ():
        shape = columns[titles[at]]["shape"]
        if proposing.column(bundle, titles[at], shape, wording.inside(bundle.into)):
            left.remove(titles[at])
    for title in left:
        place = titles.index(title)
        near = sorted(made, key=lambda one: (one[1] > place, abs(one[1] - place)))
        own = [one for one in made if wording.within(title, one[0].into, alone=True) != title]
        for bundle, _ in (*own, *near):
            shape = columns[title]["shape"]
            if proposing.column(bundle, title, shape, wording.inside(bundle.into)):
                break
    bundles = [bundle for bundle, _ in made]
    return [one for one in bundles if any(_telling(each.target) for each in one.columns)]


def _opened(
    sheet: Mapping[str, Any], titles: Sequence[str], into: str
) -> list[tuple[bound.Bundle, int]]:
    """Return an empty bundle for each list, with the position of the column of its words."""
    if into:
        return [(bound.Bundle(into, kind_of(sheet)), 0)]
    best: dict[str, tuple[int, int]] = {}
    for at, title in enumerate(titles):
        name = _text(title)
        if name:
            best[name] = min(best.get(name, (_MANY, at)), (_rank(title, name), at))
    return [(bound.Bundle(name, kind_of(sheet)), at) for name, (_, at) in best.items()]


def _telling(target: str) -> bool:
    return target in {"text", "party.name"}


def tables(
    found: Proposal, names: Mapping[str, str], keys: Sequence[str], widths: Mapping[str, int]
) -> Iterator[str]:
    """Write which sheet is which table: its name, what its rows are, and what joins it."""
    if not found.extra.get("sheets"):
        return
    kind = found.extra.get("kind", "")
    titles = {name: title for title, name in names.items()}
    yield "tables:"
    for sheet in found.extra["sheets"]:
        heads = _heads(sheet)
        key = ", ".join(name for name in keys if titles.get(name) in heads)
        rows = "" if kind in heads else f"kind: {kind_of(sheet)}, "
        known = f"{bound.slug(sheet['named'])}: {{named: [{quoted(sheet['named'])}], {rows}"
        if key:
            yield f"  {known}key: [{key}]}}"
        elif sheet.get("banner") and widths.get(keys[0]):
            said = f'key: [{keys[0]}], banner: {{{keys[0]}: "before: - "}}'
            yield f"  {known}{said}}}  # CHECK 0.70, rows of one cell name members"
        else:
            yield f"  # {quoted(sheet['named'])} is not bound: no column says whose its rows are"


def whole(found: Proposal, names: Mapping[str, str], keys: Sequence[str]) -> list[str]:
    """Return the keys that one sheet has all of; a part of them where none does."""
    sheets = found.extra.get("sheets", ())
    titles = {name: title for title, name in names.items()}
    held = [[name for name in keys if titles.get(name) in _heads(sheet)] for sheet in sheets]
    return max(held, key=len, default=list(keys)) if sheets else list(keys)


def _heads(sheet: Mapping[str, Any]) -> set[str]:
    return {one["text"] for one in sheet["columns"]}


def _list(sheet: Mapping[str, Any]) -> str:
    """Return the list a sheet is named after, if it is."""
    guess = wording.guess(_bare(sheet), wording.called())
    return guess.target if guess and guess.target != "crisis_plan" else ""


def _bare(sheet: Mapping[str, Any]) -> str:
    """Return a sheet's name without the number before it: `4-Meds` is `Meds`."""
    return _NUMBER.sub("", str(sheet["named"]))


def _text(title: str) -> str:
    """Return the list whose items' words a column holds, by its title."""
    texts = {name: one["text"] for name, one in wording.words()["lists"].items() if one["text"]}
    guess = wording.guess(title, texts)
    return guess.target if guess and not wording.generic(title) else ""


def _rank(title: str, name: str) -> int:
    """Return how soon a title stands among what a list's items are called: a `Dx` may be a code."""
    texts = [wording.bare(one) for one in wording.words()["lists"][name]["text"]]
    return texts.index(wording.bare(title)) if wording.bare(title) in texts else len(texts)


def _holds(sheet: Mapping[str, Any]) -> bool:
    """Say whether a sheet holds items: it is named after a list, or has a column of their words."""
    if _list(sheet):
        return True
    heads = _heads(sheet)
    singles = {one.target for title in heads if (one := wording.guess(title, wording.singles()))}
    return not singles & _PERSON and any(map(_text, heads))


def kind_of(sheet: Mapping[str, Any]) -> str:
    """Return the kind of a sheet's rows: the list they are of, the sheet's name, or members."""
    into = _list(sheet)
    if into or not _holds(sheet):
        return into.upper() or _MEMBERS
    return bound.slug(_bare(sheet)).upper()
