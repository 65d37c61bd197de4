"""A change of an organisation or endpoint that takes effect on a day to come: which fields differ.

The store keeps a `Planned` and lays it over the row from its day on; the console shows it. Only the
fields that differ are kept, so that what else is edited meanwhile stays. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from hub.canonical import Sealed
from hub.errors import Refused
from hub.provider_directory.comparing import REPLACED, safe, said
from hub.provider_directory.entries import EndpointEntry, OrganisationEntry, made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from hub.provider_directory.entries import Entry, Kind

    Rows = Mapping[tuple[Kind, str], Entry]

DATED: Final[tuple[Kind, ...]] = ("organisation", "endpoint")
"""Rows without dates of their own; contacts and routing rules have theirs."""
FIXED: Final = frozenset({"id", "organisation", "kind"})
_LATEST: Final = 3660
"""Days ahead that a change may be planned: ten years, so that a slip of the year is seen."""


@dataclass(frozen=True, slots=True, repr=False)
class Planned(Sealed):
    """One planned change: `changed` maps a field to what it will say, None where it will be empty.

    `state`: planned, made, withdrawn, or refused with `note`. `sealed`: secrets come with it.
    """

    id: str
    kind: Kind
    noun: str
    organisation: str
    starts: date
    changed: Mapping[str, Any]
    sealed: bool
    reason: str
    at: datetime
    name: str
    state: str = "planned"
    note: str = ""
    over_at: datetime | None = None
    over_name: str = ""

    def told(self, entry: Entry | None) -> list[tuple[str, str, str]]:
        """Return (field, now, then) in words, without what an address may hold of a secret."""
        now = msgspec.to_builtins(entry) if entry else {}
        rows = [(name, _words(name, now.get(name)), _words(name, then)) for name, then in
                self.changed.items()]  # fmt: skip
        return [*rows, ("secrets", "", REPLACED)] if self.sealed else rows


def _words(name: str, value: object) -> str:
    text = said(value)
    return safe(text) if name == "address" else text


def differing(standing: Entry, wanted: Entry) -> dict[str, Any]:
    """Return the fields in which a row will differ, secrets apart; None where it will be empty."""
    was, will = msgspec.to_builtins(standing), msgspec.to_builtins(wanted)
    names = [name for name in will if name != "secrets"]
    return {name: will[name] for name in names if will[name] != was.get(name)}


def laid_over(standing: Entry, changed: Mapping[str, Any]) -> Entry:
    """Return a row with planned fields laid over it; `Refused` 422 where that is no row."""
    kind: Kind = "endpoint" if isinstance(standing, EndpointEntry) else "organisation"
    row: Entry = made(kind, {**msgspec.to_builtins(standing), **changed})
    return row


def checked(
    known: Rows, wanted: Rows, starts: date, today: date
) -> dict[tuple[Kind, str], dict[str, Any]]:
    """Return what planned changes change, row by row, without the rows that stay as they are.

    `known` are the rows as they will stand that day. `Refused` 422 as `check` does, and where no
    row would be different.
    """
    found: dict[tuple[Kind, str], dict[str, Any]] = {}
    same: Refused | None = None
    for key, one in wanted.items():
        try:
            found[key] = check(known, one, starts, today)
        except Refused as refused:
            if refused.code != "nothing_changes":
                raise
            same = refused
    if same is not None and not found:
        raise same
    return found


def check(known: Rows, wanted: Entry, starts: date, today: date) -> dict[str, Any]:
    """Return what a planned change changes; `Refused` 422 where it can't be planned."""
    if not isinstance(wanted, (OrganisationEntry, EndpointEntry)):
        what = "contacts and routing rules have days of their own: fill in their first and last day"
        raise Refused("has_own_days", what, status=422)
    if not 0 < (starts - today).days <= _LATEST:
        what = "a planned change begins on a day to come; leave the day empty to change it at once"
        raise Refused("not_to_come", what, status=422)
    kind: Kind = "endpoint" if isinstance(wanted, EndpointEntry) else "organisation"
    standing = known.get((kind, wanted.id))
    if standing is None:
        what = f"{kind} `{wanted.id}` is not there yet; add it at once, then plan its changes"
        raise Refused("not_there", what, status=422)
    changed = differing(standing, wanted)
    fixed = sorted(FIXED & changed.keys() - ({"kind"} if kind == "endpoint" else set()))
    if fixed:
        raise Refused("fixed", f"{', '.join(fixed)} can't be changed by a plan", status=422)
    secrets = isinstance(wanted, EndpointEntry) and wanted.secrets
    if not changed and not secrets:
        raise Refused("nothing_changes", "on that day nothing would be different", status=422)
    return changed
