"""Ids of what is released, made anew so that gaps between them tell nothing of what was withheld.

`hub.release` calls `renamed` just before rendering, and whoever opens a released plan for its
recipient calls it too. "goal-1, goal-3" would tell that a goal-2 was
kept back, and how many there are. The new id is made of the old one under a key that no recipient
knows: the same in every version, so that a recipient's system still knows an element again, and
the same whatever else the plan holds. Links follow. The plan on file keeps its own ids.
"""

from __future__ import annotations

import functools
import hmac
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from hub.canonical import Absent, each
from hub.withholding.anatomy import LINKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hub.canonical import Plan

NAMED: Final = {
    "concerns": "concern",
    "goals": "goal",
    "interventions": "intervention",
    "outcomes": "outcome",
    "medications": "medication",
    "allergies": "allergy",
}
"""The lists whose elements have ids, and what their new ids begin with."""

_DIGITS: Final = 16
"""Hex digits of a new id: 64 bits, so that two of one plan never meet."""


def renamed(plan: Plan, naming: str, chain: str) -> Plan:
    """Return the plan with opaque ids, the same in all versions of a chain.

    `naming` is the member's secret, which nobody is told.

    An element without an id gets none: renderers count those that are left.
    """
    opaque = functools.cache(functools.partial(_opaque, f"{naming}\x1f{chain}".encode()))
    changed: dict[str, Any] = {}
    for name in NAMED:
        items = getattr(plan, name)
        if not isinstance(items, Absent) and items:
            changed[name] = tuple([_renamed(one, name, opaque) for one in each(items)])
    return replace(plan, **changed) if changed else plan


def _renamed(one: Any, name: str, opaque: Callable[[str, str], str]) -> Any:  # noqa: ANN401  # any element with an id
    given: dict[str, Any] = {
        field: tuple([opaque(field, link) for link in links])
        for field in LINKS.get(name, ())
        if (links := getattr(one, field))
    }
    if one.id:
        given["id"] = opaque(name, one.id)
    return replace(one, **given) if given else one


def _opaque(key: bytes, name: str, old: str) -> str:
    made = hmac.digest(key, f"{name}\x1f{old}".encode(errors="surrogatepass"), "sha256").hex()
    return f"{NAMED[name]}-{made[:_DIGITS]}"
