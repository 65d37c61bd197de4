"""Changes of directory rows as pages show them: field by field, before and after. Pure.

The history, the dry runs of files and the forms that ask for a second look use it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.provider_directory.comparing import Change, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hub.provider_directory.keeping import Outcome

_WORDS = {
    "roles": "for",
    "npi": "NPI",
    "mco": "sender",
    "part2_source": "Part 2",
    "verified_on": "verified on",
    "part_of": "part of",
    "line_of_business": "line of business",
    "to": "until",
}


def shown_changes(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of the history with their differences in words."""
    return [
        {
            **row,
            "differences": differences(
                Change(row["kind"], row["noun"], row["organisation"], row["before"], row["after"])
            ),
        }
        for row in rows
    ]


def differences(change: Change) -> list[tuple[str, str, str]]:
    """Return (field, before, after) in words."""
    before = change.before or {}
    told = []
    for name in change.fields:
        if change.before is None and name in {"id", "organisation"}:
            continue
        told.append((_WORDS.get(name, name), said(before.get(name)), said(change.after.get(name))))
    return told


def worded(rows: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return (field, before, after) with the fields as pages name them."""
    return [(_WORDS.get(name, name), before, after) for name, before, after in rows]


def shown_outcome(outcome: Outcome) -> dict[str, Any]:
    """Return what a change would do, for the page."""
    changes: Sequence[Change] = outcome.changes
    return {
        "changes": [{"one": one, "differences": differences(one)} for one in changes],
        "remarks": outcome.remarks,
        "stranded": outcome.stranded,
    }
