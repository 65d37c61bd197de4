"""A consent on its way in: what a row or resource of an import gave, before anything is kept.

`sheets` and `bundles` make drafts, `importing` says what would become of each. Holds members'
identifiers, so it refuses to be printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.canonical import Sealed

if TYPE_CHECKING:
    from consent.records import Consent


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Draft(Sealed):
    """One form of a file: row or entry `number`, counted from 1 with the heading of a sheet.

    `who` are the member's identifiers as the file has them, `notes` (code, element) of what
    couldn't be kept as written, `problem` the column or code for which it isn't a form at all.
    """

    number: int
    consent: Consent | None = None
    who: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    scan: tuple[bytes, str] | None = None
