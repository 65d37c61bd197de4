"""Pairs the items of two versions and tells what was added, is gone or changed from what to what.

Items are one and the same by their words; else by their codes; else by their id and like words;
else by words alike enough. What pairs with nothing is told as gone and added, never as changed:
ids are often numbered anew, and a goal must not seem to have become another.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from hub.canonical import Sealed
from hub.changes.itemising import itemised

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    from hub.canonical import Plan
    from hub.changes.itemising import Item

WORDS = "Words"
LINKED = ("Concerns", "Goals", "Interventions")
_ALIKE = 0.6
_ALIKE_WITH_ID = 0.4
_COMPARED = 200
_MOST_PAIRS = 2500
_SHOWN = 240
_AROUND = 60


@dataclass(frozen=True, slots=True, repr=False)
class Changed(Sealed):
    """One field of an element: what it was and is; an empty end says it was not there."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, repr=False)
class Change(Sealed):
    """One element that was added, is gone or changed; `part` is the title of where it stands.

    `name` are the element's words now (or its last ones), empty for a part that is only one.
    """

    part: str
    what: Literal["added", "gone", "changed"]
    name: str
    fields: tuple[Changed, ...] = ()


def changes(before: Plan, after: Plan) -> tuple[Change, ...]:
    """Return what changed from one version to the next, in the order of the plan's parts.

    Two plans with one meaning have no changes. The order of elements alone is none.
    """
    old, new = itemised(before), itemised(after)
    pairs = {part: _paired(old[part], new[part]) for part in new}
    renamed = {
        earlier.name: item.name
        for part in LINKED
        for item in new[part]
        if (earlier := pairs[part].get(id(item))) is not None
    }
    parts = ((part, old[part], new[part], pairs[part]) for part in new)
    return tuple(one for part in parts for one in _part(*part, renamed))


def _part(
    part: str,
    old: Sequence[Item],
    new: Sequence[Item],
    pairs: Mapping[int, Item],
    renamed: Mapping[str, str],
) -> Iterator[Change]:
    for item in new:
        earlier = pairs.get(id(item))
        if earlier is None:
            yield _whole(part, "added", item)
        elif told := tuple(_fields(earlier, item, renamed)):
            yield Change(part, "changed", item.name, told)
    kept = {id(item) for item in pairs.values()}
    for item in old:
        if id(item) not in kept:
            yield _whole(part, "gone", item)


def _whole(part: str, what: Literal["added", "gone"], item: Item) -> Change:
    """Return an item that came or went; one without a name is told by its fields."""
    if item.name:
        return Change(part, what, item.name)
    ends = ("", "{}") if what == "added" else ("{}", "")
    told = ((label, *(end.format(text) for end in ends)) for label, text in item.fields.items())
    return Change(part, what, "", tuple(Changed(*one) for one in told))


def _paired(old: Sequence[Item], new: Sequence[Item]) -> dict[int, Item]:
    """Return the earlier item of each new one that has one, by the new one's identity."""
    pairs: dict[int, Item] = {}
    for key in (_all, _words, _codes, _id):
        taken = {id(one) for one in pairs.values()}
        known: dict[Hashable, list[Item]] = {}
        for one in old:
            if id(one) not in taken:
                known.setdefault(key(one), []).append(one)
        for item in new:
            of = key(item)
            if of is not None and id(item) not in pairs and known.get(of):
                if key is _id and likeness(known[of][0].name, item.name) < _ALIKE_WITH_ID:
                    continue
                pairs[id(item)] = known[of].pop(0)
    taken = {id(one) for one in pairs.values()}
    left = [one for one in old if id(one) not in taken]
    _alike(left, [item for item in new if id(item) not in pairs], pairs)
    return pairs


def _all(item: Item) -> Hashable:
    return item.name, *item.fields.items(), *item.links.items()


def _words(item: Item) -> Hashable:
    return item.name.casefold()


def _codes(item: Item) -> Hashable:
    return item.codes or None


def _id(item: Item) -> Hashable:
    return item.id or None


def _alike(old: list[Item], new: list[Item], pairs: dict[int, Item]) -> None:
    """Pair what is left by likeness, the most alike first."""
    if len(old) * len(new) > _MOST_PAIRS:
        return
    scored = [
        (likeness(a.name, b.name), i, j) for i, a in enumerate(old) for j, b in enumerate(new)
    ]
    gone: set[int] = set()
    for score, i, j in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if score >= _ALIKE and i not in gone and id(new[j]) not in pairs:
            pairs[id(new[j])] = old[i]
            gone.add(i)


def likeness(a: str, b: str) -> float:
    """Return how alike two texts are by their beginnings, from 0 to 1."""
    matcher = SequenceMatcher(None, a[:_COMPARED].casefold(), b[:_COMPARED].casefold(), False)
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE_WITH_ID else 0.0


def _fields(old: Item, new: Item, renamed: Mapping[str, str]) -> Iterator[Changed]:
    """Yield the fields that differ; a link to what is only worded otherwise is the same link."""
    texts: list[tuple[str, Callable[[Item], str]]] = [(WORDS, lambda item: item.name)]
    labels = dict.fromkeys((*new.fields, *old.fields))
    texts += [(label, lambda item, of=label: item.fields.get(of, "")) for label in labels]  # type: ignore[misc]  # the label is bound now
    for label, said in texts:
        if said(old) != said(new):
            yield Changed(label, *excerpts(said(old), said(new)))
    for label, to in new.links.items():
        before = old.links.get(label, ())
        if {renamed.get(name, name) for name in before} != set(to):
            yield Changed(label, "; ".join(before), "; ".join(to))


def excerpts(before: str, after: str) -> tuple[str, str]:
    """Return two texts as they are when short, else from a little before where they part.

    The end they share is left out too; an ellipsis stands for what was left out.
    """
    if len(before) <= _SHOWN and len(after) <= _SHOWN:
        return before, after
    shortest = min(len(before), len(after))
    first = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    room = shortest - first
    tail = next((i for i in range(room) if before[-1 - i] != after[-1 - i]), room)
    start = max(0, first - _AROUND)
    cut = max(0, tail - _AROUND)
    return _cut(before, start, cut), _cut(after, start, cut)


def _cut(text: str, start: int, cut: int) -> str:
    end = len(text) - cut
    return f"{'… ' if start else ''}{text[start:end].strip()}{' …' if cut else ''}"
