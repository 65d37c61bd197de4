"""What people changed about labels: raised by staff, lowered by a privacy officer (HR-21).

`hub.labels.label` applies them, the release step hands them over from the store. A change is bound
to an element by its id and by a digest of its content. A raise follows its element into later
versions; where it can't be found any more, its whole list is raised. A lowering holds only for the
very content a person looked at, and never for a label that arrived with the document (P2-21).
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from consent.terms import CATEGORIES, GENERAL, UNLABELLED
from hub.canonical import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hub.labels.units import Unit
    from hub.stored import LabelChange

CHANGEABLE = CATEGORIES - {GENERAL, UNLABELLED}
"""What a person may raise or lower; `unlabelled` goes when the element can be read again."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What changes come to for one element."""

    raised: frozenset[str] = frozenset()
    lowered: frozenset[str] = frozenset()


def digest_of(value: object) -> str:
    """Return the SHA-256 of an element's content in hex."""
    return sha256(json.dumps(wire.plain(value), sort_keys=True).encode()).hexdigest()


def id_of(value: object) -> str:
    """Return an element's own id, or nothing where it has none."""
    found = getattr(value, "id", None)
    return found if isinstance(found, str) else ""


def changed(units: Sequence[Unit], changes: Iterable[LabelChange]) -> Mapping[str, Changed]:
    """Return what changes, oldest first, come to for each element, by pointer; the last one wins.

    A lowering is undone by a later raise of the same element, and the other way round.
    """
    found: defaultdict[str, Changed] = defaultdict(Changed)
    for change in changes:
        down = change.direction == "lower"
        for unit in _meant(units, change, exact=down):
            before = found[unit.pointer]
            up = before.raised - change.categories if down else before.raised | change.categories
            low = before.lowered | change.categories if down else before.lowered - change.categories
            found[unit.pointer] = Changed(up, low)
    return found


def _meant(units: Sequence[Unit], change: LabelChange, *, exact: bool) -> list[Unit]:
    """Return the elements a change is about; a raise that lost its element means its whole list."""
    kind = _kind(change.at)
    listed = [unit for unit in units if unit.pattern == kind]
    same = [unit for unit in listed if not unit.failure and digest_of(unit.value) == change.digest]
    if exact:
        return same
    named = [unit for unit in listed if change.element and id_of(unit.value) == change.element]
    return [*same, *named] or listed


def _kind(pointer: str) -> str:
    above, _, last = pointer.rpartition("/")
    return f"{above}/*" if last.isdigit() else pointer
