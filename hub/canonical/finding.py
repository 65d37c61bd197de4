"""A finding: a fact about a document. A value, never an exception, and never holds member data."""

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
