"""Readings as fields and values: what one holds, and what another gained, lost or changed.

The commands and the activation use it. A field is a dotted path without numbers (`goals.text`);
ids by their kind (`member.identifiers.plan`). Items are compared as bags, so that a new first goal
is one gained goal and not a change of all the others. Nothing here prints.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.canonical import Sealed, Tally
from hub.canonical.wire import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hub.canonical import Plan, Reading

_KEYED = {"identifiers": "kind", "telecoms": "kind", "addresses": "use"}
_OURS = frozenset({"places", "schema"})


@dataclass(frozen=True, slots=True, repr=False)
class Value(Sealed):
    """One leaf of a plan: its field, its JSON pointer and what it says."""

    field: str
    pointer: str
    text: str


def values(plan: Plan) -> Iterator[Value]:
    """Yield every leaf of a plan."""
    data = {key: item for key, item in plain(plan).items() if key not in _OURS}
    yield from _leaves(data, "", ())


def _leaves(value: Any, pointer: str, path: tuple[str, ...]) -> Iterator[Value]:  # noqa: ANN401  # JSON
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{pointer}/{key}", (*path, key))
    elif isinstance(value, list):
        key = _KEYED.get(path[-1], "")
        for number, item in enumerate(value):
            word = str(item.get(key, "")) if key and isinstance(item, dict) else ""
            yield from _leaves(item, f"{pointer}/{number}", (*path, word) if word else path)
    else:
        yield Value(".".join(path), pointer, str(value))


@dataclass(slots=True)
class Change:
    """How many values of one field were gained, lost and changed."""

    gained: int = 0
    lost: int = 0
    changed: int = 0


@dataclass(slots=True, repr=False)
class Difference(Sealed):
    """What differs between two readings of some documents, per field, with the values themselves.

    `same` documents differ in nothing; `broken` were plans and are quarantined now, `mended` the
    other way round: numbers or names of documents, never their words. `before` and `now` count what
    was mapped and left over in all of them; `unread` says which parts were not read, and how often.
    """

    fields: dict[str, Change] = field(default_factory=dict)
    words: list[tuple[str, str, str]] = field(default_factory=list)
    same: int = 0
    differing: int = 0
    broken: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    before: Tally = field(default_factory=Tally)
    now: Tally = field(default_factory=Tally)
    unread: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, old: Reading, new: Reading) -> None:
        """Compare two readings of the document called `name`."""
        if old.plans and not new.plans:
            self.broken.append(name)
        if new.plans and not old.plans:
            self.mended.append(name)
        self.unread.update(unread(new))
        self.before, self.now = _sum(self.before, old), _sum(self.now, new)
        before, after = _bag(old.plans), _bag(new.plans)
        if before == after:
            self.same += 1
            return
        self.differing += 1
        for path in sorted({*before, *after}):
            self._field(path, before.get(path, Counter()), after.get(path, Counter()))

    def _field(self, path: str, before: Counter[str], after: Counter[str]) -> None:
        gone, come = sorted((before - after).elements()), sorted((after - before).elements())
        if not gone and not come:
            return
        both = min(len(gone), len(come))
        found = self.fields.setdefault(path, Change())
        found.changed += both
        found.lost += len(gone) - both
        found.gained += len(come) - both
        gone += [""] * (len(come) - both)
        come += [""] * (len(gone) - len(come))
        self.words += [(path, one, other) for one, other in zip(gone, come, strict=True)]

    def totals(self) -> tuple[int, int, int]:
        """Return how many values were gained, lost and changed in all."""
        every = self.fields.values()
        return (
            sum(one.gained for one in every),
            sum(one.lost for one in every),
            sum(one.changed for one in every),
        )


def unread(reading: Reading) -> list[str]:
    """Return what a reading says of the parts of its document that were not read."""
    told = (f for f in reading.findings if f.severity == "warning")
    return [f.message for f in told if f.code.startswith("unread_")]


def _sum(held: Tally, reading: Reading) -> Tally:
    more = reading.coverage
    return Tally(
        held.source_items + more.source_items,
        held.mapped + more.mapped,
        held.residue + more.residue,
        held.ignored + more.ignored,
    )


def _bag(plans: Iterable[Plan]) -> dict[str, Counter[str]]:
    bags: dict[str, Counter[str]] = {}
    for plan in plans:
        for one in values(plan):
            bags.setdefault(one.field, Counter())[one.text] += 1
    return bags


def alike(one: Plan, other: Plan) -> bool:
    """Say whether two plans say the same, wherever it was read."""
    return _bag([one]) == _bag([other])
