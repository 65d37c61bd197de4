"""Any adapter, with the places of its readings spelt out for people.

`icp-hub read` binds it around the adapters it reads with, by the name of a function, `spelling`.
Positions become XPaths with names, and every place says which document it is in. The line never
uses it: almost no place is ever looked at.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from adapters.formats.ccda import spelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hub.canonical import Adapter, Document, Plan, Reading


class Spelling:
    """Reads like the adapter it is made around."""

    def __init__(self, adapter: Adapter) -> None:
        self._adapter = adapter
        self.name = adapter.name
        self.version = adapter.version
        self.isolate = getattr(adapter, "isolate", False)

    def identify(self, document: Document) -> bool:
        """Say whether the adapter reads this document."""
        return self._adapter.identify(document)

    def read(self, document: Document) -> Reading:
        """Read the document and spell the places of its plans."""
        reading = self._adapter.read(document)
        told = tuple(_spelt(plan, document, reading.enclosures) for plan in reading.plans)
        return replace(reading, plans=told)


def _spelt(plan: Plan, document: Document, inside: Mapping[str, bytes]) -> Plan:
    """Spell a plan's places; the first one tells when it was read from a file inside a zip."""
    places = plan.places
    first = next((place.document for place in places.values()), "")
    content = inside.get(first.removeprefix("sha256:"), document.content)
    if any(place.kind == "xpath" for place in places.values()):
        places = spelled(content, places)
    digest = first or f"sha256:{document.digest}"
    named = {
        at: structs.replace(place, document=place.document or digest)
        for at, place in places.items()
    }
    return replace(plan, places=named)


def spelling(path: str) -> Spelling:
    """Return the adapter at a dotted path (`package.module:NAME`, ours only) with places spelt."""
    module, _, name = path.strip().partition(":")
    if not module.startswith("adapters."):
        raise ValueError("only the hub's own adapters can be spelt")
    return Spelling(getattr(importlib.import_module(module), name))
