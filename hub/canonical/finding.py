"""A finding: a fact about a document. A value, never an exception, and never holds member data.

`error` means: this was not taken. The document, message, file or row it is about is left out, and
the rest goes on. `warning` means: taken in spite of a fault. `note` says what a person may want to
know and nobody need mend. Every adapter and every check keeps to this, so that counting errors is
counting what a sender must send again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hub.canonical.place import Place

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is a stable machine word (`missing_member_id`); `message` says what to do."""

    severity: Severity
    code: str
    message: str
    place: Place | None = None
