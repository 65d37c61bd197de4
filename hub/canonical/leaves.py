"""The single values of a plan, by their JSON pointers: for showing, comparing and counting them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hub.canonical.wire import builtins

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.canonical.plan import Plan

_NUMBER = re.compile(r"/\d+(?=/|$)")


def filled(plan: Plan) -> frozenset[str]:
    """Return which fields of the template a plan fills, list items as one: `goals/due`.

    Nothing of what they hold is in them, so that they may be counted over all members.
    """
    names = (_NUMBER.sub("", pointer)[1:] for pointer, _ in leaves(plan))
    return frozenset(name for name in names if not name.endswith("/part2_origin"))


def leaves(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, words) of every value of a plan but its places."""
    for name, value in builtins(plan).items():
        if name not in {"schema", "places"}:
            yield from _leaves(value, f"/{name}")


def _leaves(value: Any, at: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401  # JSON of any shape
    if value is None or value in ([], {}, ""):
        return
    if isinstance(value, dict):
        if set(value) == {"absent"}:
            yield at, f"explicitly {value['absent']}"
            return
        for name, item in value.items():
            yield from _leaves(item, f"{at}/{name}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{at}/{number}")
    else:
        yield at, {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
