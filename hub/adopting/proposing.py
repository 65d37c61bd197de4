"""A first profile proposed from samples that the reader child outlined.

The command `adapters new` and the workbench ask. The samples' values stay in the child: labels and
shapes come back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hub.adopting.written import workshop
from hub.errors import Unreadable
from hub.ports import Binding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hub.canonical import Reading

_OUTLINER = "adapters.workshop.outlining:outliner"


def outliner(form: str = "") -> Binding:
    """Return the binding that outlines a document of a format, or of whichever it seems to be."""
    return Binding(_OUTLINER, form or "-")


def drafted(
    outlined: Iterable[tuple[str, Reading]], stem: str, sender: str
) -> tuple[str, list[str]]:
    """Return (the profile's YAML, what could not be bound) for samples' names and outlines."""
    outlines = [_outline(name, reading) for name, reading in outlined]
    name = "".join(c if c.isalnum() else "-" for c in stem.casefold()).strip("-") or "profile"
    text: tuple[str, list[str]] = workshop("drafting").drafted(outlines, name, sender)
    return text


def _outline(name: str, reading: Reading) -> dict[str, Any]:
    outline = reading.enclosures.get("outline")
    if outline is None:
        first = reading.findings[0]
        raise Unreadable(first.code, f"{name}: {first.message}")
    found: dict[str, Any] = json.loads(outline)
    return found
