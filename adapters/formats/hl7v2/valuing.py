"""A profile's rule over one value of a message: its transforms, its value map, and whether it fits.

Called by `declared`, `labelled`, `listed` and `remarks`. A value that its field does not take (a
word no enumeration has, a date of another form) is never forced: the caller leaves it where it
stands, so that it stays residue or a note. Pure; it knows no segment.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adapters.formats.hl7v2 import datatypes
from adapters.formats.tabular.building import Leaf, built
from adapters.profiles import transform
from hub.canonical import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.formats.hl7v2.habits import Habits
    from adapters.formats.hl7v2.segments import Separators
    from adapters.profiles import FieldRule

_NOWHERE = Place("", "segment")


def changed(rule: FieldRule, raw: str, habits: Habits) -> str:
    """Return what a rule makes of a text; `ValueError` says why it can't, without the text."""
    for name in rule.transforms:
        raw = _dated(raw, habits.dates) if name == "date" else transform(name, raw)
    if not rule.values:
        return raw
    table = habits.values[rule.values]
    if raw not in table:
        raise ValueError("not in the value map")
    return table[raw]


def words(raw: str, seps: Separators) -> str:
    """Return a repetition's words, its components divided by `^` as transforms know them."""
    return datatypes.words(raw.replace(seps.component, "^"), seps)


def _dated(raw: str, forms: Sequence[str]) -> str:
    for form in forms:
        try:
            return transform(f"date:{form}", raw)
        except ValueError:
            continue
    raise ValueError("none of the declared date forms")


def fitted(kind: type, target: str, value: str) -> Any | None:  # noqa: ANN401  # of the given kind
    """Return a canonical `kind` with this one field set, or None where the field takes no such."""
    made: Any
    made, refused = built(kind, [Leaf(target, value, _NOWHERE)], "", {})
    return None if refused else made


def grafted(held: Any, made: Any, path: Sequence[str]) -> Any:  # noqa: ANN401  # canonical values
    """Return `held` with the one field at `path` as it is in `made`; the rest stays."""
    if held is None or not path:
        return made
    name, *below = path
    if isinstance(held, tuple):
        at = int(name)
        if at >= len(held) or at >= len(made):
            return (*held, *made[len(held) :])
        return (*held[:at], grafted(held[at], made[at], below), *held[at + 1 :])
    inner = grafted(getattr(held, name), getattr(made, name), below)
    return replace(held, **{name: inner})


def put(item: dict[str, Any], kind: type, target: str, value: str) -> bool:
    """Set one field of an item in the making; False where the field takes no such value."""
    made = fitted(kind, target, value)
    if made is None:
        return False
    name, *below = target.split(".")
    item[name] = grafted(item.get(name), getattr(made, name), below)
    return True


def holds(item: dict[str, Any], target: str) -> bool:
    """Say whether an item in the making has a value at a dotted target."""
    name, *below = target.split(".")
    held: Any = item.get(name)
    for part in below:
        several = isinstance(held, tuple) and part.isdigit()
        held = dict(enumerate(held)).get(int(part)) if several else getattr(held, part, None)
    return held not in {None, ""} if isinstance(held, str | None) else True
