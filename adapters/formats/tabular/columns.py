"""Which column of a file holds which of the profile's columns: by name, in any order.

Called once for each file. Names are compared without case, blanks and underscores, so `ID`, `Id`
and `id` are one; a moved or added column changes nothing, a missing required one is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.canonical import Finding, Place, Sealed

if TYPE_CHECKING:
    from adapters.profiles import Profile


@dataclass(frozen=True, slots=True, repr=False)
class Columns(Sealed):
    """`at` gives a profile column's position, `titles` every column's own heading, as written."""

    at: dict[str, int]
    titles: tuple[str, ...]


def key(name: str) -> str:
    """Return a column name in the form names are compared in."""
    return re.sub(r"[\W_]+", "", name).casefold()


def matched(header: tuple[str, ...], profile: Profile) -> tuple[Columns, list[Finding]]:
    """Return where the profile's columns stand, and an error for each required one missing."""
    held: dict[str, list[int]] = {}
    for position, title in enumerate(header):
        held.setdefault(key(title), []).append(position)
    at: dict[str, int] = {}
    findings: list[Finding] = []
    needed = {*profile.required, *profile.group_by, profile.row_kind} - {""}
    for name, aliases in profile.columns.items():
        positions = [p for alias in aliases for p in held.get(key(alias), ())]
        if len(set(positions)) > 1:
            findings.append(_wrong("duplicate_column", name, "stands twice, send it once"))
        elif positions:
            at[name] = positions[0]
        elif name in needed:
            known = " or ".join(f"`{alias}`" for alias in aliases)
            findings.append(_wrong("missing_column", name, f"is missing, expected {known}"))
    return Columns(at, header), findings


def _wrong(code: str, name: str, what: str) -> Finding:
    return Finding("error", code, f"the column `{name}` {what}", Place("row 1", "cell", "header"))


def fitting(header: tuple[str, ...], profile: Profile) -> bool:
    """Say whether a header looks like this profile's: its own marks, or half of all its columns."""
    held = {key(title) for title in header}
    marks = profile.identify.get("columns", ())
    if marks:
        return all(key(mark) in held for mark in marks)
    found = sum(any(key(a) in held for a in aliases) for aliases in profile.columns.values())
    return found * 2 >= len(profile.columns)
