"""Lists and places after a removal: survivors close ranks, and their places follow them.

`hub.withholding.removal` calls this. Places of removed units, of link fields, and places that
repeat a withheld phrase are dropped; none is ever left pointing at another unit's value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.canonical import Absent
from hub.withholding.folding import holding

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Mapping

    from hub.canonical import Place, Plan

LINK_FIELDS = frozenset({"concerns", "goals", "interventions"})
_INSIDE = 4
"""Steps of a pointer into a unit of a list: nothing, the list, the index, and what is inside."""
_POSITIONS = "/*[]0123456789"
MASKED = Absent("masked")
MAY_BE_ABSENT = frozenset(
    {
        "/concerns",
        "/goals",
        "/interventions",
        "/outcomes",
        "/medications",
        "/allergies",
        "/advance_directives",
    }
)


def without(plan: Plan, at: str, gone: set[str], lists: Container[str]) -> Any:  # noqa: ANN401  # a list of any units
    """Return the list at a pointer without the units that are gone; `masked` if none is left.

    `lists` are those that lose a unit.
    """
    items: Any = plan
    for step in at.split("/")[1:]:
        items = getattr(items, step)
    if at not in lists or not isinstance(items, tuple):
        return items
    kept = tuple(one for index, one in enumerate(items) if f"{at}/{index}" not in gone)
    return MASKED if items and not kept and at in MAY_BE_ABSENT else kept


def places_left(
    plan: Plan, gone: set[str], lists: tuple[str, ...], secret: tuple[str, ...]
) -> Mapping[str, Place]:
    """Return the places of what is left, under the pointers it has now."""
    shifts = {at: _shift(plan, at, gone) for at in lists}
    rows = {at[1:]: shift for at, shift in shifts.items()}
    tells = _telling(plan.places.values(), secret)
    left = {}
    for pointer, place in plan.places.items():
        steps = pointer.split("/", 3)
        shift = rows.get(steps[1]) if len(steps) == _INSIDE else None
        if shift is None:
            moved = _moved(pointer, shifts, gone)
        elif (now := shift.get(steps[2])) is None or steps[3].split("/", 1)[0] in LINK_FIELDS:
            continue
        else:
            moved = pointer if now == steps[2] else f"/{steps[1]}/{now}/{steps[3]}"
        if moved and not (tells and _words(place) in tells):
            left[moved] = place
    return left


def _telling(places: Collection[Place], secret: tuple[str, ...]) -> set[str]:
    """Return what places say that repeats a withheld phrase."""
    where = "".join([place.at for place in places])
    if where.isascii() and not where.encode("ascii").translate(None, _POSITIONS.encode("ascii")):
        return holding({place.rule for place in places}, secret)
    return holding({_words(place) for place in places}, secret)


def _words(place: Place) -> str:
    """Return what a place says; positions alone say nothing."""
    return place.rule if not place.at.strip(_POSITIONS) else f"{place.at} | {place.rule}"


def _shift(plan: Plan, at: str, gone: set[str]) -> dict[str, str]:
    """Return the new index of every surviving unit of a list, by its old one."""
    items: Any = plan
    for step in at.split("/")[1:]:
        items = getattr(items, step, None)
    size = len(items) if isinstance(items, tuple) else 0
    names = [str(index) for index in range(size)]
    return dict(zip([name for name in names if f"{at}/{name}" not in gone], names, strict=False))


def _moved(pointer: str, shifts: Mapping[str, dict[str, str]], gone: set[str]) -> str | None:
    """Return where a pointer points now, or None when it is gone."""
    steps = pointer.split("/")
    for depth in (2, 3):
        at = "/".join(steps[:depth])
        if at in gone:
            return None
        if at in shifts and len(steps) > depth:
            index = shifts[at].get(steps[depth])
            return None if index is None else "/".join((at, index, *steps[depth + 1 :]))
    return pointer
