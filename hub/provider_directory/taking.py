"""A directory file that came from outside, whichever form it has: YAML or a FHIR bundle.

The console, the API and the command line call `taken`; the form is told by the content. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from hub.canonical import Sealed
from hub.errors import Refused
from hub.provider_directory import bundle_reading, entries
from hub.provider_directory.keeping import Proposed

if TYPE_CHECKING:
    from hub.provider_directory.bundle_reading import Note
    from hub.provider_directory.entries import DirectoryFile
    from hub.provider_directory.keeping import Outcome


@dataclass(frozen=True, slots=True, repr=False)
class Taken(Sealed):
    """What a file proposes, and what of it could not be taken, row by row."""

    proposed: Proposed
    notes: tuple[Note, ...] = ()


def taken(content: bytes, standing: DirectoryFile) -> Taken:
    """Read a file; `Refused` 422 says where it can't be read.

    A FHIR bundle is read over what stands: what it can't carry stays as it is.
    """
    if is_fhir(content):
        found, notes = bundle_reading.read(content, standing)
        return Taken(Proposed(found, way="fhir", strict=False), notes)
    found = entries.parsed(content)
    if not found.rows():
        raise Refused("empty", "the file names no organisation, contact or endpoint", status=422)
    return Taken(Proposed(found, way="file", strict=False))


def is_fhir(content: bytes) -> bool:
    """Say whether a file is JSON that says what FHIR resource it is."""
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.DecodeError:
        return content.lstrip()[:1] == b"{" and b"resourceType" in content
    return isinstance(found, dict) and "resourceType" in found


def counted(given: Taken) -> dict[str, int]:
    """Return how many rows of each kind a file names."""
    rows = given.proposed.file.rows()
    return {f"{kind}s": sum(k == kind for k, _ in rows) for kind in entries.KINDS}


def reported(outcome: Outcome, notes: tuple[Note, ...]) -> dict[str, Any]:
    """Return what a change did or would do as plain JSON: `changes` with before and after."""
    return {
        "changes": [
            {
                "kind": one.kind,
                "id": one.id,
                "organisation": one.organisation,
                "new": one.before is None,
                "fields": [
                    {"name": name, "before": before, "after": after}
                    for name, before, after in one.differences()
                ],
            }
            for one in outcome.changes
        ],
        "remarks": msgspec.to_builtins(outcome.remarks),
        "notes": msgspec.to_builtins(notes),
        "stranded": msgspec.to_builtins(outcome.stranded),
    }
