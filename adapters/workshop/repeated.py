"""Groups of columns that a wide table repeats with a number: proposed once, as `Goal {n} Status`.

Called by `proposing` for a table of one row a member. It looks at headings only: where two or more
numbers share a heading that is called like a list, the columns that begin alike are its fields.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from adapters.profiles import targets
from adapters.workshop import wording
from adapters.workshop.bound import Bound, Bundle, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from adapters.workshop.bound import Proposal

    Column = Callable[[Bundle, str, Mapping[str, Any], dict[str, list[str]], str], bool]

_TITLE: Final = re.compile(r"(\D*?)(\d{1,2})(\D*)")
_SEVERAL: Final = 2
_PROBLEM: Final = re.compile(r"(?i)(?:prob|problem|concern|need)s? ?(?:#|no\.?|number|id)?")
_SURE: Final = 0.7
NUMBER: Final = "{n}"


def repeated(order: Iterable[str]) -> dict[str, list[str]]:
    """Return the headings that stand with two or more numbers, with `{n}` in the number's place."""
    found: dict[str, list[str]] = {}
    for title in order:
        match = _TITLE.fullmatch(title)
        if match:
            found.setdefault(f"{match[1]}{NUMBER}{match[3]}", []).append(title)
    return {stem: titles for stem, titles in found.items() if len(titles) >= _SEVERAL}


def grouped(
    found: Proposal, columns: Mapping[str, Any], order: Iterable[str], column: Column
) -> set[str]:
    """Bind the repeated columns of a wide table; return the headings that need no more asking."""
    stems = repeated(order)
    heads = {
        name: [*wording.words()["lists"][name]["text"], *called]
        for name, called in wording.called().items()
    }
    taken: set[str] = set()
    for stem in stems:
        guess = wording.guess(stem.replace(NUMBER, "").strip(" -_:#"), heads)
        if not stem.endswith(NUMBER) or guess is None or guess.target not in targets.LISTS:
            continue
        bundle = _opened(found, stem, guess, _shape(columns, stems[stem]))
        taken |= set(stems[stem])
        for other in (one for one in stems if one != stem and one.startswith(stem)):
            inner = other.removeprefix(stem).strip(" -_:")
            shape = _shape(columns, stems[other])
            taken |= set(stems[other])
            if not _inside(found, bundle, (inner, other), shape, column):
                found.unbound.append(other)
    return taken


def _shape(columns: Mapping[str, Any], titles: list[str]) -> Mapping[str, Any]:
    """Return the shape of the fullest of a group's columns."""
    shapes = [columns[title]["shape"] for title in titles]
    return max(shapes, key=lambda one: int(one.get("filled", 0)))


def _opened(found: Proposal, stem: str, guess: wording.Guess, shape: Mapping[str, Any]) -> Bundle:
    target = "party.name" if guess.target == "team" else "text"
    bundle = Bundle(guess.target, guess.target, grouped=True)
    name = slug(stem.replace(NUMBER, ""))
    bundle.columns.append(Bound(name, stem, target, guess.sure, guess.known, shape))
    found.bundles.append(bundle)
    return bundle


def _inside(
    found: Proposal,
    bundle: Bundle,
    titles: tuple[str, str],
    shape: Mapping[str, Any],
    column: Column,
) -> bool:
    """Bind a column of a group: a link, a field of its items, or a list that serves them."""
    inner, whole = titles
    if bundle.into == "goals" and _PROBLEM.fullmatch(inner):
        name = slug(whole.replace(NUMBER, ""))
        bundle.columns.append(Bound(name, whole, "concerns", _SURE, "problem", shape))
        return True
    listed = wording.guess(inner, wording.called())
    if listed is not None and listed.target != bundle.into and listed.target in targets.LISTS:
        _opened(found, whole, listed, shape).shared = bundle.into == "goals"
        return True
    return column(bundle, inner, shape, wording.inside(bundle.into), whole)
