"""Rows that tell of one item: a cell merged over several rows, or an id with the same words again.

Called by `filling` for each row after it made an item. What a further row says more is added to
the item, what it says otherwise stays with a person. Links of all its rows are the item's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hub.canonical import Finding, folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.formats.pdf.claims import Found
    from adapters.formats.pdf.draft import Draft
    from adapters.profiles import RowRule
    from hub.canonical import Place

_WORDS: Final = ("text", "name", "party.name")


def again(rule: RowRule, row: Mapping[str, Found]) -> bool:
    """Say whether the words of a rule's item stand in a cell that was merged with the one above."""
    fields = [one for one in rule.fields if not row.keys().isdisjoint(one.sources)]
    worded = [one for one in fields if one.target in {"id", *_WORDS}] or fields
    named = [name for one in worded for name in one.sources if name in row]
    return bool(named) and all(merged(row[name]) for name in named)


def merged(found: Found) -> bool:
    """Say whether a value stands in a cell that goes on from the row above."""
    return bool(getattr(found, "merged", False))


def settled(draft: Draft, into: str, row: Mapping[str, Found]) -> int:
    """Return the number of the item just made; one whose id and words stood before is that one."""
    items = draft.data[into]
    number = len(items) - 1
    made = items[number]
    if not isinstance(made, dict) or "id" not in made:
        return number
    first = next(n for n, one in enumerate(items) if one.get("id") == made["id"])
    if first == number:
        return number
    if _words(items[first]) == _words(made):
        fold(draft, into, first, row)
        return first
    message = "two rows have one id and different words: both are kept, links reach the first"
    draft.findings.append(Finding("warning", "same_id", message, _place(draft, into, number)))
    return number


def fold(draft: Draft, into: str, first: int, row: Mapping[str, Found]) -> None:
    """Add what the last item says to an earlier one; what differs is kept for a person."""
    number = len(draft.data[into]) - 1
    held = draft.data[into][first]
    for name, value in draft.data[into][number].items():
        at, to = f"/{into}/{number}/{name}", f"/{into}/{first}/{name}"
        places = {
            key: draft.places.pop(key)
            for key in list(draft.places)
            if key == at or key.startswith(f"{at}/")
        }
        if name not in held:
            held[name] = value
            draft.places |= {to + key.removeprefix(at): place for key, place in places.items()}
        elif _worded(held[name]) and _worded(value):
            _link(draft, to, held[name], value, next(iter(places.values())))
        elif held[name] != value:
            _differs(draft, f"{into} {name}", set(places.values()), row)
    draft.data[into].pop()
    draft.again.add((into, first))


def join(draft: Draft, into: str, number: int, name: str, more: tuple[list[str], Place]) -> None:
    """Add the links of a further row to an item that several rows tell of."""
    held = draft.data[into][number][name]
    _link(draft, f"/{into}/{number}/{name}", held, *more)


def _link(draft: Draft, at: str, held: list[str], more: list[str], place: Place) -> None:
    for one in more:
        if one not in held:
            draft.places[f"{at}/{len(held)}"] = place
            held.append(one)


def _differs(draft: Draft, label: str, places: set[Place], row: Mapping[str, Found]) -> None:
    for found in row.values():
        if found.place in places:
            draft.keep(found, label)
    message = f"`{label}` is said otherwise in a further row of one item, the first was taken"
    place = min(places, key=str) if places else None
    draft.findings.append(Finding("warning", "rows_differ", message, place))


def _worded(value: Any) -> bool:  # noqa: ANN401  # JSON of any shape
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _words(item: Mapping[str, Any]) -> str:
    said = item.get("text") or item.get("name") or (item.get("party") or {}).get("name") or ""
    return folded(str(said)).casefold()


def _place(draft: Draft, into: str, number: int) -> Place | None:
    return draft.places.get(f"/{into}/{number}/id")
