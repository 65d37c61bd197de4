"""Every name a profile may fill, read off the canonical types: for completion and for advice.

`checking` offers the nearest one to a wrong name, `publishing` writes them all into the schema.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any, Final

from adapters.profiles import targets
from hub import canonical

ROOTS: Final[dict[str, type]] = {
    "header": canonical.Header,
    "member": canonical.Member,
    "coverage": canonical.Coverage,
    "plan": canonical.Plan,
    "segments": canonical.Plan,
}
_DEEP: Final = 3
_KEYS: Final = {
    "identifiers": ("plan", "medicaid", "mbi", "mrn", "npi", "other"),
    "telecoms": ("phone", "email", "fax"),
    "addresses": ("home", "postal"),
}
_OURS: Final = {"labels", "part2_origin", "places", "residue", "schema"}


def lists() -> list[str]:
    """Return the lists of the template that rows and sections may fill, and its one long text."""
    return [*targets.LISTS, *targets.WORDS, "crisis_plan"]


@functools.cache
def fields_under(root: str) -> list[str]:
    """Return the dotted paths of every leaf below a root of a profile, or a list's item."""
    if root in targets.WORDS:
        return ["text"]
    kind = ROOTS.get(root) or targets.LISTS.get(root)
    if kind is None:
        return []
    above = {"header", "member", "coverage", *targets.LISTS} if kind is canonical.Plan else set()
    return [path for path in _leaves(kind, 0) if path.partition(".")[0] not in above]


def _leaves(kind: type, depth: int) -> list[str]:
    found: list[str] = []
    for name in _names(kind):
        if name in _OURS:
            continue
        inner, many = targets.part(kind, name)
        if inner is None or not dataclasses.is_dataclass(inner):
            found.append(name)
        elif depth < _DEEP:
            keys = _KEYS.get(name, ("0",)) if many else ("",)
            worded = name in targets.KEYED and "value" in _names(inner)
            below = ["value"] if worded else _leaves(inner, depth + 1)
            below = [path for path in below if path != targets.KEYED.get(name)]
            found += [_joined(name, key, path) for key in keys for path in below]
    return found


def _joined(name: str, key: str, path: str) -> str:
    if name in targets.KEYED and path == "value":
        return f"{name}.{key}"
    return ".".join(part for part in (name, key, path) if part)


def _names(kind: Any) -> list[str]:  # noqa: ANN401  # a canonical type
    return [one.name for one in dataclasses.fields(kind)]
