"""Compares a reading with its gold: every value correct, wrong, missing or extra.

Elements of a list are matched whatever their order, by their text and then by what else they say;
inside, field by field. A value read where the gold has another is wrong; one the gold does not
have is extra, and counted only in groups the gold declares complete. Only white space is forgiven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from tests.fidelity.flattening import Unsure, flatten
from tests.fidelity.gold import SINGLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hub.canonical import Plan
    from tests.fidelity.flattening import Flat
    from tests.fidelity.gold import Element, Expected, Gold

KEYS = ("text", "name", "party.name", "party.organization", "section")
LINKED = ("concerns", "goals", "interventions")
DATES = frozenset({"birth_date", "written_on", "onset", "date", "due", "start", "end", "last"}) | {
    *("next_due", "on", "offered_on", "signed_on", "assessed_on", "enrolled_on", "copy_given_on"),
}
DERIVED = frozenset({"id", "domain", "kind", "funding", "lead", "setting", "confidential"})
"""What a reader works out rather than reads: compared where the gold says it, never extra."""

_ALIKE = 0.6


@dataclass(slots=True)
class Tally:
    """Values counted; `wrong_share` is of what was read, and takes in what the gold lacks.

    `asked` are the values, right or not, that the reading doubts and the hub puts before a person;
    a doubted value that is not right counts as missing and not as wrong.
    """

    correct: int = 0
    wrong: int = 0
    missing: int = 0
    extra: int = 0
    asked: int = 0
    confirmed: int = 0
    """Of the correct ones, those asked of a person."""

    def add(self, other: Tally) -> None:
        """Add another count to this one."""
        for kind in ("correct", "wrong", "missing", "extra", "asked", "confirmed"):
            setattr(self, kind, getattr(self, kind) + getattr(other, kind))

    @property
    def precision(self) -> float:
        """Return the share of what was read that is right; 1 where nothing was read."""
        return _share(self.correct, self.correct + self.wrong + self.extra)

    @property
    def recall(self) -> float:
        """Return the share of what the source says that was read right."""
        return _share(self.correct, self.correct + self.wrong + self.missing)

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def unasked_f1(self) -> float:
        """Return F1 where what is asked of a person counts as not read, right or not."""
        alone = Tally(self.correct - self.confirmed, self.wrong, 0, self.extra)
        alone.missing = self.missing + self.confirmed
        return alone.f1

    @property
    def wrong_share(self) -> float:
        """Return the share of what was read that the source does not say there."""
        return 1 - self.precision


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not as the gold has it; `at` is where it stands in the source."""

    document: str
    group: str
    field: str
    kind: str
    expected: str
    got: str
    at: str


@dataclass(slots=True)
class Score:
    """What one document's reading came to, per field group."""

    document: str
    format: str
    groups: dict[str, Tally] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    unread: str = ""
    """The findings for which no plan was read, where none was."""

    def count(self, group: str, name: str, kind: str, told: tuple[Expected | None, str]) -> None:
        """Count one value of a field, and keep it where it differs."""
        expected, got = told
        tally = self.groups.setdefault(group_of(group, name), Tally())
        if isinstance(got, Unsure):
            tally.asked += 1
            if kind == "extra":
                return
            kind = "missing" if kind == "wrong" else kind
            tally.confirmed += kind == "correct"
        setattr(tally, kind, getattr(tally, kind) + 1)
        if kind != "correct":
            said = (expected.value or " | ".join(expected.choice)) if expected else ""
            at = expected.at if expected else ""
            self.differences.append(Difference(self.document, group, name, kind, said, got, at))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def group_of(group: str, name: str) -> str:
    """Return the field group of a field: links, dates and codes cut across the others."""
    last = name.rpartition(".")[2]
    if group not in SINGLE and name in LINKED:
        return "links"
    if last in DATES:
        return "dates"
    return "codes" if last in ("codes", "code") else group


def score(gold: Gold, plans: Sequence[Plan]) -> Score:
    """Compare the plans read with the gold's, matched by what they say of member and header."""
    found = Score(gold.name, gold.format)
    read = [flatten(plan) for plan in plans]
    pairs = _pair(
        [[_agreeing(told, got) for got in read] for told in gold.plans], len(gold.plans), len(read)
    )
    for number, told in enumerate(gold.plans):
        got = read[pairs[number]] if number in pairs else {}
        _plan(found, told, got, gold.complete)
    for number, got in enumerate(read):
        if number not in pairs.values():
            _plan(found, {}, got, gold.complete)
    return found


def _agreeing(told: Mapping[str, tuple[Element, ...]], got: Mapping[str, list[Flat]]) -> float:
    return 1.0 + sum(
        _agreement(one, other)
        for group in ("member", "header")
        for one in told.get(group, ())
        for other in got.get(group, ())
    )


def _plan(
    found: Score,
    told: Mapping[str, tuple[Element, ...]],
    got: Mapping[str, list[Flat]],
    complete: frozenset[str],
) -> None:
    matched = {
        group: match(told.get(group, ()), got.get(group, ()), alone=group in SINGLE)
        for group in (*told, *(group for group in complete if group not in told))
    }
    names = {
        group: {other["id"][0]: one.id for one, other in pairs if one and other and other.get("id")}
        for group, pairs in matched.items()
        if group in LINKED
    }
    for group, pairs in matched.items():
        for one, other in pairs:
            _compare(found, group, (one, _renamed(other or {}, names)), group in complete)


def _renamed(other: Flat, names: Mapping[str, Mapping[str, str]]) -> Flat:
    """Return the fields with links told by the gold's own names of the elements matched."""
    linked = {
        group: [names[group].get(link, f"unmatched {link}") for link in other[group]]
        for group in names
        if group in other
    }
    return {**other, **linked}


def match(
    told: Sequence[Element], got: Sequence[Flat], *, alone: bool = False
) -> list[tuple[Element | None, Flat | None]]:
    """Pair the gold's elements with those read, the likest first; what has no pair stands alone."""
    likeness = [[1.0 if alone else alike(one, other) for other in got] for one in told]
    pairs = _pair(likeness, len(told), len(got))
    found: list[tuple[Element | None, Flat | None]] = [
        (one, got[pairs[number]] if number in pairs else None) for number, one in enumerate(told)
    ]
    return found + [(None, got[n]) for n in range(len(got)) if n not in pairs.values()]


def _pair(likeness: list[list[float]], rows: int, columns: int) -> dict[int, int]:
    order = sorted(
        ((likeness[row][col], -row, -col) for row in range(rows) for col in range(columns)),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    for like, row, col in order:
        if like >= _ALIKE and -row not in pairs and -col not in pairs.values():
            pairs[-row] = -col
    return pairs


def alike(one: Element, other: Flat) -> float:
    """Return how surely two elements are the same: 2 and more by their text, else up to 1."""
    agreement = _agreement(one, other)
    for key in KEYS:
        if key in one.fields and key in other:
            told, got = one.fields[key][0], other[key][0]
            if told.met_by(got):
                return 2 + agreement / 100
            plain = told.value if told.how == "is" else ""
            ratio = SequenceMatcher(None, plain, got, autojunk=False).ratio() if plain else 0.0
            return max(ratio, 0.9 * agreement / max(1, len(one.fields) - 1)) + agreement / 100
    return _share(agreement, max(1, len(one.fields)))


def _agreement(one: Element, other: Flat) -> int:
    """Return in how many fields the two say the same."""
    return sum(
        any(each.met_by(got) for got in other.get(name, ()))
        for name, told in one.fields.items()
        for each in told[:1]
    )


def _compare(found: Score, group: str, pair: tuple[Element | None, Flat], whole: bool) -> None:
    one, other = pair
    fields = one.fields if one else {}
    for name in {**fields, **other}:
        extra = whole and name.rpartition(".")[2] not in DERIVED
        judge = found_anywhere if group == "anywhere" else judged
        for kind, expected, got in judge(fields.get(name, ()), other.get(name, ())):
            if kind != "extra" or (extra and not got.startswith("absent:")):
                found.count(group, name, kind, (expected, got))


def judged(
    told: Sequence[Expected], got: Sequence[str]
) -> Iterator[tuple[str, Expected | None, str]]:
    """Yield each value of one field: its kind, what was expected, what was read."""
    left, wanting = list(got), []
    for expected in told:
        hit = next((value for value in left if expected.met_by(value)), None)
        if hit is None:
            wanting.append(expected)
        else:
            left.remove(hit)
            yield "correct", expected, hit
    for expected in wanting:
        yield ("wrong", expected, left.pop(0)) if left else ("missing", expected, "")
    for value in left:
        yield "extra", None, value


def found_anywhere(
    told: Sequence[Expected], got: Sequence[str]
) -> Iterator[tuple[str, Expected | None, str]]:
    """Yield for each value whether it stands anywhere: several may stand in one text."""
    for expected in told:
        hit = next((value for value in got if expected.met_by(value)), None)
        yield ("missing", expected, "") if hit is None else ("correct", expected, hit)
