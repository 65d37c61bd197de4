"""What an adapter is given and what it returns: a document in, a reading out. No I/O, no raising.

An adapter that can't make a plan of a document returns `unreadable(...)`: findings that say what is
wrong and where. The hub then quarantines the document; nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from hub.canonical.finding import Finding
from hub.canonical.piece import Sealed
from hub.canonical.place import Place
from hub.canonical.plan import Plan


@dataclass(frozen=True, slots=True, repr=False)
class Document(Sealed):
    """Bytes handed in: `name` as the sender gave it, `media_type` as claimed, `digest` in hex."""

    content: bytes
    name: str = ""
    media_type: str = ""
    digest: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Source items counted: `source_items == mapped + residue + ignored`, always."""

    source_items: int = 0
    mapped: int = 0
    residue: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class Reading(Sealed):
    """Plans, findings and the coverage tally; `enclosures` are embedded files by hex sha256."""

    plans: tuple[Plan, ...] = ()
    findings: tuple[Finding, ...] = ()
    coverage: Tally = Tally()
    enclosures: Mapping[str, bytes] = field(default_factory=dict)


@runtime_checkable
class Adapter(Protocol):
    """Reads one kind of document. Both methods are pure; the hub guards every call to them."""

    name: str
    version: str

    def identify(self, document: Document) -> bool:
        """Say whether this document is one this adapter reads; cheap, and never raises."""

    def read(self, document: Document) -> Reading:
        """Read the document into plans and findings."""


def unreadable(code: str, message: str, place: Place | None = None) -> Reading:
    """Return the reading of a document that can't become a plan."""
    return Reading(findings=(Finding("error", code, message, place),))
