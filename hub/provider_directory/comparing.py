"""What a file would change: row by row, before and after, field by field.

The store writes one row of history for each `Change`; dry runs show them. What is empty and what is
missing are the same; of secrets only that they were given is told. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from hub.provider_directory.entries import ENTRIES, EndpointEntry, names, organisation_of, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.provider_directory.entries import DirectoryFile, Entry, Kind

REPLACED = "replaced"
_ORDER: dict[Kind, dict[str, int]] = {
    kind: {name: place for place, name in enumerate(names(kind))} for kind in ENTRIES
}


@dataclass(frozen=True, slots=True)
class Change:
    """One row that becomes another; `before` is None for a new row."""

    kind: Kind
    id: str
    organisation: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the fields that differ, in the order of the row."""
        before = self.before or {}
        names = sorted({*self.after, *before}, key=lambda n: (_ORDER[self.kind].get(n, 99), n))
        return tuple(n for n in names if before.get(n) != self.after.get(n))

    def differences(self) -> list[tuple[str, str, str]]:
        """Return (field, before, after) in words for each field that differs."""
        before = self.before or {}
        return [(n, said(before.get(n)), said(self.after.get(n))) for n in self.fields]


def said(value: object) -> str:
    """Return a row's value as one line of text; nothing as the empty string.

    >>> said(["plan", "urgent"]), said({"zone": "UTC"}), said(None), said(True)
    ('plan, urgent', 'zone: UTC', '', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(said(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said(one)}" for name, one in value.items())
    return str(value)


def changes(
    before: DirectoryFile, after: DirectoryFile, secrets: Mapping[str, Mapping[str, str]]
) -> tuple[Change, ...]:
    """Return what loading `after` over `before` changes; rows that `after` does not name stay.

    `secrets` are the endpoints' own, opened, by their id; without them a given secret is a change.
    """
    known = before.rows()
    found = []
    for (kind, id_), entry in after.rows().items():
        old = known.get((kind, id_))
        was, now = plain(old) if old else None, plain(entry)
        if isinstance(entry, EndpointEntry):
            now = _secret(entry, now, secrets.get(id_))
        if was != now:
            found.append(Change(kind, id_, organisation_of(entry), *_told(was, now)))
    return tuple(found)


def _told(
    was: dict[str, Any] | None, now: dict[str, Any]
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return a row before and after without what an address may hold of a secret."""
    old, new = (was or {}).get("address", ""), now.get("address", "")
    shown = safe(new)
    if old != new and safe(old) == shown:
        shown = f"{shown} ({REPLACED})"
    before = was if was is None or not old else {**was, "address": safe(old)}
    return before, ({**now, "address": shown} if new else now)


def safe(address: str) -> str:
    """Return an address without what may be a secret: password, query and fragment.

    >>> safe("sftp://hub:word@host:22/in?key=1"), safe("https://host/plans")
    ('sftp://hub@host:22/in', 'https://host/plans')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit((parts.scheme, f"{user.partition(':')[0]}{at}{host}", parts.path, "", ""))


def _secret(
    entry: EndpointEntry, now: dict[str, Any], kept: Mapping[str, str] | None
) -> dict[str, Any]:
    """Return an endpoint's row with what becomes of its secrets: left alone, or replaced."""
    rest = {name: value for name, value in now.items() if name != "secrets"}
    if not entry.secrets or (kept is not None and dict(kept) == entry.secrets):
        return rest
    return {**rest, "secrets": [f"{name} {REPLACED}" for name in sorted(entry.secrets)]}


def merged(before: DirectoryFile, after: DirectoryFile) -> dict[tuple[Kind, str], Entry]:
    """Return every row as it stands once `after` is loaded over `before`."""
    return {**before.rows(), **after.rows()}
